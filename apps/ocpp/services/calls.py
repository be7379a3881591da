"""What a station tells us: the effect of a message and its two frames commit together, then the reply may leave."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import structlog
from django.db import InterfaceError, OperationalError, transaction
from structlog.contextvars import bound_contextvars

from apps.charging.messages import KnownCharge
from apps.charging.services.known import known_charges
from apps.charging.services.quarantine import set_aside
from apps.core.errors import UnableTo
from apps.core.text import shortened
from apps.dialects.adapters.dialect import Dialect
from apps.dialects.adapters.errors import ErrorCode
from apps.dialects.adapters.frames import CALL_ERROR, CALL_RESULT, encode_error, encode_result
from apps.dialects.adapters.registry import dialect_for
from apps.dialects.messages import Call, Message, Payload, Send, UnknownAction, Unreadable
from apps.ocpp import metrics
from apps.ocpp.messages import Link, Reply, StaleLink
from apps.ocpp.routes import CHANGES_CHARGES, ROUTES
from apps.ocpp.services.frames import as_text, error_content, incoming_row, outgoing_row
from apps.ocpp.services.noticing import note_odd_action, note_reused_id
from apps.ocpp.services.replays import Earlier, earlier_messages
from apps.stations.messages import BootAnswer, Caller, OcppVersion, RegistrationStatus
from apps.telemetry.services.leases import holds_lease
from apps.telemetry.services.writing import store_frames

log = structlog.get_logger(__name__)

TRIES = 4
WORTH_REPEATING = frozenset({"40P01", "40001"})  # deadlock, serialization failure (Q42)
MONEY_ACTIONS = frozenset({"StartTransaction", "StopTransaction"})
BARRED = "The charging station is not accepted yet."


@dataclass(frozen=True)
class Exchange:
    """One CALL (or SEND) of a station on its way to an answer."""

    link: Link
    call: Call | Send
    received_at: datetime

    @cached_property
    def dialect(self) -> Dialect:
        return dialect_for(self.link.version)

    @property
    def caller(self) -> Caller:
        return self.link.caller(self.received_at)

    @property
    def action(self) -> str:
        """As OCPP spells it, if it is one of OCPP's."""
        return self.dialect.known_action(self.call.action) or self.call.action

    @cached_property
    def earlier(self) -> Earlier:
        """What came under this number before."""
        return earlier_messages(self.link, self.call, self.action, received_at=self.received_at)

    @property
    def is_about_a_transaction(self) -> bool:
        return self.dialect.is_transaction_message(self.call.action)

    def answer(
        self,
        payload: Payload,
        *,
        note: str = "",
        boot_status: RegistrationStatus | None = None,
        charges: tuple[KnownCharge, ...] | None = None,
    ) -> Reply:
        self._log(CALL_RESULT, payload, note)
        frame = None if isinstance(self.call, Send) else encode_result(self.call.message_id, payload)
        return Reply(frame=frame, boot_status=boot_status, charges=charges)

    def refuse(self, code: str, description: str, *, note: str = "") -> Reply:
        code = self.dialect.error_code(code)
        self._log(CALL_ERROR, error_content(code, description), note or f"{code}: {description}")
        if isinstance(self.call, Send):
            return Reply(frame=None)
        return Reply(frame=encode_error(self.call.message_id, code, description, version=self.link.version))

    def _log(self, kind: int, content: Payload, note: str) -> None:
        """Both frames; what was sent to get no reply has but one (2.1 P4 §4.1.3)."""
        call = self.call
        rows = [incoming_row(self.link, call, at=self.received_at, note=note)]
        if isinstance(call, Call):
            rows.append(outgoing_row(self.link, kind, call.message_id, call.action, content))
        store_frames(rows)


def take_call(link: Link, call: Call | Send, *, received_at: datetime, is_barred: bool) -> Reply:
    """Do what a message asks for and return the reply, all committed.

    Raises `StaleLink` for a superseded socket, and the database's own error when it is in trouble: then nothing was
    stored, nothing may be answered, and the station has to keep the message. `is_barred`: a boot of this station was
    answered with Pending or Rejected, and nobody asked it for this message.
    """
    with bound_contextvars(message_id=call.message_id):
        return _take_again_and_again(Exchange(link, call, received_at), is_barred=is_barred)


def _take_again_and_again(exchange: Exchange, *, is_barred: bool) -> Reply:
    for _ in range(TRIES - 1):
        try:
            return _take(exchange, is_barred=is_barred)
        except OperationalError as problem:
            if getattr(problem.__cause__, "sqlstate", None) not in WORTH_REPEATING:
                raise
    return _take(exchange, is_barred=is_barred)


def _take(exchange: Exchange, *, is_barred: bool) -> Reply:
    try:
        with transaction.atomic():
            _check_lease(exchange.link)
            return _refuse_barred(exchange) if is_barred else _serve(exchange)
    except (OperationalError, InterfaceError, StaleLink):
        raise
    except UnableTo as problem:
        return _fail(exchange, str(problem))
    except Exception as problem:
        log.exception("message failed", station=exchange.link.identity, schema=exchange.link.schema,
                      action=exchange.call.action, message_id=exchange.call.message_id)  # fmt: skip
        return _fail(exchange, f"{type(problem).__name__}: {problem}")


def _check_lease(link: Link) -> None:
    if not holds_lease(link.station_id, epoch=link.epoch):
        raise StaleLink


def _serve(exchange: Exchange) -> Reply:
    call = exchange.call
    try:
        message = exchange.dialect.parse(call.action, call.payload, received_at=exchange.received_at)
    except UnknownAction:
        return exchange.refuse(ErrorCode.NOT_IMPLEMENTED, f"{shortened(call.action, 50)} is not known here.")
    except Unreadable as problem:
        return _answer_unreadable(exchange, problem)
    return _answer_message(exchange, message)


def _answer_message(exchange: Exchange, message: Message) -> Reply:
    service = ROUTES.get(type(message))
    if service is None:
        return exchange.refuse(ErrorCode.NOT_IMPLEMENTED, f"{exchange.call.action} is not taken here.")
    _note_oddities(exchange)
    answer = service(exchange.caller, message)
    payload = exchange.dialect.reply(exchange.call.action, answer)
    return exchange.answer(
        payload,
        boot_status=answer.status if isinstance(answer, BootAnswer) else None,
        charges=known_charges(exchange.caller) if isinstance(message, CHANGES_CHARGES) else None,
    )


def _note_oddities(exchange: Exchange) -> None:
    """What is odd about the envelope; the message counts all the same (Q19, Q61)."""
    if exchange.action != exchange.call.action:
        note_odd_action(exchange.link, exchange.action, spelled=exchange.call.action)
    if exchange.action in MONEY_ACTIONS and exchange.earlier.was_other:
        metrics.REUSED_IDS.inc()
        note_reused_id(exchange.link, action=exchange.action, message_id=exchange.call.message_id)


def _answer_unreadable(exchange: Exchange, problem: Unreadable) -> Reply:
    if exchange.is_about_a_transaction:
        return _accept_aside(exchange, f"{problem.path}: {problem.message}")
    return exchange.refuse(problem.code, f"{problem.path}: {problem.message}")


def _accept_aside(exchange: Exchange, problem: str) -> Reply:
    """Keep it for people and accept it: a station deletes energy and money that is answered with an error.

    What comes again word for word is kept once and answered as it was (Q19).
    """
    call = exchange.call
    if exchange.earlier.answer is not None:
        return exchange.answer(exchange.earlier.answer, note=f"set aside before: {problem}")
    number = _set_aside(exchange, problem)
    payload: Any = exchange.dialect.quarantine_reply(call.action, call.payload, number=number)
    return exchange.answer(payload, note=f"set aside: {problem}")


def _set_aside(exchange: Exchange, problem: str) -> int:
    call = exchange.call
    metrics.quarantined(exchange.link.version).inc()
    return set_aside(
        exchange.caller,
        action=exchange.action,
        message_id=call.message_id,
        payload=as_text(call.payload),
        problem=problem,
    )


def _refuse_barred(exchange: Exchange) -> Reply:
    """2.x: SecurityError to all a station says unasked, but kept. 1.6: answered as ever, with no effect (Q48)."""
    if exchange.link.version is OcppVersion.V16:
        return _accept_aside(exchange, BARRED) if exchange.is_about_a_transaction else _serve(exchange)
    if exchange.is_about_a_transaction:
        _set_aside(exchange, BARRED)
    return exchange.refuse(ErrorCode.SECURITY_ERROR, BARRED)


def _fail(exchange: Exchange, problem: str) -> Reply:
    """Our own mistake, in a transaction of its own: money is set aside and accepted, the rest is told the truth."""
    with transaction.atomic():
        _check_lease(exchange.link)
        if exchange.is_about_a_transaction:
            return _accept_aside(exchange, problem)
        return exchange.refuse(ErrorCode.INTERNAL_ERROR, "The message could not be processed.", note=problem)
