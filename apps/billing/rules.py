"""What invoices add up to and are called: no database, no clock."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby

from apps.billing.messages import InvoiceKind, Seller, TaxAmount
from apps.tariffs.messages import LineKind, Quote, Unit

_PERCENT = 100
_PRICE = Decimal("0.000001")
_COUNTER_DIGITS = 5
_CREDIT_NOTE = "CN-"


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of an invoice. `unit_price` is as the tariff states it; net + vat = gross."""

    kind: LineKind
    quantity: Decimal
    unit: Unit
    unit_price: Decimal
    unit_price_net: Decimal
    vat_percent: Decimal
    net: Decimal
    vat: Decimal

    @property
    def gross(self) -> Decimal:
        return self.net + self.vat


def lines_of(quote: Quote) -> tuple[Line, ...]:
    """A quote's lines. Unit prices without VAT must be told whatever the tariff states (Art. 226(8))."""
    return tuple(
        Line(
            kind=line.kind,
            quantity=line.quantity,
            unit=line.unit,
            unit_price=line.unit_price,
            unit_price_net=_net_price(line.unit_price, quote),
            vat_percent=quote.vat_percent,
            net=line.net,
            vat=line.vat,
        )
        for line in quote.lines
    )


def _net_price(unit_price: Decimal, quote: Quote) -> Decimal:
    if not quote.tax_included:
        return unit_price
    return (unit_price * _PERCENT / (_PERCENT + quote.vat_percent)).quantize(_PRICE, rounding=ROUND_HALF_UP)


def negated(line: Line) -> Line:
    """The same line taken back: prices stay, what was supplied is negative."""
    return replace(line, quantity=-line.quantity, net=-line.net, vat=-line.vat)


def taxes_of(lines: Iterable[Line]) -> tuple[TaxAmount, ...]:
    """Per rate the taxable amount and the VAT (Art. 226(8) to (10))."""
    by_rate = sorted(lines, key=lambda line: line.vat_percent)
    return tuple(
        _tax_amount(percent, list(group)) for percent, group in groupby(by_rate, lambda line: line.vat_percent)
    )


def _tax_amount(percent: Decimal, lines: list[Line]) -> TaxAmount:
    net = sum((line.net for line in lines), Decimal(0))
    return TaxAmount(percent=percent, net=net, vat=sum((line.vat for line in lines), Decimal(0)))


def series_of(kind: InvoiceKind, prefix: str) -> str:
    """The series a document is numbered in: credit notes have their own (§3.3)."""
    return prefix + _CREDIT_NOTE if kind is InvoiceKind.CREDIT_NOTE else prefix


def number_text(series: str, year: int, counter: int) -> str:
    """The number as it is printed: R-2026-00042. Series, year and counter can be told apart, so it is unique."""
    return f"{series}{year}-{counter:0{_COUNTER_DIGITS}}"


def missing_details(seller: Seller) -> tuple[str, ...]:
    """The fields of the seller without which no invoice is lawful (Art. 226(3) and (5))."""
    return tuple(field for field in ("name", "address", "city", "country", "vat_id") if not getattr(seller, field))
