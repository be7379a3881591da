"""Starts: opening a charge once, whatever came before it."""

from apps.charging.messages import TransactionStarted
from apps.charging.models import Transaction
from apps.charging.services.ending import close_by_successor, note_clock, settle
from apps.charging.services.finding import charges_of, open_charges_on
from apps.charging.services.heard import Heard, start_key, stored_ref
from apps.charging.services.learning import note_oddities
from apps.charging.services.metering import begin_register, store_event_readings
from apps.charging.services.orphans import end_with_orphan, orphan_for
from apps.charging.services.reservation_use import note_reservation
from apps.charging.services.states import note_state
from apps.charging.services.terms import snapshot_terms
from apps.charging.services.tokens import adopt_token
from apps.drivers.messages import IdTokenInfo
from apps.events.services import broadcast, emit
from apps.stations.services.rows import evse_of


def start_charge(heard: Heard, info: IdTokenInfo | None) -> Transaction:
    """The charge that this start opens, or has opened before (Q01-Q03)."""
    key = start_key(heard)
    known = charges_of(heard.station.pk).filter(start_key=key).first()
    if known is None:
        return _open(heard, info, key)
    if known.is_open or heard.event.at is not None or not heard.is_16:
        return _repeated(known)
    # Without a readable time the next charge may say the same words; a ghost that is held beats energy that is lost.
    return _open(heard, info, f"{key}@{heard.caller.received_at.isoformat()}"[:255])


def _repeated(charge: Transaction) -> Transaction:
    if not charge.is_open:
        charge.note("replay_after_stop")
        charge.save(update_fields=["notes"])
    return charge


def _open(heard: Heard, info: IdTokenInfo | None, key: str) -> Transaction:
    orphan = orphan_for(heard) if heard.is_16 else None
    charge = (orphan.matched if orphan else _shell(heard)) or Transaction(station=heard.station)
    _fill_in(charge, heard, info, key)
    note_reservation(charge, heard)
    store_event_readings(charge, heard)
    note_state(charge, heard.event.charging_state, at=heard.at)
    _take_over_state(charge, heard)
    if charge.is_open:
        _close_predecessors(charge)
    emit(TransactionStarted(transaction_id=charge.pk))
    if orphan and charge.is_open:
        end_with_orphan(charge, orphan, heard.caller)
    elif not charge.is_open:
        settle(charge)
    broadcast("transactions", id=charge.pk)
    return charge


def _take_over_state(charge: Transaction, heard: Heard) -> None:
    """A 1.6 station may say that it charges before it says that it started."""
    connector = charge.evse.connectors.order_by("number").first() if heard.is_16 and charge.evse else None
    if connector and connector.charging_state and connector.status_at and connector.status_at >= heard.at:
        note_state(charge, connector.charging_state, at=connector.status_at)


def _shell(heard: Heard) -> Transaction | None:
    """The charge of which later events came first (Q76)."""
    if heard.event.transaction_ref is None:
        return None
    named = charges_of(heard.station.pk).filter(ocpp_id=stored_ref(heard.event.transaction_ref))
    return named.filter(start_is_known=False).first()


def _fill_in(charge: Transaction, heard: Heard, info: IdTokenInfo | None, key: str) -> None:
    event = heard.event
    charge.start_key, charge.start_is_known = key, True
    charge.started_at, charge.started_received_at = heard.at, heard.caller.received_at
    charge.evse = evse_of(heard.station, event.evse) or charge.evse
    charge.connector_number = event.connector if event.connector is not None and event.connector <= 64 else None
    charge.remote_start_id = event.remote_start_id
    begin_wh = event.meter_wh if event.meter_wh is not None else begin_register(event.readings, heard)
    charge.meter_start_wh = begin_wh if begin_wh is not None else charge.meter_start_wh
    note_clock(charge, heard, message="start")
    note_oddities(charge, heard)
    if event.transaction_ref is not None and _is_reused(charge, stored_ref(event.transaction_ref)):
        charge.note("number_used_before")
    adopt_token(charge, heard, info)
    snapshot_terms(charge)
    _save_named(charge, event.transaction_ref)


def _is_reused(charge: Transaction, ocpp_id: str) -> bool:
    """Whether the station gave another charge this number (Q77)."""
    return Transaction.objects.filter(station=charge.station, ocpp_id=ocpp_id).exclude(pk=charge.pk).exists()


def _save_named(charge: Transaction, ref: str | None) -> None:
    """In 1.6 the charge's number is ours: its row's."""
    charge.ocpp_id = charge.ocpp_id if ref is None else stored_ref(ref)
    charge.save()
    if ref is None and charge.ocpp_id != str(charge.pk):
        charge.ocpp_id = str(charge.pk)
        charge.save(update_fields=["ocpp_id"])


def _close_predecessors(charge: Transaction) -> None:
    """One EVSE charges one car: what began before and is open has ended without our hearing of it (Q04)."""
    if charge.evse is None:
        return
    for other in open_charges_on(charge.station_id, charge.evse.pk):
        if other.pk != charge.pk and other.started_at <= charge.started_at:
            close_by_successor(other, charge)


def open_shell(heard: Heard) -> Transaction:
    """A charge known by a later event only; its start will fill it in. Held until then (Q76)."""
    ref = stored_ref(heard.event.transaction_ref or "")
    charge = Transaction(
        station=heard.station,
        ocpp_id=ref,
        start_key=f"shell:{start_key(heard)}",
        started_at=heard.at,
        started_received_at=heard.caller.received_at,
        start_is_known=False,
        evse=evse_of(heard.station, heard.event.evse),
    )
    snapshot_terms(charge)
    charge.save()
    return charge
