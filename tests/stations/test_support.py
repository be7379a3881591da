"""What a station has said it does not support, and when that is forgotten."""

from datetime import timedelta

import pytest

from apps.core.clock import now
from apps.stations.messages import CommandOutcome
from apps.stations.models import ChargingStation, StationConfiguration, Variable
from apps.stations.services.commands import fail_command, finish_command, queue_raw
from apps.stations.services.support import unsupported


@pytest.fixture
def station(alpha, make_station):
    return make_station("CS-1", ocpp_version="1.6", firmware_version="1.0")


def tell(station, name, value, *, component="", at=None):
    Variable.objects.update_or_create(
        station=station, component=component, name=name, defaults={"value": value, "reported_at": at or now()}
    )


def answer(station, run_outbox, *, action="ReserveNow", error="", status="Accepted"):
    command = queue_raw(station, action, {}, by="olga")
    if error:
        fail_command(command.pk, error=error, answer={"errorCode": error})
    else:
        outcome = CommandOutcome(accepted=status == "Accepted", status=status)
        finish_command(command.pk, outcome=outcome, answer={"status": status})
    run_outbox()


def test_nothing_is_unsupported_that_nobody_has_denied(station):
    assert unsupported(station) == {}


def test_a_profile_that_is_not_listed_takes_its_actions_along(station):
    tell(station, "SupportedFeatureProfiles", "Core, SmartCharging,remotetrigger")

    denied = unsupported(station)

    assert sorted(denied) == [
        "CancelReservation", "GetDiagnostics", "GetLocalListVersion", "ReserveNow", "SendLocalList", "UpdateFirmware",
    ]  # fmt: skip
    assert "Reservation" in denied["ReserveNow"]


@pytest.mark.parametrize("value", ["", "  ", "0"])
def test_a_list_that_says_nothing_forbids_nothing(station, value):
    tell(station, "SupportedFeatureProfiles", value)

    assert unsupported(station) == {}


@pytest.mark.parametrize(("value", "count"), [("false", 4), ("False", 4), ("true", 0), ("maybe", 0)])
def test_a_controller_of_2_x_tells_whether_it_is_available(station, value, count):
    tell(station, "Available", value, component="SmartChargingCtrlr")

    assert len(unsupported(station)) == count


@pytest.mark.parametrize("code", ["NotImplemented", "NotSupported"])
def test_an_action_that_was_refused_as_unknown_is_remembered(station, run_outbox, code):
    answer(station, run_outbox, error=f"{code}: no")

    assert code in unsupported(station)["ReserveNow"]


def test_any_other_error_says_nothing_about_the_action(station, run_outbox):
    answer(station, run_outbox, error="InternalError: NotSupported")
    answer(station, run_outbox, action="ChangeConfiguration", status="NotSupported")

    assert unsupported(station) == {}


def test_a_list_that_is_not_supported_is_an_action_that_is_not(station, run_outbox):
    answer(station, run_outbox, action="SendLocalList", status="NotSupported")

    assert list(unsupported(station)) == ["SendLocalList"]


def test_a_refusal_is_forgotten_when_the_station_takes_the_action_after_all(station, run_outbox):
    answer(station, run_outbox, error="NotImplemented: no")
    answer(station, run_outbox, status="Rejected")

    assert unsupported(station) == {}


def test_a_refusal_is_forgotten_with_the_firmware_that_said_it(station, run_outbox):
    answer(station, run_outbox, error="NotImplemented: no")
    ChargingStation.objects.update(firmware_version="2.0")

    assert unsupported(ChargingStation.objects.get()) == {}


def test_profiles_told_by_another_firmware_are_forgotten_until_they_are_told_again(station):
    tell(station, "SupportedFeatureProfiles", "Core", at=now() - timedelta(days=1))
    StationConfiguration.objects.create(station=station, read_firmware="1.0")
    ChargingStation.objects.update(firmware_version="2.0", booted_at=now() - timedelta(hours=1))
    assert unsupported(ChargingStation.objects.get()) == {}

    tell(station, "SupportedFeatureProfiles", "Core")
    assert "ReserveNow" in unsupported(ChargingStation.objects.get())
