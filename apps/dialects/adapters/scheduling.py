"""Charging schedules (block K): their periods are told alike in all versions."""

from collections.abc import Mapping
from typing import Any

from apps.charging.messages import RequestStartTransaction
from apps.core.errors import UnableTo
from apps.dialects.adapters.outgoing import gettext_noop, rate, told, whole
from apps.dialects.adapters.reading import folded, integer, list_at, number
from apps.dialects.messages import Payload
from apps.stations.messages import (
    ChargingProfile,
    ChargingSchedule,
    ChargingSchedulePeriod,
    ProfilePurpose,
    RateUnit,
)

RATE_UNITS = folded({unit.value: unit for unit in RateUnit})


def profile_to_start(command: RequestStartTransaction) -> ChargingProfile | None:
    """The profile a charge is to start with: it is about this one, which has no name yet (F01.FR.09, F01.FR.11)."""
    profile = command.charging_profile
    if profile and (profile.purpose is not ProfilePurpose.TX or profile.transaction_ref is not None):
        raise UnableTo(gettext_noop("A charge can only be started with a TxProfile that names no charge."))
    return profile


def profile_fields(profile: ChargingProfile) -> Payload:
    """What both versions call the same."""
    return told(
        {
            "stackLevel": whole(profile.stack_level),
            "chargingProfileKind": profile.kind.value,
            "recurrencyKind": profile.recurrency and profile.recurrency.value,
            "validFrom": profile.valid_from,
            "validTo": profile.valid_to,
        }
    )


def schedule_fields(schedule: ChargingSchedule) -> Payload:
    return told(
        {
            "chargingRateUnit": schedule.rate_unit.value,
            "startSchedule": schedule.start_at,
            "duration": None if schedule.duration_s is None else whole(schedule.duration_s),
            "minChargingRate": None if schedule.min_charging_rate is None else rate(schedule.min_charging_rate),
            "chargingSchedulePeriod": [_period(period) for period in schedule.periods],
        }
    )


def _period(period: ChargingSchedulePeriod) -> Payload:
    return told(
        {
            "startPeriod": whole(period.start_period_s),
            "limit": None if period.limit is None else rate(period.limit),
            "numberPhases": None if period.number_phases is None else whole(period.number_phases),
            "phaseToUse": period.phase_to_use,
        }
    )


def periods(schedule: Mapping[str, Any]) -> tuple[ChargingSchedulePeriod, ...]:
    """A period without a start is none; one without a readable limit still ends the one before it."""
    return tuple(
        ChargingSchedulePeriod(
            start_period_s=start,
            limit=number(entry.get("limit")),
            number_phases=integer(entry.get("numberPhases"), low=0, high=3),
            phase_to_use=integer(entry.get("phaseToUse"), low=1, high=3),
        )
        for entry in list_at(schedule.get("chargingSchedulePeriod"))
        if isinstance(entry, dict) and (start := integer(entry.get("startPeriod"), low=0)) is not None
    )
