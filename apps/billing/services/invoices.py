"""Issuing invoices and credit notes: number, snapshots and lines in one transaction."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.services import audit
from apps.billing.messages import InvoiceIssued, InvoiceKind, Party
from apps.billing.models import Cdr, Invoice, InvoiceLine, NumberSeries, SellerProfile
from apps.billing.rules import Line, lines_of, negated, number_text, series_of, taxes_of
from apps.billing.services.sellers import complete_seller
from apps.core.clock import now
from apps.core.errors import UnableTo
from apps.drivers.models import Driver
from apps.events.services import broadcast, emit
from apps.tariffs.messages import LineKind

DESCRIPTIONS = {
    LineKind.ENERGY: gettext_lazy("Electricity for charging"),
    LineKind.TIME: gettext_lazy("Charging time"),
    LineKind.SESSION: gettext_lazy("Fee per charge"),
    LineKind.IDLE: gettext_lazy("Time connected without charging"),
}
_REASON_LENGTH = 500


@dataclass(frozen=True, kw_only=True)
class _Draft:
    """What distinguishes a paper before it gets its number."""

    kind: InvoiceKind
    cdr: Cdr
    buyer: Party
    language: str
    supplied_on: date
    tax_included: bool
    lines: tuple[Line, ...]
    credits: Invoice | None = None
    reason: str = ""
    by: str = ""


@transaction.atomic
def issue_invoice(cdr_id: int) -> Invoice | None:
    """Invoice a Cdr, once. None when it costs nothing. Refused, until it is repaired, while seller data are missing.

    With the buyer's name and address it is a full invoice, else a simplified one (Art. 226, 226b).
    """
    cdr = Cdr.objects.select_for_update(of=("self",)).select_related("transaction__driver").get(pk=cdr_id)
    existing = cdr.invoices.filter(kind=InvoiceKind.INVOICE).first()
    if existing or cdr.is_free:
        return existing
    seller, driver = complete_seller(), cdr.transaction.driver
    draft = _Draft(
        kind=InvoiceKind.INVOICE,
        cdr=cdr,
        buyer=_buyer(driver),
        language=_language(driver, seller),
        supplied_on=cdr.ended_at.astimezone(ZoneInfo(cdr.place.time_zone)).date(),
        tax_included=cdr.quote.tax_included,
        lines=lines_of(cdr.quote),
    )
    return _issue(draft, seller)


@transaction.atomic
def credit_invoice(invoice: Invoice, *, by: str, reason: str) -> Invoice:
    """Take an invoice back as a whole, by a credit note with a number of its own. Possible once per invoice."""
    original = Invoice.objects.select_for_update(of=("self",)).select_related("cdr").get(pk=invoice.pk)
    _check_creditable(original, reason)
    draft = _Draft(
        kind=InvoiceKind.CREDIT_NOTE,
        cdr=original.cdr,
        buyer=original.buyer,
        language=original.language,
        supplied_on=original.supplied_on,
        tax_included=original.tax_included,
        lines=tuple(negated(line.facts) for line in original.lines.all()),
        credits=original,
        reason=reason.strip(),
        by=by,
    )
    note = _issue(draft, complete_seller())
    audit.record(
        by, "billing.invoice.credited", audit.target_of(original), number=original.number, credit_note=note.number
    )
    return note


def _check_creditable(original: Invoice, reason: str) -> None:
    if original.is_credit_note:
        raise UnableTo(_("A credit note can't be taken back by another one."))
    note = Invoice.objects.filter(credits=original).first()
    if note:
        raise UnableTo(_("This invoice was already taken back by credit note %(number)s.") % {"number": note.number})
    if not 0 < len(reason.strip()) <= _REASON_LENGTH:
        raise UnableTo(_("A credit note needs a reason of at most %(count)d characters.") % {"count": _REASON_LENGTH})


def _buyer(driver: Driver | None) -> Party:
    if driver is None:
        return Party()
    return Party(
        name=driver.company or driver.name,
        contact=driver.name if driver.company else "",
        address=driver.address,
        postal_code=driver.postal_code,
        city=driver.city,
        country=driver.country,
        vat_id=driver.vat_id,
        email=driver.email,
    )


def _language(driver: Driver | None, seller: SellerProfile) -> str:
    known = {code for code, _name in settings.LANGUAGES}
    wanted = driver.language if driver else ""
    return next((code for code in (wanted, seller.language) if code in known), settings.LANGUAGE_CODE)


def _issue(draft: _Draft, seller: SellerProfile) -> Invoice:
    """The number is drawn last: its row stays locked until the end of the transaction."""
    issued_at = now()
    issued_on = issued_at.astimezone(ZoneInfo(seller.time_zone)).date()
    series = series_of(draft.kind, seller.invoice_prefix)
    taxes = taxes_of(draft.lines)
    net, vat = sum((tax.net for tax in taxes), Decimal(0)), sum((tax.vat for tax in taxes), Decimal(0))
    counter = NumberSeries.take(series, issued_on.year)
    invoice = Invoice.objects.create(
        kind=draft.kind,
        number=number_text(series, issued_on.year, counter),
        series=series,
        cdr=draft.cdr,
        credits=draft.credits,
        reason=draft.reason,
        by=draft.by,
        seller_snapshot=seller.snapshot.to_json(),
        buyer_snapshot=draft.buyer.to_json(),
        language=draft.language,
        issued_at=issued_at,
        issued_on=issued_on,
        supplied_on=draft.supplied_on,
        due_on=issued_on + timedelta(days=seller.payment_days * (draft.kind is InvoiceKind.INVOICE)),
        currency=draft.cdr.currency,
        tax_included=draft.tax_included,
        net=net,
        vat=vat,
        gross=net + vat,
        tax_amounts=[tax.to_json() for tax in taxes],
    )
    _write_lines(invoice, draft.lines)
    emit(InvoiceIssued(invoice_id=invoice.pk))
    broadcast("invoices", id=invoice.pk)
    return invoice


def _write_lines(invoice: Invoice, lines: tuple[Line, ...]) -> None:
    with translation.override(invoice.language):
        InvoiceLine.objects.bulk_create(
            InvoiceLine(invoice=invoice, position=position, description=str(DESCRIPTIONS[line.kind]), **vars(line))
            for position, line in enumerate(lines, start=1)
        )
