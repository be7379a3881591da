"""Weekly partitions, made ahead and dropped by age."""

from datetime import date, timedelta

from django.conf import settings
from django.db import connection, transaction
from psycopg import sql

from apps.core.clock import now

PARTITIONED = ("meter_value", "frame")
WEEKS_AHEAD = 4
CHILDREN = """
SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = %s::regclass AND c.relname ~ '_[0-9]{8}$'
"""


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def make_partitions() -> list[str]:
    """Make this week's partition and the next four where they are missing; the names of new ones."""
    first = monday_of(now().date())
    weeks = [first + timedelta(weeks=number) for number in range(WEEKS_AHEAD + 1)]
    return [name for table in PARTITIONED for week in weeks if (name := _make(table, week))]


@transaction.atomic
def _make(table: str, week: date) -> str | None:
    """Rows that came before their partition sit in the default one and move over."""
    name = f"{table}_{week:%Y%m%d}"
    if name in _children(table):
        return None
    names = {
        "part": sql.Identifier("telemetry", name),
        "table": sql.Identifier("telemetry", table),
        "rest": sql.Identifier("telemetry", f"{table}_default"),
        "begin": sql.Literal(week.isoformat()),
        "end": sql.Literal((week + timedelta(weeks=1)).isoformat()),
    }
    moved = "OVERRIDING SYSTEM VALUE" if table == "frame" else ""
    script = f"""
    CREATE TABLE {{part}} (LIKE {{table}} INCLUDING DEFAULTS);
    WITH late AS (DELETE FROM {{rest}} WHERE at >= {{begin}} AND at < {{end}} RETURNING *)
        INSERT INTO {{part}} {moved} SELECT * FROM late;
    ALTER TABLE {{table}} ATTACH PARTITION {{part}} FOR VALUES FROM ({{begin}}) TO ({{end}});
    """
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(script).format(**names))
    return name


def drop_old_partitions() -> list[str]:
    """Drop partitions whose whole week is older than the retention; the names of those dropped."""
    dropped = []
    for table, days in (("meter_value", settings.METER_VALUE_DAYS), ("frame", settings.FRAME_DAYS)):
        oldest = monday_of(now().date() - timedelta(days=days))
        for name in sorted(_children(table)):
            if name < f"{table}_{oldest:%Y%m%d}":
                _drop(name)
                dropped.append(name)
    return dropped


def _drop(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("DROP TABLE {}").format(sql.Identifier("telemetry", name)))


def _children(table: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(CHILDREN, [f"telemetry.{table}"])
        return {name for (name,) in cursor.fetchall()}
