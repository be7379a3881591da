"""Shared tables: each tenant sees its own rows, a reading counts once, partitions come and go."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection

from apps.core.clock import now
from apps.telemetry.messages import ContextCode, FrameRow, MeterRow
from apps.telemetry.models import ChargeLive, Frame, MeterValue, StationLive
from apps.telemetry.services.leases import holds_lease, note_seen, release_gateway, release_lease, take_lease
from apps.telemetry.services.partitions import drop_old_partitions, make_partitions
from apps.telemetry.services.writing import (
    adopt_readings,
    forget_charge_live,
    store_charge_live,
    store_frames,
    store_readings,
)
from apps.tenants.scope import schema_scope

AT = datetime(2026, 5, 4, 12, tzinfo=UTC)


def reading(**facts: object) -> MeterRow:
    return MeterRow(
        **{"station_id": 1, "evse": 1, "context": ContextCode.SAMPLE_PERIODIC, "at": AT, "received_at": AT, **facts}
    )


def take(station_id: int = 1, gateway: str = "g1") -> int:
    return take_lease(station_id, gateway=gateway, version="1.6", address="127.0.0.1").epoch


def test_a_repeated_reading_is_the_same_row(alpha):
    store_readings([reading(energy_wh=1000.0, extra={"Frequency": 50.0})])
    store_readings([reading(energy_wh=1000.0), reading(energy_wh=1001.0, context=ContextCode.TRANSACTION_END)])

    assert list(MeterValue.objects.order_by("context").values_list("energy_wh", "extra")) == [
        (1000.0, {"Frequency": 50.0}),
        (1001.0, None),
    ]


def test_a_register_above_the_float4_range_keeps_its_watt_hours(alpha):
    store_readings([reading(energy_wh=98_765_432.0)])

    assert MeterValue.objects.get().energy_wh == 98_765_432.0


def test_no_tenant_sees_anothers_telemetry(alpha, beta):
    store_readings([reading()])
    store_frames([frame()])
    take()
    store_charge_live(1, at=AT, energy_wh=1, power_w=2, soc_percent=None)

    with schema_scope(beta.schema_name):
        assert [model.objects.count() for model in (MeterValue, Frame, StationLive, ChargeLive)] == [0, 0, 0, 0]
    assert [model.objects.count() for model in (MeterValue, Frame, StationLive, ChargeLive)] == [1, 1, 1, 1]


def frame() -> FrameRow:
    return FrameRow(
        station_id=1, at=now(), incoming=True, kind=2, epoch=1, message_id="m", action="Heartbeat", payload="{}"
    )


def test_an_older_reading_does_not_overwrite_the_live_one(alpha):
    store_charge_live(1, at=AT, energy_wh=500, power_w=7000, soc_percent=None)
    store_charge_live(1, at=AT - timedelta(minutes=1), energy_wh=400, power_w=1, soc_percent=1)
    store_charge_live(1, at=AT + timedelta(minutes=1), energy_wh=None, power_w=6900, soc_percent=40)

    live = ChargeLive.objects.get()
    assert (live.energy_wh, live.power_w, live.soc_percent) == (500, 6900, 40)
    forget_charge_live(1)
    assert not ChargeLive.objects.exists()


def test_readings_without_a_number_are_adopted_by_the_charge_of_their_time(alpha):
    store_readings([reading(), reading(at=AT - timedelta(hours=1)), reading(evse=2)])

    adopt_readings(9, station_id=1, evse=1, begin=AT - timedelta(minutes=5), end=None)

    assert list(MeterValue.objects.filter(transaction_id=9).values_list("evse", "at")) == [(1, AT)]


def test_the_newest_socket_holds_the_lease_and_a_late_close_of_the_old_one_does_nothing(alpha):
    old = take(gateway="g1")
    lease = take_lease(1, gateway="g2", version="2.0.1", address="")

    assert (lease.epoch, lease.superseded_gateway) == (old + 1, "g1")
    assert release_lease(1, epoch=old) is False
    assert StationLive.objects.get().gateway == "g2"
    assert holds_lease(1, epoch=lease.epoch)
    assert release_lease(1, epoch=lease.epoch) is True
    assert StationLive.objects.get().connected_at is None


def test_a_sign_of_life_of_a_stale_socket_is_not_noted(alpha):
    old, new = take(), take()
    seen = now() + timedelta(minutes=1)

    note_seen([(alpha.pk, 1, old, seen)])
    assert StationLive.objects.get().last_seen_at < seen
    note_seen([(alpha.pk, 1, new, seen)])
    assert StationLive.objects.get().last_seen_at == seen


def test_a_gateway_that_ends_lets_go_of_all_its_stations(alpha):
    take(1, "g1"), take(2, "g1"), take(3, "g2")

    release_gateway("g1")

    assert list(StationLive.objects.exclude(connected_at=None).values_list("station_id", flat=True)) == [3]


def test_partitions_are_made_ahead_and_rows_that_came_early_move_in(alpha):
    future = now() + timedelta(weeks=20)
    store_readings([reading(at=future)])

    with time_machine.travel(future):
        made = make_partitions()
        assert make_partitions() == []

    monday = (future - timedelta(days=future.weekday())).strftime("%Y%m%d")
    assert f"meter_value_{monday}" in made
    assert f"frame_{monday}" in made
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM telemetry.meter_value_{monday}")
        assert cursor.fetchone()[0] == 1


def test_a_partition_older_than_the_retention_is_dropped(alpha, settings):
    settings.FRAME_DAYS = 30
    with time_machine.travel(now() - timedelta(days=60)):
        old = make_partitions()

    dropped = drop_old_partitions()

    assert dropped
    assert set(dropped) <= set(old)
    assert all(name.startswith("frame_") for name in dropped)


@pytest.mark.parametrize("year", [2010, 2106])
def test_a_reading_of_any_plausible_year_is_stored(alpha, year):
    store_readings([reading(at=AT.replace(year=year))])

    assert MeterValue.objects.get().at.year == year
