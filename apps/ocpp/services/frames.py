"""Rows of the frame log: masked, paired by message id, and storable whatever a station sent."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec

from apps.core.clock import now
from apps.core.text import storable
from apps.dialects.adapters.frames import CALL, CALL_ERROR, CALL_RESULT, CALL_RESULT_ERROR, SEND, harmless
from apps.dialects.adapters.registry import dialect_for
from apps.dialects.messages import Bad, Call, CallError, CallResult, CallResultError, Frame, Ignored, Send
from apps.ocpp.messages import Link, StaleLink
from apps.telemetry.messages import FrameRow
from apps.telemetry.services.leases import holds_lease
from apps.telemetry.services.writing import store_frames

LONGEST_ACTION = 100
LONGEST_NOTE = 500
_KINDS: dict[type, int] = {
    Call: CALL, CallResult: CALL_RESULT, CallError: CALL_ERROR, CallResultError: CALL_RESULT_ERROR, Send: SEND,
}  # fmt: skip


def incoming_row(link: Link, frame: Frame, *, at: datetime, action: str = "", note: str = "") -> FrameRow:
    """What a station sent. An answer has no action of its own: it is given the question's."""
    message_id = "" if isinstance(frame, Ignored) else frame.message_id
    kind = frame.message_type if isinstance(frame, Ignored) else _KINDS.get(type(frame), 0)
    if isinstance(frame, Call | Send | Bad):
        action = frame.action
    return _row(link, kind, message_id, action, _content(frame), incoming=True, at=at, note=note or _note_of(frame))


def outgoing_row(
    link: Link, kind: int, message_id: str, action: str, payload: Any, *, note: str = "", at: datetime | None = None
) -> FrameRow:
    return _row(link, kind, message_id, action, payload, incoming=False, at=at or now(), note=note)


def error_content(code: str, description: str, details: Any = None) -> dict[str, Any]:
    """A CALLERROR as one object, by the names of P4 §4.2.3."""
    return {"errorCode": code, "errorDescription": description, "errorDetails": details or {}}


def log_frames(link: Link, rows: Iterable[FrameRow]) -> None:
    """Append to the frame log what belongs to no other change; a superseded socket's frames are not kept."""
    if not holds_lease(link.station_id, epoch=link.epoch):
        raise StaleLink
    store_frames(list(rows))


def _row(
    link: Link, kind: int, message_id: str, action: str, payload: Any, *, incoming: bool, at: datetime, note: str
) -> FrameRow:
    return FrameRow(
        station_id=link.station_id,
        at=at,
        incoming=incoming,
        kind=kind if -32768 < kind < 32768 else 0,
        epoch=link.epoch,
        message_id=storable(message_id),
        action=storable(action)[:LONGEST_ACTION],
        payload=masked_text(link, action, payload),
        note=storable(note)[:LONGEST_NOTE],
    )


def masked_text(link: Link, action: str, payload: Any) -> str:
    """The payload as it is logged. Plain text without a trace of a secret is logged as it is, nine times of ten."""
    dialect = dialect_for(link.version)
    try:
        text = msgspec.json.encode(payload).decode()
    except (ValueError, OverflowError):  # lone surrogates, integers beyond 64 bits
        text = "\\"
    if "\\" not in text and dialect.surely_open(text):
        return text
    return as_text(dialect.masked(action, payload))


def as_text(payload: Any) -> str:
    return storable(msgspec.json.encode(harmless(payload)).decode())


def _content(frame: Frame) -> Any:
    if isinstance(frame, CallError):
        return error_content(frame.raw_code or frame.code, frame.description, frame.details)
    return frame.payload if isinstance(frame, Call | CallResult | Send) else {}


def _note_of(frame: Frame) -> str:
    if isinstance(frame, Bad):
        return f"{frame.code}: {frame.description}"
    return f"message type {frame.message_type} ignored" if isinstance(frame, Ignored) else ""
