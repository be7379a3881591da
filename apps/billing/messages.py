"""What invoices state, as snapshots: parties, the place of charging, amounts per rate. And billing's news."""

from dataclasses import asdict, dataclass, fields
from decimal import Decimal
from enum import StrEnum
from typing import Any, Self


class InvoiceKind(StrEnum):
    """UNTDID 1001 calls them 380 and 381."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"


@dataclass(frozen=True)
class _Snapshot:
    """Texts and whole numbers that are kept as a JSON object."""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        """Fields that a later version added take their defaults."""
        return cls(**{field.name: stored[field.name] for field in fields(cls) if field.name in stored})


@dataclass(frozen=True, kw_only=True)
class Party(_Snapshot):
    """A name with an address; `country` is ISO 3166 alpha-2. Empty text means unknown."""

    name: str = ""
    contact: str = ""
    address: str = ""
    postal_code: str = ""
    city: str = ""
    country: str = ""
    vat_id: str = ""
    email: str = ""

    @property
    def has_address(self) -> bool:
        """Enough for a full invoice (Directive 2006/112/EC Art. 226(5))."""
        return all((self.name, self.address, self.city, self.country))


@dataclass(frozen=True, kw_only=True)
class Seller(Party):
    """The issuing company as its papers show it; payment is due after `payment_days`."""

    iban: str = ""
    bic: str = ""
    payment_days: int = 14
    small_print: str = ""


@dataclass(frozen=True, kw_only=True)
class ChargePlace(_Snapshot):
    """Where a charge took place, and with which token, as it was called then. `token` is masked."""

    location: str = ""
    address: str = ""
    country: str = ""
    time_zone: str = "UTC"
    station: str = ""
    evse_id: str = ""
    token: str = ""


@dataclass(frozen=True, kw_only=True)
class TaxAmount:
    """The VAT of one rate over a document."""

    percent: Decimal
    net: Decimal
    vat: Decimal

    def to_json(self) -> dict[str, str]:
        return {name: str(value) for name, value in asdict(self).items()}

    @classmethod
    def from_json(cls, stored: dict[str, str]) -> Self:
        return cls(**{name: Decimal(value) for name, value in stored.items()})


@dataclass(frozen=True, kw_only=True)
class CdrIssued:
    cdr_id: int


@dataclass(frozen=True, kw_only=True)
class InvoiceIssued:
    """Said of invoices and of credit notes."""

    invoice_id: int


@dataclass(frozen=True, kw_only=True)
class SellerCompleted:
    """The seller's data now suffice for invoices, so those that waited for them can be issued."""

    seller_id: int
