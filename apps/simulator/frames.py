"""OCPP-J frames, made and checked with the `ocpp` package. The only module that knows it."""

import asyncio
from dataclasses import dataclass
from typing import Any

import ocpp.messages
from ocpp.exceptions import OCPPError, ValidationError

from apps.simulator.formatting import Json
from apps.simulator.makes import Version

# The package would check each message in a thread of its own: slower, and the order of things would no longer be ours.
ocpp.messages.ASYNC_VALIDATION = False


@dataclass(frozen=True)
class Call:
    message_id: str
    action: str
    payload: Json


@dataclass(frozen=True)
class Result:
    message_id: str
    payload: Json


@dataclass(frozen=True)
class Failure:
    message_id: str
    code: str
    description: str


Frame = Call | Result | Failure


class Invalid(Exception):
    """A message that breaks the schema of its version; `code` is what a CALLERROR calls that."""

    def __init__(self, code: str, description: str) -> None:
        super().__init__(f"{code}: {description}")
        self.code, self.description = code, description


def decode(text: str | bytes) -> Frame | None:
    """None for what is not OCPP at all: a station ignores it."""
    try:
        message = ocpp.messages.unpack(text)
    except (OCPPError, ValueError, TypeError, RecursionError):
        return None
    if isinstance(message, ocpp.messages.Call):
        return Call(str(message.unique_id), str(message.action), message.payload or {})
    if isinstance(message, ocpp.messages.CallResult):
        return Result(str(message.unique_id), message.payload or {})
    return Failure(str(message.unique_id), str(message.error_code), str(message.error_description))


def encode_call(version: Version, call: Call) -> str:
    return _checked(version, ocpp.messages.Call(call.message_id, call.action, call.payload))


def encode_result(version: Version, call: Call, payload: Json) -> str:
    return _checked(version, ocpp.messages.CallResult(call.message_id, payload, call.action))


def encode_failure(call: Call, code: str, description: str) -> str:
    return str(ocpp.messages.CallError(call.message_id, code, description[:255], {}).to_json())


def check_call(version: Version, call: Call) -> None:
    """Raise Invalid for a request to us that its schema does not allow."""
    _checked(version, ocpp.messages.Call(call.message_id, call.action, call.payload))


def check_result(version: Version, call: Call, result: Result) -> None:
    _checked(version, ocpp.messages.CallResult(result.message_id, result.payload, call.action))


def _checked(version: Version, message: Any) -> str:
    validation = ocpp.messages.validate_payload(message, version)
    try:
        _finish(validation)
    except (OCPPError, ValidationError) as problem:
        details = getattr(problem, "details", None) or {}
        raise Invalid(getattr(problem, "code", "FormatViolation"), str(details.get("cause", problem))) from problem
    return str(message.to_json())


def _finish(coroutine: Any) -> None:
    """Run a coroutine that never waits to its end."""
    try:
        coroutine.send(None)
    except StopIteration:
        return
    coroutine.close()
    raise asyncio.InvalidStateError("validation waited for something")
