"""Reservations: the calendar of a location, one reservation, reserving, and giving up."""

from datetime import UTC, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.backoffice.forms.reservations import ReservationForm
from apps.backoffice.services import reservations as pages
from apps.backoffice.services.queries import number_of
from apps.backoffice.services.rights import RESERVE
from apps.backoffice.views.access import by, draw, page, viewer_of
from apps.charging.services.reservations import cancel_reservation, drop_reservation, reserve
from apps.core.clock import now
from apps.core.errors import UnableTo
from apps.stations.models import Location

VIEW = "charging.view_reservation"


@require_safe
@page(VIEW)
def index(request: HttpRequest) -> HttpResponse:
    return draw(request, "reservations", {"calendar": pages.calendar(request.GET, viewer_of(request))})


@require_safe
@page(VIEW)
def show(request: HttpRequest, reservation_id: int) -> HttpResponse:
    return draw(request, "reservation", {"page": pages.reservation_detail(reservation_id, viewer_of(request))})


@require_http_methods(["GET", "POST"])
@page(RESERVE)
def add(request: HttpRequest) -> HttpResponse:
    """GET draws the form, POST reserves."""
    location = number_of(request.GET.get("location"))
    if request.method != "POST":
        return _form(request, ReservationForm(initial=_proposed(request), location=location))
    form = ReservationForm(request.POST, location=location)
    if not form.is_valid():
        return _form(request, form, status=422)
    data = form.cleaned_data
    try:
        made = reserve(
            data["station"], data["evse"], token=data["token"], begins_at=data["begins_at"], ends_at=data["ends_at"],
            by=by(request),
        )  # fmt: skip
    except UnableTo as problem:
        form.add_error(None, str(problem))
        return _form(request, form, status=409)
    return redirect("reservation", reservation_id=made.pk)


def _proposed(request: HttpRequest) -> dict[str, Any]:
    """An hour from now, at the EVSE that was clicked."""
    number, location = number_of(request.GET.get("evse")), number_of(request.GET.get("location"))
    site = Location.objects.filter(pk=location or 0).first()
    end = (now() + timedelta(hours=1)).astimezone(site.zone if site else UTC).replace(tzinfo=None)
    return {"place": f"evse-{number}", "end": end}


def _form(request: HttpRequest, form: ReservationForm, *, status: int = 200) -> HttpResponse:
    return draw(request, "reserve", {"form": form}, status=status)


@require_POST
@page(RESERVE)
def cancel(request: HttpRequest, reservation_id: int) -> HttpResponse:
    cancel_reservation(pages.reservation_by_id(reservation_id), by=by(request))
    return redirect("reservation", reservation_id=reservation_id)


@require_POST
@page(RESERVE)
def drop(request: HttpRequest, reservation_id: int) -> HttpResponse:
    drop_reservation(pages.reservation_by_id(reservation_id), by=by(request))
    return redirect("reservation", reservation_id=reservation_id)
