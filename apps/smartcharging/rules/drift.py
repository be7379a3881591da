"""Whether a station keeps to what we know of it."""

from collections.abc import Iterable, Iterator, Sequence

from apps.smartcharging.messages import Difference, Limit, Step
from apps.smartcharging.rules.schedules import NOMINAL_V, in_unit
from apps.stations.messages import ChargingSchedulePeriod, RateUnit

# Stations round to whole amperes, and their clocks are some seconds off.
TOLERANCE_A = 0.55
TOLERATED_SHARE = 0.01
SHORTEST_S = 60


def steps_of(
    periods: Iterable[ChargingSchedulePeriod], *, told_in: RateUnit, unit: RateUnit, voltage_v: float = NOMINAL_V
) -> tuple[Step, ...]:
    """A station's answer in the unit of our own reckoning, in order of time."""
    found = []
    for period in sorted(periods, key=lambda period: period.start_period_s):
        told = Limit(value=period.limit, unit=told_in, phases=period.number_phases)
        limit = in_unit(told, unit, voltage_v=voltage_v)
        found.append(Step(start_s=period.start_period_s, limit=limit.value, phases=limit.phases))
    return tuple(found)


def differences(
    ours: Sequence[Step], theirs: Sequence[Step], *, duration_s: int, unit: RateUnit
) -> tuple[Difference, ...]:
    """Where the two disagree for a minute or more. Where we know of no limit, the station may have its own."""
    return tuple(
        difference
        for difference in _joined(_compared(ours, theirs, duration_s, unit))
        if difference.duration_s >= SHORTEST_S
    )


def _compared(ours: Sequence[Step], theirs: Sequence[Step], duration_s: int, unit: RateUnit) -> Iterator[Difference]:
    if not theirs:
        return
    starts = sorted({step.start_s for step in (*ours, *theirs) if theirs[0].start_s <= step.start_s < duration_s})
    for start_s, end_s in zip(starts, [*starts[1:], duration_s], strict=True):
        mine, told = step_in(ours, start_s), limit_in(theirs, start_s)
        if mine and mine.limit is not None and _differ(mine.limit, told, tolerance=_tolerance(mine, unit)):
            yield Difference(start_s=start_s, duration_s=end_s - start_s, ours=mine.limit, theirs=told)


def step_in(steps: Sequence[Step], at_s: float) -> Step | None:
    """The step that this second belongs to; null before the first."""
    begun = [step for step in steps if step.start_s <= at_s]
    return begun[-1] if begun else None


def limit_in(steps: Sequence[Step], at_s: float) -> float | None:
    step = step_in(steps, at_s)
    return step.limit if step else None


def _tolerance(step: Step, unit: RateUnit) -> float:
    rounded = in_unit(Limit(value=TOLERANCE_A, unit=RateUnit.AMPERE, phases=step.phases), unit)
    return max(rounded.value or 0, TOLERATED_SHARE * (step.limit or 0))


def _differ(mine: float, told: float | None, *, tolerance: float) -> bool:
    return told is None or abs(mine - told) > tolerance


def _joined(parts: Iterable[Difference]) -> Iterator[Difference]:
    """Neighbours that say the same as one."""
    last: Difference | None = None
    for part in parts:
        if last and _continues(last, part):
            duration_s = last.duration_s + part.duration_s
            last = Difference(start_s=last.start_s, duration_s=duration_s, ours=last.ours, theirs=last.theirs)
        else:
            if last:
                yield last
            last = part
    if last:
        yield last


def _continues(last: Difference, part: Difference) -> bool:
    return (last.start_s + last.duration_s, last.ours, last.theirs) == (part.start_s, part.ours, part.theirs)
