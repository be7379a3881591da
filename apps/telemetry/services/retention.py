"""Rows that a tenant keeps for a shorter time than the house does; what is too old for all goes with its partition."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from psycopg import sql

from apps.core.clock import now
from apps.tenants.models import Tenant

CHUNK = 5000
# Ends of partitions as PostgreSQL tells them; the default partition has none and is always looked through.
PARTS = r"""
SELECT c.relname, substring(pg_get_expr(c.relpartbound, c.oid) FROM 'FROM \(''([^'']+)''')::timestamptz
FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = %s::regclass ORDER BY 1
"""
# By place in the table and partition by partition: nothing else of a partitioned table can be deleted in chunks.
DELETE = """
DELETE FROM {part} WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM {part} WHERE tenant_id = %s AND at < %s LIMIT %s
))
"""


def kept_days(tenant: Tenant) -> dict[str, int]:
    """How many days each table keeps a tenant's rows: its own wish, but never longer than the house."""
    return {
        "meter_value": min(tenant.meter_value_days or settings.METER_VALUE_DAYS, settings.METER_VALUE_DAYS),
        "frame": min(tenant.frame_days or settings.FRAME_DAYS, settings.FRAME_DAYS),
    }


def delete_expired_rows() -> int:
    """Delete what tenants with a retention of their own no longer keep, in short statements; how many rows."""
    tenants = Tenant.objects.exclude(meter_value_days=None, frame_days=None)
    return sum(_delete_of(tenant) for tenant in tenants)


def _delete_of(tenant: Tenant) -> int:
    wishes = {"meter_value": tenant.meter_value_days, "frame": tenant.frame_days}
    return sum(
        _delete_before(table, tenant.pk, now() - timedelta(days=days))
        for table, days in kept_days(tenant).items()
        if wishes[table]
    )


def _delete_before(table: str, tenant_id: int, before: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(PARTS, [f"telemetry.{table}"])
        parts = [name for name, begin in cursor.fetchall() if begin is None or begin < before]
    return sum(_delete_from(part, tenant_id, before) for part in parts)


def _delete_from(part: str, tenant_id: int, before: datetime) -> int:
    statement = sql.SQL(DELETE).format(part=sql.Identifier("telemetry", part))
    total = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(statement, [tenant_id, before, CHUNK])
            deleted = int(cursor.rowcount)
        total += deleted
        if deleted < CHUNK:
            return total
