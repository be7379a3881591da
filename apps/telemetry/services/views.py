"""Each tenant's views on the shared tables, with its tenant id as a literal."""

from django.db import connection
from psycopg import sql

VIEWS = ("meter_value", "frame", "station_live", "charge_live")
COLUMNS = """
SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped
  AND attname <> 'tenant_id' ORDER BY attnum
"""


def create_views(schema: str, tenant_id: int) -> None:
    """Make (or renew) a tenant's views. They can't be written through: the checker and the services rely on that."""
    with connection.cursor() as cursor:
        for view in VIEWS:
            cursor.execute(sql.SQL("DROP VIEW IF EXISTS {}").format(sql.Identifier(schema, view)))
            cursor.execute(view_statement(schema, view, tenant_id))


def view_statement(schema: str, view: str, tenant_id: int) -> sql.Composed:
    """`OFFSET 0` would keep PostgreSQL from using the index; `security_barrier` keeps leaky functions outside."""
    text = "CREATE VIEW {view} WITH (security_barrier) AS SELECT {columns} FROM {table} WHERE tenant_id = {tenant}"
    with connection.cursor() as cursor:
        cursor.execute(COLUMNS, [f"telemetry.{view}"])
        columns = sql.SQL(", ").join(sql.Identifier(name) for (name,) in cursor.fetchall())
    return sql.SQL(text).format(
        view=sql.Identifier(schema, view),
        columns=columns,
        table=sql.Identifier("telemetry", view),
        tenant=sql.Literal(tenant_id),
    )


def wrong_views(schema: str, tenant_id: int) -> list[str]:
    """Views of a tenant that are missing or hold another tenant's id; empty when all is well."""
    query = "SELECT viewname, definition FROM pg_views WHERE schemaname = %s"
    with connection.cursor() as cursor:
        cursor.execute(query, [schema])
        found = dict(cursor.fetchall())
    return [view for view in VIEWS if not found.get(view, "").rstrip(";) ").endswith(f"tenant_id = {tenant_id}")]


def forget_tenant(schema: str, tenant_id: int) -> None:
    """Delete a tenant's rows from every shared table."""
    with connection.cursor() as cursor:
        for table in VIEWS:
            statement = sql.SQL("DELETE FROM {} WHERE tenant_id = %s").format(sql.Identifier("telemetry", table))
            cursor.execute(statement, [tenant_id])
