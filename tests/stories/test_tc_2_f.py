"""Certification titles of 2.0.1 about what we ask from here (block F), over a real socket; 2.1 has them, too."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from apps.billing.models import Cdr, Invoice
from apps.charging.models import Transaction
from apps.charging.services.requests import request_start, request_stop
from apps.core.clock import now
from apps.core.errors import UnableTo
from apps.core.identifiers import canonical_token
from apps.drivers.models import IdToken
from apps.stations.messages import TriggerMessage, UnlockConnector
from apps.stations.models import ChargingStation, Connector, StationCommand
from apps.stations.services import triggers
from apps.stations.services.commands import queue_command
from apps.telemetry.models import Frame
from tests.plugged import RawStation, wait_for
from tests.stories.certifying import unlawful_frames
from tests.stories.certifying_2 import Station2, became
from tests.stories.conftest import CARD

REGISTER = [{"timestamp": "2026-05-04T03:02:01Z", "sampledValue": [{"value": 1000, "context": "Trigger"}]}]


@pytest.fixture(params=["2.0.1", "2.1"])
def point(
    request: Any, plug: Callable[..., RawStation], depot: ChargingStation, run_outbox: Callable[[], None]
) -> Iterator[Station2]:
    made = Station2(plug(request.param))
    made.boot()
    made.status("Available")
    run_outbox()
    yield made
    assert unlawful_frames(request.param) == []


@pytest.fixture
def ask(depot: ChargingStation) -> Callable[[], StationCommand]:
    """Ask for a charge with the driver's card."""
    return lambda: request_start(depot.evses.get(number=1), token=IdToken.objects.get(), by="olga")


def the_charge() -> Transaction:
    return Transaction.objects.get()


# --- starts ----------------------------------------------------------------------------------------------


def started(point: Station2, ask: Callable[[], StationCommand]) -> tuple[StationCommand, dict[str, Any]]:
    """What the station accepts when it is asked, and what it was asked."""
    command = ask()
    asked = point.obey("RequestStartTransaction", {"status": "Accepted"})
    assert (asked["evseId"], asked["idToken"]["type"]) == (1, "ISO14443")
    assert canonical_token(asked["idToken"]["idToken"]) == canonical_token(CARD)
    assert became(command) == ("accepted", "Accepted")
    return command, asked


def begin(point: Station2, asked: dict[str, Any], trigger: str = "RemoteStart") -> dict[str, Any]:
    """The charge that was asked for."""
    info = {"chargingState": "Charging", "remoteStartId": asked["remoteStartId"]}
    return point.event("Started", trigger, token=asked["idToken"]["idToken"], evse=1, wh=1000, info=info)


def test_tc_f_01_a_start_from_here_when_the_cable_is_plugged_in(point, ask, run_outbox):
    """Where a charge begins with the cable, it is there already and waits for a token."""
    point.status("Occupied")
    point.event("Started", "CablePluggedIn", evse=1, wh=1000, info={"chargingState": "EVConnected"})
    _command, asked = started(point, ask)
    assert the_charge().token_value == ""

    info = {"chargingState": "Charging", "remoteStartId": asked["remoteStartId"]}
    answer = point.event("Updated", "RemoteStart", token=asked["idToken"]["idToken"], evse=1, info=info)
    assert answer["idTokenInfo"]["status"] == "Accepted"
    assert the_charge().remote_start_id == asked["remoteStartId"]
    point.end(token=CARD)
    run_outbox()

    assert Invoice.objects.get().buyer.name == "Erika Mustermann"


def test_tc_f_01_where_somebody_charges_no_start_is_asked_for(point, ask):
    point.start()

    with pytest.raises(UnableTo, match="charging already"):
        ask()
    assert point.is_left_alone()


def test_tc_f_02_a_start_from_here_that_the_station_has_authorised_before_the_cable(point, ask, run_outbox):
    _command, asked = started(point, ask)
    assert point.authorize(asked["idToken"]["idToken"])["status"] == "Accepted"
    assert not Transaction.objects.exists(), "what is accepted has not begun"
    point.status("Occupied")

    assert begin(point, asked)["idTokenInfo"]["status"] == "Accepted"
    run_outbox()

    assert the_charge().remote_start_id == asked["remoteStartId"]
    assert the_charge().driver.name == "Erika Mustermann"
    assert point.is_left_alone(), "asked once"


def test_tc_f_02_a_token_that_was_blocked_meanwhile_is_told_so_when_the_station_asks(point, ask):
    _command, asked = started(point, ask)
    IdToken.objects.update(status="blocked")

    assert point.authorize(asked["idToken"]["idToken"])["status"] == "Blocked"
    assert not Transaction.objects.exists()


def test_tc_f_03_a_start_from_here_without_another_authorisation(point, ask, run_outbox):
    _command, asked = started(point, ask)
    point.status("Occupied")
    begin(point, asked)
    point.end("Remote", trigger="RemoteStop")
    run_outbox()

    assert (the_charge().energy_wh, Invoice.objects.count()) == (2500, 1)


def test_tc_f_03_with_a_token_that_is_blocked_nothing_is_asked(point, ask):
    IdToken.objects.update(status="blocked")

    with pytest.raises(UnableTo, match="blocked"):
        ask()
    assert point.is_left_alone()


def test_tc_f_03_a_start_that_the_station_rejects_is_shown_as_rejected(point, ask, run_outbox):
    command = ask()
    point.obey("RequestStartTransaction", {"status": "Rejected", "statusInfo": {"reasonCode": "InUse"}})
    run_outbox()

    assert (became(command), command.error) == (("rejected", "Rejected"), "InUse")
    assert not Transaction.objects.exists()
    assert point.is_left_alone(), "it is not asked again by itself"


def test_tc_f_04_a_start_from_here_that_nobody_plugs_in_for_costs_nothing(point, ask, run_outbox):
    """Where a charge begins with the authorisation, it ends by the time-out."""
    _command, asked = started(point, ask)
    info = {"chargingState": "Idle", "remoteStartId": asked["remoteStartId"]}
    point.event("Started", "RemoteStart", token=asked["idToken"]["idToken"], evse=1, wh=1000, info=info)
    point.event("Ended", "EVConnectTimeout", wh=1000, info={"stoppedReason": "Timeout", "chargingState": "Idle"})
    run_outbox()

    assert (the_charge().stopped_reason, the_charge().energy_wh) == ("Timeout", 0)
    assert not Cdr.objects.filter(energy_wh__gt=0).exists()
    assert point.is_left_alone(), "it is neither asked again nor stopped"


def test_tc_f_04_a_station_that_begins_with_the_cable_tells_nothing_of_it(point, ask, run_outbox):
    started(point, ask)
    run_outbox()

    assert not Transaction.objects.exists()
    ask()
    assert point.obey("RequestStartTransaction", {"status": "Accepted"})["evseId"] == 1, "people may ask again"


def test_a_stop_from_here_names_the_stations_own_number(point, run_outbox):
    point.start(ref="a-b-c")
    command = request_stop(the_charge(), by="olga")
    assert point.obey("RequestStopTransaction", {"status": "Accepted"}) == {"transactionId": "a-b-c"}
    assert (became(command), the_charge().is_open) == (("accepted", "Accepted"), True)

    point.end("Remote", ref="a-b-c", trigger="RemoteStop")
    run_outbox()

    assert (the_charge().stopped_reason, Invoice.objects.count()) == ("Remote", 1)


# --- unlocking -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("Unlocked", "accepted"),
        ("UnlockFailed", "rejected"),
        ("OngoingAuthorizedTransaction", "rejected"),
        ("UnknownConnector", "rejected"),
    ],
)
def test_tc_f_06_a_connector_is_unlocked_or_said_not_to_be(point, depot, status, state):
    command = queue_command(depot, UnlockConnector(evse=1), by="olga")

    assert point.obey("UnlockConnector", {"status": status}) == {"evseId": 1, "connectorId": 1}

    assert became(command) == (state, status)
    assert not Transaction.objects.exists()
    assert Connector.objects.get().status == "Available"
    assert point.is_left_alone(), "it is not tried again by itself"


# --- triggers --------------------------------------------------------------------------------------------


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


@pytest.fixture
def trigger(point: Station2, depot: ChargingStation) -> Callable[..., StationCommand]:
    def order(requested: str, *, evse: int | None = None, status: str = "Accepted") -> StationCommand:
        command = queue_command(depot, TriggerMessage(requested=requested, evse=evse), by="olga")
        asked = point.obey("TriggerMessage", {"status": status})
        assert asked == {"requestedMessage": requested} | place(requested, evse)
        became(command)
        return command

    return order


def place(requested: str, evse: int | None) -> dict[str, Any]:
    """A status is asked for of a connector, all else of an EVSE or of the station (F06.FR.11 to FR.13)."""
    if evse is None:
        return {}
    return {"evse": {"id": evse, "connectorId": 1} if requested == "StatusNotification" else {"id": evse}}


def was_heard(command: StationCommand, action: str) -> None:
    """The frames of heartbeats and readings are written a moment later."""
    wait_for(lambda: Frame.objects.filter(incoming=True, action=action, at__gte=command.sent_at).exists())


@pytest.mark.parametrize(
    "evses", [pytest.param((1,), id="tc_f_11_of_one_evse"), pytest.param((0, 1), id="tc_f_12_of_all")]
)
def test_tc_f_11_12_meter_values_that_were_asked_for_are_taken(point, trigger, a_minute_later, evses):
    command = trigger("MeterValues", evse=1 if evses == (1,) else None)

    for evse in evses:
        assert point.raw.call("MeterValues", {"evseId": evse, "meterValue": REGISTER}) == {}

    assert a_minute_later(command) == "accepted"
    assert command.followed_at is not None


def test_tc_f_11_meter_values_of_another_evse_are_not_what_was_asked_for(point, trigger, a_minute_later):
    command = trigger("MeterValues", evse=1)
    point.raw.call("MeterValues", {"evseId": 2, "meterValue": REGISTER})

    assert a_minute_later(command) == "not_honoured"
    assert point.is_left_alone(), "it is not asked again by itself"


@pytest.mark.parametrize("evse", [pytest.param(1, id="tc_f_13_of_one_evse"), pytest.param(None, id="tc_f_14_of_all")])
def test_tc_f_13_14_a_transaction_event_that_was_asked_for_is_taken(point, trigger, a_minute_later, evse):
    point.start()
    command = trigger("TransactionEvent", evse=evse)

    point.event("Updated", "Trigger", evse=1, wh=2000, info={"chargingState": "Charging"})
    was_heard(command, "TransactionEvent")

    assert a_minute_later(command) == "accepted"
    assert the_charge().is_open


def test_tc_f_13_a_transaction_event_that_does_not_come_was_not_sent(point, trigger, a_minute_later):
    command = trigger("TransactionEvent", evse=1)
    point.raw.call("Heartbeat")

    assert a_minute_later(command) == "not_honoured"


@pytest.mark.parametrize(
    ("requested", "said"),
    [
        pytest.param("LogStatusNotification", {"status": "Idle"}, id="tc_f_15"),
        pytest.param("FirmwareStatusNotification", {"status": "Idle"}, id="tc_f_18"),
        pytest.param("Heartbeat", {}, id="tc_f_20"),
    ],
)
def test_tc_f_15_18_20_a_message_that_was_asked_for_is_taken(point, trigger, a_minute_later, requested, said):
    command = trigger(requested)

    answer = point.raw.call(requested, said)
    assert set(answer) == ({"currentTime"} if requested == "Heartbeat" else set())
    was_heard(command, requested)

    assert a_minute_later(command) == "accepted"


@pytest.mark.parametrize("requested", ["LogStatusNotification", "FirmwareStatusNotification", "Heartbeat"])
def test_tc_f_15_18_20_a_message_that_does_not_come_was_not_sent(point, trigger, a_minute_later, requested):
    command = trigger(requested)
    point.status("Available")

    assert a_minute_later(command) == "not_honoured"


@pytest.mark.parametrize("word", [pytest.param("Available", id="tc_f_23"), pytest.param("Occupied", id="tc_f_24")])
def test_tc_f_23_24_a_status_that_was_asked_for_is_taken(point, trigger, a_minute_later, word):
    command = trigger("StatusNotification", evse=1)

    point.status(word)

    assert a_minute_later(command) == "accepted"
    assert Connector.objects.get().status == word


def test_tc_f_23_a_status_is_not_asked_for_of_a_whole_station(point, depot):
    command = queue_command(depot, TriggerMessage(requested="StatusNotification"), by="olga")

    wait_for(lambda: became(command)[0] == "failed")
    assert "one connector" in command.error
    assert point.is_left_alone()


@pytest.mark.parametrize("status", ["NotImplemented", "Rejected"])
def test_tc_f_27_a_message_the_station_does_not_know_is_not_waited_for(point, trigger, a_minute_later, status):
    command = trigger("SignChargingStationCertificate", status=status)

    assert (command.state, command.status) == ("rejected", status)
    assert a_minute_later(command) == "rejected"
    assert point.raw.call("Heartbeat")["currentTime"], "they go on talking"
