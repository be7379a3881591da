"""The newest figures of the charges connected here, shown about once a second for all of them at once."""

from collections import defaultdict
from collections.abc import Sequence

from apps.charging.messages import KnownCharge
from apps.charging.rules.readings import newest_of, since_begin
from apps.events.services import broadcast_changes
from apps.ocpp.messages import Link
from apps.telemetry.messages import MeterRow, NewestReading
from apps.telemetry.services.live import show_newest
from apps.tenants.scope import PUBLIC, in_tenant


class Newest:
    """What pages have not been told yet. It may be lost: pages show it, bills do not."""

    def __init__(self) -> None:
        self._readings: dict[tuple[str, int], NewestReading] = {}

    def note(self, link: Link, charge: KnownCharge, rows: Sequence[MeterRow]) -> None:
        row, key = newest_of(rows), (link.schema, charge.transaction_id)
        shown = self._readings.get(key)
        if shown is not None and shown.at > row.at:
            return
        energy_wh = None if row.energy_wh is None else since_begin(charge.begin_wh, row.energy_wh)
        self._readings[key] = NewestReading(
            tenant_id=link.tenant_id,
            transaction_id=charge.transaction_id,
            at=row.at,
            energy_wh=energy_wh,
            power_w=row.power_w,
            soc_percent=row.soc_percent,
        )

    async def show(self) -> None:
        """Write what has changed since the last time, then tell open pages."""
        readings, self._readings = self._readings, {}
        if readings:
            await in_tenant(PUBLIC, _show, readings)


def _show(readings: dict[tuple[str, int], NewestReading]) -> None:
    show_newest(readings.values())
    ids: defaultdict[str, list[int]] = defaultdict(list)
    for schema, transaction_id in readings:
        ids[schema].append(transaction_id)
    broadcast_changes("transactions", ids)
