"""What the pages of bulk commands show."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from apps.backoffice.services.board import BoardFilter
from apps.backoffice.services.firmware import Segment
from apps.backoffice.services.orders import TITLES, TONES, ShownCommand
from apps.backoffice.services.stations import stations_matching
from apps.core.errors import UnableToFind
from apps.dialects.adapters.objections import Request, objections
from apps.exports.rules import CsvStyle, csv_text
from apps.stations.messages import OcppVersion
from apps.stations.models import BulkItem, BulkOrder, ChargingStation, CommandState
from apps.stations.models.bulk import FAILED_STATES, MOST_STATIONS
from apps.stations.services.bulk import NOT_ASKED, WAITING, tally
from apps.stations.services.support import unsupported_by
from apps.stations.services.wording import in_words

PER_PAGE = 100
# From good to bad to not begun: the order in which they lie beside each other in a bar.
ORDER = (
    CommandState.ACCEPTED, CommandState.SENT, CommandState.QUEUED, CommandState.REJECTED, CommandState.NOT_HONOURED,
    CommandState.FAILED, CommandState.TIMED_OUT, CommandState.EXPIRED,
)  # fmt: skip
MORE: Mapping[str, tuple[str | Promise, str, str]] = {
    WAITING: (pgettext_lazy("station of a bulk command", "waiting"), "offline", "clock"),
    NOT_ASKED: (gettext_lazy("not asked"), "unavailable", "ban"),
}
# Column names are an interface: spreadsheets and import programs rely on them. Add at the end, never rename.
COLUMNS = (
    "station", "name", "location", "ocpp_version", "firmware", "state", "status", "error", "attempts", "asked_at",
    "finished_at",
)  # fmt: skip


@dataclass(frozen=True)
class Selection:
    """The stations that a page's address names: single ones, or all that a filter lets through."""

    stations: Sequence[ChargingStation]

    @classmethod
    def from_query(cls, query: QueryDict) -> "Selection":
        shown = BoardFilter.from_query(query)
        if query.get("all"):
            found = stations_matching(text=shown.text, location=shown.location, shown=query.get("shown", ""))
        else:
            found = stations_matching(text="", location=None, shown="")
            found = found.filter(identity__in=query.getlist("station")[:MOST_STATIONS])
        return cls(list(found.filter(archived_at=None)[: MOST_STATIONS + 1]))

    @cached_property
    def versions(self) -> dict[str, int]:
        """How many stations speak which; the commonest first. What never connected counts as 1.6."""
        counts = Counter(station.ocpp_version or OcppVersion.V16.value for station in self.stations)
        return dict(counts.most_common())

    def version(self, wanted: str) -> OcppVersion:
        """The wanted one if any of them speaks it, else that of most."""
        known = [version for version in self.versions if version in set(OcppVersion)]
        return OcppVersion(wanted if wanted in known else next(iter(known), OcppVersion.V16))

    def sample(self, version: OcppVersion) -> ChargingStation:
        """The station whose choices a form offers. Raises UnableToFind without any station."""
        speaking = [one for one in self.stations if (one.ocpp_version or OcppVersion.V16) == version]
        if not self.stations:
            raise UnableToFind(_("Choose at least one station."))
        return max(speaking or self.stations, key=lambda station: station.evses.count())

    def objections(self, request: Request, *, is_forced: bool) -> dict[int, str]:
        """Whom it can't be asked, and why. Forced, what stations say they don't support is tried all the same."""
        versions = {station.pk: station.ocpp_version for station in self.stations}
        doubts = {} if is_forced else unsupported_by(self.stations)
        found = objections(request, versions=versions, doubts=doubts)
        return {station: in_words(reason) for station, reason in found.items()}


@dataclass(frozen=True)
class Plan:
    """What would be sent to whom."""

    selection: Selection
    request: Request
    objections: Mapping[int, str]

    @property
    def count(self) -> int:
        return len(self.selection.stations) - len(self.objections)

    @property
    def left_out(self) -> list[tuple[ChargingStation, str]]:
        by_id = {station.pk: station for station in self.selection.stations}
        return [(by_id[station], reason) for station, reason in self.objections.items()]

    @property
    def seal(self) -> str:
        """Changes when anything does that was shown."""
        shown = repr(self.request), sorted(self.objections), [station.pk for station in self.selection.stations]
        return hashlib.sha256(json.dumps(shown).encode()).hexdigest()


@dataclass(frozen=True)
class ShownBulk:
    """A bulk command with how many stations are in which state."""

    order: BulkOrder
    counts: Counter[str]

    @property
    def title(self) -> str:
        known = TITLES.get(self.order.kind.rpartition(".")[2])
        return str(known) if known else str(self.order)

    @property
    def total(self) -> int:
        return self.counts.total()

    @property
    def open(self) -> int:
        return sum(self.counts[state] for state in (WAITING, CommandState.QUEUED, CommandState.SENT))

    @property
    def failed(self) -> int:
        return sum(self.counts[state] for state in FAILED_STATES)

    @cached_property
    def segments(self) -> list[Segment]:
        x, found = 0.0, []
        for state in (*ORDER, WAITING, NOT_ASKED):
            count = self.counts[state]
            if count:
                width = 100 * count / self.total
                label, tone, _icon = look_of(state)
                found.append(Segment(label=label, tone=tone, count=count, x=x, width=width))
                x += width
        return found


def look_of(state: str) -> tuple[str, str, str]:
    """A state's words, colour and icon."""
    if state in MORE:
        label, tone, icon = MORE[state]
        return str(label), tone, icon
    known = CommandState(state)
    return str(known.label), *TONES[known]


@dataclass(frozen=True)
class ShownItem:
    """One station's line."""

    item: BulkItem

    @property
    def state(self) -> str:
        if self.item.command:
            return self.item.command.state
        return NOT_ASKED if self.item.objection else WAITING

    @property
    def label(self) -> str:
        return look_of(self.state)[0]

    @property
    def tone(self) -> str:
        return look_of(self.state)[1]

    @property
    def icon(self) -> str:
        return look_of(self.state)[2]

    @property
    def why(self) -> str:
        if not self.item.command:
            return self.item.objection
        shown = ShownCommand(self.item.command)
        return " ".join(part for part in (shown.command.status, shown.error) if part)


def bulk_by_id(pk: int) -> BulkOrder:
    order = BulkOrder.objects.filter(pk=pk).first()
    if order is None:
        raise UnableToFind(_("There is no such bulk command."))
    return order


def shown_bulks(orders: Sequence[BulkOrder]) -> list[ShownBulk]:
    counts = tally(orders)
    return [ShownBulk(order, counts[order.pk]) for order in orders]


def bulk_page(*, page: int) -> tuple[Page[BulkOrder], list[ShownBulk]]:
    found = Paginator(BulkOrder.objects.all(), PER_PAGE).get_page(page)
    return found, shown_bulks(list(found.object_list))


def item_page(order: BulkOrder, *, state: str, page: int) -> tuple[Page[BulkItem], list[ShownItem]]:
    """Its stations; with a state those in it."""
    rows = order.items.select_related("station__location", "command")
    if state in MORE:
        rows = rows.filter(command=None)
        rows = rows.filter(objection="") if state == WAITING else rows.exclude(objection="")
    elif state in set(CommandState):
        rows = rows.filter(command__state=state)
    found = Paginator(rows, PER_PAGE).get_page(page)
    return found, [ShownItem(item) for item in found.object_list]


def outcome_csv(order: BulkOrder, style: CsvStyle) -> Iterator[str]:
    """What became of it, one row per station."""
    rows = order.items.select_related("station__location", "command")
    yield csv_text([COLUMNS], style)
    for item in rows:
        yield csv_text([_row(ShownItem(item))], style)


def _row(shown: ShownItem) -> list[Any]:
    item, station, command = shown.item, shown.item.station, shown.item.command
    return [
        station.identity, station.name, str(station.location or ""), station.ocpp_version, station.firmware_version,
        shown.state, command.status if command else "", in_words(command.error) if command else item.objection,
        item.attempts, command.created_at if command else None, command.finished_at if command else None,
    ]  # fmt: skip
