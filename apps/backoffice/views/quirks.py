"""Oddities of makes: what was noticed, and accepting or dismissing it."""

from typing import TypeVar

from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe

from apps.backoffice.forms.quirks import AcceptForm, OverrideForm
from apps.backoffice.services.quirks import make_page, makes
from apps.backoffice.services.rights import DECIDE_QUIRK
from apps.backoffice.views.access import by, draw, page, show_problem
from apps.core.errors import UnableTo
from apps.drivers.services.aliases import accept_quirk
from apps.stations.models import ChargingStation, QuirkObservation, QuirkOverride, QuirkProfile
from apps.stations.services.quirks import (
    dismiss_observation,
    remove_override,
    set_override,
)

VIEW = "stations.view_quirkprofile"
Row = TypeVar("Row", bound=Model)


@require_safe
@page(VIEW)
def index(request: HttpRequest) -> HttpResponse:
    return draw(request, "quirks", {"makes": makes()})


@require_safe
@page(VIEW)
def show(request: HttpRequest) -> HttpResponse:
    """A make is named in the query: vendors may call themselves anything."""
    shown = make_page(request.GET.get("vendor", ""), request.GET.get("model", ""))
    return draw(request, "quirk", {"page": shown})


@require_POST
@page(DECIDE_QUIRK)
def accept(request: HttpRequest, observation_id: int) -> HttpResponse:
    seen = _found(QuirkObservation.objects.select_related("station"), observation_id)
    form = AcceptForm(request.POST)
    if not form.is_valid():
        raise Http404
    accept_quirk(seen, by=by(request), scope=form.cleaned_data["scope"])
    return _to_make(seen.station)


@require_POST
@page(DECIDE_QUIRK)
def dismiss(request: HttpRequest, observation_id: int) -> HttpResponse:
    seen = _found(QuirkObservation.objects.select_related("station"), observation_id)
    dismiss_observation(seen, by=by(request))
    return _to_make(seen.station)


@require_POST
@page(DECIDE_QUIRK)
def add(request: HttpRequest) -> HttpResponse:
    """Accept something that was not noticed, of a make or of one of its stations."""
    form = OverrideForm(request.POST)
    if not form.is_valid():
        return show_problem(request, UnableTo(form.problem))
    station = form.station
    profile = None if form.cleaned_data["station_only"] else form.profile
    set_override(form.kind, form.value, by=by(request), station=station if profile is None else None, profile=profile)
    return _to_make(station)


@require_POST
@page(DECIDE_QUIRK)
def remove(request: HttpRequest, override_id: int) -> HttpResponse:
    override = _found(QuirkOverride.objects.select_related("station", "profile"), override_id)
    about = override.station or override.profile
    remove_override(override, by=by(request))
    return _to_make(about)


def _found(rows: QuerySet[Row], pk: int) -> Row:
    row = rows.filter(pk=pk).first()
    if row is None:
        raise Http404
    return row


def _to_make(about: ChargingStation | QuirkProfile | None) -> HttpResponse:
    if about is None:
        return redirect("quirks")
    return redirect(f"{reverse('quirk')}?{urlencode({'vendor': about.vendor, 'model': about.model})}")
