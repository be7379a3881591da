"""What the pages of charges show: the list, and one charge with its price and its way."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.core.paginator import Page, Paginator
from django.db.models import F, Prefetch, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.backoffice.services.board import energy_of, who_of
from apps.backoffice.services.queries import day_of, text_of
from apps.backoffice.services.viewers import Viewer
from apps.billing.messages import InvoiceKind
from apps.billing.models import Cdr, Invoice
from apps.charging.messages import WorkKind
from apps.charging.models import OrphanStop, Transaction
from apps.charging.services.series import curve_of
from apps.charging.services.usage import usage_of
from apps.core.clock import now
from apps.core.errors import UnableToFind
from apps.core.identifiers import canonical_token
from apps.stations.messages import ChargingState
from apps.stations.models import ChargingStation
from apps.tariffs.messages import Quote, QuoteLine, TariffTerms, Usage
from apps.tariffs.rules import price
from apps.telemetry.models import ChargeLive, StationLive

PER_PAGE = 50
OPEN, ENDED, HELD = "open", "ended", "held"


@dataclass(frozen=True, kw_only=True)
class ChargeFilter:
    """What of the charges is shown; days are UTC."""

    state: str = ""
    text: str = ""
    since: date | None = None
    until: date | None = None
    station: int | None = None

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> "ChargeFilter":
        return cls(
            state=query.get("state", "") if query.get("state") in (OPEN, ENDED, HELD) else "",
            text=text_of(query.get("q")),
            since=day_of(query.get("since")),
            until=day_of(query.get("until")),
        )


@dataclass(frozen=True, kw_only=True)
class ChargeRow:
    """One charge as a list draws it."""

    charge: Transaction
    who: str
    energy_wh: float
    power_w: float | None
    cdr: Cdr | None
    invoice: Invoice | None

    @property
    def duration_s(self) -> float:
        return max(0.0, ((self.charge.ended_at or now()) - self.charge.started_at).total_seconds())


def charge_page(shown: ChargeFilter, viewer: Viewer, *, page: int) -> tuple[Page[Transaction], list[ChargeRow]]:
    """A page of charges, newest first; five queries."""
    found = Paginator(filtered_charges(shown), PER_PAGE).get_page(page)
    return found, _rows(list(found.object_list), viewer)


def charge_rows(charges: list[int], viewer: Viewer) -> list[ChargeRow]:
    """The rows of some charges, for live updates."""
    return _rows(list(_all().filter(pk__in=charges)), viewer)


def charges_of_station(station: ChargingStation, viewer: Viewer, *, limit: int = 8) -> list[ChargeRow]:
    return _rows(list(_all().filter(station=station)[:limit]), viewer)


def _all() -> QuerySet[Transaction, Transaction]:
    invoices = Prefetch("cdr__invoices", queryset=Invoice.objects.filter(kind=InvoiceKind.INVOICE))
    charges = Transaction.objects.select_related("station__location", "evse", "id_token", "driver", "cdr")
    return charges.prefetch_related(invoices).order_by("-started_at", "-pk")


def filtered_charges(shown: ChargeFilter) -> QuerySet[Transaction, Transaction]:
    found = _all()
    if shown.state:
        states = {OPEN: Q(ended_at=None), ENDED: Q(ended_at__isnull=False), HELD: ~Q(hold_reason="")}
        found = found.filter(states[shown.state])
    if shown.text:
        found = found.filter(_matches(shown.text))
    if shown.since:
        found = found.filter(started_at__gte=_midnight(shown.since))
    if shown.until and shown.until < date.max:
        found = found.filter(started_at__lt=_midnight(shown.until + timedelta(days=1)))
    return found


def _midnight(on: date) -> datetime:
    return datetime.combine(on, time(), tzinfo=ZoneInfo("UTC"))


def _matches(text: str) -> Q:
    match = Q(token_value=canonical_token(text))
    if text.lstrip("#").isascii() and text.lstrip("#").isdigit() and len(text) < 18:
        match |= Q(pk=int(text.lstrip("#")))
    names = ("station__identity", "station__name", "station__location__name", "driver__name", "driver__company",
             "id_token__label", "ocpp_id")  # fmt: skip
    for name in names:
        match |= Q(**{f"{name}__icontains": text})
    return match


def _rows(charges: list[Transaction], viewer: Viewer) -> list[ChargeRow]:
    open_ones = [charge.pk for charge in charges if charge.is_open]
    readings = {live.transaction_id: live for live in ChargeLive.objects.filter(transaction_id__in=open_ones)}
    return [_row(charge, readings.get(charge.pk), viewer) for charge in charges]


def _row(charge: Transaction, reading: ChargeLive | None, viewer: Viewer) -> ChargeRow:
    cdr = cdr_of(charge)
    return ChargeRow(
        charge=charge,
        who=who_of(charge, viewer),
        energy_wh=energy_of(charge, reading),
        power_w=reading.power_w if reading else None,
        cdr=cdr,
        invoice=next(iter(cdr.invoices.all()), None) if cdr else None,
    )


def cdr_of(charge: Transaction) -> Cdr | None:
    return getattr(charge, "cdr", None)


def _preview(usage: Usage, terms: TariffTerms) -> Quote | None:
    try:
        return price(usage, terms)
    except ArithmeticError:
        return None


@dataclass(frozen=True)
class StateEntry:
    """A charging state with how long it held."""

    state: str
    at: datetime
    held_s: float

    @property
    def label(self) -> str | Promise:
        return STATE_WORDS.get(self.state, self.state)

    @property
    def tone(self) -> str:
        return STATE_TONES.get(self.state, "unknown")


STATE_WORDS: dict[str, Promise] = {
    ChargingState.CHARGING: gettext_lazy("charging"),
    ChargingState.EV_CONNECTED: gettext_lazy("car connected"),
    ChargingState.SUSPENDED_EV: gettext_lazy("paused by the car"),
    ChargingState.SUSPENDED_EVSE: gettext_lazy("paused by the station"),
    ChargingState.IDLE: gettext_lazy("idle"),
    "Faulted": gettext_lazy("faulted"),
}
STATE_TONES: dict[str, str] = {
    ChargingState.CHARGING: "charging",
    ChargingState.EV_CONNECTED: "occupied",
    ChargingState.SUSPENDED_EV: "paused",
    ChargingState.SUSPENDED_EVSE: "paused",
    "Faulted": "faulted",
}


@dataclass(frozen=True, kw_only=True)
class ChargePage:
    """One charge with everything its page shows."""

    row: ChargeRow
    is_online: bool
    soc_percent: float | None
    usage: Usage
    terms: TariffTerms | None
    quote: Quote | None
    states: list[StateEntry]
    token_text: str

    @property
    def charge(self) -> Transaction:
        return self.row.charge

    @property
    def work_key(self) -> str:
        """Its place among what waits for people."""
        return f"{WorkKind.HELD}-{self.charge.pk}"

    @property
    def lines(self) -> list[tuple[QuoteLine, Decimal]]:
        """Each line with its total in the way the tariff states prices."""
        return [(line, self.quote.amount(line)) for line in self.quote.lines] if self.quote else []


def charge_detail(charge_id: int, viewer: Viewer) -> ChargePage:
    """The page of a charge; raises UnableToFind. The price is the Cdr's, or what it would be by now."""
    charge = _all().filter(pk=charge_id).first()
    if charge is None:
        raise UnableToFind(_("There is no charge with this number."))
    reading = ChargeLive.objects.filter(transaction_id=charge.pk).first()
    row = _row(charge, reading, viewer)
    usage, terms = usage_of(charge), charge.terms
    return ChargePage(
        row=row,
        is_online=StationLive.objects.filter(station_id=charge.station_id, connected_at__isnull=False).exists(),
        soc_percent=reading.soc_percent if reading else None,
        usage=usage,
        terms=terms,
        quote=_quote(row.cdr, terms, usage),
        states=_states(charge),
        token_text=viewer.token_text(charge.token_value),
    )


def _quote(cdr: Cdr | None, terms: TariffTerms | None, usage: Usage) -> Quote | None:
    """The Cdr's own figures where there is one, else what the charge would cost by now.

    None for a free charge, and for a live reading beyond all measure.
    """
    if terms is None:
        return None
    if cdr is None:
        return _preview(usage, terms)
    return Quote(
        currency=cdr.currency,
        vat_percent=terms.vat_percent,
        tax_included=terms.tax_included,
        lines=tuple(QuoteLine.from_json(line) for line in cdr.lines),
        net=cdr.net,
        vat=cdr.vat,
    )


def _states(charge: Transaction) -> list[StateEntry]:
    """Each state once with the time it held, however often the station repeated it."""
    told = list(charge.states.all())
    states = [
        state for before, state in zip([None, *told], told, strict=False) if not before or before.state != state.state
    ]
    if not states:
        return []
    ends = [*(state.at for state in states[1:]), charge.ended_at or now()]
    return [
        StateEntry(state=state.state, at=state.at, held_s=max(0.0, (end - state.at).total_seconds()))
        for state, end in zip(states, ends, strict=True)
    ]


def curve(charge_id: int) -> tuple[str, list[Any]]:
    """The points of a charge's chart, and the time zone to show them in."""
    charge = Transaction.objects.select_related("station__location").filter(pk=charge_id).first()
    if charge is None:
        raise UnableToFind(_("There is no charge with this number."))
    return charge.station.zone.key, curve_of(charge)


def orphan_stops() -> list[OrphanStop]:
    """Ends of charges that nobody knows, still unmatched."""
    unmatched = OrphanStop.objects.filter(matched=None, dismissed_at=None).select_related("station")
    return list(unmatched.order_by(F("pk").desc())[:20])
