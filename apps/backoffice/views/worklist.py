"""The list of what waits for people, one thing of it with its evidence, and deciding."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.backoffice.forms.decisions import DecisionForm
from apps.backoffice.services.rights import SEE_CHARGES
from apps.backoffice.services.worklist import (
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
from apps.charging.models import Decision, DecisionKind
from apps.charging.services.deciding import ACTIONS
from apps.charging.services.deciding import decide as decide_item
from apps.core.errors import UnableTo


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
    form = DecisionForm(request.POST)
    if not form.is_valid():
        wrong_charge = "charge" in form.errors
        raise UnableTo(_("There is no such charge.") if wrong_charge else _("Energy is a number of kWh, not below 0."))
    decide_item(item, action, by=by(request), energy_wh=form.energy_wh, charge=form.cleaned_data["charge"])
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
