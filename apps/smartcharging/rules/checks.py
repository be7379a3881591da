"""What is wrong with a profile before it is sent (1.6 §3.13, §5.16, §7.8-7.14; 2.1 K01)."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import pairwise

from apps.smartcharging.messages import Abilities, Fault, FaultKind
from apps.smartcharging.rules.composite import WHOLE_STATION
from apps.smartcharging.rules.schedules import recurrence_of
from apps.stations.messages import (
    ChargingProfile,
    ChargingSchedule,
    OcppVersion,
    ProfileKind,
    ProfilePurpose,
    SetChargingProfile,
)

PURPOSES = (ProfilePurpose.STATION_MAX, ProfilePurpose.TX_DEFAULT, ProfilePurpose.TX)
KINDS = (ProfileKind.ABSOLUTE, ProfileKind.RECURRING, ProfileKind.RELATIVE)
MOST_PHASES = 3
EARLIEST_YEAR, LATEST_YEAR = 2000, 2100
Slot = tuple[int, ProfilePurpose, int]


def slot_of(wish: SetChargingProfile) -> Slot:
    """A station keeps one profile per EVSE, purpose and stack level; a further one replaces it."""
    return wish.evse, wish.profile.purpose, wish.profile.stack_level


def faults(
    wish: SetChargingProfile,
    *,
    abilities: Abilities,
    installed: Sequence[SetChargingProfile],
    at: datetime,
    has_charge: bool,
    version: OcppVersion = OcppVersion.V16,
) -> tuple[Fault, ...]:
    """All that speaks against setting this profile now. `has_charge`: whether there is one it could be for."""
    found = [*_place_faults(wish, has_charge=has_charge), *_kind_faults(wish.profile)]
    found += _stack_faults(wish, abilities, installed, version)
    found += _validity_faults(wish.profile, at)
    for schedule in wish.profile.schedules:
        found += _schedule_faults(schedule, abilities)
        found += _period_faults(wish.profile, schedule)
        found += _limit_faults(schedule, abilities)
    return tuple(found)


def _place_faults(wish: SetChargingProfile, *, has_charge: bool) -> Iterator[Fault]:
    purpose = wish.profile.purpose
    if purpose not in PURPOSES:
        yield Fault(path="$.purpose", kind=FaultKind.PURPOSE_UNKNOWN)
    if purpose is ProfilePurpose.STATION_MAX and wish.evse != WHOLE_STATION:
        yield Fault(path="$.evse", kind=FaultKind.STATION_ONLY)
    if purpose is ProfilePurpose.TX:
        if wish.evse == WHOLE_STATION:
            yield Fault(path="$.evse", kind=FaultKind.EVSE_ONLY)
        elif not has_charge:
            yield Fault(path="$.purpose", kind=FaultKind.NO_CHARGE)


def _kind_faults(profile: ChargingProfile) -> Iterator[Fault]:
    """2.1 says these of the start and of Relative (K01.FR.38, .40, .41); 1.6 leaves them to each station."""
    starts = [schedule.start_at for schedule in profile.schedules]
    if profile.kind not in KINDS:
        yield Fault(path="$.kind", kind=FaultKind.KIND_UNKNOWN)
    elif profile.kind is ProfileKind.RELATIVE:
        if profile.purpose is ProfilePurpose.STATION_MAX:
            yield Fault(path="$.kind", kind=FaultKind.RELATIVE_STATION)
        if any(starts):
            yield Fault(path="$.start_at", kind=FaultKind.START_UNWANTED)
    elif not all(starts):
        yield Fault(path="$.start_at", kind=FaultKind.START_NEEDED)
    if (profile.kind is ProfileKind.RECURRING) != (profile.recurrency is not None):
        missing = profile.recurrency is None
        kind = FaultKind.RECURRENCY_NEEDED if missing else FaultKind.RECURRENCY_UNWANTED
        yield Fault(path="$.recurrency", kind=kind)


def _stack_faults(
    wish: SetChargingProfile, abilities: Abilities, installed: Sequence[SetChargingProfile], version: OcppVersion
) -> Iterator[Fault]:
    level, most = wish.profile.stack_level, abilities.max_stack_level
    if level < 0 or (most is not None and level > most):
        yield Fault(path="$.stack_level", kind=FaultKind.STACK_LEVEL, bound="" if most is None else str(most))
    others = {slot_of(other) for other in installed} - {slot_of(wish)}
    if abilities.max_profiles is not None and len(others) >= abilities.max_profiles:
        yield Fault(path="$", kind=FaultKind.TOO_MANY_PROFILES, bound=str(abilities.max_profiles))
    if version is not OcppVersion.V16 and any(_is_taken(wish, slot) for slot in others):
        yield Fault(path="$.stack_level", kind=FaultKind.LEVEL_TAKEN)


def _is_taken(wish: SetChargingProfile, slot: Slot) -> bool:
    """2.x refuses one level both for all EVSEs and for one of them (K01.FR.52, .53)."""
    evse, purpose, level = slot
    are_defaults = {purpose, wish.profile.purpose} == {ProfilePurpose.TX_DEFAULT}
    return are_defaults and level == wish.profile.stack_level and WHOLE_STATION in (evse, wish.evse)


def _validity_faults(profile: ChargingProfile, at: datetime) -> Iterator[Fault]:
    starts = [("$.start_at", schedule.start_at) for schedule in profile.schedules]
    for path, instant in [("$.valid_from", profile.valid_from), ("$.valid_to", profile.valid_to), *starts]:
        if instant and not EARLIEST_YEAR <= instant.year < LATEST_YEAR:
            yield Fault(path=path, kind=FaultKind.FAR_AWAY)
    if profile.valid_from and profile.valid_to and profile.valid_from >= profile.valid_to:
        yield Fault(path="$.valid_to", kind=FaultKind.VALIDITY)
    elif profile.valid_to and profile.valid_to <= at:
        yield Fault(path="$.valid_to", kind=FaultKind.OVER)


def _schedule_faults(schedule: ChargingSchedule, abilities: Abilities) -> Iterator[Fault]:
    if schedule.rate_unit not in abilities.units:
        yield Fault(path="$.unit", kind=FaultKind.UNIT, bound=", ".join(sorted(abilities.units)))
    if schedule.duration_s is not None and schedule.duration_s <= 0:
        yield Fault(path="$.duration_s", kind=FaultKind.DURATION)
    if not schedule.periods:
        yield Fault(path="$.periods", kind=FaultKind.NO_PERIODS)
    if abilities.max_periods is not None and len(schedule.periods) > abilities.max_periods:
        yield Fault(path="$.periods", kind=FaultKind.TOO_MANY_PERIODS, bound=str(abilities.max_periods))
    if schedule.min_charging_rate is not None and not _in_tenths(schedule.min_charging_rate):
        yield Fault(path="$.min_charging_rate", kind=FaultKind.LIMIT_STEP)


def _period_faults(profile: ChargingProfile, schedule: ChargingSchedule) -> Iterator[Fault]:
    starts = [period.start_period_s for period in schedule.periods]
    if starts and starts[0] != 0:
        yield Fault(path="$.periods[0].start_s", kind=FaultKind.FIRST_PERIOD)
    for number, (before, after) in enumerate(pairwise(starts), start=1):
        if after <= before:
            yield Fault(path=f"$.periods[{number}].start_s", kind=FaultKind.PERIOD_ORDER)
    recurrence = recurrence_of(profile)
    ends = [schedule.duration_s, int(recurrence.total_seconds()) if recurrence else None]
    end = min((end for end in ends if end is not None), default=None)
    for number, start in enumerate(starts):
        if end is not None and number and start >= end:
            yield Fault(path=f"$.periods[{number}].start_s", kind=FaultKind.PERIOD_TOO_LATE, bound=str(end))


def _limit_faults(schedule: ChargingSchedule, abilities: Abilities) -> Iterator[Fault]:
    for number, period in enumerate(schedule.periods):
        if period.limit is None or not _in_tenths(period.limit):
            yield Fault(path=f"$.periods[{number}].limit", kind=FaultKind.LIMIT_STEP)
        if period.number_phases is not None and not 1 <= period.number_phases <= MOST_PHASES:
            yield Fault(path=f"$.periods[{number}].phases", kind=FaultKind.PHASES)
    if abilities.switches_phases is False and len({period.number_phases for period in schedule.periods}) > 1:
        yield Fault(path="$.periods", kind=FaultKind.PHASE_SWITCH)


def _in_tenths(value: float) -> bool:
    """Not negative, and with at most one decimal (1.6 §7.13, §7.14)."""
    return value >= 0 and abs(value * 10 - round(value * 10)) < 1e-6
