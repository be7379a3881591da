"""The way of an energy register through a charge: where it counted on, what was a slip, and where it began anew."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from apps.core.units import SECONDS_PER_HOUR
from apps.stations.messages import RegisterMode
from apps.telemetry.messages import ContextCode

# Registers of whole kWh jump by that much, and differ by that much from others that show the same.
SAME_WH = 1000
POWER_TOLERANCE = 1.2
# What nothing on wheels takes yet, but for a few lorries.
IMPLAUSIBLE_POWER_W = 1_000_000
# So many readings in a row must agree before another base is believed (Q16); after a boot the first one is enough.
BELIEVED_AFTER = 3
SLIP_WH = 10
# A unit is suspect when three steps are off by a hundred times, and the whole by about a thousand (Q25).
LEAST_EXPECTED_WH = 20.0
FAR_OFF = 100.0
THOUSAND_LOW, THOUSAND_HIGH = 300.0, 3000.0
SUSPECT_STEPS = 3


@dataclass(frozen=True, kw_only=True)
class RegisterReading:
    """What the energy register showed in one reading of a charge, and the power at that instant if it was told."""

    at: datetime
    context: ContextCode
    wh: float
    power_w: float | None = None


@dataclass(frozen=True)
class Piece:
    """A run of readings without a break, by its ends."""

    first: RegisterReading
    last: RegisterReading
    count: int = 1

    @property
    def wh(self) -> float:
        return max(0.0, self.last.wh - self.first.wh)


@dataclass(frozen=True)
class Course:
    """`left_over` are readings at the end that fit nothing before them; too few to be believed."""

    pieces: tuple[Piece, ...]
    left_over: tuple[RegisterReading, ...] = ()

    @property
    def first(self) -> RegisterReading | None:
        return self.pieces[0].first if self.pieces else None

    @property
    def last(self) -> RegisterReading | None:
        return self.pieces[-1].last if self.pieces else None

    @property
    def began_anew(self) -> bool:
        return len(self.pieces) > 1

    @property
    def ends_in_a_jump(self) -> bool:
        """A fall at the end is a slip; a rise that nobody can check may be the truth."""
        return bool(self.left_over) and self.last is not None and self.left_over[-1].wh > self.last.wh


def step_limit_wh(*, duration_s: float, max_power_w: int | None) -> float:
    """The most that may flow between two readings."""
    power_w = max_power_w * POWER_TOLERANCE if max_power_w else IMPLAUSIBLE_POWER_W * POWER_TOLERANCE
    return SAME_WH + power_w * max(0.0, duration_s) / SECONDS_PER_HOUR


def course_of(
    readings: Sequence[RegisterReading], *, max_power_w: int | None = None, boots: Iterable[datetime] = ()
) -> Course:
    """Readings in their order, put together to pieces. One that falls or leaps is left out until others agree with it.

    A piece of one reading before others is a slip too: a register that shows 0 once (Q16).
    """
    booted_at = sorted(boots)
    pieces: list[Piece] = []
    odd: list[RegisterReading] = []
    for reading in readings:
        if not pieces or _follows(pieces[-1].last, reading, max_power_w):
            pieces = _with(pieces, reading)
            odd = []
            continue
        odd = [*odd, reading] if odd and _follows(odd[-1], reading, max_power_w) else [reading]
        if len(odd) >= BELIEVED_AFTER or _booted_between(pieces[-1].last, odd[0], booted_at):
            pieces.append(Piece(odd[0], odd[-1], len(odd)))
            odd = []
    return Course(_without_slips(pieces), tuple(odd))


def _follows(before: RegisterReading, after: RegisterReading, max_power_w: int | None) -> bool:
    step_wh = after.wh - before.wh
    duration_s = (after.at - before.at).total_seconds()
    return -SLIP_WH <= step_wh <= step_limit_wh(duration_s=duration_s, max_power_w=max_power_w)


def _with(pieces: list[Piece], reading: RegisterReading) -> list[Piece]:
    if not pieces:
        return [Piece(reading, reading)]
    last = pieces[-1]
    newest = reading if reading.wh >= last.last.wh else last.last
    return [*pieces[:-1], Piece(last.first, newest, last.count + 1)]


def _booted_between(before: RegisterReading, after: RegisterReading, booted_at: Sequence[datetime]) -> bool:
    return after.wh < before.wh and any(before.at < at <= after.at for at in booted_at)


def _without_slips(pieces: list[Piece]) -> tuple[Piece, ...]:
    kept = [piece for piece in pieces[:-1] if piece.count > 1]
    return (*kept, *pieces[-1:])


def unit_factor(readings: Sequence[RegisterReading]) -> float | None:
    """What the register has to be multiplied with to fit the power: 1000, a thousandth, or None where it fits (Q25)."""
    told = [reading for reading in readings if reading.power_w is not None]
    steps = [_expected_and_told(before, after) for before, after in pairwise(told)]
    worthwhile = [(expected, wh) for expected, wh in steps if expected >= LEAST_EXPECTED_WH]
    expected_wh, told_wh = sum(step[0] for step in worthwhile), sum(step[1] for step in worthwhile)
    if told_wh <= 0:
        return None
    if _is_off(worthwhile, 1 / FAR_OFF) and THOUSAND_LOW <= expected_wh / told_wh <= THOUSAND_HIGH:
        return 1000.0
    if _is_off(worthwhile, FAR_OFF) and THOUSAND_LOW <= told_wh / expected_wh <= THOUSAND_HIGH:
        return 0.001
    return None


def _expected_and_told(before: RegisterReading, after: RegisterReading) -> tuple[float, float]:
    hours = max(0.0, (after.at - before.at).total_seconds()) / SECONDS_PER_HOUR
    return ((before.power_w or 0.0) + (after.power_w or 0.0)) / 2 * hours, max(0.0, after.wh - before.wh)


def _is_off(steps: Sequence[tuple[float, float]], by: float) -> bool:
    off = [wh < expected * by if by < 1 else wh > expected * by for expected, wh in steps]
    return off.count(True) >= SUSPECT_STEPS


def expected_wh(readings: Sequence[RegisterReading]) -> float:
    """The energy that the told power comes to."""
    told = [reading for reading in readings if reading.power_w is not None]
    ordered = sorted(told, key=lambda reading: reading.at)
    return sum(_expected_and_told(before, after)[0] for before, after in pairwise(ordered))


def register_mode_of(pairs: Sequence[tuple[int, int]]) -> RegisterMode | None:
    """How a register counts, by begin and end of the newest charges at one EVSE in their order (Q14).

    Three in a row have to agree: each begins at 0 after one that did not end there, or none begins below the last end.
    """
    steps = [(end, begin) for (_begin, end), (begin, _end) in pairwise(pairs) if end > 0]
    if len(steps) < BELIEVED_AFTER:
        return None
    if all(begin == 0 for _end, begin in steps):
        return RegisterMode.SESSION
    return RegisterMode.LIFETIME if all(begin >= end for end, begin in steps) else None
