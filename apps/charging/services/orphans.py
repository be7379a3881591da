"""Stops whose number nobody knows (1.6): kept, and matched where nothing else is possible (Q06-Q09)."""

from datetime import datetime

import msgspec

from apps.charging.messages import Hold, TransactionEvent
from apps.charging.models import OrphanStop, Transaction
from apps.charging.services.ending import end_charge
from apps.charging.services.finding import charge_named, charges_of, is_foreign, note_foreign
from apps.charging.services.heard import Heard, end_key
from apps.charging.services.metering import store_event_readings
from apps.core.text import shortened, storable_json
from apps.drivers.services import find_token
from apps.events.services import broadcast
from apps.stations.messages import Caller, RegisterMode
from apps.stations.models import EVSE, ChargingStation


def take_stop(heard: Heard) -> Transaction | None:
    """End the charge that a StopTransaction means; None when it is kept for matching."""
    ref = heard.event.transaction_ref
    charge = _ended_with_this(heard) if ref is None else charge_named(heard)
    if charge is None and ref is None:
        charge = _only_candidate(heard)
    if charge is not None:
        _end(charge, heard)
    elif ref is not None and is_foreign(heard.station.pk, ref):
        note_foreign(heard.station, ref, ended_at=heard.told_at, meter_wh=heard.event.meter_wh)
    else:
        return _keep(heard)
    return charge


def _end(charge: Transaction, heard: Heard) -> None:
    """End it; without its number, and where it may have been another's stop, only as an assumption (Q07, Q12)."""
    store_event_readings(charge, heard)
    if heard.event.transaction_ref is None and (charge.is_open or charge.end_is_ours):
        charge.note("matched_without_number")
        end_charge(charge, heard, hold=Hold.NONE if _is_certain(charge, heard) else Hold.IMPLICIT_STOP)
    else:
        end_charge(charge, heard)


def _is_certain(charge: Transaction, heard: Heard) -> bool:
    """Nothing else can be meant: there is one EVSE, or the token is told, or the station never knew the number."""
    has_one_evse = _only_evse(charge.station) is not None
    return has_one_evse or heard.event.id_token is not None or not charge.number_was_used


def _ended_with_this(heard: Heard) -> Transaction | None:
    """A stop that was taken before must not end the next charge (Q10)."""
    ended = charges_of(heard.station.pk).exclude(ended_at=None)
    same = ended.filter(end_key=end_key(heard)).first()
    if same is None and heard.event.at is not None:
        same = ended.filter(ended_at=heard.event.at, meter_stop_wh=heard.event.meter_wh).first()
    return same


def _only_candidate(heard: Heard) -> Transaction | None:
    """The one open charge that a stop with -1, 0 or no number can mean (Q07, Q08, Q12); none when it might be two.

    Where none is open, one that we have closed without hearing its stop (Q18).
    E16 §3.18: -1 stands for a number the station never got, so one it has used before is meant last.
    """
    possible = _fitting(heard, ended_at=None) or _fitting(heard, hold_reason=Hold.IMPLICIT_STOP)
    unnamed = [charge for charge in possible if not charge.number_was_used]
    likely = unnamed or possible
    return likely[0] if len(likely) == 1 else None


def _fitting(heard: Heard, **facts: object) -> list[Transaction]:
    return [charge for charge in charges_of(heard.station.pk).filter(**facts) if _fits(charge, heard)]


def _fits(charge: Transaction, heard: Heard) -> bool:
    event = heard.event
    if charge.started_at > heard.at or (event.id_token and not _same_holder(charge, heard)):
        return False
    return event.meter_wh is None or charge.meter_start_wh is None or event.meter_wh >= charge.meter_start_wh


def _same_holder(charge: Transaction, heard: Heard) -> bool:
    seen = heard.event.id_token
    if seen is None or seen.value == charge.token_value:
        return True
    token = find_token(seen)
    return bool(token and token.group and charge.id_token and charge.id_token.group == token.group)


def _keep(heard: Heard) -> Transaction | None:
    """Keep the stop; without any number it also makes a charge of its own, so that people see the energy (Q09)."""
    event = heard.event
    orphan, is_new = OrphanStop.objects.get_or_create(
        station=heard.station,
        digest=end_key(heard),
        defaults={
            "at": heard.at,
            "transaction_ref": shortened(event.transaction_ref or "", 64),
            "meter_stop_wh": event.meter_wh,
            "message": storable_json(msgspec.to_builtins(event)),
        },
    )
    if is_new and event.transaction_ref is None:
        orphan.matched = _synthetic(heard)
        orphan.save(update_fields=["matched"])
    if is_new:
        broadcast("orphan_stops", id=orphan.pk)
    return orphan.matched


def _synthetic(heard: Heard) -> Transaction:
    """A charge known by its end alone. What it may have used at most is noted, never billed."""
    evse = _only_evse(heard.station)
    charge = Transaction.objects.create(
        station=heard.station,
        evse=evse,
        ocpp_id="",
        start_key=f"stop:{end_key(heard)}",
        started_at=heard.at,
        started_received_at=heard.caller.received_at,
        start_is_known=False,
    )
    charge.ocpp_id = str(charge.pk)
    counts_anew = heard.amendments.register_mode is RegisterMode.SESSION
    before_wh = 0 if counts_anew else _register_before(heard.station.pk, evse, heard.at)
    if before_wh is not None and heard.event.meter_wh is not None and heard.event.meter_wh >= before_wh:
        charge.note("energy_at_most", wh=heard.event.meter_wh - before_wh)
    store_event_readings(charge, heard)
    end_charge(charge, heard)
    return charge


def _only_evse(station: ChargingStation) -> EVSE | None:
    evses = list(station.evses.all()[:2])
    return evses[0] if len(evses) == 1 else None


def _register_before(station_id: int, evse: EVSE | None, at: datetime) -> int | None:
    ended = Transaction.objects.filter(station_id=station_id, evse=evse, ended_at__lte=at, meter_stop_wh__isnull=False)
    return ended.order_by("-ended_at").values_list("meter_stop_wh", flat=True).first()


def orphan_for(heard: Heard) -> OrphanStop | None:
    """The kept stop that belongs to a start which comes late; none when it might be two."""
    kept = OrphanStop.objects.select_for_update(of=("self",)).filter(station=heard.station, at__gte=heard.at)
    waiting = [orphan for orphan in kept.select_related("matched") if _is_waiting(orphan)]
    fitting = [orphan for orphan in waiting if _belongs(orphan, heard)]
    return fitting[0] if len(fitting) == 1 else None


def _is_waiting(orphan: OrphanStop) -> bool:
    return orphan.matched is None or not orphan.matched.start_is_known


def _belongs(orphan: OrphanStop, heard: Heard) -> bool:
    start = heard.event
    stop = msgspec.convert(orphan.message, TransactionEvent)
    if stop.id_token and start.id_token and stop.id_token.value != start.id_token.value:
        return False
    if stop.meter_wh is not None and start.meter_wh is not None and stop.meter_wh < start.meter_wh:
        return False
    return not (orphan.matched and orphan.matched.evse and orphan.matched.evse.number != start.evse)


def end_with_orphan(charge: Transaction, orphan: OrphanStop, caller: Caller) -> None:
    """The late start's stop is here already."""
    stop = msgspec.convert(orphan.message, TransactionEvent)
    heard = Heard(caller=caller, station=charge.station, event=stop)
    orphan.matched = charge
    orphan.save(update_fields=["matched"])
    charge.note("matched_orphan_stop")
    store_event_readings(charge, heard)
    end_charge(charge, heard, hold=Hold.NONE if _is_certain_orphan(orphan, heard) else Hold.IMPLICIT_STOP)


def _is_certain_orphan(orphan: OrphanStop, heard: Heard) -> bool:
    """Who shows a number has one, so its start was answered before; then only token or place can tell (Q06)."""
    has_number = bool(orphan.transaction_ref)
    return not has_number or heard.event.id_token is not None or _only_evse(heard.station) is not None
