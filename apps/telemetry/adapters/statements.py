"""One batch as one statement: checked, stored and committed in a single round trip.

Measured against COPY into a temporary table: half the CPU of gateway and PostgreSQL together at 20 messages a batch
(one round trip instead of four), the same from 200 on. Arrays are written as text, which beats psycopg's own dumping.
"""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

import msgspec

from apps.telemetry.messages import Parcel

METER_COLUMNS = {
    "evse": "smallint",
    "context": "smallint",
    "at": "timestamptz",
    "received_at": "timestamptz",
    "transaction_id": "bigint",
    "seq_no": "integer",
    "energy_wh": "double precision",
    "power_w": "real",
    "current_l1_a": "real",
    "current_l2_a": "real",
    "current_l3_a": "real",
    "current_a": "real",
    "voltage_v": "real",
    "soc_percent": "real",
    "offered_a": "real",
    "temperature_c": "real",
    "extra": "jsonb",
}
# `number` is the message's place in the batch.
_PLAIN = (int, float)
COLUMNS = {
    "number": "integer",
    "tenant_id": "integer",
    "epoch": "bigint",
    "station_id": "bigint",
    **METER_COLUMNS,
}
STORED = ("tenant_id", "station_id", *METER_COLUMNS)

# In the order of arrival, so that of two readings for one place the first counts.
# A charge that is being closed this moment is locked and therefore skipped: its readings go the long way, behind it,
# also when the lock goes between two rows of a message (EXCEPT ALL).
STORE = f"""
WITH batch AS MATERIALIZED (
    SELECT * FROM unnest({", ".join(f"%s::{kind}[]" for kind in COLUMNS.values())}) AS given ({", ".join(COLUMNS)})
), held AS MATERIALIZED (
    SELECT batch.* FROM batch
    JOIN telemetry.station_live AS station USING (tenant_id, station_id, epoch)
    JOIN telemetry.charge_live AS charge USING (tenant_id, transaction_id)
    FOR KEY SHARE OF charge SKIP LOCKED
), stored AS (
    INSERT INTO telemetry.meter_value ({", ".join(STORED)}) SELECT {", ".join(STORED)} FROM held
    ORDER BY number ON CONFLICT DO NOTHING RETURNING 1
)
SELECT ARRAY(SELECT number FROM batch EXCEPT ALL SELECT number FROM held), (SELECT count(*) FROM stored)
"""
# Of the numbered messages, those whose number is nowhere: another message's reading had taken the place of theirs.
UNCOUNTED = """
SELECT given.number
FROM unnest(%s::integer[], %s::integer[], %s::bigint[], %s::integer[], %s::timestamptz[])
    AS given (number, tenant_id, transaction_id, seq_no, at)
WHERE NOT EXISTS (
    SELECT FROM telemetry.meter_value AS value
    WHERE value.tenant_id = given.tenant_id AND value.transaction_id = given.transaction_id
        AND value.at = given.at AND value.seq_no = given.seq_no
)
"""


def batch_arrays(parcels: Sequence[Parcel]) -> list[str]:
    """The parameters of `STORE`."""
    rows = chain.from_iterable(_rows(number, parcel) for number, parcel in enumerate(parcels))
    return [_array(column) for column in zip(*rows, strict=True)]


def numbered_arrays(parcels: Sequence[Parcel]) -> list[str]:
    """The parameters of `UNCOUNTED`; empty when no message bears a number."""
    facts = [
        (number, parcel.tenant_id, parcel.transaction_id, parcel.rows[0].seq_no, parcel.rows[0].at)
        for number, parcel in enumerate(parcels)
        if parcel.rows[0].seq_no is not None
    ]
    return [_array(column) for column in zip(*facts, strict=True)]


def _rows(number: int, parcel: Parcel) -> Iterable[tuple[Any, ...]]:
    for row in parcel.rows:
        extra = msgspec.json.encode(row.extra).decode() if row.extra else None
        yield (number, parcel.tenant_id, parcel.epoch, *row[:-1], extra)


def _array(column: Sequence[Any]) -> str:
    """An array in PostgreSQL's own notation. Most columns hold numbers, or nothing at all."""
    return "{" + ",".join([str(value) if value.__class__ in _PLAIN else _element(value) for value in column]) + "}"


def _element(value: Any) -> str:
    """Quoting does no harm where it is not needed."""
    if value is None:
        return "NULL"
    if isinstance(value, int):  # also an IntEnum, whatever its `str` is
        return str(int(value))
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'
