"""Charging profiles of a station: what it keeps, the editor, and questions to the station."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.backoffice.forms.profiles import ClearForm, ProfileEditor
from apps.backoffice.services.orders import ShownCommand, shown_commands
from apps.backoffice.services.profiles import ProfilePage, previews, profile_by_id
from apps.backoffice.services.queries import number_of
from apps.backoffice.services.rights import COMMAND, SET_PROFILE, START
from apps.backoffice.services.stations import commands_of, connection_of, station_by_identity
from apps.backoffice.views.access import by, draw, page, viewer_of
from apps.core.errors import UnableTo
from apps.smartcharging.models import ChargingProfile
from apps.smartcharging.services import (
    check_profile,
    clear_profile,
    clear_profiles,
    read_composite,
    set_profile,
    start_with_profile,
)
from apps.stations.models import ChargingStation, StationCommand
from apps.stations.services.support import unsupported

VIEW = "smartcharging.view_chargingprofile"
COMMANDS_SHOWN = 8


@require_safe
@page(VIEW)
def show(request: HttpRequest, identity: str) -> HttpResponse:
    station = station_by_identity(identity)
    context = {
        "station": station,
        "connection": connection_of(station),
        "shown": ProfilePage(station, number_of(request.GET.get("page")) or 1),
        "clear": ClearForm(station=station),
        "unsupported": unsupported(station).get("SetChargingProfile"),
        "commands": shown_commands(commands_of(station, limit=COMMANDS_SHOWN)),
    }
    return draw(request, "profiles", context)


@require_http_methods(["GET", "POST"])
@page(SET_PROFILE)
def edit(request: HttpRequest, identity: str) -> HttpResponseBase:
    """GET draws the editor; POST adds a row, previews or sends, as the button says."""
    station = station_by_identity(identity)
    with timezone.override(station.zone):
        if request.method == "GET":
            return _editor(request, station, ProfileEditor.fresh(station, request.GET))
        more = request.POST.get("do") == "more"
        editor = ProfileEditor.filled_in(station, request.POST, more=more)
        if more or not editor.is_valid():
            return _editor(request, station, editor, status=200 if more else 422)
        return _try(request, station, editor)


def _try(request: HttpRequest, station: ChargingStation, editor: ProfileEditor) -> HttpResponseBase:
    """What speaks against it stands beside what was typed."""
    starts_charge = editor.form.starts_charge
    try:
        if request.POST.get("do") == "send":
            _send(request, station, editor)
            return _done(request, station)
        check_profile(station, editor.wish, for_new_charge=starts_charge)
    except UnableTo as problem:
        return _editor(request, station, editor, status=409, problem=problem)
    return _editor(request, station, editor, charts=previews(station, editor.wish, for_new_charge=starts_charge))


def _send(request: HttpRequest, station: ChargingStation, editor: ProfileEditor) -> ChargingProfile:
    if not editor.form.starts_charge:
        return set_profile(station, editor.wish, by=by(request))
    if not viewer_of(request).may(START):
        raise PermissionDenied
    return start_with_profile(station, editor.wish, token=editor.form.cleaned_data["token"], by=by(request))


def _done(request: HttpRequest, station: ChargingStation) -> HttpResponseBase:
    answer = redirect("profiles", station.identity)
    if not request.headers.get("HX-Request"):
        return answer
    return HttpResponse(status=204, headers={"HX-Redirect": answer.url})


def _editor(
    request: HttpRequest, station: ChargingStation, editor: ProfileEditor, *, status: int = 200, **context: Any
) -> HttpResponse:
    template = "_profile_form" if request.headers.get("HX-Request") else "profile_new"
    shared = {"station": station, "connection": connection_of(station), "editor": editor}
    return draw(request, template, shared | context, status=status)


@require_POST
@page(SET_PROFILE)
def clear_one(request: HttpRequest, profile_id: int) -> HttpResponse:
    return _queued(request, clear_profile(profile_by_id(profile_id), by=by(request)))


@require_POST
@page(SET_PROFILE)
def clear(request: HttpRequest, identity: str) -> HttpResponse:
    station = station_by_identity(identity)
    form = ClearForm(request.POST, station=station)
    if not form.is_valid():
        raise UnableTo(" ".join(str(message) for messages in form.errors.values() for message in messages))
    return _queued(request, clear_profiles(station, form.which, by=by(request)))


@require_POST
@page(COMMAND)
def read(request: HttpRequest, identity: str) -> HttpResponse:
    """Ask the station what it keeps to at one EVSE."""
    station = station_by_identity(identity)
    return _queued(request, read_composite(station, evse=number_of(request.POST.get("evse")) or 0, by=by(request)))


def _queued(request: HttpRequest, command: StationCommand) -> HttpResponse:
    return draw(request, "_command", {"shown": ShownCommand(command), "fresh": True}, status=202)
