"""Live state of open charges. A charge has a row here for as long as it is open, and no longer."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import connection

from apps.telemetry.messages import NewestReading
from apps.telemetry.services.writing import TENANT

OPEN = f"""
INSERT INTO telemetry.charge_live (tenant_id, transaction_id, at)
SELECT {TENANT}, charge.id, charge.at FROM unnest(%s::bigint[], %s::timestamptz[]) AS charge (id, at)
ON CONFLICT DO NOTHING
"""
# Only where the row still is: a charge that has ended meanwhile gets no live state again.
SHOW = """
UPDATE telemetry.charge_live AS live SET at = told.at, energy_wh = coalesce(told.energy_wh, live.energy_wh),
    power_w = coalesce(told.power_w, live.power_w), soc_percent = coalesce(told.soc_percent, live.soc_percent)
FROM unnest(%s::integer[], %s::bigint[], %s::timestamptz[], %s::double precision[], %s::real[], %s::real[])
    AS told (tenant_id, transaction_id, at, energy_wh, power_w, soc_percent)
WHERE live.tenant_id = told.tenant_id AND live.transaction_id = told.transaction_id AND live.at <= told.at
"""


def open_charge_live(charges: Sequence[tuple[int, datetime]]) -> None:
    """Make sure that these open charges of this tenant have a row; each with the instant of its start."""
    if charges:
        with connection.cursor() as cursor:
            cursor.execute(OPEN, [list(column) for column in zip(*charges, strict=True)])


def show_newest(readings: Iterable[NewestReading]) -> None:
    """The newest figures of many tenants' charges in one statement; an older one changes nothing."""
    columns = [
        list(column)
        for column in zip(
            *((r.tenant_id, r.transaction_id, r.at, r.energy_wh, r.power_w, r.soc_percent) for r in readings),
            strict=True,
        )
    ]
    if columns:
        with connection.cursor() as cursor:
            cursor.execute(SHOW, columns)
