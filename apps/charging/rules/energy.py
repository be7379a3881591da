"""The energy of a charge, from what its station said of the register. Never negative, never guessed silently."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from apps.charging.messages import Hold
from apps.charging.rules.course import (
    IMPLAUSIBLE_POWER_W,
    POWER_TOLERANCE,
    SAME_WH,
    Course,
    RegisterReading,
    course_of,
    step_limit_wh,
    unit_factor,
)
from apps.core.units import SECONDS_PER_HOUR
from apps.stations.messages import RegisterMode
from apps.telemetry.messages import ContextCode

# A register that began at 0 by mistake turns a charge into a station's lifetime (Q16).
ALWAYS_PLAUSIBLE_WH = 100_000
LARGEST_POWER_W = 4_000_000
# Where registers begin anew by themselves: four to six digits of kWh, and whole words of bits.
ROLL_OVERS_WH = (10**7, 10**8, 10**9, 2**31, 2**32)
NEAR_THE_TOP = 0.95


@dataclass(frozen=True, kw_only=True)
class Circumstances:
    """What else is known: the most that may have flowed, the EVSE's power, boots meanwhile, how the register counts."""

    most_wh: float | None = None
    max_power_w: int | None = None
    started_at: datetime | None = None
    boots: tuple[datetime, ...] = ()
    register_mode: RegisterMode | None = None


@dataclass(frozen=True, kw_only=True)
class Energy:
    """`source` says which readings decided; with a `hold` the figure is a best knowledge that nobody bills.

    `unit_factor` is what the power suggests to multiply with, where units are suspect.
    """

    wh: int
    begin_wh: int | None
    end_wh: int | None
    source: str
    hold: Hold = Hold.NONE
    unit_factor: float | None = None


@dataclass(frozen=True)
class _Told:
    """The readings that can be a begin or an end. Clock-aligned ones can't: their time is their interval's (Q33)."""

    begin: int | None
    end: int | None
    course: Course

    @property
    def first(self) -> RegisterReading | None:
        return self.course.first

    @property
    def first_wh(self) -> int | None:
        return self.begin if self.begin is not None else _whole(self.first)

    def last_wh(self, *, needs_another: bool) -> int | None:
        """The only reading there is can't be begin and end at once."""
        if self.end is not None:
            return self.end
        is_taken = needs_another and self.begin is None and self.first == self.course.last
        return None if is_taken else _whole(self.course.last)


def energy_of(
    begin_wh: int | None,
    end_wh: int | None,
    series: Iterable[RegisterReading],
    known: Circumstances | None = None,
) -> Energy:
    """Energy between begin and end register, with the readings in between as a second opinion or as a stand-in.

    `begin_wh` and `end_wh` are what 1.6 tells in start and stop.
    """
    known = known or Circumstances()
    usable = _usable(series)
    told = _told(usable, known)
    if begin_wh is not None and end_wh is not None:
        found = _of_registers(begin_wh, end_wh, told, known)
    else:
        found = _of_readings(begin_wh, end_wh, told, known)
    return _checked(found, usable, known)


def plausible_wh(*, duration_s: float, max_power_w: int | None) -> float:
    """The most energy that may flow in that time; short charges get room for clocks that are wrong."""
    power_w = max_power_w * POWER_TOLERANCE if max_power_w else LARGEST_POWER_W
    return ALWAYS_PLAUSIBLE_WH + power_w * max(0.0, duration_s) / SECONDS_PER_HOUR


def can_flow(wh: int, *, duration_s: float, max_power_w: int | None) -> bool:
    """Whether so much energy can have flowed in so short a time."""
    power_w = max_power_w * POWER_TOLERANCE if max_power_w else IMPLAUSIBLE_POWER_W
    return wh <= power_w * max(0.0, duration_s) / SECONDS_PER_HOUR


def _checked(found: Energy, usable: Sequence[RegisterReading], known: Circumstances) -> Energy:
    """What speaks against a figure that was found: too much for the time, or power that tells of other units."""
    factor = unit_factor(usable)
    if factor is not None:
        return replace(found, hold=found.hold or Hold.UNIT_SUSPECT, unit_factor=factor)
    if not found.hold and known.most_wh is not None and found.wh > known.most_wh:
        return replace(found, hold=Hold.CONFLICT)
    return found


def _of_registers(begin_wh: int, end_wh: int, told: _Told, known: Circumstances) -> Energy:
    """Start and stop are one series; readings may be another that counts each charge from 0 (Q15)."""
    if end_wh < begin_wh:
        return _instead(begin_wh, end_wh, told, known)
    if told.end is not None and told.end != end_wh and begin_wh <= told.end and _is_one_series(begin_wh, end_wh, told):
        return _between(begin_wh, told.end, "transaction_end")  # Q31
    if _contradicts(begin_wh, end_wh, told) or _leaps(begin_wh, end_wh, told, known):
        return _held(Hold.CONFLICT, begin_wh, end_wh, wh=end_wh - begin_wh, source="registers")
    return _between(begin_wh, end_wh, "registers")


def _contradicts(begin_wh: int, end_wh: int, told: _Told) -> bool:
    """Whether begin and end readings tell another energy, or the end reading alone another end."""
    if told.end is None:
        return False
    if told.begin is not None and told.end >= told.begin:
        return abs((told.end - told.begin) - (end_wh - begin_wh)) > SAME_WH
    return min(abs(told.end - end_wh), abs(told.end - (end_wh - begin_wh))) > SAME_WH


def _leaps(begin_wh: int, end_wh: int, told: _Told, known: Circumstances) -> bool:
    """Whether a begin at 0 is a slip: the first reading, of the same series, is farther than can have flowed (Q16)."""
    if known.started_at is None or told.first is None or told.course.last is None:
        return False
    is_one_series = begin_wh <= told.course.last.wh <= end_wh + SAME_WH
    duration_s = (told.first.at - known.started_at).total_seconds()
    limit_wh = step_limit_wh(duration_s=duration_s, max_power_w=known.max_power_w)
    return is_one_series and duration_s >= 0 and told.first.wh - begin_wh > limit_wh


def _is_one_series(begin_wh: int, end_wh: int, told: _Told) -> bool:
    """Whether the readings count like the registers, not each charge from 0: nearer to the one than to the other."""
    if told.end is None or abs(told.end - end_wh) > SAME_WH:
        return False
    if told.begin is not None:
        return abs(told.begin - begin_wh) <= told.begin
    return abs(told.end - end_wh) <= abs(told.end - (end_wh - begin_wh))


def _instead(begin_wh: int, end_wh: int, told: _Told, known: Circumstances) -> Energy:
    """The stop is below the start: only a complete pair of readings may stand in for them (Q13).

    What a register that began anew has counted is proposed, and not billed.
    """
    if told.begin is not None and told.end is not None and told.end >= told.begin:
        return _between(told.begin, told.end, "transaction_readings")
    if told.course.began_anew:
        return _began_anew(begin_wh, end_wh, told.course)
    top_wh = _roll_over_wh(begin_wh, end_wh, known)
    if top_wh is not None:
        return _held(Hold.ROLL_OVER, begin_wh, end_wh, wh=top_wh - begin_wh + end_wh, source="roll_over")
    return _held(Hold.NEGATIVE_ENERGY, begin_wh, end_wh)


def _began_anew(begin_wh: int | None, end_wh: int | None, course: Course) -> Energy:
    """The pieces added up; what begin and end registers add to the outer ones counts where it fits."""
    pieces_wh = sum(piece.wh for piece in course.pieces)
    before, after = course.pieces[0].first.wh, course.pieces[-1].last.wh
    pieces_wh += max(0.0, before - begin_wh) if begin_wh is not None else 0
    pieces_wh += max(0.0, end_wh - after) if end_wh is not None and end_wh >= after else 0
    return _held(Hold.REGISTER_RESET, begin_wh, end_wh, wh=int(pieces_wh), source="pieces")


def _roll_over_wh(begin_wh: int, end_wh: int, known: Circumstances) -> int | None:
    most_wh = ALWAYS_PLAUSIBLE_WH if known.most_wh is None else known.most_wh
    top_wh = next((top for top in ROLL_OVERS_WH if top > begin_wh), None)
    if top_wh is None or begin_wh < NEAR_THE_TOP * top_wh:
        return None
    return top_wh if top_wh - begin_wh + end_wh <= most_wh else None


def _of_readings(begin_wh: int | None, end_wh: int | None, told: _Told, known: Circumstances) -> Energy:
    """Begin and end readings, else the first and the last there are (Q75, Q82)."""
    if begin_wh is None and told.begin is None and known.register_mode is RegisterMode.SESSION:
        begin_wh = 0  # Q14: somebody has accepted that this register counts each charge from 0
    begin = begin_wh if begin_wh is not None else told.first_wh
    end = end_wh if end_wh is not None else told.last_wh(needs_another=begin_wh is None)
    if begin is None:
        return _held(Hold.BEGIN_UNKNOWN, begin, end)
    if end is None:
        return _held(Hold.CONFLICT if told.course.ends_in_a_jump else Hold.END_UNKNOWN, begin, end)
    is_marked = (begin_wh is not None or told.begin is not None) and (end_wh is not None or told.end is not None)
    if not is_marked and told.course.began_anew:
        return _began_anew(begin, end_wh if end_wh is not None else told.end, told.course)
    if end < begin:
        return _held(Hold.NEGATIVE_ENERGY, begin, end)
    found = _between(begin, end, "transaction_readings" if is_marked else "first_and_last")
    is_guess = end_wh is None and told.end is None and told.course.ends_in_a_jump
    return replace(found, hold=Hold.CONFLICT) if is_guess else found


def _usable(series: Iterable[RegisterReading]) -> list[RegisterReading]:
    ordered = sorted(set(series), key=lambda one: (one.at, _rank(one), one.wh, one.power_w or 0.0))
    return [one for one in ordered if one.wh >= 0 and one.context != ContextCode.SAMPLE_CLOCK]


def _told(usable: Sequence[RegisterReading], known: Circumstances) -> _Told:
    begins = [reading for reading in usable if reading.context == ContextCode.TRANSACTION_BEGIN]
    ends = [reading for reading in usable if reading.context == ContextCode.TRANSACTION_END]
    between = [reading for reading in usable if reading not in begins and reading not in ends]
    return _Told(
        begin=_whole(begins[0]) if begins else None,
        end=_whole(ends[-1]) if ends else None,
        course=course_of(between, max_power_w=known.max_power_w, boots=known.boots),
    )


def _rank(reading: RegisterReading) -> int:
    return {ContextCode.TRANSACTION_BEGIN: 0, ContextCode.TRANSACTION_END: 2}.get(reading.context, 1)


def _whole(reading: RegisterReading | None) -> int | None:
    """Cut as an integer register cuts, so that every dialect comes to the same figure."""
    return None if reading is None else int(reading.wh)


def _between(begin_wh: int, end_wh: int, source: str) -> Energy:
    return Energy(wh=end_wh - begin_wh, begin_wh=begin_wh, end_wh=end_wh, source=source)


def _held(hold: Hold, begin_wh: int | None, end_wh: int | None, *, wh: int = 0, source: str = "none") -> Energy:
    return Energy(wh=wh, begin_wh=begin_wh, end_wh=end_wh, source=source, hold=hold)
