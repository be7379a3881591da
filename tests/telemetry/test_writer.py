"""The group-commit writer: acknowledged means committed, one refused message harms no other, and it always recovers."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.db import OperationalError, connection

from apps.telemetry.adapters import writer as writing
from apps.telemetry.adapters.writer import GroupWriter
from apps.telemetry.messages import ContextCode, MeterRow, Parcel
from apps.telemetry.models import ChargeLive, MeterValue
from apps.telemetry.services.leases import take_lease
from apps.telemetry.services.live import open_charge_live
from apps.telemetry.services.writing import forget_charge_live
from apps.tenants.scope import schema_scope
from tests.plugged import wait_for

AT = datetime(2026, 5, 4, 12, tzinfo=UTC)
CHARGE = 7
INSERT = """INSERT INTO telemetry.meter_value (tenant_id, station_id, evse, context, at, received_at)
            VALUES (%s, 1, 1, 1, %s, %s)"""


@pytest.fixture
def held(live_tenant: Any) -> Any:
    """Station 1 is connected under epoch 1, and its charge is open."""
    take_lease(1, gateway="g1", version="1.6", address="")
    open_charge_live([(CHARGE, AT)])
    return live_tenant


def parcel(tenant: Any, number: int = 0, **facts: Any) -> Parcel:
    row = MeterRow(
        station_id=1, evse=1, context=ContextCode.SAMPLE_PERIODIC, at=AT + timedelta(seconds=number), received_at=AT,
        energy_wh=1000.0 + number, power_w=7000.0, extra={"Frequency": 50.0},
    )  # fmt: skip
    row = row._replace(**{name: facts.pop(name) for name in ("seq_no", "at", "energy_wh", "extra") if name in facts})
    row = row._replace(transaction_id=facts.get("transaction_id", CHARGE))
    told = {
        "tenant_id": tenant.pk, "station_id": 1, "epoch": 1, "transaction_id": CHARGE, "rows": (row,),
        "message_id": f"m{number}",
    }  # fmt: skip
    return Parcel(**{**told, **facts})


def with_writer(work: Callable[[GroupWriter], Coroutine[Any, Any, Any]], **options: Any) -> Any:
    async def run() -> Any:
        writer = GroupWriter(**options)
        writer.start()
        try:
            return await work(writer)
        finally:
            await writer.stop()

    return asyncio.run(run())


async def store(writer: GroupWriter, one: Parcel) -> bool:
    """What the writer tells of it; as a gateway does, only when there is room."""
    told: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    def done(result: bool | OperationalError) -> None:
        if isinstance(result, bool):
            told.set_result(result)
        else:
            told.set_exception(result)

    await writer.until_room()
    writer.submit(one, done)
    return await told


async def store_all(writer: GroupWriter, parcels: list[Parcel]) -> list[Any]:
    return await asyncio.gather(*(store(writer, one) for one in parcels), return_exceptions=True)


async def backend_of_writer() -> int:
    """The process that serves the writer of this test database."""
    query = (
        "SELECT pid FROM pg_stat_activity WHERE application_name = 'ohmstead writer' AND datname = current_database()"
    )
    async with await control() as other:
        while not (found := await (await other.execute(query)).fetchone()):
            await asyncio.sleep(0.01)
    return int(found[0])


async def control() -> psycopg.AsyncConnection[Any]:
    told = connection.settings_dict
    return await psycopg.AsyncConnection.connect(
        dbname=told["NAME"], user=told["USER"], password=told["PASSWORD"], host=told["HOST"], port=told["PORT"],
        autocommit=True,
    )  # fmt: skip


async def waiting_for_a_lock(other: psycopg.AsyncConnection[Any], pid: int) -> None:
    query = "SELECT 1 FROM pg_stat_activity WHERE pid = %s AND wait_event_type = 'Lock'"
    while not await (await other.execute(query, [pid])).fetchone():
        await asyncio.sleep(0.01)


def test_what_is_acknowledged_is_committed(held):
    assert with_writer(lambda writer: store(writer, parcel(held))) is True

    stored = MeterValue.objects.get()
    assert (stored.transaction_id, stored.energy_wh, stored.power_w, stored.extra) == (
        7,
        1000.0,
        7000.0,
        {"Frequency": 50.0},
    )


def test_a_batch_is_one_commit(held):
    commits: list[int] = []
    options = {"on_commit": lambda messages, seconds: commits.append(messages), "window_s": 0.2}

    assert (
        with_writer(lambda writer: store_all(writer, [parcel(held, n) for n in range(300)]), **options) == [True] * 300
    )
    assert commits == [300]
    assert MeterValue.objects.count() == 300


def test_nothing_is_acknowledged_when_the_backend_dies_before_the_commit(held):
    async def work(writer: GroupWriter) -> Any:
        pid = await backend_of_writer()
        async with await control() as other, other.transaction(force_rollback=True):
            await other.execute(INSERT, [held.pk, AT + timedelta(seconds=4), AT])
            stored = asyncio.create_task(store_all(writer, [parcel(held, n) for n in range(5)]))
            async with await control() as third:
                await waiting_for_a_lock(third, pid)  # four readings are inserted, their commit is to come
                await third.execute("SELECT pg_terminate_backend(%s)", [pid])
            lost = await stored
        return lost, await come_back(writer, parcel(held, 9))

    lost, _ = with_writer(work)

    assert [type(one) for one in lost] == [OperationalError] * 5
    assert list(MeterValue.objects.values_list("energy_wh", flat=True)) == [1009.0]


async def come_back(writer: GroupWriter, another: Parcel) -> bool:
    """Nobody restarts anything: sooner or later it stores again."""
    while True:
        try:
            return await store(writer, another)
        except OperationalError:
            await asyncio.sleep(0.05)


def test_one_message_that_postgresql_refuses_is_alone_among_500(held):
    parcels = [parcel(held, number) for number in range(500)]
    parcels[321] = parcel(held, 321, extra={"a\0b": 1})
    parcels[322] = parcel(held, 322, extra={"\ud800": 1})

    found = with_writer(lambda writer: store_all(writer, parcels), window_s=0.2)

    assert [number for number, stored in enumerate(found) if not stored] == [321, 322]
    assert MeterValue.objects.count() == 498


def test_a_stale_socket_stores_nothing(held):
    take_lease(1, gateway="g2", version="1.6", address="")

    assert with_writer(lambda writer: store_all(writer, [parcel(held, 1), parcel(held, 2, epoch=2)])) == [False, True]
    assert list(MeterValue.objects.values_list("energy_wh", flat=True)) == [1002.0]


def test_a_charge_that_is_over_takes_no_readings_this_way(held):
    forget_charge_live(CHARGE)

    assert with_writer(lambda writer: store(writer, parcel(held))) is False
    assert not MeterValue.objects.exists()


def test_a_charge_that_ends_this_moment_holds_up_nobody(held):
    async def work(writer: GroupWriter) -> Any:
        async with await control() as other, other.transaction():
            await other.execute(
                "DELETE FROM telemetry.charge_live WHERE tenant_id = %s AND transaction_id = 7", [held.pk]
            )
            return await asyncio.wait_for(store_all(writer, [parcel(held, 1), parcel(held, 2, transaction_id=8)]), 15)

    open_charge_live([(8, AT)])

    assert with_writer(work) == [False, True]


def test_a_repeated_message_counts_once(held):
    twice = [parcel(held, 1, seq_no=4), parcel(held, 1, seq_no=4)]

    assert with_writer(lambda writer: store_all(writer, twice)) == [True, True]
    assert list(MeterValue.objects.values_list("seq_no", flat=True)) == [4]


def test_a_number_that_finds_its_readings_place_taken_is_not_lost_silently(held):
    same_instant = [parcel(held, 1, seq_no=4), parcel(held, 2, seq_no=5, at=AT + timedelta(seconds=1))]

    assert with_writer(lambda writer: store_all(writer, same_instant)) == [True, False]


def test_another_tenants_station_of_the_same_number_is_another_station(held, beta):
    with schema_scope(beta.schema_name):
        assert not ChargeLive.objects.exists()

    assert with_writer(lambda writer: store(writer, parcel(held)._replace(tenant_id=beta.pk))) is False
    assert not MeterValue.objects.exists()


def test_beyond_the_bound_submitters_wait_and_are_served_in_their_order(held, monkeypatch):
    monkeypatch.setattr(writing, "MOST_OPEN", 4)

    async def work(writer: GroupWriter) -> tuple[int, list[int]]:
        pid, served = await backend_of_writer(), []

        async def submit(number: int) -> None:
            await store(writer, parcel(held, number))
            served.append(number)

        async with await control() as other, await control() as third:
            async with other.transaction():
                await other.execute("LOCK TABLE telemetry.meter_value IN EXCLUSIVE MODE")
                everyone = [asyncio.create_task(submit(number)) for number in range(12)]
                await waiting_for_a_lock(third, pid)
                depth = writer.depth
            await asyncio.gather(*everyone)
        return depth, served

    depth, served = with_writer(work)

    assert depth == 4
    assert served == list(range(12))


def test_a_batch_is_no_larger_than_allowed_and_takes_the_oldest_first(held):
    commits: list[int] = []

    async def work(writer: GroupWriter) -> Any:
        writer.largest_batch = 10
        return await store_all(writer, [parcel(held, number) for number in range(25)])

    with_writer(work, on_commit=lambda messages, seconds: commits.append(messages))

    assert commits == [10, 10, 5]


def test_while_the_database_is_away_everyone_is_told_at_once(held, monkeypatch):
    async def work(writer: GroupWriter) -> Any:
        assert await store(writer, parcel(held, 1))
        pid = await backend_of_writer()
        async with await control() as other:
            monkeypatch.setitem(connection.settings_dict, "PORT", "1")
            await other.execute("SELECT pg_terminate_backend(%s)", [pid])
        first = await asyncio.wait_for(store_all(writer, [parcel(held, 2)]), 15)
        second = await asyncio.wait_for(store_all(writer, [parcel(held, 3)]), 15)
        monkeypatch.undo()
        return first, second, await come_back(writer, parcel(held, 4))

    (first,), (second,), back = with_writer(work)

    assert isinstance(first, OperationalError)
    assert isinstance(second, OperationalError)
    assert back is True
    assert list(MeterValue.objects.order_by("at").values_list("energy_wh", flat=True)) == [1001.0, 1004.0]


def test_a_deadlock_is_tried_again(held):
    """Two transactions that take two readings' places in opposite order: PostgreSQL ends one of them."""

    async def work(writer: GroupWriter) -> Any:
        pid = await backend_of_writer()
        async with await control() as other, await control() as third:
            await other.execute("SET deadlock_timeout = '60s'")  # so that the writer is the one to be ended
            async with other.transaction():
                await other.execute(INSERT, [held.pk, AT + timedelta(seconds=2), AT])
                stored = asyncio.create_task(store_all(writer, [parcel(held, 1), parcel(held, 2)]))
                await waiting_for_a_lock(third, pid)
                await other.execute(INSERT, [held.pk, AT + timedelta(seconds=1), AT])
            return await stored

    assert with_writer(work) == [True, True]
    assert MeterValue.objects.count() == 2


def test_two_writers_store_what_one_station_repeats_to_both_once(held):
    def run() -> None:
        assert with_writer(lambda writer: store_all(writer, [parcel(held, n) for n in range(50)])) == [True] * 50

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    wait_for(lambda: MeterValue.objects.count() == 50)
