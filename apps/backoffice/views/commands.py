"""What operators ask of stations: a form, a queued row, and 202 with the row's partial, which goes on by itself."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.backoffice.forms.orders import (
    ORDERS,
    OrderForm,
    RawForm,
    ReadForm,
    ReportForm,
    StartForm,
    dialect_of,
    token_choices,
)
from apps.backoffice.forms.schema_forms import SchemaForm
from apps.backoffice.services.command_menu import reason_of
from apps.backoffice.services.orders import ShownCommand
from apps.backoffice.services.rights import START, STOP
from apps.backoffice.services.stations import station_by_identity
from apps.backoffice.services.tokens import usable_tokens
from apps.backoffice.views.access import by, draw, page, viewer_of
from apps.charging.models import Transaction
from apps.charging.services.gaps import ask_status
from apps.charging.services.requests import request_start, request_stop
from apps.dialects.adapters.dialect import Dialect
from apps.stations.models import StationCommand
from apps.stations.services.changes import read_some
from apps.stations.services.commands import queue_command, queue_raw
from apps.stations.services.reports import request_report


@require_http_methods(["GET", "POST"])
@page("stations.view_chargingstation")
def order(request: HttpRequest, identity: str, name: str) -> HttpResponse:
    """GET draws the form, POST sends what it says."""
    station = station_by_identity(identity)
    make = form_maker(name, dialect_of(station))
    if make is None:
        raise Http404
    if not viewer_of(request).may(permission_of(name)):
        raise PermissionDenied
    if request.method == "GET":
        return _form(request, name, make(station=station, initial=request.GET.dict()))
    form = make(request.POST, station=station)
    if not form.is_valid() or (reason_of(station, name) and not request.POST.get("force")):
        return _form(request, name, form, status=422)
    return _queued(request, _send(form, by=by(request)))


def form_maker(name: str, dialect: Dialect) -> Callable[..., OrderForm] | None:
    """The hand-made form of this name, or the one made from an action's schema."""
    if name in ORDERS:
        return ORDERS[name]
    return partial(SchemaForm, action=name) if name in dialect.command_actions else None


def permission_of(name: str) -> str:
    return ORDERS[name].permission if name in ORDERS else SchemaForm.permission


def _send(form: OrderForm, *, by: str) -> StationCommand:
    data = form.cleaned_data
    if isinstance(form, StartForm):
        return request_start(data["evse"], token=data["token"], by=by)
    if isinstance(form, ReportForm):
        return request_report(form.station, by=by, report_base=data["report_base"])
    if isinstance(form, ReadForm) and data["keys"]:
        return read_some(form.station, data["keys"], by=by)[0]
    if isinstance(form, SchemaForm):
        return queue_raw(form.station, form.action, form.payload, by=by)
    if isinstance(form, RawForm):
        return queue_raw(form.station, data["action"], data["payload"], by=by)
    return queue_command(form.station, form.message(), by=by)


def _form(request: HttpRequest, name: str, form: OrderForm, *, status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {
        "form": form,
        "name": name,
        "station": form.station,
        "reason": reason_of(form.station, name),
    }
    answer = draw(request, "_start" if isinstance(form, StartForm) else "_order", context, status=status)
    answer["HX-Retarget"], answer["HX-Reswap"] = "#order", "innerHTML"
    return answer


def _queued(request: HttpRequest, command: StationCommand) -> HttpResponse:
    return draw(request, "_command", {"shown": ShownCommand(command), "fresh": True}, status=202)


@require_POST
@page(STOP)
def stop(request: HttpRequest, charge_id: int) -> HttpResponse:
    charge = Transaction.objects.select_related("station").filter(pk=charge_id).first()
    if charge is None:
        raise Http404
    return _queued(request, request_stop(charge, by=by(request)))


@require_POST
@page(STOP)
def status(request: HttpRequest, charge_id: int) -> HttpResponse:
    """Ask what became of a charge."""
    charge = Transaction.objects.select_related("station").filter(pk=charge_id).first()
    if charge is None:
        raise Http404
    return _queued(request, ask_status(charge, by=by(request)))


@require_safe
@page(START)
def tokens(request: HttpRequest) -> HttpResponse:
    """The choices of the start form that fit what was typed."""
    found = usable_tokens(text=request.GET.get("text", "")[:200])
    return draw(request, "_tokens", {"choices": token_choices(found)})
