"""What the pages of reservations show."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from django.core.paginator import Page, Paginator
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.backoffice.rules.weeks import DAYS, Week
from apps.backoffice.services.orders import ShownCommand, shown_commands
from apps.backoffice.services.queries import day_of, number_of
from apps.backoffice.services.viewers import Viewer
from apps.charging.models import Reservation, ReservationState
from apps.charging.services.reservation_rows import commands_of
from apps.core.clock import now
from apps.core.errors import UnableToFind
from apps.stations.models import EVSE, Location
from apps.stations.services.wording import in_words
from apps.telemetry.models import StationLive

EVSES_PER_PAGE = 60
NARROWEST_PERCENT = 0.4
UNDRAWN = (ReservationState.CANCELLED, ReservationState.REFUSED)
TONES = {
    ReservationState.PLANNED: ("unknown", "clock"),
    ReservationState.REQUESTED: ("occupied", "out"),
    ReservationState.ACTIVE: ("reserved", "bookmark"),
    ReservationState.USED: ("free", "check"),
    ReservationState.EXPIRED: ("offline", "clock"),
    ReservationState.CANCELLED: ("offline", "close"),
    ReservationState.REFUSED: ("faulted", "ban"),
}
REMARKS: Mapping[str, str | Promise] = {
    "cancel_rejected": gettext_lazy("The station rejected to cancel it: it says that it knows of no such reservation."),
    "cancel_failed": gettext_lazy("The station could not be asked to cancel it, or did not answer."),
    "dropped": gettext_lazy("It was struck off here; the station may go on holding the connector."),
    "lifted_early": gettext_lazy("The station made the connector available before the end."),
    "used_by_other": gettext_lazy("Somebody else charged on the reserved EVSE."),
}


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A reservation as lists, the calendar and its own page draw it."""

    reservation: Reservation
    who: str

    @property
    def place(self) -> str:
        evse = self.reservation.evse
        return _("any EVSE") if evse is None else _("EVSE %(evse)s") % {"evse": evse.number}

    @property
    def tone(self) -> str:
        return TONES[ReservationState(self.reservation.state)][0]

    @property
    def icon(self) -> str:
        return TONES[ReservationState(self.reservation.state)][1]

    @property
    def error(self) -> str:
        """What went wrong, in the language of whoever looks at it."""
        return in_words(self.reservation.error)

    @property
    def remarks(self) -> list[str]:
        return [str(REMARKS.get(note["code"], note["code"])) for note in self.reservation.notes]

    @property
    def is_troubled(self) -> bool:
        """Whether someone should look at it."""
        return self.reservation.state == ReservationState.REFUSED or bool(self.reservation.notes)


@dataclass(frozen=True, kw_only=True)
class Block:
    """A reservation in the picture of a week, in percent of its width as SVG wants it."""

    shown: Shown
    x: str
    width: str


@dataclass(frozen=True, kw_only=True)
class Lane:
    evse: EVSE
    blocks: list[Block]


@dataclass(frozen=True, kw_only=True)
class Calendar:
    week: Week
    previous: date
    following: date
    today: date
    now_at: str
    page: Page[EVSE]
    lanes: list[Lane]
    listed: list[Shown]
    location: Location | None
    locations: list[Location]

    @property
    def lines(self) -> list[str]:
        """Where one day ends and the next begins."""
        return [_percent(100 * number / DAYS) for number in range(1, DAYS)]


def calendar(query: Mapping[str, str], viewer: Viewer) -> Calendar:
    """A week of one location; what the query does not tell or can't mean is today and the first location."""
    locations = list(Location.objects.all())
    wanted = number_of(query.get("location"))
    first = locations[0] if locations and wanted is None else None
    location = next((row for row in locations if row.pk == wanted), first)
    zone = location.zone if location else ZoneInfo("UTC")
    today = now().astimezone(zone).date()
    week = Week.of(_drawable(day_of(query.get("week"))) or today, zone)
    evses = EVSE.objects.filter(station__location=location, station__archived_at=None).select_related("station")
    page = Paginator(evses.order_by("station__identity", "number"), EVSES_PER_PAGE).get_page(query.get("page"))
    shown = _shown_in(week, location, viewer)
    return Calendar(
        week=week, previous=week.monday - timedelta(days=7), following=week.monday + timedelta(days=7), today=today,
        now_at=_percent(week.share(now())) if week.begin <= now() < week.end else "", page=page,
        lanes=_lanes(week, list(page.object_list), shown), listed=shown, location=location, locations=locations,
    )  # fmt: skip


def _drawable(day: date | None) -> date | None:
    """Calendars end, and zones are known only so far."""
    return day if day and 2000 <= day.year <= 2100 else None


def _shown_in(week: Week, location: Location | None, viewer: Viewer) -> list[Shown]:
    rows = Reservation.objects.filter(station__location=location, begins_at__lt=week.end, ends_at__gt=week.begin)
    rows = rows.select_related("station__location", "evse", "id_token__driver").order_by("begins_at", "pk")
    return [shown_reservation(row, viewer) for row in rows]


def _lanes(week: Week, evses: list[EVSE], shown: list[Shown]) -> list[Lane]:
    """Any EVSE of a station is all of them: what is kept for one is kept from the others' calendars too."""
    by_station: dict[int, list[Shown]] = defaultdict(list)
    for one in shown:
        if one.reservation.state not in UNDRAWN:
            by_station[one.reservation.station_id].append(one)
    return [
        Lane(
            evse=evse,
            blocks=[
                _block(week, one)
                for one in by_station[evse.station_id]
                if one.reservation.evse_id in (None, evse.pk)
            ],
        )
        for evse in evses
    ]  # fmt: skip


def _block(week: Week, shown: Shown) -> Block:
    row = shown.reservation
    until = row.ends_at if row.closed_at is None else max(row.begins_at, min(row.ends_at, row.closed_at))
    x = week.share(row.begins_at)
    return Block(shown=shown, x=_percent(x), width=_percent(max(NARROWEST_PERCENT, week.share(until) - x)))


def _percent(share: float) -> str:
    """For SVG, which knows no decimal comma."""
    return f"{share:.3f}%"


def shown_reservation(reservation: Reservation, viewer: Viewer) -> Shown:
    token = reservation.id_token
    who = str(token.driver) if token.driver else token.label or viewer.token_text(token.value)
    return Shown(reservation=reservation, who=who)


@dataclass(frozen=True, kw_only=True)
class Detail:
    shown: Shown
    commands: list[ShownCommand]
    may_be_dropped: bool


def reservation_by_id(reservation_id: int) -> Reservation:
    """Raises UnableToFind."""
    rows = Reservation.objects.select_related("station__location", "evse", "id_token__driver", "transaction")
    found = rows.filter(pk=reservation_id).first()
    if found is None:
        raise UnableToFind(_("There is no reservation with this number."))
    return found


def reservation_detail(reservation_id: int, viewer: Viewer) -> Detail:
    """Striking off is for those that the station won't or can't give up."""
    row = reservation_by_id(reservation_id)
    is_online = StationLive.objects.filter(station_id=row.station_id, connected_at__isnull=False).exists()
    gave_up = any(note["code"] in ("cancel_rejected", "cancel_failed") for note in row.notes)
    return Detail(
        shown=shown_reservation(row, viewer),
        commands=shown_commands(list(commands_of(row)[:20])),
        may_be_dropped=row.is_asked and (gave_up or not is_online),
    )
