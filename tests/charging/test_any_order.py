"""Stations in the field: everything repeated, delayed and mixed up, and still one right charge (Q01-Q10, Q74-Q76)."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.charging.models import Transaction
from apps.drivers.models import IdToken
from apps.events.models import OutboxRow
from apps.stations.messages import ChargingState, OcppVersion
from apps.stations.models import ChargingStation
from apps.telemetry.models import MeterValue
from tests.charging.conftest import Talker, minutes, reading

# Each example begins with a station nobody has heard of; the test's own rows are rolled back after all of them.
PATIENT = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
Step = Callable[[], Any]


@pytest.fixture
def fresh(card: IdToken, make_station: Callable[..., ChargingStation]) -> Callable[[OcppVersion], Talker]:
    """A new station each time, whose messages all arrive long after they happened."""
    numbers = iter(range(10_000))
    return lambda version: Talker(make_station(f"CS-{next(numbers)}"), version=version, received_at=minutes(300))


def bills(charge: Transaction) -> int:
    """How often billing was told of it while it could be billed."""
    return OutboxRow.objects.filter(task="billing.issue_cdr", payload={"transaction_id": charge.pk}).count()


@PATIENT
@given(data=st.data())
def test_2_x_events_in_any_order_and_number_make_one_charge(
    fresh: Callable[[OcppVersion], Talker], data: st.DataObject
) -> None:
    talker = fresh(OcppVersion.V201)
    steps: list[Step] = [
        lambda: talker.started(offline=True),
        lambda: talker.updated(at=minutes(1), seq_no=1, offline=True, charging_state=ChargingState.CHARGING),
        lambda: talker.updated(at=minutes(30), seq_no=2, offline=True, readings=(reading(minutes(30), 7000),)),
        lambda: talker.ended(seq_no=3, offline=True),
    ]
    for step in data.draw(st.permutations(steps * 2)):
        step()

    charge = Transaction.objects.get(station=talker.station)
    assert (charge.energy_wh, charge.started_at, charge.ended_at) == (12000, minutes(0), minutes(60))
    assert charge.is_billable
    assert charge.messages.count() == 4
    assert MeterValue.objects.filter(transaction_id=charge.pk).count() == 3


@PATIENT
@given(data=st.data())
def test_1_6_starts_and_stops_without_a_number_in_any_order_make_one_charge(
    fresh: Callable[[OcppVersion], Talker], data: st.DataObject
) -> None:
    talker = fresh(OcppVersion.V16)
    steps: list[Step] = [
        talker.start,
        lambda: talker.meter(reading(minutes(30), 7000)),
        lambda: talker.stop(None),
    ]
    for step in data.draw(st.permutations(steps * 2)):
        step()

    charge = Transaction.objects.get(station=talker.station)
    assert (charge.energy_wh, charge.started_at, charge.ended_at) == (12000, minutes(0), minutes(60))
    assert charge.is_billable
    assert bills(charge) <= 2  # once held, once known


@PATIENT
@given(
    starts=st.lists(st.integers(0, 3), min_size=1, max_size=4, unique=True),
    data=st.data(),
)
def test_1_6_charges_one_after_another_never_share_energy(
    fresh: Callable[[OcppVersion], Talker], starts: list[int], data: st.DataObject
) -> None:
    """Starts and stops in order, each repeated at will: the energy told is the energy of the charges."""
    talker = fresh(OcppVersion.V16)
    told_wh = 0
    for place in sorted(starts):
        begin_wh, end_wh = place * 1000, place * 1000 + 700
        for _ in range(data.draw(st.integers(1, 3))):
            number = talker.start(at=minutes(place * 60), meter_wh=begin_wh).transaction_number
        for named in data.draw(st.lists(st.sampled_from([number, None]), min_size=1, max_size=3)):
            talker.stop(named, at=minutes(place * 60 + 50), meter_wh=end_wh)
        told_wh += 700

    charges = Transaction.objects.filter(station=talker.station)
    assert sum(charge.energy_wh for charge in charges) == told_wh
    assert [charge.is_billable for charge in charges] == [True] * len(starts)
