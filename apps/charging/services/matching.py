"""Stops that people match to a charge, or dismiss."""

from datetime import timedelta
from typing import Any

import msgspec
from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.services import audit
from apps.charging.messages import Hold, TransactionEvent
from apps.charging.models import DecisionKind, OrphanStop, Transaction
from apps.charging.services.ending import end_charge
from apps.charging.services.finding import charges_of
from apps.charging.services.heard import Heard
from apps.charging.services.metering import store_event_readings
from apps.charging.services.snapshots import facts_of, record_decision
from apps.core.clock import now
from apps.core.errors import UnableTo
from apps.events.services import broadcast
from apps.stations.messages import Caller, OcppVersion
from apps.stations.services.rows import locked_station

LONGEST_CHARGE = timedelta(days=30)
MOST_CANDIDATES = 5


def candidates_for(orphan: OrphanStop) -> list[Transaction]:
    """The charges of its station that a stop could end, the likeliest first: open, or closed by us."""
    begun = Transaction.objects.filter(
        station_id=orphan.station_id, start_is_known=True,
        started_at__lte=orphan.at, started_at__gt=orphan.at - LONGEST_CHARGE,
    )  # fmt: skip
    near = (
        begun.select_related("station__location")
        .exclude(pk=orphan.matched_id or 0)
        .order_by("-started_at")[: 10 * MOST_CANDIDATES]
    )
    return [charge for charge in near if can_match(orphan, charge)][:MOST_CANDIDATES]


def can_match(orphan: OrphanStop, charge: Transaction) -> bool:
    """Whether the stop may belong to the charge, as far as registers and time tell."""
    is_waiting = charge.is_open or charge.end_is_ours or charge.hold_reason == Hold.END_UNKNOWN
    registers = (charge.meter_start_wh, orphan.meter_stop_wh)
    fits = registers[0] is None or registers[1] is None or registers[0] <= registers[1]
    return is_waiting and fits and charge.station_id == orphan.station_id and charge.started_at <= orphan.at


@transaction.atomic
def match_stop(orphan: OrphanStop, charge: Transaction, *, by: str) -> Transaction:
    """End a charge with a stop whose number nobody knew. Raises UnableTo where they do not fit."""
    station = locked_station(orphan.station_id)
    stop = _waiting(orphan)
    found = charges_of(station.pk).filter(pk=charge.pk).first()
    if found is None or not can_match(stop, found):
        raise UnableTo(_("This stop does not fit that charge."))
    before: dict[str, Any] = {"charge": facts_of(found), "matched": stop.matched_id, "shadow": None}
    if stop.matched is not None:
        before["shadow"] = facts_of(stop.matched)
        stop.matched.hold_reason = Hold.WAIVED
        stop.matched.note("matched_elsewhere", charge=found.pk)
        stop.matched.save(update_fields=["hold_reason", "notes"])
    record_decision(DecisionKind.MATCHED, by=by, charge=found, orphan=stop, before=before)
    _end(found, stop, station)
    audit.record(by, "charging.orphanstop.matched", audit.target_of(stop), charge=found.pk)
    return found


def _end(charge: Transaction, stop: OrphanStop, station: Any) -> None:
    event = msgspec.convert(stop.message, TransactionEvent)
    caller = Caller(station_id=station.pk, version=OcppVersion.V16, epoch=0, received_at=stop.received_at)
    heard = Heard(caller=caller, station=station, event=event)
    stop.matched = charge
    stop.save(update_fields=["matched"])
    charge.note("matched_by_operator", stop=stop.pk)
    if charge.hold_reason == Hold.END_UNKNOWN:
        charge.hold_reason = Hold.IMPLICIT_STOP
    store_event_readings(charge, heard)
    end_charge(charge, heard)
    broadcast("orphan_stops", id=stop.pk)


@transaction.atomic
def dismiss_stop(orphan: OrphanStop, *, by: str) -> None:
    """It belongs to nothing that matters."""
    locked_station(orphan.station_id)
    stop = _waiting(orphan)
    record_decision(DecisionKind.DISMISSED, by=by, orphan=stop)
    stop.dismissed_at = now()
    stop.save(update_fields=["dismissed_at"])
    audit.record(by, "charging.orphanstop.dismissed", audit.target_of(stop))
    broadcast("orphan_stops", id=stop.pk)


def _waiting(orphan: OrphanStop) -> OrphanStop:
    """One that ended no charge but at most the one it made up itself."""
    rows = OrphanStop.objects.select_for_update(of=("self",)).select_related("matched")
    stop = rows.get(pk=orphan.pk)
    if stop.dismissed_at or (stop.matched and stop.matched.start_is_known):
        raise UnableTo(_("Somebody has decided about this stop already."))
    return stop
