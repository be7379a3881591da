"""One profile over time (1.6 §3.13, §7.8; 2.1 K01)."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from apps.smartcharging.messages import Limit
from apps.stations.messages import (
    ChargingProfile,
    ChargingSchedule,
    ChargingSchedulePeriod,
    ProfileKind,
    RateUnit,
    RecurrencyKind,
)

RECURRENCES = {RecurrencyKind.DAILY: timedelta(days=1), RecurrencyKind.WEEKLY: timedelta(weeks=1)}
# What a limit means where it names no phases (1.6 §7.12, 2.1 K01.FR.49), and the voltage set for the area.
PHASES_ASSUMED = 3
NOMINAL_V = 230.0


def limit_at(profile: ChargingProfile, at: datetime, *, charge_started_at: datetime) -> Limit | None:
    """What the profile says at this instant; null where it says nothing, so that a lower one counts."""
    if (profile.valid_from and at < profile.valid_from) or (profile.valid_to and at >= profile.valid_to):
        return None
    for schedule in profile.schedules[:1]:
        period = _period_at(schedule, at - begun_at(profile, schedule, at, charge_started_at))
        if period is not None:
            return Limit(value=period.limit, unit=schedule.rate_unit, phases=period.number_phases)
    return None


def begun_at(
    profile: ChargingProfile, schedule: ChargingSchedule, at: datetime, charge_started_at: datetime
) -> datetime:
    """The start of the run of the schedule that this instant belongs to; a first run may lie in the future."""
    if profile.kind in (ProfileKind.RELATIVE, ProfileKind.DYNAMIC) or schedule.start_at is None:
        return charge_started_at
    recurrence = recurrence_of(profile)
    if recurrence is None or at < schedule.start_at:
        return schedule.start_at
    return schedule.start_at + (at - schedule.start_at) // recurrence * recurrence


def recurrence_of(profile: ChargingProfile) -> timedelta | None:
    if profile.kind is not ProfileKind.RECURRING or profile.recurrency is None:
        return None
    return RECURRENCES[profile.recurrency]


def _period_at(schedule: ChargingSchedule, elapsed: timedelta) -> ChargingSchedulePeriod | None:
    elapsed_s = elapsed.total_seconds()
    if elapsed_s < 0 or (schedule.duration_s is not None and elapsed_s >= schedule.duration_s):
        return None
    begun = [period for period in schedule.periods if period.start_period_s <= elapsed_s]
    return begun[-1] if begun else None


def turning_points(
    profile: ChargingProfile, since: datetime, until: datetime, *, charge_started_at: datetime
) -> Iterator[datetime]:
    """Instants between the two at which `limit_at` may change."""
    for schedule in profile.schedules[:1]:
        offsets = [period.start_period_s for period in schedule.periods] + [schedule.duration_s or 0]
        for start in _runs(profile, schedule, since, until, charge_started_at):
            yield from (at for offset in offsets if since < (at := start + timedelta(seconds=offset)) < until)
    yield from (at for at in (profile.valid_from, profile.valid_to) if at and since < at < until)


def _runs(
    profile: ChargingProfile, schedule: ChargingSchedule, since: datetime, until: datetime, charge_started_at: datetime
) -> Iterator[datetime]:
    """The starts of all runs that reach into the time between the two."""
    start, recurrence = begun_at(profile, schedule, since, charge_started_at), recurrence_of(profile)
    yield start
    while recurrence and (start := start + recurrence) < until:
        yield start


def in_unit(limit: Limit, unit: RateUnit, *, voltage_v: float = NOMINAL_V) -> Limit:
    """The same limit in the other unit: W are of all phases together, A of one."""
    if limit.unit is unit or limit.value is None:
        return Limit(value=limit.value, unit=unit, phases=limit.phases)
    volts = voltage_v * (limit.phases or PHASES_ASSUMED)
    value = limit.value * volts if unit is RateUnit.WATT else limit.value / volts
    return Limit(value=value, unit=unit, phases=limit.phases)
