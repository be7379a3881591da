"""The outbox: durable news, sent again until done."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
import time_machine
from celery import current_app, shared_task
from django.db import transaction

from apps.charging.messages import TransactionEnded
from apps.core.clock import now
from apps.events.messages import Backlog
from apps.events.metrics import OutboxCollector
from apps.events.models import OutboxRow
from apps.events.services import backlog, emit, forget_done, mark_done, mark_failed, send_due
from apps.tenants.tasks import tenant_task

EVENT = TransactionEnded(transaction_id=7)


@pytest.fixture
def wiring(settings):
    settings.WIRING = SimpleNamespace(SUBSCRIBERS={"charging.TransactionEnded": ("a.one", "b.two")})


@pytest.fixture
def sent():
    return []


@pytest.fixture
def send(sent):
    return lambda task, kwargs: sent.append((task, kwargs))


def test_an_event_becomes_one_row_per_subscriber_with_the_tenants_schema(alpha, wiring, sent, send):
    emit(EVENT)

    assert send_due(send) == 2
    ids = list(OutboxRow.objects.order_by("pk").values_list("pk", flat=True))
    assert sent == [
        ("a.one", {"transaction_id": 7, "schema": "t_alpha", "outbox_id": ids[0]}),
        ("b.two", {"transaction_id": 7, "schema": "t_alpha", "outbox_id": ids[1]}),
    ]


def test_an_event_outside_a_transaction_is_a_bug(live_tenant):
    with pytest.raises(RuntimeError, match="outside a transaction"):
        emit(EVENT)


def test_an_event_of_a_rolled_back_transaction_never_was(live_tenant, wiring):
    def change_and_fail() -> None:
        with transaction.atomic():
            emit(EVENT)
            raise KeyError

    with pytest.raises(KeyError):
        change_and_fail()

    assert not OutboxRow.objects.filter(schema=live_tenant.schema_name).exists()


def test_a_row_that_is_not_done_is_sent_again_after_a_minute_and_then_later_each_time(alpha, wiring, sent, send):
    with time_machine.travel(now(), tick=False) as clock:
        emit(EVENT)
        assert send_due(send) == 2
        clock.shift(59)
        assert send_due(send) == 0
        clock.shift(1)
        assert send_due(send) == 2
        clock.shift(60)
        assert send_due(send) == 0
        clock.shift(60)
        assert send_due(send) == 2


def test_a_row_marked_done_is_not_sent_again_and_is_forgotten_after_a_week(alpha, wiring, sent, send):
    with time_machine.travel(now(), tick=False) as clock:
        emit(EVENT)
        send_due(send)
        mark_done(sent[0][1]["outbox_id"])
        clock.shift(120)
        assert send_due(send) == 1
        clock.shift(timedelta(days=8))
        assert forget_done() == 1


def test_a_task_closes_its_row_when_it_has_worked_and_keeps_the_error_when_it_has_not(alpha, settings, run_outbox):
    moods = ["bad"]

    def moody(transaction_id: int) -> None:
        if moods:
            raise ValueError(moods.pop())

    moody.__module__ = "apps.events.tasks"
    task = tenant_task(moody)
    settings.WIRING = SimpleNamespace(SUBSCRIBERS={"charging.TransactionEnded": (task.name,)})
    with time_machine.travel(now(), tick=False) as clock:
        emit(EVENT)
        with pytest.raises(ValueError, match="bad"), transaction.atomic():
            run_outbox()
        clock.shift(61)
        run_outbox()
    assert OutboxRow.objects.get().done_at is not None


def test_what_failed_is_shown_beside_the_row(live_tenant):
    row = OutboxRow.objects.create(schema=live_tenant.schema_name, event="x.Y", task="t", payload={})

    @shared_task(name="tests.breaks")
    def breaks() -> None:
        raise ValueError("no such thing")

    with pytest.raises(ValueError, match="no such thing"):
        current_app.tasks["tests.breaks"](outbox_id=row.pk)

    row.refresh_from_db()
    assert (row.error, row.done_at) == ("ValueError: no such thing", None)


def test_two_dispatchers_never_send_the_same_row_at_the_same_time(live_tenant, settings, sent, send, in_threads):
    settings.WIRING = SimpleNamespace(SUBSCRIBERS={"charging.TransactionEnded": ("a.one",)})
    with transaction.atomic():
        for number in range(50):
            emit(TransactionEnded(transaction_id=number))

    in_threads(4, lambda _number: send_due(send, limit=5))

    ids = [kwargs["outbox_id"] for _task, kwargs in sent]
    assert len(ids) == 20
    assert len(set(ids)) == 20


def test_the_backlog_counts_what_is_open_and_what_has_failed(alpha, wiring):
    with time_machine.travel(now(), tick=False) as clock:
        emit(EVENT)
        clock.shift(90)
        rows = OutboxRow.objects.order_by("pk")
        mark_failed(rows[0].pk, "ValueError: no")
        assert backlog() == Backlog(open=2, failing=1, oldest_s=90.0)
        for row in rows:
            mark_done(row.pk)
        assert backlog() == Backlog(open=0, failing=0, oldest_s=0.0)


def test_prometheus_is_told_of_the_backlog(live_tenant, wiring):
    before = _told()
    with transaction.atomic():
        emit(EVENT)
    after = _told()

    assert after["ohmstead_outbox_open"] - before["ohmstead_outbox_open"] == 2
    assert after["ohmstead_outbox_failing"] == before["ohmstead_outbox_failing"]
    assert after["ohmstead_outbox_oldest_seconds"] > 0


def _told():
    return {metric.name: metric.samples[0].value for metric in OutboxCollector().collect()}


def test_news_for_later_waits_until_then_and_counts_as_no_backlog(alpha, wiring, send):
    emit(EVENT, after=timedelta(seconds=30))

    assert send_due(send) == 0
    assert backlog() == Backlog(open=0, failing=0, oldest_s=0.0)
    with time_machine.travel(now() + timedelta(seconds=31), tick=False):
        assert send_due(send) == 2
