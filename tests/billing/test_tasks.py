"""The money chain as events and tasks, and the sweep that finds what got lost."""

from collections.abc import Iterator

import pytest
from celery import Task, current_app
from django.db import transaction

from apps.billing import tasks
from apps.billing.messages import CdrIssued
from apps.billing.models import Cdr, Invoice, InvoiceDocument
from apps.billing.services import issue_cdr, save_seller, unfinished
from apps.charging.messages import TransactionEnded
from apps.events.models import OutboxRow
from apps.events.services import emit
from apps.tenants.models import Tenant
from tests.billing.conftest import ADA, SELLER


@pytest.fixture
def here() -> Iterator[None]:
    """Tasks that tasks send are run at once, in this thread."""
    current_app.conf.task_always_eager = True
    yield
    current_app.conf.task_always_eager = False


def run(task: Task, tenant: Tenant, **ids: int) -> None:
    task(schema=tenant.schema_name, **ids)


def test_the_end_of_a_charge_leads_to_an_invoice_with_a_pdf(make_charge, seller_profile, run_outbox):
    charge = make_charge()
    with transaction.atomic():
        emit(TransactionEnded(transaction_id=charge.pk))

    run_outbox()

    assert charge.cdr.invoices.get().document.is_ready
    assert not OutboxRow.objects.filter(done_at=None).exists()


def test_each_task_may_run_twice(make_charge, seller_profile, alpha, run_outbox):
    charge = make_charge()

    for _ in range(2):
        run(tasks.issue_cdr, alpha, transaction_id=charge.pk)
        run(tasks.issue_invoice, alpha, cdr_id=charge.cdr.pk)
        run(tasks.render_invoice, alpha, invoice_id=charge.cdr.invoices.get().pk)

    assert (Cdr.objects.count(), Invoice.objects.count(), InvoiceDocument.objects.count()) == (1, 1, 1)


def test_the_sweep_takes_up_the_chain_wherever_it_broke(make_charge, seller_profile, alpha, here):
    charges = [make_charge() for _ in range(3)]
    issue_cdr(charges[0].pk)

    for _ in range(3):
        run(tasks.sweep, alpha)

    assert InvoiceDocument.objects.exclude(sha256="").count() == 3
    left = unfinished()
    assert (left.transactions, left.cdrs, left.invoices) == ([], [], [])


def test_one_charge_that_cannot_be_priced_stops_no_other(make_charge, seller_profile, alpha):
    broken, sound = make_charge(), make_charge()
    type(broken).objects.filter(pk=broken.pk).update(tariff={"currency": "EUR"})

    assert unfinished().transactions == [broken.pk, sound.pk]
    with pytest.raises(KeyError):
        run(tasks.issue_cdr, alpha, transaction_id=broken.pk)
    run(tasks.issue_cdr, alpha, transaction_id=sound.pk)

    assert unfinished().transactions == [broken.pk]


def test_waiting_for_the_sellers_data_is_no_failure_and_ends_with_them(make_charge, alpha, run_outbox, here):
    charge = make_charge()
    with transaction.atomic():
        emit(TransactionEnded(transaction_id=charge.pk))
    run_outbox()
    assert OutboxRow.objects.get(task="billing.issue_invoice").done_at
    assert not Invoice.objects.exists()

    save_seller(by=ADA, **SELLER)
    run_outbox()

    assert charge.cdr.invoices.get().document.is_ready


def test_a_cdr_of_nothing_is_no_work(make_charge, seller_profile, alpha, run_outbox):
    cdr = issue_cdr(make_charge(terms=None).pk)
    with transaction.atomic():
        emit(CdrIssued(cdr_id=cdr.pk))

    run_outbox()

    assert not Invoice.objects.exists()
    assert not OutboxRow.objects.filter(done_at=None).exists()
