"""Live updates: from "this row changed" to the fragments that an open page needs, drawn by the page's own partials."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.template.loader import render_to_string
from django.utils import translation

from apps.backoffice.services.board import BoardFilter, cards, tiles
from apps.backoffice.services.charges import charge_detail, charge_rows
from apps.backoffice.services.orders import ShownCommand
from apps.backoffice.services.queries import number_of
from apps.backoffice.services.rights import rights_of
from apps.backoffice.services.security import alarm_count
from apps.backoffice.services.stations import connection_of, station_by_identity
from apps.backoffice.services.viewers import Viewer, viewer_of_session
from apps.charging.models import Transaction
from apps.core.errors import UnableToFind
from apps.stations.models import BulkItem, ChargingStation, Connector, StationCommand

BOARD, STATION, CONFIGURATION, CHARGES, CHARGE = "board", "station", "configuration", "charges", "charge"
LOCAL_LIST, LOCAL_LISTS = "local-list", "local-lists"
RESERVATIONS = "reservations"
SECURITY, CERTIFICATES = "security", "certificates"
PROFILES = "profiles"
UPKEEP, CAMPAIGN = "upkeep", "campaign"
BULK = "bulk"


@dataclass(frozen=True, kw_only=True)
class Watch:
    """What an open page shows, as its socket's address tells."""

    page: str
    filter: BoardFilter = field(default_factory=BoardFilter)
    identity: str = ""
    charge_id: int = 0
    bulk_id: int = 0

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> "Watch":
        return cls(
            page=query.get("page_kind", BOARD),
            filter=BoardFilter.from_query(query),
            identity=query.get("identity", "")[:48],
            charge_id=number_of(query.get("charge")) or 0,
            bulk_id=number_of(query.get("bulk")) or 0,
        )


@dataclass
class Changes:
    """Ids by topic, collected until the next moment to draw."""

    by_topic: dict[str, set[Any]] = field(default_factory=dict)

    def add(self, topic: str, row_id: Any) -> None:
        self.by_topic.setdefault(topic, set()).add(row_id)

    def of(self, topic: str) -> list[Any]:
        return list(self.by_topic.get(topic, ()))

    @property
    def about_connectors(self) -> bool:
        return bool(self.by_topic.keys() & {"connectors", "transactions", "stations"})


class LoggedOut(Exception):
    """Nobody is logged in behind this socket any more."""


def fragments(watch: Watch, changes: Changes, *, session_key: str, language: str) -> list[str]:
    """Pieces of HTML to swap into the page, each to be sent by itself. Raises LoggedOut when the session is over.

    A browser that reads a table row after something else, in one text, drops it.
    """
    viewer = viewer_of_session(session_key, language=language)
    if viewer is None:
        raise LoggedOut
    with translation.override(viewer.language):
        return list(_draw(watch, changes, viewer))


def _draw(watch: Watch, changes: Changes, viewer: Viewer) -> Iterable[str]:
    try:
        yield from DRAWERS.get(watch.page, _draw_board)(watch, changes, viewer)
    except UnableToFind:
        return


def _draw_board(watch: Watch, changes: Changes, viewer: Viewer) -> Iterable[str]:
    if changes.about_connectors:
        yield from _draw_cards(watch.filter, _connectors(changes), viewer, on_station=False)
        yield _render("_tiles", {"tiles": tiles(), "shown": watch.filter})
    if changes.of("security_events"):
        yield _render("_alarms", {"alarms": alarm_count()})


def _draw_station(watch: Watch, changes: Changes, viewer: Viewer) -> Iterable[str]:
    station = station_by_identity(watch.identity)
    if changes.about_connectors:
        shown = BoardFilter(station=station.pk)
        mine = Connector.objects.filter(pk__in=_connectors(changes), evse__station=station)
        yield from _draw_cards(shown, list(mine.values_list("pk", flat=True)), viewer, on_station=True)
    if station.pk in changes.of("stations"):
        yield _render("_station_head", {"station": station, "connection": connection_of(station)})
    rows = [row for row in charge_rows(changes.of("transactions"), viewer) if row.charge.station_id == station.pk]
    if rows:
        yield _render("_charge_rows", {"rows": rows, "brief": True})
    yield from _draw_commands(station, changes, viewer)
    if changes.of("quarantine") or station.pk in [*changes.of("security_events"), *changes.of("certificates")]:
        yield _render("_refresh", {})


def _draw_commands(station: ChargingStation, changes: Changes, viewer: Viewer) -> Iterable[str]:
    ids = [UUID(str(row_id)) for row_id in changes.of("commands")]
    for command in StationCommand.objects.filter(pk__in=ids, station=station).select_related("station"):
        yield _render("_command", {"shown": ShownCommand(command), "can": rights_of(viewer)})


def _draw_configuration(watch: Watch, changes: Changes, viewer: Viewer) -> Iterable[str]:
    """A report changes the whole list, so the page is told to fetch it."""
    station = station_by_identity(watch.identity)
    yield from _draw_commands(station, changes, viewer)
    if station.pk in changes.of("stations"):
        yield _render("_station_head", {"station": station, "connection": connection_of(station)})
    if station.pk in changes.of("variables") or changes.of("commands"):
        yield _render("_refresh", {})


def _draw_reservations(watch: Watch, changes: Changes, viewer: Viewer) -> Iterable[str]:
    """One that is new, moves or ends changes the whole picture, so the page is told to fetch it."""
    if changes.of("reservations"):
        yield _render("_refresh", {})


def _draw_profiles(watch: Watch, changes: Changes, viewer: Viewer) -> Iterable[str]:
    """A profile that is set or read back changes pictures and lists, so the page is told to fetch them."""
    station = station_by_identity(watch.identity)
    yield from _draw_commands(station, changes, viewer)
    if station.pk in changes.of("stations"):
        yield _render("_station_head", {"station": station, "connection": connection_of(station)})
    if station.pk in changes.of("charging_profiles"):
        yield _render("_refresh", {})


def _draw_local_list(watch: Watch, changes: Changes, viewer: Viewer) -> Iterable[str]:
    """An answer changes entries, figures and commands at once, so the page is told to fetch them."""
    station = station_by_identity(watch.identity)
    if station.pk in changes.of("stations"):
        yield _render("_station_head", {"station": station, "connection": connection_of(station)})
    if station.pk in changes.of("local_lists"):
        yield _render("_refresh", {})


def _draw_local_lists(watch: Watch, changes: Changes, viewer: Viewer) -> Iterable[str]:
    if changes.of("local_lists"):
        yield _render("_refresh", {})


def _draw_charges(watch: Watch, changes: Changes, viewer: Viewer) -> Iterable[str]:
    rows = charge_rows(changes.of("transactions"), viewer)
    if rows:
        yield _render("_charge_rows", {"rows": rows})


def _draw_charge(watch: Watch, changes: Changes, viewer: Viewer) -> Iterable[str]:
    if watch.charge_id in changes.of("transactions"):
        page = charge_detail(watch.charge_id, viewer)
        yield _render("_charge", {"page": page, "can": rights_of(viewer)})
        yield from _draw_commands(page.charge.station, changes, viewer)
    elif changes.of("commands"):
        yield from _draw_commands(charge_detail(watch.charge_id, viewer).charge.station, changes, viewer)


def _draw_upkeep(watch: Watch, changes: Changes, viewer: Viewer) -> Iterable[str]:
    station = station_by_identity(watch.identity)
    yield from _draw_commands(station, changes, viewer)
    if station.pk in changes.of("stations"):
        yield _render("_station_head", {"station": station, "connection": connection_of(station)})
    if station.pk in changes.of("firmware"):
        yield _render("_refresh", {})


def _draw_security(watch: Watch, changes: Changes, viewer: Viewer) -> Iterable[str]:
    if changes.of("security_events"):
        yield _render("_refresh", {})


def _draw_certificates(watch: Watch, changes: Changes, viewer: Viewer) -> Iterable[str]:
    """One station's, or without one those of all."""
    station = station_by_identity(watch.identity) if watch.identity else None
    if station:
        yield from _draw_commands(station, changes, viewer)
    changed = changes.of("certificates")
    if station.pk in changed if station else changed:
        yield _render("_refresh", {})


def _draw_campaigns(watch: Watch, changes: Changes, viewer: Viewer) -> Iterable[str]:
    if changes.of("campaigns"):
        yield _render("_refresh", {})


def _draw_bulk(watch: Watch, changes: Changes, viewer: Viewer) -> Iterable[str]:
    ids = [UUID(str(row_id)) for row_id in changes.of("commands")]
    mine = BulkItem.objects.filter(bulk=watch.bulk_id, command__in=ids)
    if watch.bulk_id in changes.of("bulk") or mine.exists():
        yield _render("_refresh", {})


DRAWERS = {
    BULK: _draw_bulk,
    UPKEEP: _draw_upkeep,
    CAMPAIGN: _draw_campaigns,
    BOARD: _draw_board,
    STATION: _draw_station,
    CONFIGURATION: _draw_configuration,
    CHARGES: _draw_charges,
    CHARGE: _draw_charge,
    LOCAL_LIST: _draw_local_list,
    LOCAL_LISTS: _draw_local_lists,
    RESERVATIONS: _draw_reservations,
    SECURITY: _draw_security,
    CERTIFICATES: _draw_certificates,
    PROFILES: _draw_profiles,
}


def _draw_cards(shown: BoardFilter, connectors: list[int], viewer: Viewer, *, on_station: bool) -> Iterable[str]:
    """Cards that the filter lets through, and for the others the order to vanish."""
    drawn = cards(shown, viewer, connectors=connectors)
    can = rights_of(viewer)
    for card in drawn:
        yield _render("_connector", {"card": card, "can": can, "on_station": on_station})
    gone = set(connectors) - {card.connector.pk for card in drawn}
    for connector in gone:
        yield _render("_gone", {"id": f"connector-{connector}"})


def _connectors(changes: Changes) -> list[int]:
    """Every connector whose card a change may concern."""
    charges = Transaction.objects.filter(pk__in=changes.of("transactions"))
    about = Q(pk__in=changes.of("connectors"))
    about |= Q(evse__in=charges.values("evse")) | Q(evse__station__in=changes.of("stations"))
    return list(Connector.objects.filter(about).values_list("pk", flat=True))


def _render(partial: str, context: dict[str, Any]) -> str:
    return render_to_string(f"backoffice/{partial}.html", {"oob": True, **context})
