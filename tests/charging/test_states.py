"""Charging states over time, and idle time from them."""

from apps.charging.services.series import curve_of
from apps.charging.services.usage import usage_of
from apps.stations.messages import ChargingState, ConnectorStatus
from apps.stations.models import Connector
from apps.telemetry.models import MeterValue
from tests.charging.conftest import NOON, Talker, minutes, reading, the_charge


def test_a_1_6_status_tells_the_charging_state_of_the_charge_there(talker: Talker) -> None:
    number = talker.start().transaction_number
    talker.status("Charging", at=minutes(1), state=ChargingState.CHARGING)
    talker.status("SuspendedEV", at=minutes(40), state=ChargingState.SUSPENDED_EV)
    assert the_charge().charging_state == "SuspendedEV"
    talker.stop(number)

    assert usage_of(the_charge()).idle_s == 20 * 60


def test_a_status_told_just_before_its_start_counts(talker: Talker) -> None:
    talker.status("SuspendedEV", at=minutes(0.1), state=ChargingState.SUSPENDED_EV)
    talker.stop(talker.start().transaction_number)

    assert usage_of(the_charge()).idle_s == 60 * 60 - 6


def test_a_status_of_the_other_evse_does_not_count(talker: Talker) -> None:
    talker.start(evse=1)
    talker.status("SuspendedEV", at=minutes(10), evse=2, state=ChargingState.SUSPENDED_EV)

    assert the_charge().states.count() == 0


def test_a_fault_ends_idle_time(talker: Talker) -> None:
    number = talker.start().transaction_number
    talker.status("SuspendedEV", at=minutes(10), state=ChargingState.SUSPENDED_EV)
    talker.status("Faulted", at=minutes(15), status=ConnectorStatus.FAULTED)
    talker.stop(number)

    assert usage_of(the_charge()).idle_s == 5 * 60


def test_q41_a_late_status_does_not_overwrite_a_newer_one_and_still_counts_for_the_charge(talker: Talker) -> None:
    number = talker.start().transaction_number
    talker.received_at = minutes(50)
    talker.status("SuspendedEV", at=minutes(40), state=ChargingState.SUSPENDED_EV)
    talker.status("Charging", at=minutes(30), state=ChargingState.CHARGING)
    assert Connector.objects.get(evse__number=1, evse__station=talker.station).raw_status == "SuspendedEV"
    assert the_charge().charging_state == "SuspendedEV"
    talker.stop(number)

    assert usage_of(the_charge()).idle_s == 20 * 60


def test_states_of_2_x_come_with_events(talker2: Talker) -> None:
    talker2.started(charging_state=ChargingState.EV_CONNECTED)
    talker2.updated(at=minutes(10), seq_no=1, charging_state=ChargingState.CHARGING)
    talker2.updated(at=minutes(30), seq_no=2, charging_state=ChargingState.SUSPENDED_EVSE)
    talker2.updated(at=minutes(45), seq_no=3, charging_state=ChargingState.EV_CONNECTED)
    talker2.ended(seq_no=4)

    assert usage_of(the_charge()).idle_s == 15 * 60


def test_q29_readings_without_a_number_go_to_the_only_open_charge(talker: Talker) -> None:
    talker.start(evse=1)
    talker.meter(reading(minutes(5), 2000), evse=1)
    talker.meter(reading(minutes(5), 700), evse=2)

    assert dict(MeterValue.objects.values_list("evse", "transaction_id")) == {1: the_charge().pk, 2: None}


def test_q29_readings_that_came_before_their_start_are_adopted_at_the_end(talker: Talker) -> None:
    talker.meter(reading(minutes(5), 2000), evse=1)
    talker.stop(talker.start().transaction_number)

    assert MeterValue.objects.get().transaction_id == the_charge().pk


def test_q30_connector_0_is_the_stations_own_meter(talker: Talker) -> None:
    talker.start()
    talker.meter(reading(minutes(5), 900_000), evse=0)

    assert MeterValue.objects.get().transaction_id is None


def test_q32_readings_are_kept_in_the_order_of_their_time(talker: Talker) -> None:
    number = talker.start().transaction_number
    for minute, wh in ((30, 7000), (10, 3000), (20, 5000)):
        talker.meter(reading(minutes(minute), wh), ref=str(number))

    assert [point.energy_wh for point in curve_of(the_charge())] == [2000, 4000, 6000]
    assert curve_of(the_charge())[0].at == minutes(10)


def test_a_curve_has_no_more_points_than_a_page_can_draw(talker: Talker) -> None:
    number = talker.start().transaction_number
    talker.meter(*(reading(minutes(count / 60), 1000 + count) for count in range(2500)), ref=str(number))

    points = curve_of(the_charge())
    assert len(points) <= 1001
    assert (points[0].at, points[-1].energy_wh) == (NOON, 2499)
