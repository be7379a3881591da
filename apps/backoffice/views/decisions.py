"""What people decide about money: charges that hang or are held, and invoices to be taken back."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from apps.backoffice.forms.decisions import ReleaseForm
from apps.backoffice.services.invoices import invoice_by_number
from apps.backoffice.services.rights import CREDIT, RELEASE, STOP
from apps.backoffice.views.access import by, page
from apps.billing.services.invoices import credit_invoice
from apps.charging.models import Transaction
from apps.charging.services.holds import close_charge, release_hold
from apps.core.errors import UnableTo


@require_POST
@page(STOP)
def close(request: HttpRequest, charge_id: int) -> HttpResponse:
    close_charge(_charge(charge_id), by=by(request))
    return redirect("charge", charge_id=charge_id)


@require_POST
@page(RELEASE)
def release(request: HttpRequest, charge_id: int) -> HttpResponse:
    form = ReleaseForm(request.POST)
    if not form.is_valid():
        raise UnableTo(_("Energy is a number of kWh, not below 0."))
    release_hold(_charge(charge_id), by=by(request), energy_wh=form.energy_wh)
    return redirect("charge", charge_id=charge_id)


@require_POST
@page(CREDIT)
def credit(request: HttpRequest, invoice_number: str) -> HttpResponse:
    note = credit_invoice(invoice_by_number(invoice_number), by=by(request), reason=request.POST.get("reason", ""))
    return redirect("invoice", invoice_number=note.number)


def _charge(charge_id: int) -> Transaction:
    charge = Transaction.objects.filter(pk=charge_id).first()
    if charge is None:
        raise Http404
    return charge
