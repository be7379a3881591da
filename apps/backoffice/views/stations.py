"""Stations: the list, one station, its configuration, its log, and how to connect it."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from apps.backoffice.forms.orders import ORDERS, OrderForm, PasswordForm, dialect_of
from apps.backoffice.services import board, charges, frames, stations
from apps.backoffice.services.board import BoardFilter
from apps.backoffice.services.certificates import summary_of
from apps.backoffice.services.command_menu import menu_of, order_reasons
from apps.backoffice.services.frames import FrameFilter, ShownFrame
from apps.backoffice.services.orders import shown_commands
from apps.backoffice.services.queries import number_of, text_of
from apps.backoffice.services.rights import PASSWORD, SETTLE
from apps.backoffice.services.security import alarms_of
from apps.backoffice.views.access import by, draw, page, viewer_of
from apps.stations.messages import OcppVersion
from apps.stations.models import ChargingStation, QuarantinedMessage
from apps.stations.services.credentials import set_password
from apps.stations.services.quarantine import settle
from apps.stations.services.support import unsupported

VIEW = "stations.view_chargingstation"


@require_safe
@page(VIEW)
def index(request: HttpRequest) -> HttpResponse:
    query = request.GET
    shown = BoardFilter.from_query(query)
    found = stations.station_list(
        text=shown.text, location=shown.location, shown=query.get("shown", ""), page=number_of(query.get("page")) or 1
    )
    return draw(request, "stations", {"found": found, "shown": shown, "which": query.get("shown", "")})


@require_safe
@page(VIEW)
def show(request: HttpRequest, identity: str) -> HttpResponse:
    station, viewer = stations.station_by_identity(identity), viewer_of(request)
    context = {
        "station": station,
        "connection": stations.connection_of(station),
        "cards": board.cards_of_station(station, viewer),
        "commands": shown_commands(stations.commands_of(station)),
        "orders": orders_for(station),
        "menu": menu_of(station, dialect_of(station).version),
        "quarantined": stations.quarantined_of(station),
        "events": stations.events_of(station),
        "alarms": alarms_of(station),
        "certificates": summary_of(station),
        "messages_page": frames.frame_page(station, FrameFilter(), limit=8),
        "rows": charges.charges_of_station(station, viewer),
    }
    return draw(request, "station", context)


def orders_for(station: ChargingStation) -> list[tuple[str, type[OrderForm], str]]:
    """What can be asked of this station, as far as its version is known, and why it will hardly work."""
    is_16 = station.ocpp_version == OcppVersion.V16
    reasons = order_reasons(unsupported(station))
    return [
        (name, form, reasons.get(name, ""))
        for name, form in ORDERS.items()
        if name != "start" and not (is_16 and form.only_2x)
    ]


@require_safe
@page(VIEW)
def log(request: HttpRequest, identity: str) -> HttpResponse:
    station = stations.station_by_identity(identity)
    shown = FrameFilter.from_query(request.GET, station=station)
    context = {
        "station": station,
        "connection": stations.connection_of(station),
        "shown": shown,
        "found": frames.frame_page(station, shown),
    }
    return draw(request, "frames", context)


@require_safe
@page(VIEW)
def frame(request: HttpRequest, identity: str, frame_id: int) -> HttpResponse:
    """One message whole, for a list that shows its beginning only."""
    station = stations.station_by_identity(identity)
    found = frames.frame_of(station, frame_id)
    if found is None:
        raise Http404
    return draw(request, "_frame", {"station": station, "shown": ShownFrame(found), "whole": True})


@require_safe
@page(VIEW)
def history(request: HttpRequest, identity: str) -> HttpResponse:
    station = stations.station_by_identity(identity)
    found = stations.command_page(station, page=number_of(request.GET.get("page")) or 1)
    context = {
        "station": station,
        "connection": stations.connection_of(station),
        "found": found,
        "commands": shown_commands(list(found.object_list)),
    }
    return draw(request, "commands", context)


@require_safe
@page(VIEW)
def connect(request: HttpRequest, identity: str) -> HttpResponse:
    return _connect(request, stations.station_by_identity(identity), PasswordForm())


@require_POST
@never_cache
@page(PASSWORD)
def new_password(request: HttpRequest, identity: str) -> HttpResponse:
    """Shown once, in the answer itself; nobody can read it again."""
    station = stations.station_by_identity(identity)
    form = PasswordForm(request.POST)
    if not form.is_valid():
        return _connect(request, station, form, status=422)
    return _connect(request, station, PasswordForm(), secret=set_password(
        station, form.cleaned_data["password"] or None, by=by(request)
    ))  # fmt: skip


def _connect(
    request: HttpRequest, station: ChargingStation, form: PasswordForm, *, secret: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "station": station,
        "connection": stations.connection_of(station),
        "onboarding": stations.onboarding(request.tenant.slug, station.identity),  # type: ignore[attr-defined]
        "form": form,
        "secret": secret,
    }
    return draw(request, "connect", context, status=status)


@require_safe
@page(VIEW)
def refused(request: HttpRequest) -> HttpResponse:
    text = text_of(request.GET.get("q"))
    found = stations.refused(text=text, page=number_of(request.GET.get("page")) or 1)
    return draw(request, "refused", {"found": found, "text": text})


@require_POST
@page(SETTLE)
def settle_message(request: HttpRequest, message_id: int) -> HttpResponse:
    kept = QuarantinedMessage.objects.filter(pk=message_id).first()
    if kept is None:
        raise Http404
    settle(kept, by=by(request))
    return HttpResponse("")
