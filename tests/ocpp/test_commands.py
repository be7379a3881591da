"""What we ask of stations, over one gateway and over two."""

import contextlib
import json
import time

import pytest
from websockets.exceptions import ConnectionClosed

from apps.ocpp import commander
from apps.ocpp.gateway import Rhythm
from apps.stations.messages import (
    ChangeAvailability,
    GetBaseReport,
    GetVariables,
    Reset,
    ResetType,
    SetVariables,
    TriggerMessage,
    UnlockConnector,
    VariableRef,
    VariableValue,
)
from apps.stations.models import CommandState, StationCommand
from apps.stations.services import commands
from apps.stations.services.commands import queue_command, queue_raw
from apps.telemetry.models import Frame
from apps.telemetry.services.leases import take_lease
from tests.plugged import wait_for

HEARTBEAT = TriggerMessage(requested="Heartbeat")
VERSIONS = pytest.mark.parametrize("version", ["1.6", "2.0.1", "2.1"])


def state_of(command):
    return StationCommand.objects.get(pk=command.pk).state


def finished(command):
    return wait_for(lambda: StationCommand.objects.filter(pk=command.pk, finished_at__isnull=False).first())


@VERSIONS
def test_a_command_reaches_the_station_and_its_answer_the_row(plug, station, version):
    raw = plug(version=version)
    command = queue_command(station, HEARTBEAT, by="olga")

    payload = raw.obey("TriggerMessage", {"status": "Accepted"})

    done = finished(command)
    assert payload == {"requestedMessage": "Heartbeat"}
    assert (done.state, done.status, done.action, done.payload) == ("accepted", "Accepted", "TriggerMessage", payload)
    assert (done.answer, done.late_answer, done.epoch) == ({"status": "Accepted"}, False, 1)


def test_request_and_answer_of_a_command_are_logged_as_a_pair(plug, station):
    raw = plug()
    command = queue_command(station, HEARTBEAT, by="olga")
    raw.obey("TriggerMessage", {"status": "Rejected"})

    done = finished(command)
    request, answer = Frame.objects.filter(message_id=done.message_id).order_by("id")
    assert (request.incoming, request.kind, request.action) == (False, 2, "TriggerMessage")
    assert (answer.incoming, answer.kind, answer.action) == (True, 3, "TriggerMessage")
    assert (json.loads(answer.payload), done.state) == ({"status": "Rejected"}, "rejected")


def test_a_command_reaches_the_station_within_moments(plug, station):
    raw = plug()
    raw.call("Heartbeat")
    waits = []
    for _ in range(5):
        started = time.monotonic()
        queue_command(station, HEARTBEAT, by="olga")
        raw.obey("TriggerMessage", {"status": "Accepted"})
        waits.append(time.monotonic() - started)

    assert sorted(waits)[2] < 1.0  # 0.02 s on a quiet machine; the look-out alone would take up to 15


def test_a_command_wakes_the_gateway_that_holds_the_station(plug, start_gateway, station, make_station):
    other = start_gateway()
    raw = plug(at=other)

    command = queue_command(station, HEARTBEAT, by="olga")

    raw.obey("TriggerMessage", {"status": "Accepted"})
    assert finished(command).state == "accepted"


def test_after_a_move_only_the_new_gateway_sends(plug, start_gateway, station):
    other = start_gateway()
    old = plug()
    new = plug(at=other)
    old.close_code()

    queue_command(station, HEARTBEAT, by="olga")

    new.obey("TriggerMessage", {"status": "Accepted"})
    assert not old.aside


def test_a_queued_command_waits_for_the_station_to_connect(plug, station):
    command = queue_command(station, HEARTBEAT, by="olga")

    raw = plug()

    raw.obey("TriggerMessage", {"status": "Accepted"})
    assert finished(command).state == "accepted"


def test_a_lost_wake_up_costs_one_look_out(plug, start_gateway, station, monkeypatch):
    monkeypatch.setattr(commands, "publish_channel", lambda *lost: None)
    watchful = start_gateway(rhythm=Rhythm(look_out=0.2))
    raw = plug(at=watchful)
    raw.call("Heartbeat")

    queue_command(station, HEARTBEAT, by="olga")

    assert raw.expect("TriggerMessage")


def test_q55_commands_go_out_one_at_a_time_in_order(plug, station):
    raw = plug(version="2.0.1")
    queued = [queue_raw(station, "GetTransactionStatus", {"transactionId": str(n)}, by="olga") for n in range(4)]

    for number, command in enumerate(queued):
        message_id, payload = raw.expect("GetTransactionStatus")
        assert payload == {"transactionId": str(number)}
        assert raw.hears_nothing(0.2)
        raw.socket.send(json.dumps([3, message_id, {"messagesInQueue": False}]))
        assert finished(command).state == "accepted"


def test_q55_calls_may_cross(plug, station):
    """While we wait for its answer, a station's own requests are served (P4 §4.1.1)."""
    raw = plug()
    command = queue_command(station, HEARTBEAT, by="olga")
    message_id, _payload = raw.expect("TriggerMessage")

    assert raw.call("StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": "Available"}) == {}
    assert state_of(command) == "sent"
    raw.socket.send(json.dumps([3, message_id, {"status": "Accepted"}]))
    assert finished(command).state == "accepted"


def test_an_error_as_answer_is_a_failure_in_words(plug, station):
    raw = plug()
    command = queue_command(station, Reset(type=ResetType.IMMEDIATE), by="olga")
    message_id, payload = raw.expect("Reset")
    raw.socket.send(json.dumps([4, message_id, "NotSupported", "No such thing", {}]))

    done = finished(command)
    assert (payload, done.state, done.error) == ({"type": "Hard"}, "failed", "NotSupported: No such thing")
    assert done.answer["errorCode"] == "NotSupported"


def test_what_a_version_can_not_say_fails_and_the_next_is_sent(plug, station):
    raw = plug()
    impossible = queue_command(station, GetBaseReport(request_id=1), by="olga")
    queue_command(station, HEARTBEAT, by="olga")

    raw.obey("TriggerMessage", {"status": "Accepted"})
    done = finished(impossible)
    assert (done.state, bool(done.error)) == ("failed", True)


def test_silence_times_a_command_out_and_a_late_answer_is_still_recorded(plug, station, monkeypatch):
    monkeypatch.setattr(commander, "ANSWER_WITHIN_S", 0.3)
    raw = plug()
    command = queue_command(station, HEARTBEAT, by="olga")
    message_id, _payload = raw.expect("TriggerMessage")
    wait_for(lambda: state_of(command) == "timed_out")

    raw.socket.send(json.dumps([3, message_id, {"status": "Accepted"}]))

    done = wait_for(lambda: StationCommand.objects.filter(pk=command.pk, late_answer=True).first())
    assert (done.state, done.answer) == ("accepted", {"status": "Accepted"})
    assert Frame.objects.get(message_id=message_id, incoming=True).note == "late answer"


def test_a_late_answer_never_counts_for_another_command(plug, station, monkeypatch):
    monkeypatch.setattr(commander, "ANSWER_WITHIN_S", 0.3)
    raw = plug()
    queue_command(station, HEARTBEAT, by="olga")
    late_id, _payload = raw.expect("TriggerMessage")
    second = queue_command(station, UnlockConnector(evse=1), by="olga")
    raw.expect("UnlockConnector")

    raw.socket.send(json.dumps([3, late_id, {"status": "Accepted"}]))

    wait_for(lambda: Frame.objects.filter(message_id=late_id, incoming=True).exists())
    assert state_of(second) in ("sent", "timed_out")


def test_q52_three_silences_in_a_row_close_the_socket_but_not_at_once_again(plug, station, monkeypatch):
    monkeypatch.setattr(commander, "ANSWER_WITHIN_S", 0.1)
    raw = plug()
    for _ in range(3):
        queue_command(station, HEARTBEAT, by="olga")
    assert raw.close_code() == 4003

    again = plug()
    silent = [queue_command(station, HEARTBEAT, by="olga") for _ in range(3)]
    wait_for(lambda: {state_of(command) for command in silent} == {"timed_out"})
    assert "currentTime" in again.call("Heartbeat")


def test_what_was_sent_through_a_socket_that_ended_is_not_waited_for(plug, station):
    raw = plug()
    command = queue_command(station, HEARTBEAT, by="olga")
    raw.expect("TriggerMessage")

    raw.unplug()

    done = finished(command)
    assert (done.state, "lost" in done.error) == (CommandState.TIMED_OUT, True)


def test_a_socket_whose_lease_was_taken_sends_no_command(plug, station):
    raw = plug()
    raw.call("Heartbeat")
    take_lease(station.pk, gateway="gateway.elsewhere", version="1.6", address="")

    command = queue_command(station, HEARTBEAT, by="olga")

    with contextlib.suppress(ConnectionClosed):  # it may have found out already
        assert raw.hears_nothing(0.5)
    assert state_of(command) == "queued"


def test_a_secret_is_sent_but_not_logged(plug, station):
    raw = plug()
    secret = "00112233445566778899aabbccddeeff"
    command = queue_raw(station, "ChangeConfiguration", {"key": "AuthorizationKey", "value": secret}, by="olga")

    assert raw.obey("ChangeConfiguration", {"status": "Accepted"})["value"] == secret

    done = finished(command)
    assert secret not in json.dumps([done.payload, done.message, done.answer])
    assert secret not in "".join(Frame.objects.values_list("payload", flat=True))


def every_command(version):
    """Messages, and the action they are in that version. 1.6 keys belong to no component."""
    ref = VariableRef(component="" if version == "1.6" else "OCPPCommCtrlr", variable="HeartbeatInterval")
    return [
        (Reset(type=ResetType.ON_IDLE), "Reset"),
        (UnlockConnector(evse=1), "UnlockConnector"),
        (ChangeAvailability(operative=False), "ChangeAvailability"),
        (HEARTBEAT, "TriggerMessage"),
        (GetVariables(refs=(ref,)), "GetConfiguration" if version == "1.6" else "GetVariables"),
        (
            SetVariables(values=(VariableValue(ref=ref, value="9"),)),
            "ChangeConfiguration" if version == "1.6" else "SetVariables",
        ),
    ]


@VERSIONS
def test_every_command_goes_out_in_every_version(plug, station, version):
    raw = plug(version=version)
    for message, action in every_command(version):
        command = queue_command(station, message, by="olga")
        raw.obey(action, {"status": "Accepted"})
        assert finished(command).action == action
