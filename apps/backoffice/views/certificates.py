"""Certificates: those of all stations, one station's, and what is done about them."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from apps.backoffice.forms.certificates import PemForm, RefusalForm, RootForm
from apps.backoffice.services import certificates as pages
from apps.backoffice.services.orders import shown_commands
from apps.backoffice.services.queries import number_of, text_of
from apps.backoffice.services.rights import CERTIFY
from apps.backoffice.services.stations import commands_of, connection_of, station_by_identity
from apps.backoffice.views.access import by, draw, page
from apps.certificates.services import requests, signing, trust
from apps.core.errors import UnableTo
from apps.stations.models import ChargingStation

VIEW = "certificates.view_installedcertificate"
COMMANDS_SHOWN = 4


@require_safe
@page(VIEW)
def index(request: HttpRequest) -> HttpResponse:
    text = text_of(request.GET.get("q"))
    found = pages.fleet(text=text, page=number_of(request.GET.get("page")) or 1)
    return draw(request, "certificates", {"fleet": found, "text": text})


@require_safe
@page(VIEW)
def show(request: HttpRequest, identity: str) -> HttpResponse:
    return _show(request, station_by_identity(identity))


def _show(request: HttpRequest, station: ChargingStation, *, status: int = 200, **forms: Any) -> HttpResponse:
    context = {
        "station": station,
        "connection": connection_of(station),
        "certificates": pages.certificates_of(station),
        "commands": shown_commands(commands_of(station, limit=COMMANDS_SHOWN)),
        "chain_form": PemForm(),
        "root_form": RootForm(station=station),
    }
    return draw(request, "station_certificates", context | forms, status=status)


@require_POST
@page(CERTIFY)
def ask(request: HttpRequest, identity: str) -> HttpResponse:
    station = station_by_identity(identity)
    requests.ask_for_request(station, by=by(request))
    return _back(station)


@require_POST
@page(CERTIFY)
def read(request: HttpRequest, identity: str) -> HttpResponse:
    station = station_by_identity(identity)
    trust.read(station, by=by(request))
    return _back(station)


@require_POST
@page(CERTIFY)
def install(request: HttpRequest, identity: str) -> HttpResponse:
    station = station_by_identity(identity)
    form = RootForm(request.POST, request.FILES, station=station)
    if form.is_valid():
        data = form.cleaned_data
        if not _refused(form, lambda: trust.install(station, use=data["use"], pem=data["pem"], by=by(request))):
            return _back(station)
    return _show(request, station, status=422, root_form=form)


@require_POST
@page(CERTIFY)
def delete(request: HttpRequest, row_id: int) -> HttpResponse:
    row = pages.root_by_id(row_id)
    trust.delete(row, by=by(request), is_sure=request.POST.get("sure") == "yes")
    return _back(row.station)


@require_POST
@page(CERTIFY)
def sign(request: HttpRequest, request_id: int) -> HttpResponse:
    asked = pages.request_by_id(request_id)
    form = PemForm(request.POST, request.FILES)
    if form.is_valid():
        chain = form.cleaned_data["pem"]
        if not _refused(form, lambda: signing.sign(asked, chain=chain, by=by(request))):
            return _back(asked.station)
    return _show(request, asked.station, status=422, refused_form=form, signing=asked.pk)


@require_POST
@page(CERTIFY)
def refuse(request: HttpRequest, request_id: int) -> HttpResponse:
    asked = pages.request_by_id(request_id)
    form = RefusalForm(request.POST)
    note = form.cleaned_data["note"] if form.is_valid() else ""
    requests.refuse(asked, by=by(request), note=note)
    return _back(asked.station)


def _refused(form: forms.Form, work: Any) -> bool:
    """What a service refuses stands beside the certificate that was pasted."""
    try:
        work()
    except UnableTo as problem:
        form.add_error("pem", str(problem))
        return True
    return False


def _back(station: ChargingStation) -> HttpResponseRedirect:
    return redirect("station-certificates", identity=station.identity)
