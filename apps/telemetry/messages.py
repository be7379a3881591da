"""Rows on their way into the shared tables."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from typing import Any, NamedTuple


class ContextCode(IntEnum):
    """ReadingContextEnumType of OCPP as a number, because it is stored with every reading."""

    OTHER = 0
    SAMPLE_PERIODIC = 1
    SAMPLE_CLOCK = 2
    TRANSACTION_BEGIN = 3
    TRANSACTION_END = 4
    TRIGGER = 5
    INTERRUPTION_BEGIN = 6
    INTERRUPTION_END = 7


class MeterRow(NamedTuple):
    """One reading; units and meaning as in `models.MeterValue`. A tuple, because most of all that is made are these."""

    station_id: int
    evse: int
    context: ContextCode
    at: datetime
    received_at: datetime
    transaction_id: int | None = None
    seq_no: int | None = None
    energy_wh: float | None = None
    power_w: float | None = None
    current_l1_a: float | None = None
    current_l2_a: float | None = None
    current_l3_a: float | None = None
    current_a: float | None = None
    voltage_v: float | None = None
    soc_percent: float | None = None
    offered_a: float | None = None
    temperature_c: float | None = None
    extra: dict[str, Any] | None = None


class FrameRow(NamedTuple):
    """One frame; `payload` is masked JSON text."""

    station_id: int
    at: datetime
    incoming: bool
    kind: int
    epoch: int
    message_id: str
    action: str
    payload: str
    note: str = ""


class Parcel(NamedTuple):
    """What one message of a station brings: readings of an open charge.

    It is stored whole or not at all, and only while the epoch is the station's newest and the charge is open.
    """

    tenant_id: int
    station_id: int
    epoch: int
    transaction_id: int
    rows: tuple[MeterRow, ...]
    message_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class NewestReading:
    """The newest figures of an open charge, for pages; energy counted from its begin."""

    tenant_id: int
    transaction_id: int
    at: datetime
    energy_wh: float | None
    power_w: float | None
    soc_percent: float | None


@dataclass(frozen=True, kw_only=True)
class Lease:
    """The right to speak for a station: only the newest epoch may write, close or send."""

    station_id: int
    epoch: int
    gateway: str
    superseded_gateway: str = field(default="")
    superseded_address: str = ""
    superseded_seen_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class GatewayLoad:
    """One gateway process and what it holds; `heard_at` is the newest sign of life of any of its stations."""

    gateway: str
    stations: int
    tenants: int
    heard_at: datetime | None
