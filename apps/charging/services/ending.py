"""Ends: closing a charge once and settling what it used."""

from datetime import datetime

from apps.charging.messages import Hold, TransactionEnded
from apps.charging.models import Transaction
from apps.charging.rules.clocks import span_between
from apps.charging.rules.course import RegisterReading
from apps.charging.rules.energy import Circumstances, Energy, can_flow, energy_of, plausible_wh
from apps.charging.rules.idle import idle_seconds
from apps.charging.services.heard import Heard, end_key
from apps.charging.services.learning import learn_from
from apps.charging.services.metering import registers_of
from apps.charging.services.numbers import misses_messages
from apps.core.clock import now
from apps.core.text import shortened
from apps.drivers.messages import AuthorizationStatus
from apps.drivers.services import find_token
from apps.events.services import broadcast, emit
from apps.stations.messages import ChargingState
from apps.stations.services.clocks import is_clock_wrong
from apps.stations.services.quirks import amendments_of
from apps.telemetry.messages import ContextCode
from apps.telemetry.models import MeterValue
from apps.telemetry.services.writing import adopt_readings, forget_charge_live

# While a charge is held for one of these, what comes after its end may still settle it.
CURABLE = frozenset({
    Hold.BEGIN_UNKNOWN, Hold.END_UNKNOWN, Hold.NEGATIVE_ENERGY, Hold.PLACE_UNKNOWN, Hold.UNAUTHORIZED,
    Hold.REGISTER_RESET, Hold.ROLL_OVER, Hold.UNIT_SUSPECT, Hold.MESSAGES_MISSING, Hold.NO_CAR,
})  # fmt: skip
RAW_LENGTH = 40
CLOCK_NOTES = ("time_reconstructed", "clock_ahead")
ZONE_NOTE = "tz_assumed"


def end_charge(charge: Transaction, heard: Heard, *, hold: Hold = Hold.NONE) -> None:
    """Close it. The same end again is no news; a different one is a conflict for people to decide (Q10)."""
    if charge.is_open or charge.end_is_ours:
        _close(charge, heard, hold)
    elif not _is_same_end(charge, heard):
        _note_conflict(charge, heard)


def _is_same_end(charge: Transaction, heard: Heard) -> bool:
    if charge.end_key == end_key(heard):
        return True
    meter_wh = heard.event.meter_wh
    return charge.ended_at == heard.event.at and (meter_wh is None or meter_wh == charge.meter_stop_wh)


def _note_conflict(charge: Transaction, heard: Heard) -> None:
    """The first end counts; what was billed stays billed."""
    charge.note("other_end", ended_at=heard.at.isoformat(), meter_wh=heard.event.meter_wh)
    charge.needs_look = True
    charge.save(update_fields=["notes", "needs_look"])
    broadcast("transactions", id=charge.pk)


def _close(charge: Transaction, heard: Heard, hold: Hold) -> None:
    event, charge.station = heard.event, heard.station
    charge.ended_at, charge.ended_received_at = heard.at, heard.caller.received_at
    charge.end_key = end_key(heard)
    charge.meter_stop_wh = event.meter_wh
    charge.stopped_reason = shortened(event.stopped_reason or "Local", 30)
    charge.hold_reason = Hold.NONE
    note_clock(charge, heard, message="end")
    _reconstruct_start(charge, heard)
    _note_other_token(charge, heard)
    settle(charge, hold=hold)


def _reconstruct_start(charge: Transaction, heard: Heard) -> None:
    """Start and end that came out of a queue with a clock nobody believes: they still tell how long it took (Q36)."""
    told = next((note["raw"] for note in charge.notes if note.get("raw") and note.get("message") == "start"), None)
    span = span_between(told, heard.words.raw_at) if told and heard.words.at is None else None
    if span is not None and span > heard.caller.received_at - charge.started_received_at:
        charge.started_at = heard.at - span


def _note_other_token(charge: Transaction, heard: Heard) -> None:
    """Whoever stops it, the one who started it pays (Q22)."""
    seen = heard.event.id_token
    if seen is None or not charge.token_value or seen.value == charge.token_value:
        return
    token = find_token(seen)
    if not (token and charge.id_token and token.shares_group(charge.id_token)):
        charge.note("stopped_with_other_token")


def close_by_successor(charge: Transaction, successor: Transaction) -> None:
    """Close it because the next charge began (Q04)."""
    charge.note("implicit_stop", next_charge=successor.pk)
    close_unheard(charge, at=successor.started_at)


def close_unheard(charge: Transaction, *, at: datetime) -> None:
    """Close it without the station's word: at its last reading, held for people to look at."""
    forget_charge_live(charge.pk)
    told = MeterValue.objects.filter(transaction_id=charge.pk, energy_wh__isnull=False)
    last = told.exclude(context=ContextCode.SAMPLE_CLOCK).order_by("-at").first()  # Q33
    charge.ended_at = last.at if last and last.at >= charge.started_at else at
    charge.ended_received_at = now()
    charge.stopped_reason = "Other"
    settle(charge, hold=Hold.IMPLICIT_STOP)


def settle(charge: Transaction, *, hold: Hold = Hold.NONE) -> None:
    """Work out what an ended charge used, and whether it may be billed; tell everyone."""
    if charge.ended_at is None:
        return
    # First of all: it waits for readings that are being stored, and none is stored past us from here on.
    forget_charge_live(charge.pk)
    _adopt(charge, until=charge.ended_at)
    readings = registers_of(charge)
    energy = _energy(charge, charge.ended_at, readings)
    charge.energy_wh, charge.energy_source, charge.grace_until = energy.wh, energy.source, None
    if energy.unit_factor is not None:
        charge.note("unit_suspect", factor=energy.unit_factor)
    if not energy.hold:
        _note_source(charge, energy)
        charge.meter_start_wh, charge.meter_stop_wh = energy.begin_wh, energy.end_wh
    if charge.ended_at < charge.started_at:
        charge.note("end_before_start")  # Q40: no time is billed, energy is
    states = charge.states.values_list("at", "state")
    charge.idle_s = idle_seconds(states, begin=charge.started_at, end=charge.ended_at)
    charge.hold_reason = hold or _hold(charge, energy)
    charge.save()
    learn_from(charge, energy, readings)
    emit(TransactionEnded(transaction_id=charge.pk))
    broadcast("transactions", id=charge.pk)


def note_clock(charge: Transaction, heard: Heard, *, message: str) -> None:
    """What has to be known of the time that start or end told."""
    if heard.clock_note:
        raw = {"raw": shortened(heard.words.raw_at, RAW_LENGTH)} if heard.words.at is None else {}
        charge.note(heard.clock_note, message=message, **raw)
    if heard.has_assumed_zone:
        charge.note(ZONE_NOTE, message=message, offset_min=heard.amendments.zone_offset_min)


def _note_source(charge: Transaction, energy: Energy) -> None:
    """Record the choice where it is not the plain one (Q31): 1.6 tells both registers, 2.x begin and end readings."""
    is_plain = energy.source == "registers" or (energy.source == "transaction_readings" and not charge.meter_stop_wh)
    if not is_plain:
        charge.note("energy_source", source=energy.source)


def settle_if_curable(charge: Transaction) -> None:
    """Something came after the end; it may be what was missing."""
    if not charge.is_open and charge.hold_reason in CURABLE:
        settle(charge)


def _adopt(charge: Transaction, *, until: datetime) -> None:
    """Readings of its EVSE and time that named no charge are its own (Q29)."""
    if charge.evse is not None and charge.start_is_known:
        adopt_readings(
            charge.pk, station_id=charge.station_id, evse=charge.evse.number, begin=charge.started_at, end=until
        )


def _energy(charge: Transaction, ended_at: datetime, readings: list[RegisterReading]) -> Energy:
    max_power_w = charge.evse.max_power_w if charge.evse else None
    booted_at = charge.station.booted_at
    known = Circumstances(
        most_wh=plausible_wh(duration_s=(ended_at - charge.started_at).total_seconds(), max_power_w=max_power_w),
        max_power_w=max_power_w,
        started_at=charge.started_at if charge.start_is_known else None,
        boots=(booted_at,) if booted_at else (),
        register_mode=amendments_of(charge.station).register_mode,
    )
    return energy_of(charge.meter_start_wh, charge.meter_stop_wh, readings, known)


def _hold(charge: Transaction, energy: Energy) -> Hold:
    """Why it can't be billed by itself; the reason that people must settle first."""
    if not charge.start_is_known:
        return Hold.START_UNKNOWN
    if _had_no_car(charge, energy):
        return Hold.NO_CAR
    if charge.evse is None:
        return Hold.PLACE_UNKNOWN
    if charge.token_status != AuthorizationStatus.ACCEPTED:
        return Hold.UNAUTHORIZED
    if energy.source == "first_and_last" and misses_messages(charge):
        return energy.hold or Hold.MESSAGES_MISSING  # Q75: begin and end may be among them
    return energy.hold or (Hold.CLOCK if _time_matters(charge) and _is_clock_doubtful(charge) else Hold.NONE)


def _had_no_car(charge: Transaction, energy: Energy) -> bool:
    """Whether someone was let charge and then plugged nothing in (E03.FR.05): there is nothing to pay for."""
    if charge.stopped_reason != "Timeout" or energy.wh:
        return False
    return not charge.states.exclude(state=ChargingState.IDLE).exists()


def _is_clock_doubtful(charge: Transaction) -> bool:
    """Whether the told times can't be relied on (Q35, Q36, Q38). Long ago is right for what was queued."""
    if charge.has_note(*CLOCK_NOTES) or is_clock_wrong(charge.station) or _changed_zone(charge):
        return True
    return charge.has_note("clock_behind") and not _was_queued(charge)


def _changed_zone(charge: Transaction) -> bool:
    """Whether start and end were read by two zones, or one of them by none that was told."""
    offsets = {note["message"]: note["offset_min"] for note in charge.notes if note["code"] == ZONE_NOTE}
    return len(offsets) == 1 or len(set(offsets.values())) > 1


def _was_queued(charge: Transaction) -> bool:
    """Not every 2.x station says `offline`. What can't have flowed between both arrivals came out of a queue."""
    if charge.ended_received_at is None:
        return False
    between_s = (charge.ended_received_at - charge.started_received_at).total_seconds()
    max_power_w = charge.evse.max_power_w if charge.evse else None
    return not can_flow(charge.energy_wh, duration_s=between_s, max_power_w=max_power_w)


def _time_matters(charge: Transaction) -> bool:
    """Whether the price depends on how long it took (Q36, Q38)."""
    terms = charge.terms
    return terms is not None and bool(terms.price_per_minute or terms.idle_per_minute)
