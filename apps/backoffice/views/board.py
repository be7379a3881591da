"""The live board."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from apps.backoffice.services import board
from apps.backoffice.services.board import STATES, BoardFilter
from apps.backoffice.services.security import alarm_count
from apps.backoffice.services.stations import onboarding
from apps.backoffice.views.access import draw, page, viewer_of


@require_safe
@page("stations.view_chargingstation")
def show(request: HttpRequest) -> HttpResponse:
    shown = BoardFilter.from_query(request.GET)
    drawn = board.board(shown, viewer_of(request))
    context = {
        "board": drawn,
        "tiles": drawn.tiles,
        "alarms": alarm_count(),
        "shown": shown,
        "states": STATES.values(),
        "onboarding": onboarding(request.tenant.slug, "IDENTITY"),  # type: ignore[attr-defined]
        "gateway_url": settings.GATEWAY_URL,
    }
    return draw(request, "board", context)
