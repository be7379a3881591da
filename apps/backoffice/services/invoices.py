"""What the pages of invoices show, and what their files hold."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from apps.backoffice.services.charges import ChargeFilter, filtered_charges
from apps.backoffice.services.queries import day_of, text_of
from apps.billing.messages import InvoiceKind
from apps.billing.models import Cdr, Invoice, InvoiceDocument, InvoiceLine
from apps.billing.rules import missing_details
from apps.billing.services.sellers import seller
from apps.charging.models import Transaction
from apps.core.errors import UnableToFind

PER_PAGE = 50


@dataclass(frozen=True, kw_only=True)
class InvoiceFilter:
    """What of the invoices is shown; it stands in the address."""

    kind: str = ""
    text: str = ""
    since: date | None = None
    until: date | None = None

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> "InvoiceFilter":
        return cls(
            kind=query.get("kind", "") if query.get("kind") in set(InvoiceKind) else "",
            text=text_of(query.get("q")),
            since=day_of(query.get("since")),
            until=day_of(query.get("until")),
        )


def invoice_page(shown: InvoiceFilter, *, page: int) -> Page[Invoice]:
    """A page of invoices, the newest first; two queries."""
    return Paginator(_filtered(shown), PER_PAGE).get_page(page)


def _filtered(shown: InvoiceFilter) -> QuerySet[Invoice, Invoice]:
    found = Invoice.objects.select_related("cdr__transaction__station", "document").order_by("-pk")
    if shown.kind:
        found = found.filter(kind=shown.kind)
    if shown.text:
        names = ("number", "buyer_snapshot__name", "buyer_snapshot__contact", "cdr__transaction__station__identity")
        match = Q()
        for name in names:
            match |= Q(**{f"{name}__icontains": shown.text})
        found = found.filter(match)
    if shown.since:
        found = found.filter(issued_on__gte=shown.since)
    if shown.until:
        found = found.filter(issued_on__lte=shown.until)
    return found


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """Priced charges that have no invoice yet, and whether the seller's data are why."""

    count: int
    seller_is_incomplete: bool


def waiting() -> Waiting:
    incomplete = bool(missing_details(seller().snapshot))
    return Waiting(count=Cdr.objects.without_invoice().count(), seller_is_incomplete=incomplete)


@dataclass(frozen=True, kw_only=True)
class InvoicePage:
    """One invoice with everything its page shows."""

    invoice: Invoice
    lines: list[InvoiceLine]
    credit_note: Invoice | None
    document: InvoiceDocument | None


def invoice_by_number(number: str) -> Invoice:
    """The invoice; raises UnableToFind."""
    invoices = Invoice.objects.select_related("cdr__transaction__station", "credits", "document")
    invoice = invoices.filter(number=number).first()
    if invoice is None:
        raise UnableToFind(_("There is no invoice with this number."))
    return invoice


def invoice_detail(number: str) -> InvoicePage:
    invoice = invoice_by_number(number)
    return InvoicePage(
        invoice=invoice,
        lines=list(invoice.lines.all()),
        credit_note=Invoice.objects.filter(credits=invoice).first(),
        document=getattr(invoice, "document", None),
    )


def exported_charges(query: Mapping[str, str]) -> QuerySet[Transaction, Transaction]:
    """The charges that the list shows under the same address."""
    return filtered_charges(ChargeFilter.from_query(query))


def exported_invoices(query: Mapping[str, str]) -> QuerySet[Invoice, Invoice]:
    """The invoices that the list shows under the same address."""
    return _filtered(InvoiceFilter.from_query(query))
