"""What all profiles of a station come to: stacking, and the combining of purposes (1.6 §3.13.2, §3.13.3)."""

import math
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from apps.smartcharging.messages import Charge, Limit, Step
from apps.smartcharging.rules.schedules import NOMINAL_V, in_unit, limit_at, turning_points
from apps.stations.messages import ChargingProfile, ProfilePurpose, RateUnit, SetChargingProfile

WHOLE_STATION = 0


def composite(
    installed: Sequence[SetChargingProfile],
    *,
    evse: int,
    since: datetime,
    duration_s: int,
    unit: RateUnit,
    charge: Charge | None = None,
    voltage_v: float = NOMINAL_V,
) -> tuple[Step, ...]:
    """The limit of an EVSE, or of the station (0), over the time asked for; steps that change nothing are left out.

    Without a charge it tells what would hold for one that starts at `since`.
    """
    stacks = _stacks(installed, evse, charge)
    started_at, until = charge.started_at if charge else since, since + timedelta(seconds=duration_s)
    steps: list[Step] = []
    for at in _instants(stacks, since, until, started_at):
        limit = _combined(stacks, at, started_at, unit, voltage_v)
        start_s = math.floor((at - since).total_seconds())
        step = Step(start_s=start_s, limit=_tenths(limit.value), phases=limit.phases)
        if steps and steps[-1].start_s == start_s:
            steps.pop()
        if not steps or (steps[-1].limit, steps[-1].phases) != (step.limit, step.phases):
            steps.append(step)
    return tuple(steps)


def _tenths(value: float | None) -> float | None:
    """Rounded down: a limit that is told as more than it is would be broken."""
    return None if value is None else math.floor(value * 10 + 1e-6) / 10


def _instants(
    stacks: Iterable[Sequence[ChargingProfile]], since: datetime, until: datetime, started_at: datetime
) -> list[datetime]:
    profiles = [profile for stack in stacks for profile in stack]
    points = (turning_points(profile, since, until, charge_started_at=started_at) for profile in profiles)
    return sorted({since}.union(*points))


def _stacks(
    installed: Sequence[SetChargingProfile], evse: int, charge: Charge | None
) -> tuple[list[ChargingProfile], list[ChargingProfile], list[ChargingProfile]]:
    """What limits the station, what the charge at this EVSE, and what any charge there; the highest level first."""
    station = [wish.profile for wish in installed if wish.profile.purpose is ProfilePurpose.STATION_MAX]
    if evse == WHOLE_STATION:
        return _by_level(station), [], []
    own = [wish.profile for wish in installed if wish.evse == evse]
    of_charge = [profile for profile in own if _is_of(profile, charge)]
    return _by_level(station), _by_level(of_charge), _by_level(_defaults(installed, own))


def _is_of(profile: ChargingProfile, charge: Charge | None) -> bool:
    """A profile that a remote start brought along has no charge yet and counts for the one that will start."""
    if profile.purpose is not ProfilePurpose.TX:
        return False
    return profile.transaction_ref is None if charge is None else profile.transaction_ref == charge.ref


def _defaults(installed: Sequence[SetChargingProfile], own: Sequence[ChargingProfile]) -> list[ChargingProfile]:
    """One of this EVSE takes the place of the station's with the same level (1.6 §3.13.1)."""
    mine = [profile for profile in own if profile.purpose is ProfilePurpose.TX_DEFAULT]
    levels = {profile.stack_level for profile in mine}
    shared = [
        wish.profile
        for wish in installed
        if wish.evse == WHOLE_STATION and wish.profile.purpose is ProfilePurpose.TX_DEFAULT
    ]
    return mine + [profile for profile in shared if profile.stack_level not in levels]


def _by_level(profiles: list[ChargingProfile]) -> list[ChargingProfile]:
    return sorted(profiles, key=lambda profile: -profile.stack_level)


def _combined(
    stacks: tuple[Sequence[ChargingProfile], Sequence[ChargingProfile], Sequence[ChargingProfile]],
    at: datetime,
    started_at: datetime,
    unit: RateUnit,
    voltage_v: float,
) -> Limit:
    """The lower of the station's limit and the charge's; a TxProfile overrules the defaults while it says anything."""
    station, of_charge, defaults = (_prevailing(stack, at, started_at) for stack in stacks)
    found = [in_unit(limit, unit, voltage_v=voltage_v) for limit in (station, of_charge or defaults) if limit]
    known = [limit for limit in found if limit.value is not None]
    return min(known, key=_value, default=Limit(value=None, unit=unit))


def _value(limit: Limit) -> float:
    return math.inf if limit.value is None else limit.value


def _prevailing(stack: Sequence[ChargingProfile], at: datetime, started_at: datetime) -> Limit | None:
    """Of the highest level that says anything now."""
    limits = (limit_at(profile, at, charge_started_at=started_at) for profile in stack)
    return next((limit for limit in limits if limit is not None), None)
