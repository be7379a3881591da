"""What waits for people to decide, with the evidence for it side by side."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.backoffice.services.frames import trace_of
from apps.backoffice.services.rights import CLOSE, DECIDE, RELEASE, SETTLE
from apps.backoffice.services.viewers import Viewer
from apps.charging.messages import WorkKind
from apps.charging.models import Decision, DecisionKind, OrphanStop, Transaction
from apps.charging.services.deciding import ACTIONS
from apps.charging.services.matching import candidates_for
from apps.charging.services.worklist import WorkItem, work_counts, work_item, work_items
from apps.core.clock import now
from apps.core.errors import UnableToFind
from apps.core.units import WH_PER_KWH
from apps.telemetry.messages import ContextCode
from apps.telemetry.models import Frame, MeterValue

READINGS_AT_EACH_END = 4
FRAMES_AT_EACH_END = 3
AROUND = timedelta(seconds=5)
TOLD_ABOUT_CHARGES = ("StartTransaction", "StopTransaction", "TransactionEvent", "BootNotification")
DECISIONS_SHOWN = 20
KIND_WORDS = {
    WorkKind.SILENT: gettext_lazy("no sign of life"),
    WorkKind.INTERRUPTED: gettext_lazy("interrupted by a restart"),
    WorkKind.HELD: gettext_lazy("held"),
    WorkKind.CONFLICT: gettext_lazy("messages contradict each other"),
    WorkKind.ORPHAN: gettext_lazy("stop without a charge"),
    WorkKind.QUARANTINED: gettext_lazy("unusable message"),
}
OCCASIONS = {
    ContextCode.TRANSACTION_BEGIN: gettext_lazy("begin"),
    ContextCode.TRANSACTION_END: gettext_lazy("end"),
    ContextCode.SAMPLE_CLOCK: gettext_lazy("by the clock"),
}
# Who may do what about it, and take it back.
PERMISSIONS = {
    "close": CLOSE, "release": RELEASE, "waive": RELEASE, "keep": DECIDE, "match": DECIDE, "dismiss": DECIDE,
    "settle": SETTLE,
}  # fmt: skip
UNDOING = {
    DecisionKind.CLOSED: CLOSE, DecisionKind.RELEASED: RELEASE, DecisionKind.WAIVED: RELEASE,
    DecisionKind.MATCHED: DECIDE, DecisionKind.DISMISSED: DECIDE, DecisionKind.KEPT: DECIDE,
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class WorkRow:
    """One line of the list."""

    item: WorkItem

    @property
    def kind_text(self) -> str:
        return str(KIND_WORDS[self.item.kind])

    @property
    def reason(self) -> str:
        """Why it waits, in a few words."""
        item = self.item
        if item.kind is WorkKind.HELD and item.charge:
            return str(item.charge.get_hold_reason_display())
        if item.stop:
            return _("number %(number)s is unknown") % {"number": item.stop.transaction_ref or "–"}
        return item.message.problem if item.message else self.kind_text


@dataclass(frozen=True, kw_only=True)
class DecidedRow:
    decision: Decision
    may_undo: bool


@dataclass(frozen=True, kw_only=True)
class WorkList:
    rows: list[WorkRow]
    tabs: list[tuple[WorkKind, str, int]]
    total: int
    decided: list[DecidedRow]


@dataclass(frozen=True)
class ShownReading:
    """What the meter showed, and on which occasion."""

    reading: MeterValue

    @property
    def occasion(self) -> str:
        return str(OCCASIONS.get(ContextCode(self.reading.context), ""))


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A charge that a stop may end, with what it would come to."""

    charge: Transaction
    energy_wh: int | None


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """One item with everything there is to decide by."""

    row: WorkRow
    actions: tuple[str, ...]
    trace: str
    readings: list[ShownReading] = field(default_factory=list)
    left_out: int = 0
    before: Transaction | None = None
    after: Transaction | None = None
    candidates: list[Candidate] = field(default_factory=list)
    proposed_wh: int | None = None
    at_most_wh: int | None = None
    other_ends: list[dict[str, object]] = field(default_factory=list)
    stop: OrphanStop | None = None
    frames: list[Frame] = field(default_factory=list)

    @property
    def item(self) -> WorkItem:
        return self.row.item

    @property
    def neighbours(self) -> list[tuple[Transaction, str]]:
        told = [(self.before, _("before")), (self.after, _("after"))]
        return [(charge, words) for charge, words in told if charge is not None]

    @property
    def proposed_kwh(self) -> str:
        """For a number field, which knows no language."""
        return "" if self.proposed_wh is None else f"{self.proposed_wh / WH_PER_KWH:.3f}"


def work_list(viewer: Viewer, *, kind: WorkKind | None) -> WorkList:
    counts = work_counts()
    lately = Decision.objects.select_related("transaction__station", "orphan__station")[:DECISIONS_SHOWN]
    return WorkList(
        rows=[WorkRow(item=item) for item in work_items(kind)],
        tabs=[(one, str(KIND_WORDS[one]), count) for one, count in counts.items() if count or one is kind],
        total=sum(counts.values()),
        decided=[
            DecidedRow(decision=one, may_undo=one.undone_at is None and viewer.may(UNDOING[DecisionKind(one.kind)]))
            for one in lately
        ],
    )


def work_total() -> int:
    return sum(work_counts().values())


def item_of(key: str) -> WorkItem:
    """The open item; raises UnableToFind for what somebody has settled meanwhile."""
    item = work_item(key)
    if item is None:
        raise UnableToFind(_("There is nothing to decide here any more."))
    return item


def evidence_of(key: str, viewer: Viewer) -> Evidence:
    """Everything about one item; raises UnableToFind."""
    item = item_of(key)
    actions = tuple(name for name in ACTIONS[item.kind] if viewer.may(PERMISSIONS[name]))
    if item.charge is not None:
        return _of_charge(item, item.charge, actions)
    if item.stop is not None:
        return _of_stop(item, item.stop, actions)
    trace = trace_of(item.station, begin=item.since, end=item.since)
    return Evidence(row=WorkRow(item=item), actions=actions, trace=trace)


def _of_charge(item: WorkItem, charge: Transaction, actions: tuple[str, ...]) -> Evidence:
    stop = OrphanStop.objects.filter(matched=charge, dismissed_at=None).first() if not charge.start_is_known else None
    candidates = _candidates(stop) if stop else []
    readings, left_out = _readings(charge)
    notes = {note["code"]: note for note in charge.notes}
    return Evidence(
        row=WorkRow(item=item),
        actions=actions if candidates else tuple(name for name in actions if name != "match"),
        trace=trace_of(charge.station, begin=charge.started_at, end=charge.ended_at),
        readings=readings,
        left_out=left_out,
        before=_neighbours(charge).filter(started_at__lt=charge.started_at).order_by("-started_at").first(),
        after=_neighbours(charge).filter(started_at__gt=charge.started_at).order_by("started_at").first(),
        candidates=candidates,
        proposed_wh=_proposed_wh(charge, notes),
        at_most_wh=notes["energy_at_most"]["wh"] if "energy_at_most" in notes else None,
        frames=_frames(charge.station_id, charge.started_received_at, charge.ended_received_at),
        other_ends=[note for note in charge.notes if note["code"] in ("other_end", "number_reused")],
        stop=stop,
    )


def _proposed_wh(charge: Transaction, notes: dict[str, dict[str, float]]) -> int:
    """What was found, in the unit that the power suggests where the told one is suspect."""
    factor = notes["unit_suspect"]["factor"] if "unit_suspect" in notes else 1
    return round(charge.energy_wh * factor)


def _neighbours(charge: Transaction) -> QuerySet[Transaction]:
    return Transaction.objects.filter(station_id=charge.station_id, evse=charge.evse).exclude(pk=charge.pk)


def _readings(charge: Transaction) -> tuple[list[ShownReading], int]:
    """The first and the last, and how many lie between."""
    stored = MeterValue.objects.filter(transaction_id=charge.pk).order_by("at", "context")
    told = [ShownReading(reading) for reading in stored]
    if len(told) <= 2 * READINGS_AT_EACH_END:
        return told, 0
    return told[:READINGS_AT_EACH_END] + told[-READINGS_AT_EACH_END:], len(told) - 2 * READINGS_AT_EACH_END


def _of_stop(item: WorkItem, stop: OrphanStop, actions: tuple[str, ...]) -> Evidence:
    candidates = _candidates(stop)
    return Evidence(
        row=WorkRow(item=item),
        actions=actions if candidates else tuple(name for name in actions if name != "match"),
        trace=trace_of(stop.station, begin=stop.received_at, end=stop.received_at),
        candidates=candidates,
        stop=stop,
        frames=_frames(stop.station_id, stop.received_at, stop.received_at),
    )


def _frames(station_id: int, begin: datetime, end: datetime | None) -> list[Frame]:
    """What the station said about charges in that time, without mere readings: the first and the last of it."""
    said = Frame.objects.filter(
        station_id=station_id, incoming=True, action__in=TOLD_ABOUT_CHARGES, at__gte=begin - AROUND,
        at__lte=(end or now()) + AROUND,
    )  # fmt: skip
    first = list(said.order_by("at", "id")[:FRAMES_AT_EACH_END])
    last = list(said.order_by("-at", "-id")[:FRAMES_AT_EACH_END])
    return sorted({frame.pk: frame for frame in [*first, *last]}.values(), key=lambda frame: (frame.at, frame.pk))


def _candidates(stop: OrphanStop) -> list[Candidate]:
    return [Candidate(charge=charge, energy_wh=_difference(charge, stop)) for charge in candidates_for(stop)]


def _difference(charge: Transaction, stop: OrphanStop) -> int | None:
    if charge.meter_start_wh is None or stop.meter_stop_wh is None:
        return None
    return stop.meter_stop_wh - charge.meter_start_wh
