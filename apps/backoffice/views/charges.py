"""Charges: the list, one charge, and its curve."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.backoffice.services import charges
from apps.backoffice.services.charges import ChargeFilter
from apps.backoffice.services.frames import trace_of
from apps.backoffice.services.queries import number_of
from apps.backoffice.views.access import draw, page, viewer_of
from apps.charging.messages import CurvePoint
from apps.core.units import WH_PER_KWH

MILLI = 1000
VIEW = "charging.view_transaction"


@require_safe
@page(VIEW)
def index(request: HttpRequest) -> HttpResponse:
    shown = ChargeFilter.from_query(request.GET)
    found, rows = charges.charge_page(shown, viewer_of(request), page=number_of(request.GET.get("page")) or 1)
    context = {"shown": shown, "found": found, "rows": rows, "orphans": charges.orphan_stops()}
    return draw(request, "charges", context)


@require_safe
@page(VIEW)
def show(request: HttpRequest, charge_id: int) -> HttpResponse:
    detail = charges.charge_detail(charge_id, viewer_of(request))
    charge = detail.charge
    trace = trace_of(charge.station, begin=charge.started_at, end=charge.ended_at)
    return draw(request, "charge", {"page": detail, "trace": trace})


@require_safe
@page(VIEW)
def curve(request: HttpRequest, charge_id: int) -> HttpResponse:
    """The points of the chart, with the words it shows."""
    zone, points = charges.curve(charge_id)
    words = {"power": _("Power (kW)"), "energy": _("Energy (kWh)"), "soc": _("State of charge (%)")}
    return JsonResponse({"time_zone": zone, "words": words, "points": [_drawn(point) for point in points]})


def _drawn(point: CurvePoint) -> dict[str, Any]:
    return {
        "at": int(point.at.timestamp() * MILLI),
        "power_kw": _kilo(point.power_w),
        "energy_kwh": _kilo(point.energy_wh),
        "soc_percent": point.soc_percent,
    }


def _kilo(value: float | None) -> float | None:
    return None if value is None else round(value / WH_PER_KWH, 3)
