"""What the pages of local lists show."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Case, Count, Exists, F, IntegerField, OuterRef, Q, Value, When
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.backoffice.services.viewers import Viewer
from apps.drivers.models import IdToken, LocalListState
from apps.drivers.services.local_lists import Picture, picture_of
from apps.drivers.services.local_lists.picture import SAME, TO_ADD, TO_CHANGE, TO_REMOVE, Line
from apps.stations.models import ChargingStation, StationCommand
from apps.stations.services.wording import in_words
from apps.telemetry.models import StationLive

PER_PAGE = 50
LINES_PER_PAGE = 100
LEFT_OUT_SHOWN = 20
COMMANDS_SHOWN = 8
KINDS = ("drivers.SendLocalList", "drivers.GetLocalListVersion")

TONES: Mapping[str, tuple[str, str]] = {
    LocalListState.IN_STEP: ("free", "check"),
    LocalListState.UPDATING: ("charging", "out"),
    LocalListState.WAITING: ("occupied", "clock"),
    LocalListState.FAILED: ("faulted", "alert"),
    LocalListState.UNSUPPORTED: ("unavailable", "ban"),
    LocalListState.OFF: ("unknown", "pause"),
}
CHANGES: Mapping[str, str | Promise] = {
    SAME: "",
    TO_ADD: _("to be added"),
    TO_CHANGE: _("to be changed"),
    TO_REMOVE: _("to be removed"),
}


@dataclass(frozen=True, kw_only=True)
class ShownLine:
    """One token; its number as this viewer may see it."""

    number: str
    token: IdToken | None
    line: Line

    @property
    def change(self) -> str | Promise:
        return CHANGES[self.line.change]


@dataclass(frozen=True, kw_only=True)
class ListPage:
    """A station's list."""

    picture: Picture
    page: Page[Line]
    lines: list[ShownLine]
    left_out: list[str]
    commands: list[StationCommand]

    @property
    def tone(self) -> str:
        return TONES[self.picture.found.state][0]

    @property
    def icon(self) -> str:
        return TONES[self.picture.found.state][1]

    @property
    def problem(self) -> str:
        return in_words(self.picture.found.problem)

    @property
    def more_left_out(self) -> int:
        return self.picture.contents.left_out - len(self.left_out)


def list_page(station: ChargingStation, viewer: Viewer, *, page: int) -> ListPage:
    picture = picture_of(station)
    shown = Paginator(picture.lines, LINES_PER_PAGE).get_page(page)
    contents = picture.contents
    left_out = (*contents.too_many, *contents.too_long)[:LEFT_OUT_SHOWN]
    return ListPage(
        picture=picture,
        page=shown,
        lines=_shown_lines(list(shown.object_list), viewer),
        left_out=[viewer.token_text(number) for number in left_out],
        commands=list(
            StationCommand.objects.filter(station=station, kind__in=KINDS).select_related("station")[:COMMANDS_SHOWN]
        ),
    )


def _shown_lines(lines: list[Line], viewer: Viewer) -> list[ShownLine]:
    tokens = IdToken.objects.select_related("driver").in_bulk([line.number for line in lines], field_name="value")
    return [
        ShownLine(number=viewer.token_text(line.number), token=tokens.get(line.number), line=line) for line in lines
    ]


@dataclass(frozen=True, kw_only=True)
class Row:
    """A station in the overview."""

    station: Any

    @property
    def tone(self) -> str:
        return TONES[self.station.state][0]

    @property
    def icon(self) -> str:
        return TONES[self.station.state][1]

    @property
    def state(self) -> str | Promise:
        return LocalListState(self.station.state).label


@dataclass(frozen=True, kw_only=True)
class Overview:
    page: Page[Any]
    rows: list[Row]
    counts: list[tuple[str, str | Promise, int]]


def overview(*, text: str, state: str, page: int) -> Overview:
    """Every station in use with the state of its list; what needs people comes first."""
    live = StationLive.objects.filter(station_id=OuterRef("pk"), connected_at__isnull=False)
    stations = ChargingStation.objects.filter(archived_at=None).annotate(
        is_online=Exists(live), urgency=_urgency(), state=_state()
    )
    stations = stations.select_related("local_list").defer("local_list__entries").order_by("urgency", "identity")
    counts = dict(stations.order_by().values_list("state").annotate(Count("pk")))
    if state in LocalListState.values:
        stations = stations.filter(state=state)
    if text:
        stations = stations.filter(Q(identity__icontains=text) | Q(name__icontains=text))
    shown = Paginator(stations, PER_PAGE).get_page(page)
    return Overview(
        page=shown,
        rows=[Row(station=station) for station in shown.object_list],
        counts=[(value, label, counts.get(value, 0)) for value, label in LocalListState.choices],
    )


def _state() -> Case:
    """A station without a row has no list."""
    return Case(When(local_list=None, then=Value(LocalListState.OFF)), default=F("local_list__state"))


def _urgency() -> Case:
    order = (LocalListState.FAILED, LocalListState.WAITING, LocalListState.UPDATING, LocalListState.UNSUPPORTED)
    ranks = [When(local_list__state=state, then=Value(rank)) for rank, state in enumerate(order)]
    return Case(
        *ranks, When(local_list__state=LocalListState.IN_STEP, then=Value(len(order))),
        default=Value(len(order) + 1), output_field=IntegerField(),
    )  # fmt: skip
