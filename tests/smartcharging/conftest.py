"""Profiles in few words."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from apps.stations.messages import (
    ChargingProfile,
    ChargingSchedule,
    ChargingSchedulePeriod,
    ProfileKind,
    ProfilePurpose,
    RateUnit,
    RecurrencyKind,
    SetChargingProfile,
)

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
HOUR = 3600
DAY = 24 * HOUR
A, W = RateUnit.AMPERE, RateUnit.WATT
MAX, DEFAULT, TX = ProfilePurpose.STATION_MAX, ProfilePurpose.TX_DEFAULT, ProfilePurpose.TX


def periods(*told: tuple[int, float] | tuple[int, float, int]) -> tuple[ChargingSchedulePeriod, ...]:
    return tuple(
        ChargingSchedulePeriod(start_period_s=start, limit=limit, number_phases=phases[0] if phases else None)
        for start, limit, *phases in told
    )


def wish(
    *told: Any,
    evse: int = 1,
    purpose: ProfilePurpose = DEFAULT,
    level: int = 0,
    unit: RateUnit = A,
    start: datetime | None = NOON,
    duration: int | None = None,
    repeated: RecurrencyKind | None = None,
    kind: ProfileKind | None = None,
    **of_profile: Any,
) -> SetChargingProfile:
    """`wish((0, 16), (3600, 10))`: 16 A from noon on, 10 A an hour later."""
    found = kind or (ProfileKind.RECURRING if repeated else ProfileKind.ABSOLUTE if start else ProfileKind.RELATIVE)
    schedule = ChargingSchedule(
        id=1, rate_unit=unit, start_at=start, duration_s=duration, periods=periods(*(told or [(0, 16)]))
    )
    profile = ChargingProfile(
        id=of_profile.pop("id", 1), stack_level=level, purpose=purpose, kind=found, schedules=(schedule,),
        recurrency=repeated, **of_profile,
    )  # fmt: skip
    return SetChargingProfile(evse=evse, profile=profile)


def told(steps: Sequence[Any]) -> list[tuple[int, float | None]]:
    """Steps as (second, limit)."""
    return [(step.start_s, step.limit) for step in steps]
