"""Fixtures for the whole suite: two tenants that every test may use, and tenants with committed rows.

`alpha` and `beta` exist in each worker's database; what a test does there is rolled back. `live_tenant` is for
tests with several threads, processes or sockets: its rows are committed, and the tenant is deleted afterwards.
"""

import secrets
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.utils import translation

from apps.core.clock import now
from apps.stations.models import EVSE, ChargingStation, Connector, Location
from apps.tenants.models import Tenant
from apps.tenants.scope import current_schema, schema_scope


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None,
    django_db_blocker: Any,
    django_db_keepdb: bool,
    django_db_createdb: bool,
    django_db_modify_db_settings: None,
) -> Iterator[None]:
    """As pytest-django's, which would leave a run of nothing but `live_tenant` tests in the real database."""
    from django.test.utils import setup_databases, teardown_databases

    from apps.telemetry.services.partitions import make_partitions
    from apps.tenants.services.tenants import create_tenant

    with django_db_blocker.unblock():
        keep = django_db_keepdb and not django_db_createdb
        databases = setup_databases(verbosity=0, interactive=False, aliases=["default"], keepdb=keep)
        make_partitions()
        for slug in ("alpha", "beta"):
            create_tenant(slug, name=slug.capitalize())
    yield
    if not django_db_keepdb:
        with django_db_blocker.unblock():
            teardown_databases(databases, verbosity=0)


@pytest.fixture(autouse=True)
def own_language() -> Iterator[None]:
    """A page that was drawn in another language leaves it behind in this thread."""
    yield
    translation.deactivate()


@pytest.fixture
def alpha(db: None) -> Iterator[Tenant]:
    """The tenant that most tests live in; its schema is set for the test."""
    tenant = Tenant.objects.get(slug="alpha")
    with schema_scope(tenant.schema_name):
        yield tenant


@pytest.fixture
def beta(db: None) -> Tenant:
    """A second tenant; enter it with `schema_scope(beta.schema_name)`."""
    return Tenant.objects.get(slug="beta")


@pytest.fixture
def live_tenant(django_db_setup: None, django_db_blocker: Any) -> Iterator[Tenant]:
    """A tenant of its own with committed rows, for threads, processes and sockets."""
    from django.db import connection

    from apps.tenants.services.tenants import create_tenant, delete_tenant

    with django_db_blocker.unblock():
        tenant, _created = create_tenant(f"live-{secrets.token_hex(4)}", name="Live")
        with schema_scope(tenant.schema_name):
            yield tenant
        connection.set_schema_to_public()
        delete_tenant(tenant)
        connection.close()


@pytest.fixture
def make_station() -> Callable[..., ChargingStation]:
    """`make_station("CS-1", evses=2)`: a station with a location, EVSEs and one connector each."""

    def make(identity: str = "CS-1", *, evses: int = 1, **fields: Any) -> ChargingStation:
        location, _created = Location.objects.get_or_create(
            name="Depot", defaults={"address": "Ringstr. 1", "postal_code": "10115", "city": "Berlin"}
        )
        station = ChargingStation.objects.create(identity=identity, location=location, **fields)
        for number in range(1, evses + 1):
            evse = EVSE.objects.create(station=station, number=number)
            Connector.objects.create(evse=evse, number=1, status="Available", status_at=now())
        return station

    return make


@pytest.fixture
def in_threads() -> Callable[[int, Callable[[int], Any]], list[Any]]:
    """`in_threads(4, work)`: run `work(number)` in that many threads of one tenant at once; the results in order."""
    from concurrent.futures import ThreadPoolExecutor

    from django.db import connection

    def run(count: int, work: Callable[[int], Any]) -> list[Any]:
        schema = current_schema()

        def call(number: int) -> Any:
            try:
                with schema_scope(schema):
                    return work(number)
            finally:
                connection.close()

        with ThreadPoolExecutor(count) as pool:
            return list(pool.map(call, range(count)))

    return run


@pytest.fixture
def run_outbox() -> Callable[[], None]:
    """Do at once, in this thread, what dispatcher and worker would do with the outbox."""
    from celery import current_app

    from apps.events.services import send_due

    current_app.loader.import_default_modules()  # every app's tasks, as a worker does at its start

    def send(task: str, kwargs: dict[str, Any]) -> None:
        current_app.tasks[task](**kwargs)

    def run() -> None:
        while send_due(send):
            pass

    return run
