"""One version of OCPP as tables of small functions; what is the same for all versions is done here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from apps.core.errors import FieldError, UnableTo
from apps.core.text import storable
from apps.dialects.adapters import masking, schemas
from apps.dialects.adapters.errors import ErrorCode, spelled
from apps.dialects.adapters.outcomes import Outcome, by_status_if_any
from apps.dialects.adapters.outgoing import Encoded, Encoder, QuarantineReply, Reply, gettext_noop
from apps.dialects.adapters.reading import Parser
from apps.dialects.messages import Answer, Command, Message, Payload, UnknownAction, Unreadable
from apps.stations.messages import CommandOutcome, OcppVersion


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """Pure and sync throughout. Names of actions from stations may vary in case (Q61); ours may not."""

    version: OcppVersion
    parsers: Mapping[str, Parser]
    replies: Mapping[str, Reply]
    quarantine_replies: Mapping[str, QuarantineReply]
    encoders: Mapping[type, Encoder]
    outcomes: Mapping[str, Outcome]

    def parse(self, action: str, payload: Any, *, received_at: datetime) -> Message:
        """The message behind a payload. Raises `UnknownAction`, or `Unreadable` where nothing can be made of it."""
        parser = self.parsers.get(action) or self.parsers.get(self.known_action(action) or "")
        if parser is None:
            raise UnknownAction(storable(action))
        try:
            return parser(_as_object(payload), received_at)
        except Unreadable as problem:
            raise Unreadable(problem.path, problem.message, spelled(problem.code, self.version)) from None

    def known_action(self, action: str) -> str | None:
        """The official spelling of an action that stations may send, or None."""
        return self._aliases.get(action.strip().casefold())

    @cached_property
    def _aliases(self) -> Mapping[str, str]:
        return {action.casefold(): action for action in self.parsers}

    def is_transaction_message(self, action: str) -> bool:
        """Whether a station would lose energy or money if it were told that this went wrong."""
        return self.known_action(action) in self.quarantine_replies

    def quarantine_reply(self, action: str, payload: Any, *, number: int) -> Payload | None:
        """A lawful acceptance for a transaction message that could not be read; None for all others."""
        reply = self.quarantine_replies.get(self.known_action(action) or "")
        return None if reply is None else reply(payload, number)

    def reply(self, action: str, answer: Answer | None) -> Payload:
        """The answer's payload; without an answer the empty one, where that is lawful."""
        known = self.known_action(action) or action
        if answer is not None:
            return self.replies[known](answer)
        if self.check_answer(known, {}):
            raise TypeError(f"{known} can't be answered with nothing.")
        return {}

    def error_code(self, code: str) -> str:
        """An error code in this version's spelling."""
        return spelled(code, self.version)

    def encode(self, command: Command) -> Encoded:
        """Action and payload. Raises `UnableTo` where this version can't say it, or not at that length."""
        action, payload = self.encoders[type(command)](command)
        errors = self.check_request(action, payload)
        if errors:
            raise UnableTo(gettext_noop("This version of OCPP can't say that."), errors=errors)
        return action, payload

    def outcome(self, action: str, request: Any, answer: Any) -> CommandOutcome:
        """What a station's answer means, whatever its shape."""
        return self.outcomes.get(action, by_status_if_any)(request, answer)

    @property
    def command_actions(self) -> tuple[str, ...]:
        return schemas.COMMANDS[self.version]

    def check_request(self, action: str, payload: object) -> tuple[FieldError, ...]:
        return schemas.check_request(self.version, action, payload)

    def check_answer(self, action: str, payload: object) -> tuple[FieldError, ...]:
        return schemas.check_answer(self.version, action, payload)

    def masked(self, action: str, payload: Any) -> Any:
        """A copy with secrets hidden. The action does not matter today: names give secrets away in all of them."""
        return masking.masked(payload)

    def surely_open(self, text: str) -> bool:
        """Whether a payload's JSON can't hold a secret; a cheap look that spares most frames the search."""
        return masking.surely_open(text)


def _as_object(payload: Any) -> Payload:
    if payload is None:
        return {}
    if not isinstance(payload, dict):
        raise Unreadable("$", "The payload is not an object.", ErrorCode.FORMAT_VIOLATION)
    return payload
