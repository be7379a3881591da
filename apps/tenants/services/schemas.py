"""Schemas of tenants: replayed from the template, checked against it, migrated with its SQL."""

from collections.abc import Callable

from django.conf import settings
from django.db import connection, transaction
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from psycopg import sql

from apps.core.errors import UnableTo
from apps.tenants.adapters.template import SEED_TABLES, fingerprint, replay_statements
from apps.tenants.models import TEMPLATE_SCHEMA, TemplateMigration, Tenant
from apps.tenants.scope import current_schema, tenant_connection

APPLIED = "SELECT app, name FROM {}.django_migrations"
SEED_NEW_ROWS = (
    "INSERT INTO {own} OVERRIDING SYSTEM VALUE SELECT * FROM {template} AS t"
    " WHERE NOT EXISTS (SELECT FROM {own} AS o WHERE o.id = t.id)"
)


@transaction.atomic
def create_schema(schema: str, *, tenant_id: int) -> None:
    """Make a tenant's schema as a copy of the template, with its views, and check that it is whole."""
    statements = replay_statements(TEMPLATE_SCHEMA)
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)))
        cursor.execute(sql.SQL("SET LOCAL search_path = {}").format(sql.Identifier(schema)))
        for statement in statements:
            cursor.execute(statement)
    tenant_connection.set_schema(current_schema())  # forget the SET LOCAL
    for step in schema_steps():
        step(schema, tenant_id)
    if fingerprint(schema) != fingerprint(TEMPLATE_SCHEMA):
        raise UnableTo(_("The schema of the new tenant differs from the template. Run “manage.py migrate” first."))


@transaction.atomic
def drop_schema(schema: str, *, tenant_id: int) -> None:
    """Remove a schema and the tenant's rows in shared tables."""
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(schema)))
    for cleaner in map(import_string, settings.WIRING.TENANT_CLEANERS):
        cleaner(schema, tenant_id)


def schema_steps() -> list[Callable[[str, int], None]]:
    """What upper apps do to each new schema (views on shared tables), by name from the wiring."""
    return [import_string(path) for path in settings.WIRING.TENANT_SCHEMA_STEPS]


def applied_migrations(schema: str) -> set[tuple[str, str]]:
    """The (app, name) pairs that a schema's `django_migrations` lists."""
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(APPLIED).format(sql.Identifier(schema)))
        return set(cursor.fetchall())


def pending_for(tenant: Tenant) -> list[TemplateMigration]:
    """Migrations the template has and this tenant lacks, in the order the template ran them."""
    missing = applied_migrations(TEMPLATE_SCHEMA) - applied_migrations(tenant.schema_name)
    known = [row for row in TemplateMigration.objects.order_by("pk") if (row.app, row.name) in missing]
    if len(known) != len(missing):
        lost = ", ".join(sorted(".".join(pair) for pair in missing - {(row.app, row.name) for row in known}))
        message = _("No SQL is kept for %(migrations)s, which %(slug)s lacks. Restore it from a backup.")
        raise UnableTo(message % {"migrations": lost, "slug": tenant.slug})
    return known


@transaction.atomic
def bring_up_to_date(tenant: Tenant) -> list[TemplateMigration]:
    """Run the kept SQL of every migration this tenant lacks, in one transaction, and renew its views."""
    pending = pending_for(tenant)
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("SET LOCAL search_path = {}").format(sql.Identifier(tenant.schema_name)))
        for migration in pending:
            cursor.execute(migration.sql)
            cursor.execute(
                "INSERT INTO django_migrations (app, name, applied) VALUES (%s, %s, now())",
                [migration.app, migration.name],
            )
        for table in SEED_TABLES[1:]:
            cursor.execute(_seed_new_rows(tenant.schema_name, table))
    tenant_connection.set_schema(current_schema())
    for step in schema_steps():
        step(tenant.schema_name, tenant.pk)
    return pending


def _seed_new_rows(schema: str, table: str) -> sql.Composed:
    names = {"own": sql.Identifier(schema, table), "template": sql.Identifier(TEMPLATE_SCHEMA, table)}
    return sql.SQL(SEED_NEW_ROWS).format(**names)
