"""Migrating: public first, then the template schema once, then its SQL in every tenant."""

from collections.abc import Callable
from typing import Any

from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.migration import Migration
from django_tenants.migration_executors.base import run_migrations
from psycopg import sql

from apps.tenants.models import TEMPLATE_SCHEMA, TemplateMigration, Tenant
from apps.tenants.scope import PUBLIC, schema_scope
from apps.tenants.services.schemas import bring_up_to_date

Say = Callable[[str], None]


def migrate_everything(args: tuple[str, ...], options: dict[str, Any], *, say: Say) -> None:
    """Bring public, the template and every tenant to the newest state; safe to repeat after a crash."""
    run_migrations(args, options, "standard", PUBLIC)
    _migrate_template(args, options)
    for tenant in Tenant.objects.order_by("pk"):
        pending = bring_up_to_date(tenant)
        say(f"{tenant.slug}: {len(pending)} migration(s)")


def _migrate_template(args: tuple[str, ...], options: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(TEMPLATE_SCHEMA)))
    if Tenant.objects.exists():
        with schema_scope(TEMPLATE_SCHEMA):
            _keep_sql_of_new_migrations()
    run_migrations(args, options, "standard", TEMPLATE_SCHEMA)


def _keep_sql_of_new_migrations() -> None:
    """Apply one by one, keeping the SQL of each: a name that PostgreSQL chose is only known then."""
    executor = MigrationExecutor(connection)
    for migration, _backwards in executor.migration_plan(executor.loader.graph.leaf_nodes()):
        _apply_and_keep(migration)


def _apply_and_keep(migration: Migration) -> None:
    executor = MigrationExecutor(connection)
    statements = executor.loader.collect_sql([(executor.loader.graph.nodes[_key(migration)], False)])
    executor.migrate([_key(migration)])
    with schema_scope(PUBLIC):
        TemplateMigration.objects.update_or_create(
            app=migration.app_label, name=migration.name, defaults={"sql": "\n".join(statements)}
        )


def _key(migration: Migration) -> tuple[str, str]:
    return migration.app_label, migration.name
