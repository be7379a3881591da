"""Tenants that keep less than the house, and what a reading costs to keep."""

from datetime import timedelta

import pytest
from django.db import connection

from apps.core.clock import now
from apps.telemetry.messages import ContextCode, FrameRow, MeterRow
from apps.telemetry.models import Frame, MeterValue
from apps.telemetry.services import retention
from apps.telemetry.services.partitions import make_partitions
from apps.telemetry.services.retention import delete_expired_rows, kept_days
from apps.telemetry.services.writing import store_frames, store_readings
from apps.tenants.models import Tenant
from apps.tenants.scope import schema_scope

BYTES_PER_SAMPLE = 32
SAMPLES = 8


def store(days: int) -> None:
    """A reading and a frame that are so many days old."""
    at = now() - timedelta(days=days)
    store_readings([
        MeterRow(station_id=1, evse=1, context=ContextCode.SAMPLE_PERIODIC, at=at, received_at=at, energy_wh=1.0)
    ])  # fmt: skip
    store_frames([
        FrameRow(station_id=1, at=at, incoming=True, kind=2, epoch=1, message_id="m", action="x", payload="{}")
    ])  # fmt: skip


def ages() -> tuple[list[int], list[int]]:
    return tuple(  # type: ignore[return-value]
        sorted((now() - at).days for at in model.objects.values_list("at", flat=True)) for model in (MeterValue, Frame)
    )


@pytest.fixture
def old_rows(alpha: Tenant, beta: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "CHUNK", 2)
    make_partitions()
    for tenant in (alpha, beta):
        with schema_scope(tenant.schema_name):
            for days in (0, 5, 8, 9, 20, 70, 80, 90):
                store(days)


def test_a_tenant_that_wants_less_keeps_less_and_the_others_keep_all(alpha, beta, old_rows):
    Tenant.objects.filter(pk=alpha.pk).update(meter_value_days=60, frame_days=7)

    assert delete_expired_rows() == 3 + 6
    assert delete_expired_rows() == 0
    assert ages() == ([0, 5, 8, 9, 20], [0, 5])
    with schema_scope(beta.schema_name):
        assert ages() == ([0, 5, 8, 9, 20, 70, 80, 90],) * 2


def test_a_wish_for_one_table_leaves_the_other_alone(alpha, beta, old_rows):
    Tenant.objects.filter(pk=alpha.pk).update(frame_days=30)
    delete_expired_rows()

    assert ages() == ([0, 5, 8, 9, 20, 70, 80, 90], [0, 5, 8, 9, 20])


def test_nobody_keeps_more_than_the_house(alpha, settings):
    settings.METER_VALUE_DAYS, settings.FRAME_DAYS = 400, 10
    alpha.meter_value_days, alpha.frame_days = 500, 5

    assert kept_days(alpha) == {"meter_value": 400, "frame": 5}


def test_a_sample_costs_at_most_32_bytes_when_eight_come_together(alpha):
    fill = """
    INSERT INTO telemetry.meter_value (tenant_id, station_id, evse, context, at, received_at, transaction_id, seq_no,
        energy_wh, power_w, current_l1_a, current_l2_a, current_l3_a, voltage_v, soc_percent, offered_a)
    SELECT %s, s, 1, 1, now() + n * interval '60 s', now() + n * interval '60 s', s * 1000 + n / 60, n,
        1e6 + n * 183, 11000, 16, 16, 16, 231, 50, 16 FROM generate_series(1, 240) n, generate_series(1, 250) s
    """
    make_partitions()
    size = """
    SELECT sum(pg_total_relation_size(inhrelid)) FROM pg_inherits WHERE inhparent = 'telemetry.meter_value'::regclass
    """
    with connection.cursor() as cursor:
        cursor.execute(size)
        before = cursor.fetchone()[0]
        cursor.execute(fill, [alpha.pk])
        cursor.execute(size)
        grown = cursor.fetchone()[0] - before

    assert grown / (240 * 250) / SAMPLES <= BYTES_PER_SAMPLE
