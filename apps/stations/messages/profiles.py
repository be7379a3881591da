"""Limits of power and current over time (OCPP 2.1 block K)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class RateUnit(StrEnum):
    WATT = "W"
    AMPERE = "A"


class ProfilePurpose(StrEnum):
    """ChargingProfilePurposeEnumType of OCPP 2.1; 1.6 knows the first three, the first as ChargePointMaxProfile."""

    STATION_MAX = "ChargingStationMaxProfile"
    TX_DEFAULT = "TxDefaultProfile"
    TX = "TxProfile"
    EXTERNAL_CONSTRAINTS = "ChargingStationExternalConstraints"
    PRIORITY_CHARGING = "PriorityCharging"
    LOCAL_GENERATION = "LocalGeneration"


class ProfileKind(StrEnum):
    ABSOLUTE = "Absolute"
    RECURRING = "Recurring"
    RELATIVE = "Relative"
    DYNAMIC = "Dynamic"


class RecurrencyKind(StrEnum):
    DAILY = "Daily"
    WEEKLY = "Weekly"


@dataclass(frozen=True, kw_only=True)
class ChargingSchedulePeriod:
    """From `start_period_s` after the schedule's start on, at most `limit` (W in total, or A per phase).

    Limits are told in steps of 0.1, rounded down. `limit` is null only in 2.1, where something else may set the rate,
    and where a station told none. `phase_to_use` is 2.x only.
    """

    start_period_s: int
    limit: float | None
    number_phases: int | None = None
    phase_to_use: int | None = None


@dataclass(frozen=True, kw_only=True)
class ChargingSchedule:
    """`id` is 2.x only. Without `start_at` a Relative or Dynamic profile begins when it starts to be used."""

    id: int
    rate_unit: RateUnit
    periods: tuple[ChargingSchedulePeriod, ...]
    start_at: datetime | None = None
    duration_s: int | None = None
    min_charging_rate: float | None = None


@dataclass(frozen=True, kw_only=True)
class ChargingProfile:
    """1.6 has room for one schedule. `transaction_ref` is the station's name of the charge, in 1.6 our number."""

    id: int
    stack_level: int
    purpose: ProfilePurpose
    kind: ProfileKind
    schedules: tuple[ChargingSchedule, ...]
    recurrency: RecurrencyKind | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    transaction_ref: str | None = None


@dataclass(frozen=True, kw_only=True)
class SetChargingProfile:
    """`evse` 0 is the whole station."""

    evse: int
    profile: ChargingProfile


@dataclass(frozen=True, kw_only=True)
class ClearChargingProfile:
    """Everything that matches what is given; an `id` alone decides. With nothing given, every profile."""

    id: int | None = None
    evse: int | None = None
    purpose: ProfilePurpose | None = None
    stack_level: int | None = None


@dataclass(frozen=True, kw_only=True)
class GetCompositeSchedule:
    """What will hold for the next `duration_s`; `evse` 0 is the grid connection. The outcome's `data` tells it."""

    evse: int
    duration_s: int
    rate_unit: RateUnit | None = None


@dataclass(frozen=True, kw_only=True)
class CompositeSchedule:
    """What a station says it will keep to; null where it told nothing."""

    evse: int | None
    rate_unit: RateUnit
    periods: tuple[ChargingSchedulePeriod, ...]
    start_at: datetime | None = None
    duration_s: int | None = None
    min_charging_rate: float | None = None
