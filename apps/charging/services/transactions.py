"""Transaction events of every dialect: each is taken once, none is lost, whatever it says."""

from django.db import transaction

from apps.charging.messages import EventType, TransactionEvent, TransactionEventAnswer
from apps.charging.models import Transaction, TransactionMessage
from apps.charging.rules.amending import amended_event
from apps.charging.services.ending import end_charge, settle_if_curable
from apps.charging.services.finding import charge_named
from apps.charging.services.heard import Heard, message_key
from apps.charging.services.metering import store_event_readings
from apps.charging.services.numbers import contradicts_readings, numbers_of
from apps.charging.services.orphans import take_stop
from apps.charging.services.reservation_use import note_reservation
from apps.charging.services.starting import open_shell, start_charge
from apps.charging.services.states import note_state
from apps.charging.services.terms import snapshot_terms
from apps.charging.services.tokens import adopt_token, verdict
from apps.drivers.messages import IdTokenInfo
from apps.events.services import broadcast
from apps.stations.messages import Caller, OcppVersion
from apps.stations.services.clocks import hear_clock
from apps.stations.services.quirks import amendments_of
from apps.stations.services.rows import evse_of, locked_station


@transaction.atomic
def take_event(caller: Caller, event: TransactionEvent) -> TransactionEventAnswer:
    """Take Started, Updated or Ended, and answer; the answer may leave once this has committed.

    What concerns one station is done one after another (its row is locked), so two copies of a start open one charge.
    """
    heard = _heard(caller, event)
    info = verdict(heard)
    charge = _take_16(heard, info) if heard.is_16 else _take_2(heard, info)
    number = charge.pk if charge and heard.is_16 and event.event_type is EventType.STARTED else None
    return TransactionEventAnswer(transaction_number=number, id_token_info=info)


def _heard(caller: Caller, event: TransactionEvent) -> Heard:
    """What was said as it is meant; live events show how right the station's clock is."""
    station = locked_station(caller.station_id)
    if caller.version is not OcppVersion.V16 and not event.offline:
        hear_clock(station, event.at, received_at=caller.received_at)
    amendments = amendments_of(station)
    meant = amended_event(event, amendments)
    return Heard(caller=caller, station=station, event=meant, said=event, amendments=amendments)


def _take_16(heard: Heard, info: IdTokenInfo | None) -> Transaction | None:
    if heard.event.event_type is EventType.STARTED:
        return start_charge(heard, info)
    return take_stop(heard)


def _take_2(heard: Heard, info: IdTokenInfo | None) -> Transaction:
    if heard.event.event_type is EventType.STARTED:
        charge = start_charge(heard, info)
        _is_repeated(charge, heard)
        return charge
    charge = charge_named(heard) or open_shell(heard)
    if not _is_repeated(charge, heard):
        _go_on(charge, heard, info)
    return charge


def _is_repeated(charge: Transaction, heard: Heard) -> bool:
    """Whether this numbered event was taken before. The same number with other words is noted, and taken (Q74)."""
    event = heard.event
    if event.seq_no is None:
        return False
    digest = message_key(heard.words)
    known, is_new = TransactionMessage.objects.get_or_create(
        transaction=charge,
        seq_no=event.seq_no,
        defaults={"event_type": event.event_type, "digest": digest, "received_at": heard.caller.received_at},
    )
    if is_new and not contradicts_readings(charge, event):
        return False
    if not is_new and known.digest == digest:
        return True
    charge.note("number_reused", seq_no=event.seq_no)
    charge.needs_look = True
    charge.save(update_fields=["notes", "needs_look"])
    return False


def _go_on(charge: Transaction, heard: Heard, info: IdTokenInfo | None) -> None:
    """Updated and Ended of 2.x: readings and states count in any order, and after the end too (Q32, Q76, Q78)."""
    store_event_readings(charge, heard)
    _learn(charge, heard, info)
    note_state(charge, heard.event.charging_state, at=heard.at)
    if heard.event.event_type is EventType.ENDED:
        _note_gaps(charge, heard)
        end_charge(charge, heard)
    else:
        settle_if_curable(charge)
    broadcast("transactions", id=charge.pk)


def _learn(charge: Transaction, heard: Heard, info: IdTokenInfo | None) -> None:
    """What only a later event tells: who charges (Q81), where (Q79), and that we asked for it (F01)."""
    before = _learnt(charge)
    if charge.evse is None:
        charge.evse = evse_of(heard.station, heard.event.evse)
    if charge.connector_number is None and heard.event.connector is not None and heard.event.connector <= 64:
        charge.connector_number = heard.event.connector
    if charge.remote_start_id is None:
        charge.remote_start_id = heard.event.remote_start_id
    token_before = charge.token_value
    adopt_token(charge, heard, info)
    if charge.start_is_known:
        snapshot_terms(charge)
    if before != _learnt(charge):
        charge.save()
    if heard.event.reservation_id is not None or token_before != charge.token_value:
        note_reservation(charge, heard)


def _learnt(charge: Transaction) -> tuple[object, ...]:
    return (
        charge.evse_id, charge.connector_number, charge.token_value, charge.token_status, charge.remote_start_id,
    )  # fmt: skip


def _note_gaps(charge: Transaction, heard: Heard) -> None:
    """Numbers that never came (Q75). Begin and end readings decide the bill all the same."""
    numbers = numbers_of(charge)
    first = min(numbers, default=0)
    last = heard.event.seq_no if heard.event.seq_no is not None else max(numbers, default=0)
    missing = last - first + 1 - len(numbers)
    if missing > 0 and charge.is_open:
        charge.note("messages_missing", count=missing)
