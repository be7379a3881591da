"""Who and what the demo tenant consists of. Companies, people and numbers are invented."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from apps.accounts.messages import Role

SLUG = "demo"
NAME = "Ohmstead Demo"
PASSWORD = "watt-a-nice-demo"  # noqa: S105  everyone may know it: it opens the demo only
OWNER = "owner@demo.example"
PLATFORM_STAFF = "platform@demo.example"
API_KEY = "demo"

SELLER: dict[str, Any] = {
    "legal_name": "Ohmstead Demo Ladenetz GmbH",
    "address": "Hafenweg 31",
    "postal_code": "48155",
    "city": "Münster",
    "country": "DE",
    "vat_id": "DE136695976",
    "email": "rechnung@demo.example",
    "iban": "DE02 1203 0000 0000 2020 51",
    "bic": "BYLADEM1001",
    "payment_days": 14,
    "small_print": "Amtsgericht Münster, HRB 00000. Demonstration: nobody has to pay this.",
}
OPERATORS = (
    (OWNER, "Olivia Owner", Role.OWNER),
    ("operator@demo.example", "Otto Operator", Role.OPERATOR),
    ("finance@demo.example", "Frida Finance", Role.FINANCE),
    ("support@demo.example", "Sam Support", Role.SUPPORT),
)
LOCATIONS: dict[str, dict[str, Any]] = {
    "Parkhaus am Hafen": {
        "address": "Hafenweg 26", "postal_code": "48155", "city": "Münster", "country": "DE",
        "time_zone": "Europe/Berlin", "latitude": Decimal("51.950600"), "longitude": Decimal("7.638900"),
    },
    "Autohof Lohfelden": {
        "address": "Otto-Hahn-Straße 19", "postal_code": "34253", "city": "Lohfelden", "country": "DE",
        "time_zone": "Europe/Berlin", "latitude": Decimal("51.273500"), "longitude": Decimal("9.537000"),
    },
    "Laadplein Zuidas": {
        "address": "Parnassusweg 101", "postal_code": "1077 ZX", "city": "Amsterdam", "country": "NL",
        "time_zone": "Europe/Amsterdam", "latitude": Decimal("52.339500"), "longitude": Decimal("4.873000"),
    },
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class DemoStation:
    """A station as the simulator shall play it."""

    identity: str
    name: str
    location: str
    make: str
    version: str
    kind: str
    evses: int
    max_power_w: int


STATIONS = (
    DemoStation(
        identity="LF-01", name="Lohfelden 1", location="Autohof Lohfelden", make="nordlys", version="1.6", kind="dc",
        evses=2, max_power_w=150_000,
    ),
    DemoStation(
        identity="LF-02", name="Lohfelden 2", location="Autohof Lohfelden", make="voltbach", version="2.0.1", kind="dc",
        evses=2, max_power_w=150_000,
    ),
    DemoStation(
        identity="MS-01", name="Hafen, Ebene 1", location="Parkhaus am Hafen", make="voltbach", version="1.6",
        kind="ac", evses=2, max_power_w=22_000,
    ),
    DemoStation(
        identity="MS-02", name="Hafen, Ebene 2", location="Parkhaus am Hafen", make="nordlys", version="2.1",
        kind="ac", evses=2, max_power_w=22_000,
    ),
    DemoStation(
        identity="AM-01", name="Zuidas oost", location="Laadplein Zuidas", make="nordlys", version="2.1", kind="ac",
        evses=1, max_power_w=22_000,
    ),
    DemoStation(
        identity="AM-02", name="Zuidas west", location="Laadplein Zuidas", make="voltbach", version="2.0.1", kind="ac",
        evses=1, max_power_w=22_000,
    ),
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class DemoDriver:
    """Someone with an address gets a full invoice, someone without a simplified one."""

    name: str
    tokens: tuple[str, ...]
    facts: dict[str, Any] = field(default_factory=dict)


DRIVERS = (
    DemoDriver(
        name="Erika Mustermann", tokens=("04A2B3C48F2A80", "04A2B3C48F2A81"),
        facts={"company": "Muster Logistik KG", "email": "fuhrpark@muster-logistik.example",
               "address": "Heidestraße 17", "postal_code": "51147", "city": "Köln", "country": "DE",
               "vat_id": "DE999999999", "language": "de"},
    ),
    DemoDriver(
        name="Jan de Vries", tokens=("04D17E5A6C3B80",),
        facts={"company": "Bakkerij De Vries B.V.", "email": "jan@bakkerij-devries.example",
               "address": "Keizersgracht 401", "postal_code": "1016 EK", "city": "Amsterdam", "country": "NL",
               "vat_id": "NL999999999B01", "language": "en"},
    ),
    DemoDriver(
        name="Ayşe Yılmaz", tokens=("045C0F9921E680",),
        facts={"email": "ayse@mail.example", "address": "Warendorfer Straße 88", "postal_code": "48145",
               "city": "Münster", "country": "DE", "language": "de"},
    ),
    DemoDriver(name="Tom Becker", tokens=("04881B7DD04F80",), facts={"email": "tom@mail.example", "language": "de"}),
)  # fmt: skip
LOST_TOKEN = "04FFEE00DD1180"  # noqa: S105  a card number

# Prices include VAT; German VAT in Germany, Dutch VAT in the Netherlands.
TARIFFS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("City", {
        "price_per_kwh": Decimal("0.49"), "idle_per_minute": Decimal("0.05"), "idle_grace_s": 600,
        "vat_percent": Decimal(19), "currency": "EUR", "everywhere": True,
    }),
    ("Motorway", {
        "price_per_kwh": Decimal("0.69"), "idle_per_minute": Decimal("0.20"), "vat_percent": Decimal(19),
        "currency": "EUR", "location": "Autohof Lohfelden",
    }),
    ("Amsterdam", {
        "price_per_kwh": Decimal("0.42"), "price_per_session": Decimal("0.35"), "vat_percent": Decimal(21),
        "currency": "EUR", "location": "Laadplein Zuidas",
    }),
)  # fmt: skip
