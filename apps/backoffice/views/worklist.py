"""The list of what waits for people, one thing of it with its evidence, and deciding."""

from collections.abc import Callable

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.backoffice.forms.decisions import ReleaseForm
from apps.backoffice.services.queries import number_of
from apps.backoffice.services.rights import SEE_CHARGES
from apps.backoffice.services.worklist import (
    ACTIONS,
    PERMISSIONS,
    UNDOING,
    evidence_of,
    item_of,
    work_list,
    work_total,
)
from apps.backoffice.views.access import by, draw, page, viewer_of
from apps.billing.services.undoing import undo_unbilled
from apps.charging.messages import WorkKind
from apps.charging.models import Decision, DecisionKind, OrphanStop, Transaction
from apps.charging.services.holds import close_charge, keep_as_it_is, release_hold, waive_charge
from apps.charging.services.matching import dismiss_stop, match_stop
from apps.charging.services.worklist import WorkItem
from apps.core.errors import UnableTo
from apps.stations.services.quarantine import settle


@require_safe
@page(SEE_CHARGES)
def index(request: HttpRequest) -> HttpResponse:
    word = request.GET.get("kind", "")
    kind = WorkKind(word) if word in set(WorkKind) else None
    return draw(request, "worklist", {"work": work_list(viewer_of(request), kind=kind), "kind": kind})


@require_safe
@page(SEE_CHARGES)
def count(request: HttpRequest) -> HttpResponse:
    """For the board, which fetches it by itself."""
    return draw(request, "_work_count", {"count": work_total()})


@require_safe
@page(SEE_CHARGES)
def show(request: HttpRequest, key: str) -> HttpResponse:
    return draw(request, "work_item", {"page": evidence_of(key, viewer_of(request))})


@require_POST
@page(SEE_CHARGES)
def decide(request: HttpRequest, key: str, action: str) -> HttpResponse:
    item = item_of(key)
    if action not in ACTIONS[item.kind]:
        raise Http404
    if not viewer_of(request).may(PERMISSIONS[action]):
        raise PermissionDenied
    DECIDERS[action](request, item)
    return redirect("decide")


@require_POST
@page(SEE_CHARGES)
def undo(request: HttpRequest, decision_id: int) -> HttpResponse:
    decision = Decision.objects.filter(pk=decision_id).first()
    if decision is None:
        raise Http404
    if not viewer_of(request).may(UNDOING[DecisionKind(decision.kind)]):
        raise PermissionDenied
    undo_unbilled(decision, by=by(request))
    return redirect("decide")


def _close(request: HttpRequest, item: WorkItem) -> None:
    close_charge(_charge(item), by=by(request))


def _release(request: HttpRequest, item: WorkItem) -> None:
    form = ReleaseForm(request.POST)
    if not form.is_valid():
        raise UnableTo(_("Energy is a number of kWh, not below 0."))
    release_hold(_charge(item), by=by(request), energy_wh=form.energy_wh)


def _waive(request: HttpRequest, item: WorkItem) -> None:
    waive_charge(_charge(item), by=by(request))


def _keep(request: HttpRequest, item: WorkItem) -> None:
    keep_as_it_is(_charge(item), by=by(request))


def _match(request: HttpRequest, item: WorkItem) -> None:
    """An unknown stop, or the one behind a charge that is known by its end alone, with the chosen charge."""
    stop = item.stop or OrphanStop.objects.filter(matched=item.charge).first()
    charge = Transaction.objects.filter(pk=number_of(request.POST.get("charge")) or 0).first()
    if stop is None or charge is None:
        raise UnableTo(_("Choose the charge that this stop belongs to."))
    match_stop(stop, charge, by=by(request))


def _dismiss(request: HttpRequest, item: WorkItem) -> None:
    assert item.stop is not None
    dismiss_stop(item.stop, by=by(request))


def _settle(request: HttpRequest, item: WorkItem) -> None:
    assert item.message is not None
    settle(item.message, by=by(request))


def _charge(item: WorkItem) -> Transaction:
    assert item.charge is not None
    return item.charge


DECIDERS: dict[str, Callable[[HttpRequest, WorkItem], None]] = {
    "close": _close, "release": _release, "waive": _waive, "keep": _keep, "match": _match, "dismiss": _dismiss,
    "settle": _settle,
}  # fmt: skip
