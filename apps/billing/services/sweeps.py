"""What was left undone: each step of the money chain can be found from its result's absence."""

from dataclasses import dataclass

from django.db.models import F, Q

from apps.billing.models import Cdr, Invoice
from apps.billing.rules import missing_details
from apps.billing.services.sellers import seller
from apps.charging.models import Transaction

_AT_ONCE = 500


@dataclass(frozen=True, kw_only=True)
class Unfinished:
    """Ids of charges without a Cdr, Cdrs without an invoice, and invoices without a PDF; the oldest first."""

    transactions: list[int]
    cdrs: list[int]
    invoices: list[int]


def unfinished() -> Unfinished:
    """What can be done now. Held charges and, while seller data are missing, Cdrs are not among it."""
    charges = Transaction.objects.filter(ended_at__isnull=False, hold_reason="", cdr=None).order_by("pk")
    cdrs = Cdr.objects.none() if missing_details(seller().snapshot) else Cdr.objects.without_invoice()
    unrendered = Invoice.objects.filter(Q(document=None) | Q(document__sha256=""))
    invoices = unrendered.order_by(F("document__tried_at").asc(nulls_first=True), "pk")
    return Unfinished(
        transactions=list(charges.values_list("pk", flat=True)[:_AT_ONCE]),
        cdrs=list(cdrs.order_by("pk").values_list("pk", flat=True)[:_AT_ONCE]),
        invoices=list(invoices.values_list("pk", flat=True)[:_AT_ONCE]),
    )
