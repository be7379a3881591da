"""The picture of a day's limits: two step curves with their axes, and the same as rows of a table."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

from babel.dates import format_datetime, format_time
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from apps.core import wording
from apps.core.units import SECONDS_PER_HOUR, WH_PER_KWH
from apps.smartcharging.messages import Step
from apps.smartcharging.rules.drift import limit_in
from apps.smartcharging.services.knowledge import DAY_S
from apps.stations.messages import RateUnit

WIDTH, HEIGHT = 760, 220
LEFT, RIGHT, TOP, BOTTOM = 58, 12, 14, 28
TICK_EVERY_H = 3
MOST_Y_TICKS = 5
NARROWEST_WORDS = 70
FLOOR = {RateUnit.AMPERE: 10.0, RateUnit.WATT: 4000.0}


@dataclass(frozen=True, kw_only=True)
class Curve:
    """Steps from `since` on, told until `until_s`; before its first step and after its end nothing is known."""

    name: str | Promise
    steps: Sequence[Step]
    until_s: int = DAY_S

    @property
    def parts(self) -> list[tuple[int, int, float | None]]:
        """(from, to, limit) of each step that lies within the day."""
        starts = [step.start_s for step in self.steps]
        ends = [*starts[1:], self.until_s]
        found = [
            (max(0, start), min(end, self.until_s, DAY_S), step.limit)
            for start, end, step in zip(starts, ends, self.steps, strict=True)
        ]
        return [part for part in found if part[0] < part[1]]

    def at(self, second: int) -> float | None:
        return limit_in(self.steps, second)

    def knows(self, second: int) -> bool:
        return any(start <= second < end for start, end, _limit in self.parts)


@dataclass(frozen=True, kw_only=True)
class Label:
    """A word at a place; places are text because a number would be drawn in the reader's language."""

    x: str
    y: str
    text: str


@dataclass(frozen=True, kw_only=True)
class ChartRow:
    since: str
    limits: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """One curve: its line, the ground below it, and where it says that nothing is limited."""

    name: str | Promise
    line: str
    area: str
    gaps: tuple[Label, ...]


@dataclass(frozen=True, kw_only=True)
class Chart:
    title: str
    curves: tuple[Drawn, ...]
    x_ticks: tuple[Label, ...]
    y_ticks: tuple[Label, ...]
    rows: tuple[ChartRow, ...]
    view_box: str = f"0 0 {WIDTH} {HEIGHT}"
    left: str = str(LEFT)
    right: str = str(WIDTH - RIGHT)
    bottom: str = str(HEIGHT - BOTTOM)
    top: str = str(TOP)

    @property
    def names(self) -> list[str | Promise]:
        return [curve.name for curve in self.curves]


def draw(title: str, curves: Sequence[Curve], *, since: datetime, unit: RateUnit, zone: ZoneInfo) -> Chart:
    """The next 24 hours from `since` on."""
    limits = [limit for curve in curves for _start, _end, limit in curve.parts if limit is not None]
    ticks = _y_ticks(max([FLOOR[unit], *limits]))
    return Chart(
        title=title,
        curves=tuple(_drawn(curve, highest=ticks[-1]) for curve in curves),
        x_ticks=tuple(_x_ticks(since, zone)),
        y_ticks=tuple(
            Label(x=str(LEFT - 8), y=_y(tick, ticks[-1]), text=amount(tick, unit) if tick else "0") for tick in ticks
        ),
        rows=tuple(_rows(curves, since, unit, zone)),
    )


def amount(limit: float, unit: RateUnit) -> str:
    """16 A, 11 kW."""
    value = Decimal(f"{limit:.1f}") / (WH_PER_KWH if unit is RateUnit.WATT else 1)
    text = wording.number(value.normalize(), _language(), digits=_digits(value))
    return f"{text}\N{NO-BREAK SPACE}{'kW' if unit is RateUnit.WATT else 'A'}"


def _digits(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _language() -> str:
    return get_language() or "en"


def _x(second: float) -> str:
    return f"{LEFT + (WIDTH - LEFT - RIGHT) * second / DAY_S:.1f}"


def _y(limit: float, highest: float) -> str:
    return f"{HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * limit / highest:.1f}"


def _y_ticks(highest: float) -> list[float]:
    """Round numbers from 0 to above the highest limit."""
    rough = highest * 1.08 / MOST_Y_TICKS
    magnitude = 10 ** math.floor(math.log10(rough))
    step = next(magnitude * factor for factor in (1, 2, 5, 10) if magnitude * factor >= rough)
    return [step * number for number in range(math.ceil(highest * 1.08 / step) + 1)]


def _x_ticks(since: datetime, zone: ZoneInfo) -> list[Label]:
    """Full hours of the station's clock."""
    local = since.astimezone(zone)
    begin = local.replace(minute=0, second=0, microsecond=0)
    hours = [begin.timestamp() + hour * SECONDS_PER_HOUR for hour in range(26)]
    found = []
    for stamp in hours:
        at, second = datetime.fromtimestamp(stamp, zone), stamp - since.timestamp()
        if 0 <= second <= DAY_S and at.hour % TICK_EVERY_H == 0:
            text = format_time(at, "HH:mm", tzinfo=zone, locale=wording.locale_of(_language()))
            found.append(Label(x=_x(second), y=str(HEIGHT - BOTTOM + 18), text=text))
    return found


def _drawn(curve: Curve, *, highest: float) -> Drawn:
    line: list[str] = []
    area: list[str] = []
    gaps: list[Label] = []
    floor, last_end, last_limit = _y(0, highest), -1, None
    for start, end, limit in curve.parts:
        if limit is None:
            gaps += _gap(start, end)
        else:
            joined = last_end == start and last_limit is not None
            line.append(f"{'V' if joined else f'M{_x(start)} '}{_y(limit, highest)}H{_x(end)}")
            area.append(f"M{_x(start)} {floor}V{_y(limit, highest)}H{_x(end)}V{floor}Z")
        last_end, last_limit = end, limit
    return Drawn(name=curve.name, line="".join(line), area="".join(area), gaps=tuple(gaps))


def _gap(start: int, end: int) -> list[Label]:
    if float(_x(end)) - float(_x(start)) < NARROWEST_WORDS:
        return []
    return [Label(x=_x((start + end) / 2), y=str(TOP + 14), text=_("no limit"))]


def _rows(curves: Sequence[Curve], since: datetime, unit: RateUnit, zone: ZoneInfo) -> list[ChartRow]:
    turns = sorted({0}.union(*({start, end} for curve in curves for start, end, _limit in curve.parts)) - {DAY_S})
    rows = [
        ChartRow(since=_when(since, second, zone), limits=tuple(_told(curve, second, unit) for curve in curves))
        for second in turns
    ]
    return rows[:1] + [after for before, after in pairwise(rows) if before.limits != after.limits]


def _when(since: datetime, second: int, zone: ZoneInfo) -> str:
    at = since + timedelta(seconds=second)
    return format_datetime(at, "EEE HH:mm", tzinfo=zone, locale=wording.locale_of(_language()))


def _told(curve: Curve, second: int, unit: RateUnit) -> str:
    if not curve.knows(second):
        return "–"
    limit = curve.at(second)
    return _("no limit") if limit is None else amount(limit, unit)
