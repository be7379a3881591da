"""The live board: every connector with its state, and how many there are of each."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Case, Count, Exists, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.fields import CharField
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.backoffice.services.queries import number_of, text_of
from apps.backoffice.services.reservations import Shown, shown_reservation
from apps.backoffice.services.viewers import Viewer
from apps.charging.models import Reservation, Transaction
from apps.charging.services.reservation_rows import holding
from apps.core.identifiers import canonical_token
from apps.stations.messages import ChargingState, ConnectorStatus
from apps.stations.models import ChargingStation, Connector, Location
from apps.telemetry.models import ChargeLive, StationLive

PER_PAGE = 120
WAITING_SHOWN = 12


@dataclass(frozen=True)
class State:
    """A state of a connector as the board calls it; `key` chooses its colour."""

    key: str
    label: str | Promise
    icon: str


STATES = {
    state.key: state
    for state in (
        State("charging", _("charging"), "bolt"),
        State("paused", _("paused"), "pause"),
        State("occupied", _("occupied"), "plug"),
        State("free", _("free"), "check"),
        State("reserved", _("reserved"), "bookmark"),
        State("unavailable", _("unavailable"), "ban"),
        State("faulted", _("faulted"), "alert"),
        State("offline", _("offline"), "offline"),
        State("unknown", _("unknown"), "question"),
    )
}
SUSPENDED = (ChargingState.SUSPENDED_EV, ChargingState.SUSPENDED_EVSE)
CHARGING = ("", ChargingState.CHARGING)
TILES = ("free", "faulted", "offline")


@dataclass(frozen=True, kw_only=True)
class BoardFilter:
    """What of the board is shown; it stands in the address, and in the live socket's."""

    state: str = ""
    location: int | None = None
    text: str = ""
    station: int | None = None
    page: int = 1

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> "BoardFilter":
        """Lenient: what can't be understood is no filter."""
        return cls(
            state=query.get("state", "") if query.get("state") in STATES else "",
            location=number_of(query.get("location")),
            text=text_of(query.get("q")),
            station=number_of(query.get("station")),
            page=number_of(query.get("page")) or 1,
        )


@dataclass(frozen=True, kw_only=True)
class BoardCard:
    """One connector as the board draws it."""

    connector: Connector
    state: State
    is_online: bool
    since: datetime | None
    last_seen_at: datetime | None
    charge: Transaction | None
    power_w: float | None
    energy_wh: float | None
    soc_percent: float | None
    who: str
    kept: Shown | None

    @property
    def station(self) -> ChargingStation:
        return self.connector.evse.station

    @property
    def trouble(self) -> str:
        """What the station says is wrong."""
        told = (self.connector.error_code, self.connector.info, self.connector.vendor_error_code)
        return " · ".join(dict.fromkeys(part for part in told if part and part != "NoError"))


@dataclass(frozen=True, kw_only=True)
class Tiles:
    """The figures above the board."""

    charging: int
    power_w: float
    free: int
    faulted: int
    offline: int
    total: int


@dataclass(frozen=True, kw_only=True)
class Board:
    cards: list[BoardCard]
    page: Page[Any]
    tiles: Tiles
    locations: list[Location]
    waiting: list[ChargingStation]


def board(shown: BoardFilter, viewer: Viewer) -> Board:
    """Everything of the board's page; eleven queries, however many connectors there are."""
    paginator: Paginator[Any] = Paginator(_filtered(shown), PER_PAGE)
    page = paginator.get_page(shown.page)
    return Board(
        cards=_cards(page.object_list, viewer),
        page=page,
        tiles=tiles(),
        locations=list(Location.objects.all()),
        waiting=_waiting(shown),
    )


def cards(shown: BoardFilter, viewer: Viewer, *, connectors: Iterable[int]) -> list[BoardCard]:
    """The cards of some connectors, as far as the filter lets them through."""
    return _cards(_filtered(shown).filter(pk__in=list(connectors)), viewer)


def cards_of_station(station: ChargingStation, viewer: Viewer) -> list[BoardCard]:
    return _cards(connectors_with_state().filter(evse__station=station), viewer)


def tiles() -> Tiles:
    """Counts over all connectors, whatever is filtered."""
    counts = dict(connectors_with_state().order_by().values_list("state").annotate(count=Count("pk")))
    open_charges = Transaction.objects.filter(ended_at=None).values("pk")
    power_w = ChargeLive.objects.filter(transaction_id__in=open_charges).aggregate(sum=Sum("power_w"))["sum"]
    return Tiles(
        charging=counts.get("charging", 0),
        power_w=power_w or 0,
        total=sum(counts.values()),
        **{key: counts.get(key, 0) for key in TILES},
    )


def connectors_with_state() -> QuerySet[Any, Any]:
    """All connectors of stations in use, each with `state`, `charge_pk` and what they follow from."""
    charge = (
        Transaction.objects.filter(evse=OuterRef("evse_id"), ended_at=None)
        .filter(Q(connector_number=None) | Q(connector_number=OuterRef("number")))
        .order_by("-started_at", "-pk")
    )
    online = StationLive.objects.filter(station_id=OuterRef("evse__station_id"), connected_at__isnull=False)
    return (
        Connector.objects.filter(evse__station__archived_at=None)
        .annotate(
            charge_pk=Subquery(charge.values("pk")[:1]),
            phase=Subquery(charge.values("charging_state")[:1]),
            is_online=Exists(online),
        )
        .annotate(state=_state())
        .select_related("evse__station__location")
        .order_by("evse__station__location__name", "evse__station__identity", "evse__number", "number")
    )


def _state() -> Case:
    charging = Q(charge_pk__isnull=False)
    return Case(
        When(is_online=False, then=Value("offline")),
        When(status=ConnectorStatus.FAULTED, then=Value("faulted")),
        When(charging & Q(phase__in=CHARGING), then=Value("charging")),
        When(charging & Q(phase__in=SUSPENDED), then=Value("paused")),
        When(charging, then=Value("occupied")),
        When(status=ConnectorStatus.AVAILABLE, then=Value("free")),
        When(status=ConnectorStatus.OCCUPIED, then=Value("occupied")),
        When(status=ConnectorStatus.RESERVED, then=Value("reserved")),
        When(status=ConnectorStatus.UNAVAILABLE, then=Value("unavailable")),
        default=Value("unknown"),
        output_field=CharField(),
    )


def _filtered(shown: BoardFilter) -> QuerySet[Any, Any]:
    found = connectors_with_state()
    if shown.state:
        found = found.filter(state=shown.state)
    if shown.location:
        found = found.filter(evse__station__location=shown.location)
    if shown.station:
        found = found.filter(evse__station=shown.station)
    if shown.text:
        found = found.filter(_matches(shown.text))
    return found


def _matches(text: str) -> Q:
    station = "evse__station__"
    names = (
        f"{station}identity",
        f"{station}name",
        f"{station}location__name",
        "evse__evse_id",
        f"{station}serial_number",
    )
    match = Q()
    for name in names:
        match |= Q(**{f"{name}__icontains": text})
    tokens = Transaction.objects.filter(ended_at=None, token_value=canonical_token(text))
    return match | Q(evse__in=tokens.values("evse"))


def _waiting(shown: BoardFilter) -> list[ChargingStation]:
    """Stations without any connector yet: made here, but never heard."""
    if shown.state or shown.text or shown.location or shown.page > 1:
        return []
    bare = ~Exists(Connector.objects.filter(evse__station=OuterRef("pk")))
    return list(ChargingStation.objects.filter(bare, archived_at=None)[:WAITING_SHOWN])


def _cards(connectors: Iterable[Any], viewer: Viewer) -> list[BoardCard]:
    rows = list(connectors)
    charges = Transaction.objects.select_related("id_token", "driver").in_bulk(
        [row.charge_pk for row in rows if row.charge_pk]
    )
    readings = {live.transaction_id: live for live in ChargeLive.objects.filter(transaction_id__in=charges)}
    stations = {row.evse.station_id for row in rows}
    lives = {live.station_id: live for live in StationLive.objects.filter(station_id__in=stations)}
    kept = {(held.station_id, held.evse_id): held for held in holding(stations)}
    return [
        _card(
            row, charges.get(row.charge_pk), readings.get(row.charge_pk), lives.get(row.evse.station_id), viewer,
            kept.get((row.evse.station_id, row.evse_id)) or kept.get((row.evse.station_id, None)),
        )
        for row in rows
    ]  # fmt: skip


def _card(
    row: Any,
    charge: Transaction | None,
    reading: ChargeLive | None,
    live: StationLive | None,
    viewer: Viewer,
    kept: Reservation | None,
) -> BoardCard:
    is_online = bool(live and live.connected_at)
    gone_at = live.disconnected_at or live.last_seen_at if live else None
    return BoardCard(
        connector=row,
        state=STATES[row.state],
        is_online=is_online,
        since=_since(row, charge) if is_online else gone_at,
        last_seen_at=live.last_seen_at if live else None,
        charge=charge,
        power_w=reading.power_w if reading else None,
        energy_wh=energy_of(charge, reading) if charge else None,
        soc_percent=reading.soc_percent if reading else None,
        who=who_of(charge, viewer) if charge else "",
        kept=shown_reservation(kept, viewer) if kept else None,
    )


def _since(row: Connector, charge: Transaction | None) -> datetime | None:
    return charge.started_at if charge else row.status_at


def energy_of(charge: Transaction, reading: ChargeLive | None) -> float:
    """Energy of a charge so far: the newest reading may be ahead of the charge's own row."""
    if charge.is_open and reading and reading.energy_wh is not None:
        return max(reading.energy_wh, float(charge.energy_wh))
    return float(charge.energy_wh)


def who_of(charge: Transaction, viewer: Viewer) -> str:
    """Who charges: the driver, the label of the card, or its number as far as this operator may see it."""
    if charge.driver:
        return str(charge.driver)
    if charge.id_token and charge.id_token.label:
        return charge.id_token.label
    return viewer.token_text(charge.token_value)
