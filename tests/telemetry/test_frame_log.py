"""The frame log's fast way in: nothing is altered on the way, and an outage of the database loses no frame."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from apps.telemetry.adapters import frame_log as logging
from apps.telemetry.adapters.frame_log import FrameLog
from apps.telemetry.adapters.link import connect
from apps.telemetry.messages import FrameRow
from apps.telemetry.models import Frame
from apps.tenants.scope import schema_scope

AT = datetime(2026, 5, 4, 12, 30, 15, 123456, tzinfo=UTC)


def row(number: int = 0, **facts: Any) -> FrameRow:
    told = FrameRow(
        station_id=1, at=AT, incoming=True, kind=2, epoch=3, message_id=f"m{number}", action="Heartbeat", payload="{}"
    )
    return told._replace(**facts)


def with_log(work: Callable[[FrameLog], Coroutine[Any, Any, Any]]) -> Any:
    async def run() -> Any:
        log = FrameLog()
        try:
            return await work(log)
        finally:
            await log.close()

    return asyncio.run(run())


@pytest.mark.parametrize(
    "payload", ['{"a":"b\\\\n\\t"}', '{\n\t"a": 1\r\n}', "\\N", "\\.", '{"unit":"°C","name":"充电"}', "", "x" * 100_000]
)
def test_a_frame_is_stored_as_it_is(live_tenant, payload):
    told = row(payload=payload, note="a\tnote\\", incoming=False, kind=3)

    async def work(log: FrameLog) -> None:
        log.add(live_tenant.pk, told)
        await log.flush()

    with_log(work)

    stored = Frame.objects.get()
    assert tuple(getattr(stored, name) for name in FrameRow._fields) == tuple(told)


def test_an_answer_that_tells_nothing_is_logged_with_its_question(live_tenant):
    answered_at = AT + timedelta(milliseconds=12)

    async def work(log: FrameLog) -> None:
        log.add(live_tenant.pk, row(payload='{"a":1}'), answered_at=answered_at)
        await log.flush()

    with_log(work)

    question, answer = Frame.objects.order_by("at")
    assert (question.payload, question.incoming, question.kind) == ('{"a":1}', True, 2)
    assert (answer.payload, answer.incoming, answer.kind, answer.at) == ("{}", False, 3, answered_at)
    assert (answer.message_id, answer.action, answer.epoch) == (question.message_id, question.action, question.epoch)


def test_each_tenant_sees_its_own(live_tenant, beta):
    async def work(log: FrameLog) -> None:
        log.add(live_tenant.pk, row(1))
        log.add(live_tenant.pk, row(2))
        log.add(beta.pk, row(3))
        await log.flush()

    with_log(work)

    assert set(Frame.objects.values_list("message_id", flat=True)) == {"m1", "m2"}
    with schema_scope(beta.schema_name):
        assert Frame.objects.get().message_id == "m3"
    asyncio.run(forget_frames(beta.pk))


async def forget_frames(tenant_id: int) -> None:
    """Of a tenant that stays; not in the test's own transaction, which is rolled back."""
    async with await connect("control") as other:
        await other.execute("DELETE FROM telemetry.frame WHERE tenant_id = %s", [tenant_id])


def test_frames_wait_for_the_database(live_tenant, monkeypatch):
    async def work(log: FrameLog) -> None:
        log.add(live_tenant.pk, row(1))
        monkeypatch.setitem(connection.settings_dict, "PORT", "1")
        await log.flush()
        log.add(live_tenant.pk, row(2))
        monkeypatch.undo()
        await log.flush()

    with_log(work)

    assert list(Frame.objects.order_by("id").values_list("message_id", flat=True)) == ["m1", "m2"]


def test_it_recovers_from_a_lost_connection(live_tenant):
    async def work(log: FrameLog) -> None:
        log.add(live_tenant.pk, row(1))
        await log.flush()
        async with await connect("control") as other:
            await other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE application_name = 'ohmstead frame log' AND datname = current_database()"
            )
        log.add(live_tenant.pk, row(2))
        await log.flush()
        await log.flush()

    with_log(work)

    assert set(Frame.objects.values_list("message_id", flat=True)) == {"m1", "m2"}


@pytest.mark.parametrize("poison", [{"payload": "\0"}, {"note": "\ud800"}, {"kind": 2**20}, {"station_id": 2**70}])
def test_one_frame_that_postgresql_refuses_takes_no_other_along(live_tenant, poison):
    async def work(log: FrameLog) -> None:
        for number in range(20):
            log.add(live_tenant.pk, row(number, **(poison if number == 13 else {})))
        await log.flush()

    with_log(work)

    assert list(Frame.objects.order_by("id").values_list("message_id", flat=True)) == [
        f"m{number}" for number in range(20) if number != 13
    ]


def test_few_frames_of_a_megabyte_are_as_many_as_thousands(live_tenant, monkeypatch):
    monkeypatch.setattr(logging, "MOST_CHARACTERS", 1000)

    async def work(log: FrameLog) -> None:
        for number in range(9):
            log.add(live_tenant.pk, row(number, payload="x" * 400))
        await log.flush()
        log.add(live_tenant.pk, row(10))
        await log.flush()

    with_log(work)

    assert Frame.objects.count() == 4


def test_memory_is_bounded(live_tenant, monkeypatch):
    monkeypatch.setattr(logging, "MOST_WAITING", 5)

    async def work(log: FrameLog) -> None:
        for number in range(9):
            log.add(live_tenant.pk, row(number))
        await log.flush()

    with_log(work)

    assert Frame.objects.count() == 5
