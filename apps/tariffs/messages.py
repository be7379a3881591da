"""Prices in messages: the terms a charge runs under, what was used, and what that costs."""

from dataclasses import asdict, dataclass, fields
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Self


class LineKind(StrEnum):
    """What a price is for. The order is the one in which prices must be shown (AFIR Art. 5(4)), idle time last."""

    ENERGY = "energy"
    TIME = "time"
    SESSION = "session"
    IDLE = "idle"


class Unit(StrEnum):
    """Units of UN/ECE Recommendation 20, as invoices state them; C62 is one piece."""

    KWH = "KWH"
    MIN = "MIN"
    ONE = "C62"


@dataclass(frozen=True, kw_only=True)
class Prices:
    """What a tariff version fixes. Prices are gross when `tax_included`; 0 means this costs nothing."""

    currency: str
    vat_percent: Decimal
    price_per_kwh: Decimal = Decimal(0)
    price_per_minute: Decimal = Decimal(0)
    price_per_session: Decimal = Decimal(0)
    idle_per_minute: Decimal = Decimal(0)
    idle_grace_s: int = 0
    tax_included: bool = True


@dataclass(frozen=True, kw_only=True)
class TariffTerms(Prices):
    """The terms of one charge, as they stood when it started; stored with the charge (P9)."""

    tariff: str
    version_id: int
    version_number: int
    time_zone: str

    def to_json(self) -> dict[str, Any]:
        """A JSON object; decimals as text, so that nothing rounds them on the way."""
        return {name: str(value) if isinstance(value, Decimal) else value for name, value in asdict(self).items()}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        known: dict[str, Any] = {field.name: stored[field.name] for field in fields(cls)}
        return cls(**known | {name: Decimal(known[name]) for name in _DECIMALS})


_DECIMALS = frozenset(field.name for field in fields(Prices) if field.type is Decimal)


@dataclass(frozen=True, kw_only=True)
class Usage:
    """What a charge used. `duration_s` is the whole charge; `idle_s` is the part of it without charging."""

    started_at: datetime
    ended_at: datetime
    energy_wh: int
    duration_s: int
    idle_s: int = 0

    def __post_init__(self) -> None:
        if min(self.energy_wh, self.duration_s, self.idle_s) < 0:
            raise ValueError("A charge can't use less than nothing.")

    @property
    def charging_s(self) -> int:
        return max(0, self.duration_s - self.idle_s)


@dataclass(frozen=True, kw_only=True)
class QuoteLine:
    """One priced line. `unit_price` is as the tariff states it (gross when tax is included); net + vat = gross."""

    kind: LineKind
    quantity: Decimal
    unit: Unit
    unit_price: Decimal
    net: Decimal
    vat: Decimal

    @property
    def gross(self) -> Decimal:
        return self.net + self.vat

    def to_json(self) -> dict[str, str]:
        return {name: str(value) for name, value in asdict(self).items()}

    @classmethod
    def from_json(cls, stored: dict[str, str]) -> Self:
        amounts = {name: Decimal(stored[name]) for name in ("quantity", "unit_price", "net", "vat")}
        return cls(kind=LineKind(stored["kind"]), unit=Unit(stored["unit"]), **amounts)


@dataclass(frozen=True, kw_only=True)
class Quote:
    """What a usage costs under terms. Lines add up exactly: net, vat and gross are sums over them."""

    currency: str
    vat_percent: Decimal
    tax_included: bool
    lines: tuple[QuoteLine, ...]
    net: Decimal
    vat: Decimal

    @property
    def gross(self) -> Decimal:
        return self.net + self.vat

    def amount(self, line: QuoteLine) -> Decimal:
        """A line's total in the way the tariff states prices: gross when tax is included, else net."""
        return line.gross if self.tax_included else line.net
