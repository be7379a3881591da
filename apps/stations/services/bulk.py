"""One command for many stations: planned as rows, queued for each by itself, each with its own outcome."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.services import audit
from apps.core.errors import UnableTo
from apps.events.services import broadcast, emit
from apps.stations.messages import BulkOrdered
from apps.stations.models import BulkItem, BulkOrder, ChargingStation, StationCommand
from apps.stations.models.bulk import FAILED_STATES, MOST_STATIONS
from apps.stations.services.command_kinds import message_from
from apps.stations.services.commands import queue_command, queue_raw
from apps.stations.services.masking import message_without_secrets, payload_without_secrets

# Up to so many are asked within the click; more than that by a worker.
AT_ONCE = 50
WAITING, NOT_ASKED = "waiting", "not_asked"


@transaction.atomic
def create_bulk(
    order: BulkOrder, stations: Sequence[ChargingStation], *, objections: Mapping[int, str], by: str
) -> BulkOrder:
    """Ask all of these stations but those with an objection, which is kept beside them (by the station's number)."""
    _refuse_unfit(order, stations, objections)
    order.by = by
    order.save(force_insert=True)
    BulkItem.objects.bulk_create(
        BulkItem(bulk=order, station=station, objection=objections.get(station.pk, "")) for station in stations
    )
    audit.record(by, "stations.bulkorder.created", audit.target_of(order), what=str(order), stations=len(stations))
    _begin(order)
    return order


def _refuse_unfit(order: BulkOrder, stations: Sequence[ChargingStation], objections: Mapping[int, str]) -> None:
    if not stations:
        raise UnableTo(_("Choose at least one station."))
    if len(stations) > MOST_STATIONS:
        raise UnableTo(_("Choose at most %(most)s stations.") % {"most": MOST_STATIONS})
    if all(objections.get(station.pk) for station in stations):
        raise UnableTo(_("None of these stations can be asked this."))
    kept = message_without_secrets(order.kind, order.message), payload_without_secrets(order.action, order.payload)
    if json.dumps(kept) != json.dumps((order.message, order.payload)):
        raise UnableTo(_("Secrets are no matter for many stations at once: each has its own."))


def _begin(order: BulkOrder) -> None:
    if order.items.count() <= AT_ONCE:
        send_bulk(order.pk)
    else:
        emit(BulkOrdered(bulk_id=order.pk))
    broadcast("bulk", id=order.pk)


def send_bulk(bulk_id: int) -> None:
    """Queue the command for each station that waits for its turn; any number of calls at once do it once."""
    waiting = BulkItem.objects.filter(bulk=bulk_id, command=None, objection="").order_by("pk")
    for item_id in list(waiting.values_list("pk", flat=True)):
        _ask(item_id)
    broadcast("bulk", id=bulk_id)


@transaction.atomic
def _ask(item_id: int) -> None:
    locked = BulkItem.objects.select_for_update(of=("self",), no_key=True).select_related("bulk", "station")
    item = locked.get(pk=item_id)
    if item.command_id or item.objection:
        return
    try:
        item.ask(_queued(item.bulk, item.station))
    except UnableTo as problem:
        item.object(str(problem))


def _queued(order: BulkOrder, station: ChargingStation) -> StationCommand:
    if order.message is None:
        return queue_raw(station, order.action, order.payload or {}, by=order.by, expires_in_s=order.expires_in_s)
    message = message_from(order.kind, order.message)
    return queue_command(station, message, by=order.by, expires_in_s=order.expires_in_s)


@transaction.atomic
def retry_bulk(order: BulkOrder, *, by: str) -> None:
    """Ask those once more that have failed; what they were asked before stays in their own history."""
    failed = order.items.filter(command__state__in=FAILED_STATES)
    again = failed.update(command=None)
    if not again:
        raise UnableTo(_("No station has failed."))
    audit.record(by, "stations.bulkorder.retried", audit.target_of(order), what=str(order), stations=again)
    _begin(order)


def tally(orders: Sequence[BulkOrder]) -> dict[int, Counter[str]]:
    """Of each bulk command, how many stations are in which state: a command's, `waiting` or `not_asked`."""
    counts: dict[int, Counter[str]] = {order.pk: Counter() for order in orders}
    rows = BulkItem.objects.filter(bulk__in=counts).values_list("bulk", "command__state", "objection")
    for bulk_id, state, objection in rows:
        counts[bulk_id][state or (NOT_ASKED if objection else WAITING)] += 1
    return counts
