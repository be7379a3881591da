"""Storing a charge's readings and showing the newest."""

from collections.abc import Iterable, Sequence

from apps.charging.messages import MeterReading
from apps.charging.models import Transaction
from apps.charging.rules.course import RegisterReading
from apps.charging.rules.readings import meter_rows, newest_of, since_begin
from apps.charging.services.heard import Heard
from apps.telemetry.messages import ContextCode, MeterRow
from apps.telemetry.models import MeterValue
from apps.telemetry.services.writing import store_charge_live, store_readings

LARGEST_EVSE = 32767


def store_event_readings(charge: Transaction, heard: Heard) -> None:
    """Store the readings of a transaction event; one that is here already is left as it is (Q20)."""
    event = heard.event
    evse = charge.evse.number if charge.evse else event.evse or 0
    rows = meter_rows(
        event.readings,
        station_id=heard.station.pk,
        evse=evse if evse <= LARGEST_EVSE else 0,
        received_at=heard.caller.received_at,
        transaction_id=charge.pk,
        seq_no=event.seq_no,
        unclocked_at=heard.at,
    )
    store_rows(charge, rows)


def store_rows(charge: Transaction | None, rows: Sequence[MeterRow]) -> None:
    """Store rows and, for an open charge, its newest figures."""
    if not rows:
        return
    store_readings(rows)
    if charge is not None and charge.is_open:
        _show_newest(charge, rows)


def _show_newest(charge: Transaction, rows: Iterable[MeterRow]) -> None:
    row = newest_of(rows)
    energy_wh = None if row.energy_wh is None else charged_wh(charge, row.energy_wh)
    store_charge_live(charge.pk, at=row.at, energy_wh=energy_wh, power_w=row.power_w, soc_percent=row.soc_percent)


def charged_wh(charge: Transaction, register_wh: float) -> float:
    """What has flowed since the begin. A register below the begin counts each charge from 0 (Q15)."""
    return since_begin(begin_of(charge), register_wh)


def begin_of(charge: Transaction) -> int | None:
    """The register at the begin, or the first that was read."""
    return charge.meter_start_wh if charge.meter_start_wh is not None else _first_register(charge)


def _first_register(charge: Transaction) -> int | None:
    readings = MeterValue.objects.filter(transaction_id=charge.pk, energy_wh__isnull=False).order_by("at")
    first = readings.values_list("energy_wh", flat=True).first()
    return None if first is None else int(first)


def begin_register(readings: Iterable[MeterReading], heard: Heard) -> int | None:
    """The register at Transaction.Begin, if the readings hold it."""
    rows = meter_rows(readings, station_id=heard.station.pk, evse=0, received_at=heard.caller.received_at)
    found = [
        row.energy_wh for row in rows if row.context == ContextCode.TRANSACTION_BEGIN and row.energy_wh is not None
    ]
    return int(found[0]) if found and found[0] >= 0 else None


def registers_of(charge: Transaction) -> list[RegisterReading]:
    """What the energy register showed in each stored reading of a charge."""
    stored = MeterValue.objects.filter(transaction_id=charge.pk, energy_wh__isnull=False)
    return [
        RegisterReading(at=at, context=ContextCode(context), wh=wh, power_w=power_w)
        for at, context, wh, power_w in stored.values_list("at", "context", "energy_wh", "power_w")
        if wh is not None
    ]
