"""The two messages that make up nine tenths of all traffic, read in one go.

What deviates by a word (an unknown field, signed data, a time without a zone, two contexts at once) is None here and
goes the lenient way of `v16` and `v2`, which would have read the same out of all the rest.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated, Any, Literal, NamedTuple

import msgspec

from apps.charging.messages import RunningReading, RunningReadings, SampleKind
from apps.core.clock import is_plausible
from apps.dialects.adapters.frames import MAX_ID_LENGTH
from apps.dialects.adapters.incoming import CHARGING_STATES
from apps.dialects.adapters.metering import AS_TOLD, Scale, sample_kind, scaled
from apps.dialects.adapters.reading import INT32_MAX, choice, number
from apps.stations.messages import ChargingState, OcppVersion

HEAD = 300  # bytes in which a frame says what it is
# What is longer waits in a queue of its own instead of among thousands, and leaves no words in a cache.
LONGEST = 2**14
# An escape could be anything. The others may stand in words, where secrets are searched for on the lenient way only.
NOT_PLAIN = (b"\\", b"://", b"PRIVATE KEY")
Words = tuple[str | None, str | None, str | None, str | None, str | None, int | None]
HotReader = Callable[[bytes, datetime], RunningReadings | None]


class _Frame(msgspec.Struct, array_like=True, forbid_unknown_fields=True, gc=False):
    kind: Literal[2]
    message_id: str
    action: str
    payload: msgspec.Raw


class _Sample16(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    value: str | int | float
    context: str | None = None
    format: Literal["Raw"] | None = None
    measurand: str | None = None
    phase: str | None = None
    location: str | None = None
    unit: str | None = None


class _Value16(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    timestamp: str
    sampled_value: list[_Sample16]


class _MeterValues16(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    connector_id: int
    transaction_id: Annotated[int, msgspec.Meta(gt=0)]
    meter_value: list[_Value16]


class _Unit(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    unit: str | None = None
    multiplier: int | None = None


class _Sample2(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    value: str | int | float
    context: str | None = None
    measurand: str | None = None
    phase: str | None = None
    location: str | None = None
    unit_of_measure: _Unit | None = None


class _Value2(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    timestamp: str
    sampled_value: list[_Sample2]


class _Info(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    transaction_id: str
    charging_state: str | None = None
    time_spent_charging: int | None = None


class _Evse(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    id: int | None
    connector_id: int | None = None


class _Updated(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    event_type: Literal["Updated"]
    timestamp: str
    trigger_reason: str
    seq_no: Annotated[int, msgspec.Meta(ge=0, le=INT32_MAX)]
    transaction_info: _Info
    meter_value: list[_Value2]
    offline: bool | None = None
    number_of_phases_used: int | None = None
    cable_max_current: int | None = None
    evse: _Evse | None = None


_frame = msgspec.json.Decoder(_Frame).decode
_meter_values = msgspec.json.Decoder(_MeterValues16).decode
_updated = msgspec.json.Decoder(_Updated).decode


_NO_EVSE = _Evse(id=None)


def hot_reader(version: OcppVersion) -> HotReader:
    """Reads one websocket message of a station: the readings of a running charge that it is, or None."""
    return _read_16 if version is OcppVersion.V16 else _read_2


def _is_plain(raw: bytes, action: bytes) -> bool:
    return len(raw) <= LONGEST and action in raw[:HEAD] and not any(trace in raw for trace in NOT_PLAIN)


def _read_16(raw: bytes, received_at: datetime) -> RunningReadings | None:
    if not _is_plain(raw, b'"MeterValues"'):
        return None
    try:
        frame = _frame(raw)
        told = _meter_values(frame.payload)
    except (ValueError, RecursionError):
        return None
    if frame.action != "MeterValues":
        return None
    readings = [_reading(value.timestamp, value.sampled_value, _words_16, received_at) for value in told.meter_value]
    return _whole(frame, readings, ref=str(told.transaction_id), evse=told.connector_id)


def _read_2(raw: bytes, received_at: datetime) -> RunningReadings | None:
    if not _is_plain(raw, b'"TransactionEvent"'):
        return None
    try:
        frame = _frame(raw)
        told = _updated(frame.payload)
    except (ValueError, RecursionError):
        return None
    at = _instant(told.timestamp, received_at)
    info, evse = told.transaction_info, told.evse or _NO_EVSE
    state = choice(info.charging_state, CHARGING_STATES)
    if frame.action != "TransactionEvent" or at is None or (info.charging_state and state is None):
        return None
    readings = [_reading(value.timestamp, value.sampled_value, _words_2, received_at) for value in told.meter_value]
    return _whole(
        frame, readings, ref=info.transaction_id, evse=evse.id, connector=evse.connector_id,
        at=at, seq_no=told.seq_no, charging_state=state,
    )  # fmt: skip


def _whole(
    frame: _Frame,
    readings: list[RunningReading | None],
    *,
    ref: str,
    evse: int | None,
    connector: int | None = None,
    at: datetime | None = None,
    seq_no: int | None = None,
    charging_state: ChargingState | None = None,
) -> RunningReadings | None:
    """All of it or nothing. The payload is kept as it was told: what may stand in it holds no secret."""
    whole = tuple(reading for reading in readings if reading is not None)
    if len(whole) < len(readings) or not whole or not 0 < len(frame.message_id) <= MAX_ID_LENGTH:
        return None
    return RunningReadings(
        message_id=frame.message_id, ref=ref, evse=evse, connector=connector, at=at, seq_no=seq_no,
        charging_state=charging_state, readings=whole, payload=bytes(frame.payload).decode(),
    )  # fmt: skip


def _reading(
    timestamp: str,
    samples: Sequence[_Sample16 | _Sample2],
    words: Callable[[Any], Words],
    received_at: datetime,
) -> RunningReading | None:
    at = _instant(timestamp, received_at)
    plan = _plan(tuple([words(sample) for sample in samples]))
    if at is None or plan is None:
        return None
    values = [number(sample.value) for sample in samples]
    if plan.scales is not None:
        values = [
            None if value is None else scaled(value, scale) for value, scale in zip(values, plan.scales, strict=True)
        ]
    whole = tuple([value for value in values if value is not None])
    return RunningReading(at, plan.kinds, whole) if len(whole) == len(values) else None


def _instant(told: str, received_at: datetime) -> datetime | None:
    """Only with a zone: what a time without one means is found out by those who know the station (Q35).

    Cut to microseconds by the same reader as on the lenient way, or a reading said again would be another one.
    """
    try:
        at = datetime.fromisoformat(told)
        if at.tzinfo is None:
            return None
        at = at if at.tzinfo is UTC else at.astimezone(UTC)
    except (ValueError, OverflowError):  # overflown: the first day of year 1, east of Greenwich, a clock never set
        return None
    return at if is_plausible(at, received_at=received_at) else None


def _words_16(sample: _Sample16) -> Words:
    return (sample.measurand, sample.unit, sample.phase, sample.location, sample.context, None)


def _words_2(sample: _Sample2) -> Words:
    unit = sample.unit_of_measure
    if unit is None:
        return (sample.measurand, None, sample.phase, sample.location, sample.context, None)
    return (sample.measurand, unit.unit, sample.phase, sample.location, sample.context, unit.multiplier)


class _Plan(NamedTuple):
    """What the samples of a reading are. A station says the same words in every message, so they are read once."""

    kinds: tuple[SampleKind, ...]
    scales: tuple[Scale, ...] | None


@lru_cache(maxsize=4096)
def _plan(told: tuple[Words, ...]) -> _Plan | None:
    """None where a reading's samples do not belong together."""
    found = [kind for words in told if (kind := sample_kind(*words)) is not None]
    contexts = {kind.context for kind, _scale in found}
    if len(found) < len(told) or len(contexts) != 1:
        return None
    scales = tuple(scale for _kind, scale in found)
    return _Plan(tuple(kind for kind, _scale in found), scales if set(scales) != {AS_TOLD} else None)
