"""What people have to decide: charges that hang, are held or contradict themselves, stops and messages nobody knows."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from apps.charging.messages import Hold, WorkKind
from apps.charging.models import OrphanStop, Transaction
from apps.core.clock import now
from apps.stations.models import ChargingStation, QuarantinedMessage
from apps.telemetry.models import ChargeLive, StationLive

# Without its station for that long, or without a reading for that long, an open charge hangs.
STATION_AWAY = timedelta(hours=1)
CHARGE_SILENT = timedelta(hours=24)
# From then on a stop without a charge is urgent (Q06).
URGENT_AFTER = timedelta(hours=24)


@dataclass(frozen=True, kw_only=True)
class WorkItem:
    """One thing to decide; exactly one of charge, stop and message is told."""

    kind: WorkKind
    since: datetime
    station: ChargingStation
    charge: Transaction | None = None
    stop: OrphanStop | None = None
    message: QuarantinedMessage | None = None

    @property
    def number(self) -> int:
        about = self.charge or self.stop or self.message
        assert about is not None
        return about.pk

    @property
    def key(self) -> str:
        return f"{self.kind}-{self.number}"

    @property
    def is_urgent(self) -> bool:
        return self.since < now() - URGENT_AFTER


def work_items(kind: WorkKind | None = None, *, limit: int = 200) -> list[WorkItem]:
    """Everything of a kind, or of all, the oldest first within each kind."""
    kinds = [kind] if kind else list(WorkKind)
    return [item for one in kinds for item in _ITEMS[one](limit)]


def work_item(key: str) -> WorkItem | None:
    """The open item with this key; None for what is settled or never was."""
    word, _dash, number = key.partition("-")
    if word not in set(WorkKind) or not (number.isascii() and number.isdigit() and len(number) < 19):
        return None
    return next(iter(_ITEMS[WorkKind(word)](1, int(number))), None)


def work_counts() -> dict[WorkKind, int]:
    """How many there are of each kind."""
    return {kind: rows().count() for kind, rows in _ROWS.items()}


def _silent() -> QuerySet[Transaction]:
    """Open, and its station has been away for long, or nothing was read for a day."""
    away = StationLive.objects.filter(
        station_id=OuterRef("station_id"), connected_at=None, disconnected_at__lt=now() - STATION_AWAY
    )
    heard = ChargeLive.objects.filter(transaction_id=OuterRef("pk"), at__gte=now() - CHARGE_SILENT)
    told = Q(states__at__gte=now() - CHARGE_SILENT) | Q(started_received_at__gte=now() - CHARGE_SILENT)
    open_ones = Transaction.objects.filter(ended_at=None)
    quiet = ~Exists(heard) & ~Exists(open_ones.filter(told, pk=OuterRef("pk")))
    return open_ones.filter(Exists(away) | quiet)


def _interrupted() -> QuerySet[Transaction]:
    """Open, although its station has booted since; those that hang are listed as such."""
    open_ones = Transaction.objects.filter(ended_at=None, station__booted_at__gt=F("started_at"))
    return open_ones.exclude(pk__in=_silent().values("pk"))


def _held() -> QuerySet[Transaction]:
    return Transaction.objects.filter(ended_at__isnull=False).exclude(
        hold_reason__in=(Hold.NONE, Hold.WAIVED, Hold.NO_CAR)
    )


def _conflicting() -> QuerySet[Transaction]:
    return Transaction.objects.filter(needs_look=True)


def _orphans() -> QuerySet[OrphanStop]:
    return OrphanStop.objects.filter(matched=None, dismissed_at=None)


def _quarantined() -> QuerySet[QuarantinedMessage]:
    return QuarantinedMessage.objects.filter(settled_at=None)


_ROWS: dict[WorkKind, Callable[[], QuerySet[Transaction] | QuerySet[OrphanStop] | QuerySet[QuarantinedMessage]]] = {
    WorkKind.SILENT: _silent,
    WorkKind.INTERRUPTED: _interrupted,
    WorkKind.HELD: _held,
    WorkKind.CONFLICT: _conflicting,
    WorkKind.ORPHAN: _orphans,
    WorkKind.QUARANTINED: _quarantined,
}


def _charges(kind: WorkKind, rows: Callable[[], QuerySet[Transaction]]) -> "Lister":
    def found(limit: int, pk: int | None = None) -> Iterable[WorkItem]:
        chosen = rows() if pk is None else rows().filter(pk=pk)
        for charge in chosen.select_related("station__location", "evse", "driver", "id_token").order_by("pk")[:limit]:
            since = charge.ended_received_at or charge.started_received_at
            yield WorkItem(kind=kind, since=since, station=charge.station, charge=charge)

    return found


def _stops(limit: int, pk: int | None = None) -> Iterable[WorkItem]:
    chosen = _orphans() if pk is None else _orphans().filter(pk=pk)
    for stop in chosen.select_related("station__location").order_by("pk")[:limit]:
        yield WorkItem(kind=WorkKind.ORPHAN, since=stop.received_at, station=stop.station, stop=stop)


def _messages(limit: int, pk: int | None = None) -> Iterable[WorkItem]:
    chosen = _quarantined() if pk is None else _quarantined().filter(pk=pk)
    for message in chosen.select_related("station__location").order_by("pk")[:limit]:
        yield WorkItem(kind=WorkKind.QUARANTINED, since=message.received_at, station=message.station, message=message)


Lister = Callable[..., Iterable[WorkItem]]
_ITEMS: dict[WorkKind, Lister] = {
    WorkKind.SILENT: _charges(WorkKind.SILENT, _silent),
    WorkKind.INTERRUPTED: _charges(WorkKind.INTERRUPTED, _interrupted),
    WorkKind.HELD: _charges(WorkKind.HELD, _held),
    WorkKind.CONFLICT: _charges(WorkKind.CONFLICT, _conflicting),
    WorkKind.ORPHAN: _stops,
    WorkKind.QUARANTINED: _messages,
}
