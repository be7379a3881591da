"""Invoice numbers have no gaps, whatever happens at the same time."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import DatabaseError, connection, transaction

from apps.billing.models import Invoice, NumberSeries
from apps.billing.rules import number_text
from apps.billing.services import credit_invoice, issue_cdr, issue_invoice, save_seller
from apps.core.errors import UnableTo
from apps.tenants.models import Tenant
from apps.tenants.scope import schema_scope
from tests.billing.conftest import ADA, SELLER

THREADS = 16
INVOICES = 200


def in_thread(tenant: Tenant, work: Callable[..., Any], *args: Any) -> Any:
    """Work in the tenant's schema on this thread's own connection."""
    try:
        with schema_scope(tenant.schema_name):
            return work(*args)
    finally:
        connection.close()


def cut_the_line(cdr_id: int) -> None:
    """Issue an invoice and lose the connection before it is committed."""
    try:
        with transaction.atomic():
            issue_invoice(cdr_id)
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    except DatabaseError:
        return
    raise AssertionError("The connection was not cut.")


def expected_numbers(series: str, count: int) -> list[str]:
    row = NumberSeries.objects.get(series=series)
    assert row.last == count
    return [number_text(series, row.year, counter) for counter in range(1, count + 1)]


def test_sixteen_threads_issue_two_hundred_invoices_without_a_gap(live_tenant, make_charge):
    save_seller(by=ADA, **SELLER)
    cdrs = [issue_cdr(make_charge().pk).pk for _ in range(INVOICES)]

    with ThreadPoolExecutor(THREADS) as pool:
        # Each is asked for twice at the same time, as a repeated task would.
        twice = [cdr_id for cdr_id in cdrs for _ in range(2)]
        list(pool.map(lambda cdr_id: in_thread(live_tenant, issue_invoice, cdr_id), twice))

    assert sorted(Invoice.objects.values_list("number", flat=True)) == expected_numbers("R-", INVOICES)
    assert set(Invoice.objects.values_list("cdr_id", flat=True)) == set(cdrs)


def test_a_connection_cut_before_the_commit_leaves_no_gap(live_tenant, make_charge):
    save_seller(by=ADA, **SELLER)
    cdrs = [issue_cdr(make_charge().pk).pk for _ in range(30)]

    def issue(cdr_id: int) -> None:
        if cdr_id % 3 == 0:
            cut_the_line(cdr_id)
            connection.close()
        issue_invoice(cdr_id)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda cdr_id: in_thread(live_tenant, issue, cdr_id), cdrs))

    assert sorted(Invoice.objects.values_list("number", flat=True)) == expected_numbers("R-", 30)


def test_of_many_that_take_an_invoice_back_at_once_one_succeeds(live_tenant, make_charge):
    save_seller(by=ADA, **SELLER)
    invoice = issue_invoice(issue_cdr(make_charge().pk).pk)

    def credit(number: int) -> bool:
        try:
            credit_invoice(invoice, by=f"{number}@example.com", reason="Wrong")
        except UnableTo:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda number: in_thread(live_tenant, credit, number), range(8)))

    assert sum(done) == 1
    assert expected_numbers("R-CN-", 1) == [Invoice.objects.get(credits=invoice).number]
