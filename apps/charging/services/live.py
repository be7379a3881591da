"""Charges in progress with their newest figures, for pages."""

from dataclasses import dataclass
from datetime import datetime

from apps.charging.models import Transaction
from apps.telemetry.models import ChargeLive


@dataclass(frozen=True, kw_only=True)
class LiveCharge:
    """An open charge and its newest reading; energy counted from the begin."""

    charge: Transaction
    at: datetime | None = None
    energy_wh: float | None = None
    power_w: float | None = None
    soc_percent: float | None = None


def open_charges(*, station_id: int | None = None) -> list[LiveCharge]:
    """All charges in progress, newest first, in two queries."""
    charges = Transaction.objects.filter(ended_at=None).select_related(
        "station__location", "evse", "id_token", "driver"
    )
    if station_id is not None:
        charges = charges.filter(station_id=station_id)
    found = list(charges)
    live = {row.transaction_id: row for row in ChargeLive.objects.filter(transaction_id__in=[c.pk for c in found])}
    return [_with_figures(charge, live.get(charge.pk)) for charge in found]


def live_of(charge: Transaction) -> LiveCharge:
    """One charge with its newest reading; an ended one has none."""
    return _with_figures(charge, ChargeLive.objects.filter(transaction_id=charge.pk).first())


def charges_by_evse(*, station_id: int | None = None) -> dict[int, LiveCharge]:
    """The charge in progress at each EVSE, by the EVSE's row number."""
    return {live.charge.evse_id: live for live in reversed(open_charges(station_id=station_id)) if live.charge.evse_id}


def _with_figures(charge: Transaction, row: ChargeLive | None) -> LiveCharge:
    if row is None:
        return LiveCharge(charge=charge)
    return LiveCharge(
        charge=charge, at=row.at, energy_wh=row.energy_wh, power_w=row.power_w, soc_percent=row.soc_percent
    )
