"""Local lists: over all stations, and of one."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.backoffice.services import stations
from apps.backoffice.services.local_lists import list_page, overview
from apps.backoffice.services.orders import shown_commands
from apps.backoffice.services.queries import number_of, text_of
from apps.backoffice.services.rights import COMMAND, CONFIGURE
from apps.backoffice.views.access import by, draw, page, viewer_of
from apps.core.errors import UnableTo
from apps.drivers.models import Keeping
from apps.drivers.services import local_lists

VIEW = "drivers.view_locallist"


@require_safe
@page(VIEW)
def index(request: HttpRequest) -> HttpResponse:
    text, state = text_of(request.GET.get("q")), request.GET.get("state", "")
    context = {
        "found": overview(text=text, state=state, page=number_of(request.GET.get("page")) or 1),
        "text": text,
        "which": state,
        "is_kept": local_lists.lists_are_kept(),
    }
    return draw(request, "local_lists", context)


@require_safe
@page(VIEW)
def show(request: HttpRequest, identity: str) -> HttpResponse:
    station = stations.station_by_identity(identity)
    shown = list_page(station, viewer_of(request), page=number_of(request.GET.get("page")) or 1)
    context = {
        "station": station,
        "connection": stations.connection_of(station),
        "shown": shown,
        "commands": shown_commands(shown.commands),
        "choices": Keeping.choices,
        "is_kept": local_lists.lists_are_kept(),
    }
    return draw(request, "local_list", context)


@require_POST
@page(COMMAND)
def read(request: HttpRequest, identity: str) -> HttpResponse:
    local_lists.read_version(stations.station_by_identity(identity), by=by(request))
    return redirect("local-list", identity=identity)


@require_POST
@page(COMMAND)
def send(request: HttpRequest, identity: str) -> HttpResponse:
    local_lists.send_full(stations.station_by_identity(identity), by=by(request))
    return redirect("local-list", identity=identity)


@require_POST
@page(CONFIGURE)
def switch(request: HttpRequest, identity: str) -> HttpResponse:
    keep = request.POST.get("keep", "")
    if keep not in Keeping.values:
        raise UnableTo(_("Choose when the list is kept."))
    local_lists.set_keeping(stations.station_by_identity(identity), Keeping(keep), by=by(request))
    return redirect("local-list", identity=identity)


@require_POST
@page(CONFIGURE)
def switch_all(request: HttpRequest) -> HttpResponse:
    local_lists.set_policy(is_kept=request.POST.get("keep") == "yes", by=by(request))
    return redirect("local-lists")
