"""Tenant schemas: replayed, whole, isolated, migrated."""

import pytest
from django.db import connection, transaction

from apps.accounts.models import User
from apps.core.errors import UnableTo
from apps.events.models import OutboxRow
from apps.telemetry.services.views import wrong_views
from apps.tenants.adapters.template import fingerprint
from apps.tenants.models import TEMPLATE_SCHEMA, TemplateMigration, Tenant
from apps.tenants.scope import schema_scope
from apps.tenants.services.schemas import bring_up_to_date, create_schema
from apps.tenants.services.tenants import create_tenant, delete_tenant, tenant_of_host
from apps.tenants.tasks import tenant_task


def test_a_new_tenant_has_the_shape_of_the_template(alpha):
    assert fingerprint(alpha.schema_name) == fingerprint(TEMPLATE_SCHEMA)
    assert wrong_views(alpha.schema_name, alpha.pk) == []


def test_a_view_with_another_tenants_id_is_found(alpha, beta):
    assert wrong_views(alpha.schema_name, beta.pk) == ["meter_value", "frame", "station_live", "charge_live"]


def test_two_tenants_do_not_see_each_others_users(alpha, beta):
    User.objects.create(email="a@example.com")

    with schema_scope(beta.schema_name):
        assert not User.objects.filter(email="a@example.com").exists()


def test_identity_columns_go_on_where_the_copied_rows_end(alpha):
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(id) FROM django_content_type")
        (last,) = cursor.fetchone()
        cursor.execute("INSERT INTO django_content_type (app_label, model) VALUES ('x', 'y') RETURNING id")
        assert cursor.fetchone()[0] == last + 1


def test_creating_a_tenant_twice_changes_nothing(alpha):
    again, created = create_tenant("alpha", name="Other name")

    assert (again.pk, again.name, created) == (alpha.pk, "Alpha", False)


@pytest.mark.parametrize("slug", ["A", "1st", "a b", "x" * 41, "admin", 'a";drop', "ü"])
def test_a_bad_slug_is_refused_with_a_reason(db, slug):
    with pytest.raises(UnableTo, match=r"letters|reserved"):
        create_tenant(slug, name="No")


def test_a_failed_creation_leaves_nothing_behind(db, monkeypatch):
    def break_it(schema: str, tenant_id: int) -> None:
        raise UnableTo("broken step")

    monkeypatch.setattr("apps.tenants.services.schemas.schema_steps", lambda: [break_it])
    with pytest.raises(UnableTo, match="broken step"):
        create_tenant("broken", name="Broken")

    assert not Tenant.objects.filter(slug="broken").exists()
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regnamespace('t_broken')")
        assert cursor.fetchone()[0] is None


def test_a_migration_of_the_template_reaches_a_tenant_with_its_row(alpha):
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {TEMPLATE_SCHEMA}.django_migrations (app, name, applied) VALUES ('x', '1', now())")
    TemplateMigration.objects.create(app="x", name="1", sql="ALTER TABLE accounts_user ADD COLUMN hat text")

    done = bring_up_to_date(alpha)

    assert [str(migration) for migration in done] == ["x.1"]
    assert bring_up_to_date(alpha) == []
    with schema_scope(alpha.schema_name), connection.cursor() as cursor:
        cursor.execute("SELECT hat FROM accounts_user")


def test_a_failing_migration_leaves_the_tenant_as_it_was(alpha):
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {TEMPLATE_SCHEMA}.django_migrations (app, name, applied) VALUES ('x', '1', now())")
    TemplateMigration.objects.create(app="x", name="1", sql="ALTER TABLE accounts_user ADD hat text; SELECT 1/0")

    with pytest.raises(Exception, match="division by zero"), transaction.atomic():
        bring_up_to_date(alpha)

    with schema_scope(alpha.schema_name), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM django_migrations WHERE app = 'x'")
        assert cursor.fetchone()[0] == 0


def test_a_schema_that_differs_from_the_template_is_not_accepted(db, monkeypatch):
    def spoil(schema: str, tenant_id: int) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {schema}.accounts_user DROP COLUMN name")

    monkeypatch.setattr("apps.tenants.services.schemas.schema_steps", lambda: [spoil])
    with pytest.raises(UnableTo, match="differs from the template"), transaction.atomic():
        create_schema("t_spoilt", tenant_id=4711)


@pytest.mark.parametrize(
    ("host", "slug"), [("alpha.localhost", "alpha"), ("beta.localhost", "beta"), ("gamma.localhost", None)]
)
def test_a_tenant_is_found_by_host_name(db, host, slug):
    tenant = tenant_of_host(host)

    assert (tenant.slug if tenant else None) == slug


def test_a_task_of_a_deleted_tenant_does_nothing(db):
    done = []

    def note(**ids):
        done.append(ids)

    task = tenant_task(note)

    task(schema="t_gone", transaction_id=1)
    assert done == []
    task(schema="t_alpha", transaction_id=1)
    assert done == [{"transaction_id": 1}]


def test_the_news_of_a_deleted_tenant_are_forgotten(db):
    tenant, _created = create_tenant("leaving", name="Leaving")
    OutboxRow.objects.create(schema=tenant.schema_name, event="x.Y", task="x.y", payload={})

    delete_tenant(tenant)

    assert not OutboxRow.objects.exists()
