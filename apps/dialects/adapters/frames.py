"""OCPP-J frames: text to a typed frame and back, for bytes of any kind without an exception (Q55-Q65).

Three limits hold for what leaves here as a frame: nesting of at most 32, no text with NUL or lone surrogates, and no
number that JSON cannot carry on (NaN, Infinity and integers beyond what Python reads at once become text).
"""

import json
import math
import re
from typing import Any

import msgspec

from apps.core.text import storable
from apps.dialects.adapters.errors import ErrorCode, spelled, understood
from apps.dialects.messages import Bad, Call, CallError, CallResult, CallResultError, Frame, Ignored, Send
from apps.stations.messages import OcppVersion

MAX_DEPTH = 32
MAX_INTEGER_DIGITS = 20
MAX_ID_LENGTH = 255  # 36 by J16 §4.1.4 and P4 §4.1.4; longer ones are echoed as they came, up to here
MAX_DESCRIPTION_LENGTH = 255

CALL, CALL_RESULT, CALL_ERROR, CALL_RESULT_ERROR, SEND = 2, 3, 4, 5, 6
_TYPES = {
    OcppVersion.V16: frozenset({CALL, CALL_RESULT, CALL_ERROR}),
    OcppVersion.V201: frozenset({CALL, CALL_RESULT, CALL_ERROR}),
    OcppVersion.V21: frozenset({CALL, CALL_RESULT, CALL_ERROR, CALL_RESULT_ERROR, SEND}),  # 2.1 P4 §4.1.3
}
# What can still be told of a frame whose rest is broken: its type, its id, its action.
_HEAD = re.compile(r'\s*\[\s*"?(\d{1,3})"?\s*,\s*"([^"\\]{1,255})"\s*(?:,\s*"([^"\\]{1,64})")?')


def decode_frame(raw: str | bytes, *, version: OcppVersion) -> Frame:
    """Read one websocket message. Whatever it holds, the answer is a frame; see `Bad` and `Ignored`."""
    text = raw.decode("utf-8", errors="replace") if isinstance(raw, bytes) else raw
    text = text.removeprefix("\ufeff")
    try:
        parts = _decoded(text)
    except (ValueError, RecursionError):
        return _broken(text, ErrorCode.FORMAT_VIOLATION, "This is not valid JSON.")
    if _is_too_deep(text, parts):
        return _broken(text, ErrorCode.FORMAT_VIOLATION, f"More than {MAX_DEPTH} levels of nesting.")
    if not isinstance(parts, list) or len(parts) < 2:
        return _broken(text, ErrorCode.RPC_FRAMEWORK_ERROR, "A frame is a list of three to five elements.")
    return _frame(parts, version)


def _decoded(text: str) -> Any:
    """JSON by the fast reader; what it refuses but a lenient one can read is read and made harmless."""
    if "\\u" not in text:
        try:
            return msgspec.json.decode(text)
        except ValueError:
            pass  # bare NaN, control characters, huge integers: the slow reader decides
    parts = json.loads(
        text, strict=False, parse_int=_bounded_integer, parse_float=_finite_float, parse_constant=lambda word: word
    )
    return parts if depth_exceeds(parts, MAX_DEPTH) else harmless(parts)


def _bounded_integer(digits: str) -> int | str:
    return int(digits) if len(digits.lstrip("-")) <= MAX_INTEGER_DIGITS else digits


def _finite_float(digits: str) -> float | str:
    value = float(digits)
    return value if math.isfinite(value) else digits


def depth_exceeds(value: Any, limit: int) -> bool:
    """Whether lists and objects are nested deeper than `limit`, found without recursion."""
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(limit):
        if not level:
            return False
        level = [
            child
            for parent in level
            for child in (parent.values() if isinstance(parent, dict) else parent)
            if isinstance(child, dict | list)
        ]
    return bool(level)


def _is_too_deep(text: str, parts: Any) -> bool:
    """Two counts spare most frames the walk: with few brackets nothing can be nested deeply."""
    return text.count("[") + text.count("{") > MAX_DEPTH and depth_exceeds(parts, MAX_DEPTH)


def harmless(value: Any) -> Any:
    """The same JSON value with every text storable and every number one that JSON and a database can carry on."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {storable(str(key)): harmless(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [harmless(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, int) and not -(10**MAX_INTEGER_DIGITS) < value < 10**MAX_INTEGER_DIGITS:
        return str(value)
    return value


def _broken(text: str, code: ErrorCode, description: str) -> Bad:
    head = _HEAD.match(text)
    if head is None:
        return Bad(code, description)
    kind, message_id, action = head.groups()
    if int(kind) != CALL:
        return Bad(code, description, storable(message_id), answerable=False)
    return Bad(code, description, storable(message_id), storable(action or ""))


def _frame(parts: list[Any], version: OcppVersion) -> Frame:
    kind = _integer(parts[0])
    if kind is None:
        return Bad(ErrorCode.RPC_FRAMEWORK_ERROR, "The message type is not a number.")
    if kind not in _TYPES[version]:
        return Ignored(kind)
    message_id = _message_id(parts[1])
    if kind in (CALL, SEND):
        return _request(kind, message_id, parts)
    if message_id is None:
        return Bad(ErrorCode.RPC_FRAMEWORK_ERROR, "The message id could not be read.", answerable=False)
    if kind == CALL_RESULT:
        return CallResult(message_id, _payload(parts, 2))
    return _error(kind, message_id, parts)


def _integer(value: Any) -> int | None:
    if isinstance(value, str) and value.strip().isdecimal() and len(value) <= MAX_INTEGER_DIGITS:
        return int(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _message_id(value: Any) -> str | None:
    """Ids are text; a number is taken as its digits."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value) if abs(value) < 10**MAX_INTEGER_DIGITS else None
    return value if isinstance(value, str) and 0 < len(value) <= MAX_ID_LENGTH else None


def _request(kind: int, message_id: str | None, parts: list[Any]) -> Frame:
    action = parts[2] if len(parts) > 2 else None
    if message_id is None or not isinstance(action, str) or not action:
        what = "message id" if message_id is None else "action"
        return Bad(
            ErrorCode.RPC_FRAMEWORK_ERROR,
            f"The {what} could not be read.",
            message_id or "-1",
            action if isinstance(action, str) else "",
            answerable=kind == CALL,
        )
    frame = Call if kind == CALL else Send
    return frame(message_id, action, _payload(parts, 3))


def _payload(parts: list[Any], index: int) -> Any:
    """An absent payload and null mean an empty one (J16 §4.2.1, Q60)."""
    payload = parts[index] if len(parts) > index else None
    return {} if payload is None else payload


def _error(kind: int, message_id: str, parts: list[Any]) -> Frame:
    """Three elements are enough (Q57)."""
    code, description, details = (*parts[2:5], None, None, None)[:3]
    raw_code = code if isinstance(code, str) else ""
    frame = CallError if kind == CALL_ERROR else CallResultError
    return frame(
        message_id, understood(raw_code), description if isinstance(description, str) else "", details or {}, raw_code
    )


# --- out --------------------------------------------------------------------------------------------------


def encode_call(message_id: str, action: str, payload: dict[str, Any]) -> str:
    return _encoded([CALL, message_id, action, payload])


def encode_result(message_id: str, payload: dict[str, Any]) -> str:
    return _encoded([CALL_RESULT, message_id, payload])


def encode_error(
    message_id: str,
    code: str,
    description: str = "",
    *,
    version: OcppVersion,
    details: dict[str, Any] | None = None,
) -> str:
    """All five elements are always there (P4 §4.2.3); the code is spelled as the version wants it."""
    return _encoded(
        [CALL_ERROR, message_id, spelled(code, version), description[:MAX_DESCRIPTION_LENGTH], details or {}]
    )


def _encoded(parts: list[Any]) -> str:
    try:
        return msgspec.json.encode(parts).decode()
    except UnicodeEncodeError:
        return msgspec.json.encode(harmless(parts)).decode()
