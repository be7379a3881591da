"""What became of a command: a station's answer, of whatever shape, in our words."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from apps.dialects.adapters.masking import masked
from apps.dialects.adapters.reading import integer, object_at, text
from apps.stations.messages import CommandOutcome

Outcome = Callable[[Any, Any], CommandOutcome]

# The words of all response enums, 1.6 to 2.1, with which a station takes a request on. EmptyResultSet answers a report
# that has nothing to tell (Q83): the question was understood and answered.
_GOOD = frozenset({"accepted", "acceptedcanceled", "emptyresultset", "rebootrequired", "scheduled", "unlocked"})


def is_good(status: str) -> bool:
    return status.strip().casefold() in _GOOD


def by_status(_request: Any, answer: Any) -> CommandOutcome:
    """For answers that must hold a status: none means that the station did not agree."""
    answer = object_at(answer)
    status = text(answer.get("status"))
    return CommandOutcome(accepted=is_good(status), status=status, reason=reason(answer.get("statusInfo")))


def by_status_if_any(request: Any, answer: Any) -> CommandOutcome:
    """For answers nobody here knows: without a status, an answer is a yes."""
    found = by_status(request, answer)
    if object_at(answer).get("status") is None:
        return CommandOutcome(accepted=True, status="", reason=found.reason)
    return found


def of_data_transfer(request: Any, answer: Any) -> CommandOutcome:
    return replace(by_status(request, answer), data=masked(object_at(answer).get("data")))


def of_upload(request: Any, answer: Any) -> CommandOutcome:
    """The file's name in any spelling. GetDiagnostics of 1.6 is answered without a status, which is a yes."""
    name = text(object_at(answer).get("filename")) or text(object_at(answer).get("fileName"))
    return replace(by_status_if_any(request, answer), data=name or None)


def list_version(name: str) -> Outcome:
    def outcome(_request: Any, answer: Any) -> CommandOutcome:
        version = integer(object_at(answer).get(name), low=-1)
        return CommandOutcome(accepted=version is not None, status="", data=version)

    return outcome


def reason(info: Any) -> str:
    """StatusInfoType of 2.x in one line: the code, and what the station adds to it."""
    info = object_at(info)
    return ": ".join(part for part in (text(info.get("reasonCode")), text(info.get("additionalInfo"))) if part)
