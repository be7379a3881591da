"""The schema is named once per transaction, and never remembered wrongly: a row in another tenant is the worst fault.

Each test first leaves the physical connection in tenant beta's schema, as a pool does, and asks PostgreSQL itself.
"""

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from apps.core.clock import now
from apps.stations.models import Location
from apps.tenants.scope import PUBLIC, in_tenant, schema_scope


def schema() -> str:
    """Where a table would be found, in the words of the database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_schema()")
        return str(cursor.fetchone()[0])


def break_a_statement() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 / 0")


@pytest.fixture
def own(live_tenant: Any) -> Iterator[str]:
    """A tenant's schema on a connection whose last user was another tenant. Transactions are real here."""
    with schema_scope("t_beta"):
        assert schema() == "t_beta"
    with schema_scope(live_tenant.schema_name):
        yield live_tenant.schema_name


def test_it_is_named_once_outside_and_once_in_each_transaction(own: str) -> None:
    with CaptureQueriesContext(connection) as captured:
        for _ in range(3):
            Location.objects.count()
        for _ in range(2):
            with transaction.atomic():
                Location.objects.count()
                Location.objects.count()

    named = [query["sql"] for query in captured if query["sql"].startswith("SET search_path")]
    assert len(named) == 1 + 1  # the second transaction follows a commit, the first what was set outside


def test_it_stands_after_a_rollback(own: str) -> None:
    with contextlib.suppress(ZeroDivisionError), transaction.atomic():
        assert schema() == own
        raise ZeroDivisionError

    assert schema() == own


def test_it_stands_after_an_error_of_the_database(own: str) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        break_a_statement()

    assert schema() == own


def test_it_stands_after_an_error_that_was_swallowed_and_committed(own: str) -> None:
    with transaction.atomic(), contextlib.suppress(DatabaseError):
        break_a_statement()

    assert schema() == own


def test_it_stands_after_a_rollback_to_a_savepoint(own: str) -> None:
    with transaction.atomic():
        with pytest.raises(DatabaseError), transaction.atomic():
            break_a_statement()
        assert schema() == own
        assert Location.objects.count() == 0
    assert schema() == own


def test_it_stands_after_a_savepoint_in_another_tenant_was_rolled_back(own: str) -> None:
    with transaction.atomic():
        with contextlib.suppress(DatabaseError), schema_scope("t_beta"), transaction.atomic():
            assert schema() == "t_beta"
            break_a_statement()
        assert schema() == own
    assert schema() == own


def test_it_stands_after_a_commit_that_failed(own: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE once (id int UNIQUE DEFERRABLE INITIALLY DEFERRED)")
    connection.close()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("INSERT INTO once VALUES (1), (1)")

    assert schema() == own


def test_it_stands_after_the_connection_was_cut(own: str) -> None:
    with pytest.raises(DatabaseError), connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    connection.close()

    assert schema() == own


def test_it_stands_after_a_cut_within_a_transaction(own: str) -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    assert schema() == own


def test_it_stands_when_the_pool_hands_out_what_another_tenant_used(own: str) -> None:
    connection.close()

    def use() -> None:
        with schema_scope("t_beta"):
            assert schema() == "t_beta"
        connection.close()

    thread = threading.Thread(target=use)
    thread.start()
    thread.join()
    with transaction.atomic():
        assert schema() == own
    assert schema() == own


def test_it_changes_within_a_transaction_and_back(own: str) -> None:
    with transaction.atomic():
        with schema_scope("t_beta"):
            assert schema() == "t_beta"
        assert schema() == own
        with schema_scope(PUBLIC):
            assert schema() == "public"
    assert schema() == own


def _look(fails: bool) -> str:
    with transaction.atomic():
        seen = schema()
        if fails:
            Location.objects.create(name=f"lost {now()}", address="", postal_code="", city="")
            raise ZeroDivisionError
    assert schema() == seen
    return seen


async def test_threads_that_share_a_pool_stay_apart_whatever_fails(own: str) -> None:
    seen = []
    for number in range(200):
        expected = (own, "t_beta", PUBLIC)[number % 3]
        try:
            seen.append((expected, await in_tenant(expected, _look, number % 5 == 0 and expected != PUBLIC)))
        except ZeroDivisionError:
            seen.append((expected, expected))

    assert [found for _expected, found in seen] == [expected for expected, _found in seen]
