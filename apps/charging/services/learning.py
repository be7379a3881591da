"""What charges show of their stations' oddities."""

from apps.charging.models import Transaction
from apps.charging.rules.course import RegisterReading, expected_wh, register_mode_of
from apps.charging.rules.energy import Energy
from apps.charging.services.heard import Heard
from apps.stations.messages import Quirk, RegisterMode
from apps.stations.services.quirks import YES, observe
from apps.telemetry.messages import ContextCode

CHARGES_LOOKED_AT = 4
ID_TAG_LENGTH = 20  # S16 §7.28
AGREES_WITHIN = 3


def note_oddities(charge: Transaction, heard: Heard) -> None:
    """What is odd about a start, whatever it opens."""
    words, token = heard.words, heard.words.id_token
    if heard.is_16 and token is not None and len(token.raw or token.value) > ID_TAG_LENGTH:
        charge.note("long_token", length=len(token.raw or token.value))
        observe(heard.station, Quirk.LONG_TOKEN, at=heard.caller.received_at, length=len(token.raw or token.value))
    if heard.is_16 and words.evse == 0:
        observe(heard.station, Quirk.CONNECTOR_ZERO, value=YES, at=heard.caller.received_at, message="StartTransaction")


def learn_from(charge: Transaction, energy: Energy, readings: list[RegisterReading]) -> None:
    """What the readings of an ended charge show."""
    if energy.unit_factor is not None:
        told_wh = None if charge.meter_stop_wh is None or charge.meter_start_wh is None else energy.wh
        flowed_wh = expected_wh(readings)
        registers_agree = bool(told_wh) and flowed_wh / AGREES_WITHIN <= (told_wh or 0) <= flowed_wh * AGREES_WITHIN
        kind = Quirk.READING_UNIT if registers_agree else Quirk.REGISTER_UNIT
        unit = "kWh" if energy.unit_factor > 1 else "Wh"
        observe(charge.station, kind, value=unit, charge=charge.pk, told_wh=energy.wh, flowed_wh=round(flowed_wh))
    contexts = {reading.context for reading in readings}
    has_end_only = ContextCode.TRANSACTION_END in contexts and ContextCode.TRANSACTION_BEGIN not in contexts
    if has_end_only and energy.source != "registers":
        observe(charge.station, Quirk.MISSING_BEGIN, charge=charge.pk)
    _learn_register_mode(charge)


def _learn_register_mode(charge: Transaction) -> None:
    """Whether the register at this EVSE counts each charge from 0; that it counts on is nothing to remark (Q14)."""
    if charge.evse is None or charge.meter_start_wh is None or charge.meter_stop_wh is None:
        return
    told = Transaction.objects.filter(
        station_id=charge.station_id, evse=charge.evse, meter_start_wh__isnull=False, meter_stop_wh__isnull=False
    ).order_by("-started_at", "-pk")
    pairs = list(told.values_list("meter_start_wh", "meter_stop_wh")[:CHARGES_LOOKED_AT])[::-1]
    mode = register_mode_of([(begin, end) for begin, end in pairs if begin is not None and end is not None])
    if mode is RegisterMode.SESSION:
        observe(charge.station, Quirk.REGISTER_MODE, value=mode, evse=charge.evse.number, registers_wh=pairs)
