"""A charge over time, for its page."""

from collections.abc import Sequence
from typing import TypeVar

from apps.charging.messages import CurvePoint
from apps.charging.models import Transaction
from apps.telemetry.models import MeterValue

MOST_POINTS = 1000
Row = TypeVar("Row")


def curve_of(charge: Transaction) -> list[CurvePoint]:
    """Power, energy since the begin and state of charge, thinned out to a number that a page can draw."""
    stored = MeterValue.objects.filter(transaction_id=charge.pk).order_by("at", "context")
    values = list(stored.values_list("at", "energy_wh", "power_w", "soc_percent"))
    registers = [wh for _at, wh, _w, _percent in values if wh is not None]
    begin_wh = _begin(charge, registers)
    return [
        CurvePoint(at=at, energy_wh=None if wh is None else wh - begin_wh, power_w=power_w, soc_percent=percent)
        for at, wh, power_w, percent in _thinned(values)
    ]


def _begin(charge: Transaction, registers: Sequence[float]) -> float:
    """The begin register; readings below it count from 0 in their own way (Q15)."""
    first = min(registers, default=0.0)
    return first if charge.meter_start_wh is None or first < charge.meter_start_wh else charge.meter_start_wh


def _thinned(values: list[Row]) -> list[Row]:
    step = -(-len(values) // MOST_POINTS) or 1
    return values[:-1:step] + values[-1:]
