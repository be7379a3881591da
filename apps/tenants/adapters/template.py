"""The template schema as SQL: what PostgreSQL's catalogue says of it, in the order it can be replayed.

Names of indexes and constraints are kept, because later migrations drop them by name; that is why
`CREATE TABLE … LIKE … INCLUDING INDEXES` would not do.
"""

from django.db import connection
from psycopg import sql

TABLES = """
SELECT c.relname FROM pg_class c WHERE c.relnamespace = %s::regnamespace AND c.relkind = 'r' ORDER BY c.relname
"""
INDEXES = """
SELECT pg_get_indexdef(i.indexrelid, 0, true) FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
WHERE c.relnamespace = %s::regnamespace
  AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.conrelid = i.indrelid)
ORDER BY i.indexrelid
"""
CONSTRAINTS = """
SELECT c.relname, k.conname, pg_get_constraintdef(k.oid, true) FROM pg_constraint k
JOIN pg_class c ON c.oid = k.conrelid
WHERE k.connamespace = %s::regnamespace AND k.contype IN ('p', 'u', 'x', 'f')
ORDER BY k.contype = 'f', k.oid
"""
TRIGGERS = """
SELECT pg_get_triggerdef(t.oid, true) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
WHERE c.relnamespace = %s::regnamespace AND NOT t.tgisinternal ORDER BY t.oid
"""
IDENTITIES = """
SELECT c.relname, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
WHERE c.relnamespace = %s::regnamespace AND c.relkind = 'r' AND a.attidentity <> ''
"""
# What a schema is made of; equal for a tenant and its template, or the tenant is not whole.
FINGERPRINT = """
SELECT count(*) FILTER (WHERE kind = 'column'), count(*) FILTER (WHERE kind = 'constraint'),
       count(*) FILTER (WHERE kind = 'index'), md5(string_agg(entry, ',' ORDER BY entry COLLATE "C"))
FROM (
  SELECT 'column' AS kind, c.relname || '.' || a.attname || ':' || format_type(a.atttypid, a.atttypmod)
         || a.attnotnull AS entry
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
  WHERE c.relnamespace = %(schema)s::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
  UNION ALL
  SELECT 'constraint', c.relname || '!' || k.conname FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
  WHERE k.connamespace = %(schema)s::regnamespace AND k.contype <> 'n'
  UNION ALL
  SELECT 'index', c.relname FROM pg_class c WHERE c.relnamespace = %(schema)s::regnamespace AND c.relkind = 'i'
  UNION ALL
  SELECT 'trigger', c.relname || '@' || t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
  WHERE c.relnamespace = %(schema)s::regnamespace AND NOT t.tgisinternal
) AS parts
"""
# Rows that every tenant starts with.
SEED_TABLES = ("django_migrations", "django_content_type", "auth_permission")


def replay_statements(template: str) -> list[str]:
    """Statements that, run with `search_path` set to an empty schema, make it equal to the template."""
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("SET LOCAL search_path = {}").format(sql.Identifier(template)))
        tables = [name for (name,) in _rows(cursor, TABLES, template)]
        indexes = [definition for (definition,) in _rows(cursor, INDEXES, template)]
        constraints = _rows(cursor, CONSTRAINTS, template)
        triggers = [definition for (definition,) in _rows(cursor, TRIGGERS, template)]
        identities = _rows(cursor, IDENTITIES, template)
    return [
        *(_create_table(template, name) for name in tables),
        *(_copy_rows(template, name) for name in SEED_TABLES if name in tables),
        *indexes,
        *(f'ALTER TABLE "{table}" ADD CONSTRAINT "{name}" {definition}' for table, name, definition in constraints),
        *triggers,
        *(_advance(table, column) for table, column in identities),
    ]


def fingerprint(schema: str) -> tuple[int, int, int, str]:
    """Counts of columns, constraints and indexes, and a digest of all their names."""
    with connection.cursor() as cursor:
        cursor.execute(FINGERPRINT, {"schema": schema})
        row: tuple[int, int, int, str] = cursor.fetchone()
    return row


def _rows(cursor: object, query: str, schema: str) -> list[tuple[str, ...]]:
    cursor.execute(query, [schema])  # type: ignore[attr-defined]
    return list(cursor.fetchall())  # type: ignore[attr-defined]


def _create_table(template: str, name: str) -> str:
    parts = "DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED INCLUDING IDENTITY INCLUDING STORAGE"
    return f'CREATE TABLE "{name}" (LIKE "{template}"."{name}" INCLUDING {parts})'


def _copy_rows(template: str, name: str) -> str:
    return f'INSERT INTO "{name}" OVERRIDING SYSTEM VALUE SELECT * FROM "{template}"."{name}"'


def _advance(table: str, column: str) -> str:
    sequence = f"pg_get_serial_sequence('\"{table}\"', '{column}')"
    return f'SELECT setval({sequence}, coalesce(max("{column}"), 0) + 1, false) FROM "{table}"'
