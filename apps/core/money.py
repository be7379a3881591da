"""Amounts of money: Decimal with a currency, rounded only where a document says so."""

from decimal import ROUND_HALF_UP, Decimal

# ISO 4217 minor units that differ from two digits.
MINOR_DIGITS = {
    "BHD": 3, "CLP": 0, "HUF": 2, "ISK": 0, "JOD": 3, "JPY": 0, "KRW": 0, "KWD": 3, "OMR": 3, "TND": 3, "VND": 0,
}  # fmt: skip


def quantum(currency: str) -> Decimal:
    """The smallest amount of a currency: 0.01 for EUR, 1 for JPY."""
    return Decimal(1).scaleb(-MINOR_DIGITS.get(currency, 2))


def round_money(amount: Decimal, currency: str) -> Decimal:
    """Round half up to the currency's minor unit."""
    return amount.quantize(quantum(currency), rounding=ROUND_HALF_UP)
