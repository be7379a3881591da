"""The one pricing function, for preview, running cost, CDR and invoice alike."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from apps.core.money import quantum
from apps.core.units import SECONDS_PER_MINUTE, WH_PER_KWH
from apps.tariffs.messages import LineKind, Prices, Quote, QuoteLine, Unit, Usage

_PERCENT = 100
_QUANTITY = Decimal("0.000001")


def price(usage: Usage, terms: Prices) -> Quote:
    """What a usage costs.

    Every second is either charging time or idle time, never both: the price per minute counts the time charging,
    the idle price the time connected without charging beyond the grace; seconds within the grace cost nothing.
    Each line is rounded half up to the minor unit once. VAT is computed once on the sum of the rounded lines: on
    top of net prices, out of gross ones; its cents are spread over the lines so that every column adds up (§3.4).
    """
    lines = [line for line in _lines(usage, terms) if line.price and line.count]
    amounts = [_rounded(line.exact, terms.currency) for line in lines]
    taxes = _taxes(amounts, terms)
    priced = tuple(_priced(line, amount, tax, terms) for line, amount, tax in zip(lines, amounts, taxes, strict=True))
    zero = Decimal(0).quantize(quantum(terms.currency))
    return Quote(
        currency=terms.currency,
        vat_percent=terms.vat_percent,
        tax_included=terms.tax_included,
        lines=priced,
        net=sum((line.net for line in priced), zero),
        vat=sum((line.vat for line in priced), zero),
    )


def gross_price(unit_price: Decimal, terms: Prices) -> Decimal:
    """A unit price as consumers must see it, VAT included; unrounded beyond the six digits that prices keep."""
    if terms.tax_included:
        return unit_price
    return (unit_price * (_PERCENT + terms.vat_percent) / _PERCENT).quantize(_QUANTITY, rounding=ROUND_HALF_UP)


@dataclass(frozen=True)
class _Line:
    """A component with what it counts: `count` pieces of which `per` make one unit."""

    kind: LineKind
    unit: Unit
    price: Decimal
    count: int
    per: int

    @property
    def exact(self) -> Fraction:
        return Fraction(self.price) * self.count / self.per

    @property
    def quantity(self) -> Decimal:
        return (Decimal(self.count) / self.per).quantize(_QUANTITY, rounding=ROUND_HALF_UP)


def _lines(usage: Usage, terms: Prices) -> tuple[_Line, ...]:
    """In the order in which prices are shown."""
    idle_s = max(0, usage.idle_s - terms.idle_grace_s)
    return (
        _Line(LineKind.ENERGY, Unit.KWH, terms.price_per_kwh, usage.energy_wh, WH_PER_KWH),
        _Line(LineKind.TIME, Unit.MIN, terms.price_per_minute, usage.charging_s, SECONDS_PER_MINUTE),
        _Line(LineKind.SESSION, Unit.ONE, terms.price_per_session, 1, 1),
        _Line(LineKind.IDLE, Unit.MIN, terms.idle_per_minute, idle_s, SECONDS_PER_MINUTE),
    )


def _rounded(exact: Fraction, currency: str) -> Decimal:
    """Half up to the minor unit, from the exact fraction: one third of a cent is not first cut to 28 digits."""
    minor = quantum(currency)
    return ((exact / Fraction(minor) + Fraction(1, 2)).__floor__() * minor).quantize(minor)


def _taxes(amounts: list[Decimal], terms: Prices) -> list[Decimal]:
    """The VAT of each line as the growth of the VAT of the running sum, so that the parts equal the whole."""
    base = _PERCENT + terms.vat_percent if terms.tax_included else Decimal(_PERCENT)
    rate = Fraction(terms.vat_percent) / Fraction(base)
    taxes, running, told = [], Decimal(0), Decimal(0)
    for amount in amounts:
        running += amount
        total = _rounded(Fraction(running) * rate, terms.currency)
        taxes.append(total - told)
        told = total
    return taxes


def _priced(line: _Line, amount: Decimal, tax: Decimal, terms: Prices) -> QuoteLine:
    return QuoteLine(
        kind=line.kind,
        quantity=line.quantity,
        unit=line.unit,
        unit_price=line.price,
        net=amount - tax if terms.tax_included else amount,
        vat=tax,
    )
