"""The energy of a charge, from what its station said of the register. Never negative, never guessed silently."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from apps.charging.messages import Hold
from apps.core.units import SECONDS_PER_HOUR
from apps.telemetry.messages import ContextCode

# Readings in whole kWh differ by up to this much from the register they show.
SAME_WH = 1000
# A register that began at 0 by mistake turns a charge into a station's lifetime (Q16).
ALWAYS_PLAUSIBLE_WH = 100_000
LARGEST_POWER_W = 4_000_000
POWER_TOLERANCE = 1.2
# What nothing on wheels takes yet, but for a few lorries.
IMPLAUSIBLE_POWER_W = 1_000_000


@dataclass(frozen=True, kw_only=True)
class RegisterReading:
    """What the energy register showed in one reading of a charge."""

    at: datetime
    context: ContextCode
    wh: float


@dataclass(frozen=True, kw_only=True)
class Energy:
    """`source` says which readings decided; with a `hold` the figure is a best knowledge that nobody bills."""

    wh: int
    begin_wh: int | None
    end_wh: int | None
    source: str
    hold: Hold = Hold.NONE


@dataclass(frozen=True)
class _Told:
    """The readings that can be a begin or an end. Clock-aligned ones can't: their time is their interval's (Q33)."""

    begin: int | None
    end: int | None
    first: RegisterReading | None
    last: RegisterReading | None

    @property
    def first_wh(self) -> int | None:
        return self.begin if self.begin is not None else _whole(self.first)

    def last_wh(self, *, needs_another: bool) -> int | None:
        """The only reading there is can't be begin and end at once."""
        if self.end is not None:
            return self.end
        is_taken = needs_another and self.begin is None and self.first == self.last
        return None if is_taken else _whole(self.last)


def energy_of(
    begin_wh: int | None, end_wh: int | None, series: Iterable[RegisterReading], *, most_wh: float | None = None
) -> Energy:
    """Energy between begin and end register, with the readings in between as a second opinion or as a stand-in.

    `begin_wh` and `end_wh` are what 1.6 tells in start and stop. More than `most_wh` is held.
    """
    told = _told(series)
    if begin_wh is not None and end_wh is not None:
        found = _of_registers(begin_wh, end_wh, told)
    else:
        found = _of_readings(begin_wh, end_wh, told)
    if not found.hold and most_wh is not None and found.wh > most_wh:
        return _held(Hold.CONFLICT, found.begin_wh, found.end_wh, wh=found.wh, source=found.source)
    return found


def plausible_wh(*, duration_s: float, max_power_w: int | None) -> float:
    """The most energy that may flow in that time; short charges get room for clocks that are wrong."""
    power_w = max_power_w * POWER_TOLERANCE if max_power_w else LARGEST_POWER_W
    return ALWAYS_PLAUSIBLE_WH + power_w * max(0.0, duration_s) / SECONDS_PER_HOUR


def can_flow(wh: int, *, duration_s: float, max_power_w: int | None) -> bool:
    """Whether so much energy can have flowed in so short a time."""
    power_w = max_power_w * POWER_TOLERANCE if max_power_w else IMPLAUSIBLE_POWER_W
    return wh <= power_w * max(0.0, duration_s) / SECONDS_PER_HOUR


def _of_registers(begin_wh: int, end_wh: int, told: _Told) -> Energy:
    """Start and stop are one series; readings may be another that counts each charge from 0 (Q15)."""
    if told.end is not None and told.end != end_wh and begin_wh <= told.end and _is_one_series(begin_wh, end_wh, told):
        return _between(begin_wh, told.end, "transaction_end")  # Q31
    if end_wh < begin_wh:
        return _instead(begin_wh, end_wh, told)
    if told.begin is not None and told.end is not None and told.end >= told.begin:
        difference = (told.end - told.begin) - (end_wh - begin_wh)
        if abs(difference) > SAME_WH:
            return _held(Hold.CONFLICT, begin_wh, end_wh, wh=end_wh - begin_wh, source="registers")
    return _between(begin_wh, end_wh, "registers")


def _is_one_series(begin_wh: int, end_wh: int, told: _Told) -> bool:
    """Whether the readings count like the registers, not each charge from 0: nearer to the one than to the other."""
    if told.end is None or abs(told.end - end_wh) > SAME_WH:
        return False
    if told.begin is not None:
        return abs(told.begin - begin_wh) <= told.begin
    return abs(told.end - end_wh) <= abs(told.end - (end_wh - begin_wh))


def _instead(begin_wh: int, end_wh: int, told: _Told) -> Energy:
    """The stop is below the start: only a complete pair of readings may stand in for them (Q13)."""
    if told.begin is not None and told.end is not None and told.end >= told.begin:
        return _between(told.begin, told.end, "transaction_readings")
    return _held(Hold.NEGATIVE_ENERGY, begin_wh, end_wh)


def _of_readings(begin_wh: int | None, end_wh: int | None, told: _Told) -> Energy:
    """Begin and end readings, else the first and the last there are (Q75, Q82)."""
    begin = begin_wh if begin_wh is not None else told.first_wh
    end = end_wh if end_wh is not None else told.last_wh(needs_another=begin_wh is None)
    if begin is None:
        return _held(Hold.BEGIN_UNKNOWN, begin, end)
    if end is None:
        return _held(Hold.END_UNKNOWN, begin, end)
    if end < begin:
        return _held(Hold.NEGATIVE_ENERGY, begin, end)
    is_marked = (begin_wh is not None or told.begin is not None) and (end_wh is not None or told.end is not None)
    return _between(begin, end, "transaction_readings" if is_marked else "first_and_last")


def _told(series: Iterable[RegisterReading]) -> _Told:
    ordered = sorted(set(series), key=lambda reading: (reading.at, _rank(reading), reading.wh))
    usable = [reading for reading in ordered if reading.wh >= 0 and reading.context != ContextCode.SAMPLE_CLOCK]
    begins = [reading for reading in usable if reading.context == ContextCode.TRANSACTION_BEGIN]
    ends = [reading for reading in usable if reading.context == ContextCode.TRANSACTION_END]
    between = [reading for reading in usable if reading not in begins and reading not in ends]
    return _Told(
        begin=_whole(begins[0]) if begins else None,
        end=_whole(ends[-1]) if ends else None,
        first=between[0] if between else None,
        last=between[-1] if between else None,
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
