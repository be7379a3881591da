"""What stands on the page of an invoice, in the language that is active."""

from dataclasses import replace
from decimal import Decimal
from typing import Any, TypeVar

from django.utils.translation import gettext as _
from stdnum import iban as iban_numbers

from apps.billing.messages import Party
from apps.billing.models import Cdr, Invoice, InvoiceLine
from apps.core import wording
from apps.core.text import shortened
from apps.core.units import SECONDS_PER_HOUR, SECONDS_PER_MINUTE, WH_PER_KWH
from apps.tariffs.messages import Unit

Pairs = list[tuple[str, str]]
_LONGEST_VALUE = 200
_LONGEST_NOTE = 4000
SomeParty = TypeVar("SomeParty", bound=Party)


def page_of(invoice: Invoice) -> dict[str, Any]:
    """The template's context: every figure is text already."""
    seller, buyer, language = _fitting(invoice.seller), _fitting(invoice.buyer), invoice.language
    abroad = buyer.country != seller.country
    return {
        "language": language,
        "title": title_of(invoice),
        "invoice": invoice,
        "original": invoice.credits,
        "original_day": wording.day(invoice.credits.issued_on, language) if invoice.credits else "",
        "seller": seller,
        "seller_country": wording.country(seller.country, language),
        "iban": iban_numbers.format(seller.iban).replace(" ", "\xa0"),
        "buyer": buyer,
        "buyer_country": wording.country(buyer.country, language) if abroad else "",
        "place": invoice.cdr.place,
        "facts": _known(_facts(invoice)),
        "rows": [_row(line, invoice) for line in invoice.lines.all()],
        "net": _money(invoice, invoice.net),
        "gross": _money(invoice, invoice.gross),
        "taxes": [
            {
                "percent": wording.percent(tax.percent, language),
                "net": _money(invoice, tax.net),
                "vat": _money(invoice, tax.vat),
            }
            for tax in invoice.taxes
        ],
        "charge": _in_two_columns(_known(_charge(invoice.cdr, language))),
        "notes": [note for note in _notes(invoice) if note],
    }


def _fitting(party: SomeParty) -> SomeParty:
    """With texts of a length that a page can take: breaking a line of fifty thousand letters takes minutes."""
    longest = {name: _LONGEST_NOTE if name == "small_print" else _LONGEST_VALUE for name in vars(party)}
    texts = {name: value for name, value in vars(party).items() if isinstance(value, str)}
    return replace(party, **{name: shortened(value, longest[name]) for name, value in texts.items()})


def title_of(invoice: Invoice) -> str:
    return _("Credit note") if invoice.is_credit_note else _("Invoice")


def _known(pairs: Pairs) -> Pairs:
    return [(label, shortened(value, _LONGEST_VALUE)) for label, value in pairs if value]


def _in_two_columns(pairs: Pairs) -> tuple[Pairs, Pairs]:
    half = (len(pairs) + 1) // 2
    return pairs[:half], pairs[half:]


def _money(invoice: Invoice, amount: Any) -> str:
    return wording.money(amount, invoice.currency, invoice.language)


def _facts(invoice: Invoice) -> Pairs:
    """The dates and numbers of Art. 226(1), (2), (4) and (7)."""
    language, original = invoice.language, invoice.credits
    return [
        (_("Credit note number") if original else _("Invoice number"), invoice.number),
        (_("Date of issue"), wording.day(invoice.issued_on, language)),
        (_("Date of supply"), wording.day(invoice.supplied_on, language)),
        (_("Payable by"), "" if original else wording.day(invoice.due_on, language)),
        (_("For invoice"), original.number if original else ""),
        (_("Your VAT ID"), invoice.buyer.vat_id),
    ]


def _row(line: InvoiceLine, invoice: Invoice) -> dict[str, str]:
    language, currency = invoice.language, invoice.currency
    return {
        "description": line.description,
        "quantity": _quantity(line, language),
        "unit_price": wording.unit_price(line.unit_price, currency, language),
        "unit_price_net": wording.unit_price(line.unit_price_net, currency, language) if invoice.tax_included else "",
        "vat_percent": wording.percent(line.vat_percent, language),
        "net": _money(invoice, line.net),
        "gross": _money(invoice, line.gross),
    }


def _quantity(line: InvoiceLine, language: str) -> str:
    digits, unit = {Unit.KWH: (3, _("kWh")), Unit.MIN: (2, _("min")), Unit.ONE: (0, "")}[Unit(line.unit)]
    return f"{wording.number(line.quantity, language, digits=digits)}\xa0{unit}".strip()


def _charge(cdr: Cdr, language: str) -> Pairs:
    """What a driver needs to recognise the charge (and what a meter's owner may ask for)."""
    place, terms = cdr.place, cdr.terms
    energy = wording.number(Decimal(cdr.energy_wh) / WH_PER_KWH, language, digits=3)
    kwh, version = _("kWh"), _("%(tariff)s, version %(number)d")
    return [
        (_("Location"), ", ".join(part for part in (place.location, place.address) if part)),
        (_("Charging point"), " · ".join(part for part in (place.station, place.evse_id) if part)),
        (_("Start"), wording.instant(cdr.started_at, place.time_zone, language)),
        (_("End"), wording.instant(cdr.ended_at, place.time_zone, language)),
        (_("Energy"), f"{energy}\xa0{kwh}"),
        (_("Duration"), _duration(cdr.duration_s)),
        (_("Not charging"), _duration(cdr.idle_s) if cdr.idle_s else ""),
        (_("Card"), place.token),
        (_("Tariff"), version % {"tariff": terms.tariff, "number": terms.version_number} if terms else ""),
        (_("Charge number"), str(cdr.transaction_id)),
    ]


def _duration(seconds: int) -> str:
    minutes = seconds % SECONDS_PER_HOUR // SECONDS_PER_MINUTE
    hours = _("h")
    return f"{seconds // SECONDS_PER_HOUR}:{minutes:02}:{seconds % SECONDS_PER_MINUTE:02}\xa0{hours}"


def _notes(invoice: Invoice) -> list[str]:
    seller = invoice.seller
    pay = _("Please transfer %(amount)s by %(day)s to the account below and quote %(number)s.") % {
        "amount": _money(invoice, invoice.gross),
        "day": wording.day(invoice.due_on, invoice.language),
        "number": invoice.number,
    }
    simplified = _("Simplified invoice: it was issued without the customer's name and address.")
    return [
        pay if seller.iban and not invoice.is_credit_note else "",
        simplified if invoice.is_simplified and not invoice.is_credit_note else "",
        shortened(seller.small_print, _LONGEST_NOTE),
    ]
