"""A charge over time, for its page."""

from collections.abc import Sequence
from datetime import timedelta
from typing import TypeVar

from django.db.models import QuerySet

from apps.charging.messages import CurvePoint
from apps.charging.models import Transaction
from apps.telemetry.models import MeterValue

MOST_POINTS = 1000
# A station's clock may be put right during a charge. Without any bound every week that is kept would be looked through.
CLOCK_MARGIN = timedelta(days=7)
Row = TypeVar("Row")


def curve_of(charge: Transaction) -> list[CurvePoint]:
    """Power, energy since the begin and state of charge, thinned out to a number that a page can draw."""
    stored = _readings_of(charge).order_by("at", "context")
    values = list(stored.values_list("at", "energy_wh", "power_w", "soc_percent"))
    registers = [wh for _at, wh, _w, _percent in values if wh is not None]
    begin_wh = _begin(charge, registers)
    return [
        CurvePoint(at=at, energy_wh=None if wh is None else wh - begin_wh, power_w=power_w, soc_percent=percent)
        for at, wh, power_w, percent in _thinned(values)
    ]


def _readings_of(charge: Transaction) -> QuerySet[MeterValue, MeterValue]:
    stored = MeterValue.objects.filter(transaction_id=charge.pk, at__gte=charge.started_at - CLOCK_MARGIN)
    return stored.filter(at__lte=charge.ended_at + CLOCK_MARGIN) if charge.ended_at else stored


def _begin(charge: Transaction, registers: Sequence[float]) -> float:
    """The begin register; readings below it count from 0 in their own way (Q15)."""
    first = min(registers, default=0.0)
    return first if charge.meter_start_wh is None or first < charge.meter_start_wh else charge.meter_start_wh


def _thinned(values: list[Row]) -> list[Row]:
    step = -(-len(values) // MOST_POINTS) or 1
    return values[:-1:step] + values[-1:]
