"""Firmware and logs: the library, and what one station was asked for."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.backoffice.forms.firmware import FirmwareForm, LogForm, UpdateForm, show_refusal
from apps.backoffice.services import firmware as pages
from apps.backoffice.services.orders import shown_commands
from apps.backoffice.services.rights import LIBRARY, READ_LOG, UPDATE_FIRMWARE
from apps.backoffice.services.stations import commands_of, connection_of, station_by_identity
from apps.backoffice.views.access import by, draw, page
from apps.backoffice.views.files import attachment
from apps.core.errors import UnableTo
from apps.stations.models import ChargingStation, FirmwareUpdate, LogRequest
from apps.stations.services import library
from apps.stations.services.firmware import cancel_update, request_update
from apps.stations.services.logs import request_log

VIEW = "stations.view_firmware"
COMMANDS_SHOWN = 4


@require_http_methods(["GET", "HEAD", "POST"])
@page(VIEW)
def index(request: HttpRequest) -> HttpResponseBase:
    """The library; POST takes a file into it."""
    if request.method != "POST":
        return _index(request, FirmwareForm())
    return add(request)


@page(LIBRARY)
def add(request: HttpRequest) -> HttpResponse:
    form = FirmwareForm(request.POST, request.FILES)
    if not form.is_valid():
        return _index(request, form, status=422)
    file = form.cleaned_data["file"]
    try:
        library.add_firmware(form.row, file, name=file.name, by=by(request), sha256=form.cleaned_data["sha256"])
    except UnableTo as problem:
        show_refusal(form, problem)
        return _index(request, form, status=422)
    return redirect("firmware")


def _index(request: HttpRequest, form: FirmwareForm, *, status: int = 200) -> HttpResponse:
    archived = request.GET.get("shown") == "archived"
    context = {"rows": pages.library(archived=archived), "archived": archived, "form": form}
    return draw(request, "firmware", context, status=status)


@require_safe
@page(UPDATE_FIRMWARE)
def file(request: HttpRequest, firmware_id: int) -> StreamingHttpResponse:
    kept = pages.firmware_by_id(firmware_id)
    return attachment(kept.sha256, size=kept.size, name=kept.file_name)


@require_POST
@page(LIBRARY)
def archive(request: HttpRequest, firmware_id: int) -> HttpResponse:
    library.archive_firmware(pages.firmware_by_id(firmware_id), by=by(request))
    return redirect("firmware")


@require_POST
@page(LIBRARY)
def delete(request: HttpRequest, firmware_id: int) -> HttpResponse:
    library.delete_firmware(pages.firmware_by_id(firmware_id), by=by(request))
    return redirect("firmware")


# --- one station


@require_safe
@page(VIEW)
def show(request: HttpRequest, identity: str) -> HttpResponse:
    return _show(request, station_by_identity(identity))


def _show(request: HttpRequest, station: ChargingStation, *, status: int = 200, **forms: Any) -> HttpResponse:
    context = {
        "station": station,
        "connection": connection_of(station),
        "upkeep": pages.upkeep_of(station),
        "commands": shown_commands(commands_of(station, limit=COMMANDS_SHOWN)),
        "update_form": UpdateForm(station=station),
        "log_form": LogForm(zone=station.zone),
    }
    return draw(request, "upkeep", context | forms, status=status)


@require_POST
@page(UPDATE_FIRMWARE)
def update(request: HttpRequest, identity: str) -> HttpResponse:
    station = station_by_identity(identity)
    form = UpdateForm(request.POST, station=station)
    if not form.is_valid():
        return _show(request, station, status=422, update_form=form)
    data = form.cleaned_data
    wanted = FirmwareUpdate(
        station=station, firmware=data["firmware"], address=data["address"], version=data["version"], **form.terms
    )
    try:
        request_update(wanted, by=by(request))
    except UnableTo as problem:
        show_refusal(form, problem)
        return _show(request, station, status=409, update_form=form)
    return _back(station)


@require_POST
@page(UPDATE_FIRMWARE)
def cancel(request: HttpRequest, update_id: int) -> HttpResponse:
    asked = pages.update_by_id(update_id)
    cancel_update(asked, by=by(request))
    return _back(asked.station)


@require_POST
@page(READ_LOG)
def log(request: HttpRequest, identity: str) -> HttpResponse:
    station = station_by_identity(identity)
    form = LogForm(request.POST, zone=station.zone)
    if not form.is_valid():
        return _show(request, station, status=422, log_form=form)
    try:
        request_log(LogRequest(station=station, **form.cleaned_data), by=by(request))
    except UnableTo as problem:
        show_refusal(form, problem)
        return _show(request, station, status=409, log_form=form)
    return _back(station)


@require_safe
@page(READ_LOG)
def log_file(request: HttpRequest, file_id: int) -> StreamingHttpResponse:
    kept = pages.received_file(file_id)
    return attachment(kept.sha256, size=kept.size, name=kept.name)


def _back(station: ChargingStation) -> HttpResponseRedirect:
    return redirect("upkeep", identity=station.identity)
