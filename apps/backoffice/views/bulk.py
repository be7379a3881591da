"""One command for many stations: chosen on the list of stations, shown before it goes out, watched afterwards."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.backoffice.forms.bulk import BulkForm
from apps.backoffice.forms.orders import ORDERS, OrderForm, RawForm
from apps.backoffice.forms.schema_forms import SchemaForm
from apps.backoffice.services import bulk as pages
from apps.backoffice.services.bulk import Plan, Selection
from apps.backoffice.services.command_menu import ORDER_ACTIONS
from apps.backoffice.services.queries import number_of
from apps.backoffice.services.rights import BULK
from apps.backoffice.views.access import by, draw, page, viewer_of
from apps.backoffice.views.commands import form_maker, permission_of
from apps.core.clock import now
from apps.dialects.adapters.objections import Request
from apps.dialects.adapters.registry import dialect_for
from apps.exports.rules import BOM, CsvStyle
from apps.stations.messages import OcppVersion
from apps.stations.models import BulkOrder
from apps.stations.services.bulk import create_bulk, retry_bulk
from apps.stations.services.command_kinds import kind_of, stored_form

VIEW = "stations.view_bulkorder"
# What names single stations' rows: a token at an EVSE, or a report under a number of the station's own.
FOR_ONE = ("start", "report")


@require_safe
@page(VIEW)
def index(request: HttpRequest) -> HttpResponse:
    found, rows = pages.bulk_page(page=number_of(request.GET.get("page")) or 1)
    return draw(request, "bulks", {"found": found, "rows": rows})


@require_safe
@page(VIEW)
def show(request: HttpRequest, bulk_id: int) -> HttpResponse:
    order = pages.bulk_by_id(bulk_id)
    state = request.GET.get("state", "")
    found, rows = pages.item_page(order, state=state, page=number_of(request.GET.get("page")) or 1)
    [shown] = pages.shown_bulks([order])
    return draw(request, "bulk", {"order": order, "shown": shown, "found": found, "rows": rows, "state": state})


@require_http_methods(["GET", "POST"])
@page(BULK)
def new(request: HttpRequest) -> HttpResponse:
    """GET draws the form for the stations that the address names; POST shows who will be asked, and then asks."""
    selection = Selection.from_query(request.GET)
    version = selection.version(request.GET.get("version", ""))
    name = request.GET.get("order") or "reset"
    make = form_maker(name, dialect_for(version))
    if make is None or name in FOR_ONE:
        raise Http404
    if not viewer_of(request).may(permission_of(name)):
        raise PermissionDenied
    posted = request.POST if request.method == "POST" else None
    form, terms = make(posted, station=selection.sample(version)), BulkForm(posted)
    context = {"form": form, "terms": terms, "selection": selection, "version": version, "name": name}
    if posted is None:
        return _draw(request, context)
    if not (form.is_valid() and terms.is_valid()):
        return _draw(request, context, status=422)
    asked = _request(form)
    plan = Plan(selection, asked, selection.objections(asked, is_forced=terms.cleaned_data["bulk_force"]))
    if terms.cleaned_data["bulk_seal"] != plan.seal:
        return _draw(request, context | {"plan": plan})
    made = create_bulk(
        _order(asked, terms.cleaned_data["bulk_wait"]), selection.stations, objections=plan.objections, by=by(request)
    )
    return redirect("bulk", bulk_id=made.pk)


def _request(form: OrderForm) -> Request:
    if isinstance(form, SchemaForm):
        return Request(action=form.action, payload=form.payload)
    if isinstance(form, RawForm):
        return Request(action=form.cleaned_data["action"], payload=form.cleaned_data["payload"])
    return Request(message=form.message())


def _order(asked: Request, expires_in_s: int) -> BulkOrder:
    if asked.message is None:
        return BulkOrder(action=asked.action, payload=dict(asked.payload or {}), expires_in_s=expires_in_s)
    return BulkOrder(kind=kind_of(asked.message), message=stored_form(asked.message), expires_in_s=expires_in_s)


def _draw(request: HttpRequest, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    viewer, version = viewer_of(request), context["version"]
    by_hand = [(name, form.title) for name, form in ORDERS.items() if name not in FOR_ONE]
    shared = {
        "by_hand": [(name, title) for name, title in by_hand if viewer.may(permission_of(name))],
        "generated": _generated(version) if viewer.may(SchemaForm.permission) else [],
        "kept": [(key, value) for key in ("station", "all", "q", "shown", "location") for value in
                 request.GET.getlist(key)],
    }  # fmt: skip
    return draw(request, "bulk_new", shared | context, status=status)


def _generated(version: OcppVersion) -> list[str]:
    """What no form made by hand says."""
    known = {action for name, actions in ORDER_ACTIONS.items() if name not in FOR_ONE for action in actions}
    return [action for action in dialect_for(version).command_actions if action not in known]


@require_POST
@page(BULK)
def retry(request: HttpRequest, bulk_id: int) -> HttpResponse:
    retry_bulk(pages.bulk_by_id(bulk_id), by=by(request))
    return redirect("bulk", bulk_id=bulk_id)


@require_safe
@page(VIEW)
def file(request: HttpRequest, bulk_id: int) -> HttpResponse:
    """The outcome as CSV; `?delimiter=;` for spreadsheets that want it."""
    order = pages.bulk_by_id(bulk_id)
    delimiter = ";" if request.GET.get("delimiter") == ";" else ","
    text = "".join(pages.outcome_csv(order, CsvStyle(delimiter=delimiter)))
    answer = HttpResponse((BOM if delimiter == ";" else "") + text, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="bulk-{order.pk}-{now():%Y-%m-%d}.csv"'
    return answer
