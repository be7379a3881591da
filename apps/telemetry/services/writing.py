"""Statements into the shared tables. Each names the tenant by the schema it runs in, so none can miss it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from psycopg.types.json import Jsonb

from apps.telemetry.messages import FrameRow, MeterRow

TENANT = "(SELECT id FROM public.tenants_tenant WHERE schema_name = current_schema())"
METER_COLUMNS = MeterRow._fields
FRAME_COLUMNS = FrameRow._fields
STORE_CHARGE = f"""
INSERT INTO telemetry.charge_live AS live (tenant_id, transaction_id, at, energy_wh, power_w, soc_percent)
VALUES ({TENANT}, %s, %s, %s, %s, %s)
ON CONFLICT (tenant_id, transaction_id) DO UPDATE SET at = excluded.at,
    energy_wh = coalesce(excluded.energy_wh, live.energy_wh), power_w = coalesce(excluded.power_w, live.power_w),
    soc_percent = coalesce(excluded.soc_percent, live.soc_percent)
WHERE live.at <= excluded.at
"""


def _insert(table: str, columns: Sequence[str], *, tail: str = "") -> str:
    marks = ", ".join(["%s"] * len(columns))
    return f"INSERT INTO telemetry.{table} (tenant_id, {', '.join(columns)}) VALUES ({TENANT}, {marks}) {tail}"


STORE_METER = _insert("meter_value", METER_COLUMNS, tail="ON CONFLICT DO NOTHING")
STORE_FRAME = _insert("frame", FRAME_COLUMNS)


def store_readings(rows: Sequence[MeterRow]) -> None:
    """Store readings of this tenant; one that is here already is left as it is."""
    with connection.cursor() as cursor:
        cursor.executemany(STORE_METER, [_values(row) for row in rows])


def _values(row: MeterRow) -> list[Any]:
    return [*row[:-1], Jsonb(row.extra) if row.extra else None]


def store_frames(rows: Sequence[FrameRow]) -> None:
    """Append to this tenant's frame log."""
    with connection.cursor() as cursor:
        cursor.executemany(STORE_FRAME, rows)


def store_charge_live(
    transaction_id: int, *, at: datetime, energy_wh: float | None, power_w: float | None, soc_percent: float | None
) -> None:
    """Keep the newest reading of an open charge; an older one changes nothing."""
    with connection.cursor() as cursor:
        cursor.execute(STORE_CHARGE, [transaction_id, at, energy_wh, power_w, soc_percent])


def forget_charge_live(transaction_id: int) -> None:
    """The charge is over: it has no live state any more."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM telemetry.charge_live WHERE tenant_id = {TENANT} AND transaction_id = %s", [transaction_id]
        )


def adopt_readings(transaction_id: int, *, station_id: int, evse: int, begin: datetime, end: datetime | None) -> None:
    """Give a charge the readings of its EVSE and time that came without its number (Q29)."""
    query = f"""UPDATE telemetry.meter_value SET transaction_id = %s
    WHERE tenant_id = {TENANT} AND station_id = %s AND evse = %s AND transaction_id IS NULL
      AND at >= %s AND at <= coalesce(%s::timestamptz, 'infinity')"""
    with connection.cursor() as cursor:
        cursor.execute(query, [transaction_id, station_id, evse, begin, end])
