"""Certification titles of the 1.6 remote trigger profile, over a real socket."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from apps.core.clock import now
from apps.stations.messages import TriggerMessage
from apps.stations.models import ChargingStation, StationCommand
from apps.stations.services import triggers
from apps.stations.services.commands import queue_command
from apps.telemetry.models import Frame
from tests.plugged import RawStation, wait_for
from tests.stories.certifying import Point, unlawful_frames

MESSAGES = {
    "MeterValues": {
        "connectorId": 1, "meterValue": [{"timestamp": "2026-05-04T03:02:01Z", "sampledValue": [{"value": "1000"}]}],
    },
    "Heartbeat": {},
    "StatusNotification": {"connectorId": 1, "errorCode": "NoError", "status": "Available"},
    "DiagnosticsStatusNotification": {"status": "Idle"},
    "FirmwareStatusNotification": {"status": "Idle"},
    "BootNotification": {"chargePointVendor": "V", "chargePointModel": "M"},
}  # fmt: skip
PLACED = ("MeterValues", "StatusNotification")


@pytest.fixture
def point(plug: Callable[..., RawStation], depot: ChargingStation, run_outbox: Callable[[], None]) -> Iterator[Point]:
    made = Point(plug("1.6"))
    made.boot()
    run_outbox()
    yield made
    assert unlawful_frames() == []


@pytest.fixture
def a_minute_later(monkeypatch: pytest.MonkeyPatch) -> Callable[[StationCommand], str]:
    """What is thought of a command a good minute after its answer."""

    def judge(command: StationCommand) -> str:
        later = now() + timedelta(seconds=66)
        monkeypatch.setattr(triggers, "now", lambda: later)
        triggers.judge_triggers()
        command.refresh_from_db()
        return str(command.state)

    return judge


def ask(point: Point, requested: str, *, status: str = "Accepted", evse: int | None = None) -> StationCommand:
    station = ChargingStation.objects.get()
    command = queue_command(station, TriggerMessage(requested=requested, evse=evse), by="olga")
    told = point.obey("TriggerMessage", {"status": status})
    assert told == {"requestedMessage": requested} | ({"connectorId": evse} if evse else {})
    command.refresh_from_db()
    return command


@pytest.mark.parametrize("requested", MESSAGES)
def test_tc_054_a_message_that_was_asked_for_is_taken_and_honours_the_order(point, a_minute_later, requested):
    command = ask(point, requested, evse=1 if requested in PLACED else None)
    assert (command.state, command.status) == ("accepted", "Accepted")

    answer = point.raw.call(requested, MESSAGES[requested])
    assert answer.get("status", "Accepted") == "Accepted"
    # A heartbeat's frame is written a moment later.
    wait_for(lambda: Frame.objects.filter(incoming=True, action=requested, at__gte=command.sent_at).exists())

    assert a_minute_later(command) == "accepted"
    assert command.followed_at is not None


@pytest.mark.parametrize("requested", MESSAGES)
def test_tc_054_an_order_that_nothing_follows_was_not_honoured(point, a_minute_later, requested):
    command = ask(point, requested)
    other = "Heartbeat" if requested != "Heartbeat" else "DiagnosticsStatusNotification"
    point.raw.call(other, MESSAGES[other])

    assert a_minute_later(command) == "not_honoured"
    assert point.is_left_alone(), "it is not asked again by itself"


def test_tc_054_a_status_of_another_connector_is_not_what_was_asked_for(point, a_minute_later):
    command = ask(point, "StatusNotification", evse=1)
    point.status("Available", connector=2)

    assert a_minute_later(command) == "not_honoured"


def test_tc_055_an_order_that_is_rejected_is_shown_as_rejected(point, a_minute_later):
    command = ask(point, "MeterValues", status="Rejected")

    assert (command.state, command.status) == ("rejected", "Rejected")
    assert a_minute_later(command) == "rejected"
    assert point.is_left_alone()


def test_tc_055_a_message_the_station_does_not_know_is_not_waited_for(point, a_minute_later):
    command = ask(point, "DiagnosticsStatusNotification", status="NotImplemented")

    assert (command.state, command.status) == ("rejected", "NotImplemented")
    assert a_minute_later(command) == "rejected"
    assert point.raw.call("Heartbeat")["currentTime"], "they go on talking"
