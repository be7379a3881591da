"""What a station says: routed, answered after the commit, logged in pairs."""

import json
import threading

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction

from apps.charging.messages import TransactionEvent
from apps.charging.models import Transaction
from apps.drivers.messages import Authorize
from apps.ocpp import routes
from apps.stations.messages import DataTransfer, StatusNotification, TriggerMessage
from apps.stations.models import ChargingStation, QuarantinedMessage, StationCommand
from apps.stations.services.commands import queue_command
from apps.stations.services.credentials import set_password
from apps.telemetry.models import Frame
from tests.plugged import PASSWORD, Refused, wait_for

AVAILABLE = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}
BOOT = {
    "1.6": {"chargePointVendor": "V", "chargePointModel": "M"},
    "2.0.1": {"reason": "PowerUp", "chargingStation": {"vendorName": "V", "model": "M"}},
    "2.1": {"reason": "PowerUp", "chargingStation": {"vendorName": "V", "model": "M"}},
}
START_16 = {"connectorId": 1, "idTag": "AA", "meterStart": 0, "timestamp": "2026-03-01T10:00:00Z"}
STARTED_2 = {
    "eventType": "Started", "timestamp": "2026-03-01T10:00:00Z", "triggerReason": "CablePluggedIn", "seqNo": 0,
    "transactionInfo": {"transactionId": "t-1"}, "evse": {"id": 1, "connectorId": 1},
}  # fmt: skip
VERSIONS = pytest.mark.parametrize("version", ["1.6", "2.0.1", "2.1"])


def frames(station, **wanted):
    return list(Frame.objects.filter(station_id=station.pk, **wanted).order_by("id"))


@VERSIONS
def test_a_station_boots(plug, station, version):
    answer = plug(version=version).call("BootNotification", BOOT[version])

    assert answer["status"] == "Accepted"
    station.refresh_from_db()
    assert (station.vendor, station.model, station.ocpp_version) == ("V", "M", version)


@VERSIONS
def test_request_and_answer_stand_in_the_frame_log_as_a_pair(plug, station, version):
    raw = plug(version=version)
    raw.call("BootNotification", BOOT[version])

    request, answer = frames(station, message_id="m1")
    assert (request.incoming, request.kind, request.action) == (True, 2, "BootNotification")
    assert (answer.incoming, answer.kind, answer.action) == (False, 3, "BootNotification")
    assert json.loads(request.payload) == BOOT[version]
    assert json.loads(answer.payload)["status"] == "Accepted"
    assert request.epoch == 1


@VERSIONS
def test_q49_a_heartbeat_is_answered_from_memory_and_logged_later(plug, gateway, station, version):
    raw = plug(version=version)

    assert raw.call("Heartbeat")["currentTime"].endswith("Z")
    assert frames(station) == []
    gateway.stop()
    assert [(frame.incoming, frame.action) for frame in frames(station)] == [(True, "Heartbeat"), (False, "Heartbeat")]


@VERSIONS
def test_an_unknown_action_is_not_implemented(plug, station, version):
    with pytest.raises(Refused) as refusal:
        plug(version=version).call("MakeCoffee", {"sugar": 2})

    assert refusal.value.code == "NotImplemented"
    request, answer = frames(station)
    assert (request.action, answer.kind) == ("MakeCoffee", 4)
    assert request.note.startswith("NotImplemented")


def test_a_message_that_no_service_takes_is_not_implemented(plug, station, monkeypatch):
    monkeypatch.delitem(routes.ROUTES, DataTransfer)

    with pytest.raises(Refused) as refusal:
        plug().call("DataTransfer", {"vendorId": "example.com"})

    assert refusal.value.code == "NotImplemented"


@pytest.mark.parametrize(
    ("version", "code"), [("1.6", "OccurenceConstraintViolation"), ("2.0.1", "OccurrenceConstraintViolation")]
)
def test_an_unreadable_message_is_refused_in_the_spelling_of_its_version(plug, station, version, code):
    with pytest.raises(Refused) as refusal:
        plug(version=version).call("StatusNotification", {"timestamp": "2026-03-01T10:00:00Z"})

    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("version", "action", "payload"),
    [
        ("1.6", "StartTransaction", {"connectorId": "first", "idTag": "AA"}),
        ("1.6", "MeterValues", {"connectorId": None}),
        ("2.0.1", "TransactionEvent", {"eventType": "Begun", "idToken": {"idToken": "AA", "type": "ISO14443"}}),
        ("2.1", "TransactionEvent", {"seqNo": "x"}),
        ("1.6", "StartTransaction", ["not", "an", "object"]),
    ],
)
def test_an_unreadable_message_about_a_charge_is_accepted_and_set_aside(plug, station, version, action, payload):
    answer = plug(version=version).call(action, payload)

    kept = QuarantinedMessage.objects.get(station=station)
    assert (kept.action, json.loads(kept.payload)) == (action, payload)
    if action == "StartTransaction":
        assert answer["transactionId"] > 0
    request, reply = frames(station)
    assert request.note.startswith("set aside")
    assert reply.kind == 3


def test_secrets_are_masked_in_the_frame_log(plug, station):
    with pytest.raises(Refused):
        plug().call("ChangeConfiguration", {"key": "AuthorizationKey", "value": "00112233445566778899"})

    assert "00112233445566778899" not in "".join(frame.payload + frame.note for frame in frames(station))


def test_q55_messages_are_answered_in_order(plug, station):
    raw = plug()
    ids = [raw.send("StatusNotification", AVAILABLE | {"info": str(number)}) for number in range(40)]

    assert [raw.frame()[1] for _ in ids] == ids


@pytest.fixture
def blocked(monkeypatch):
    """StatusNotification's service waits inside its transaction until it is let go."""
    reached, let_go = threading.Event(), threading.Event()
    service = routes.ROUTES[StatusNotification]

    def wait_inside(caller, message):
        answer = service(caller, message)
        reached.set()
        assert let_go.wait(15)
        return answer

    monkeypatch.setitem(routes.ROUTES, StatusNotification, wait_inside)
    yield reached, let_go
    let_go.set()


def test_a_reply_leaves_only_after_the_commit(plug, station, blocked):
    reached, let_go = blocked
    raw = plug()
    raw.send("StatusNotification", AVAILABLE | {"info": "seen"})

    assert reached.wait(15)
    assert raw.hears_nothing(0.3)
    assert frames(station) == []
    let_go.set()
    assert raw.answer_to("m1") == {}
    assert len(frames(station)) == 2


def test_one_slow_station_holds_up_no_other(plug, station, make_station, blocked):

    reached, let_go = blocked
    set_password(make_station("CS-2"), PASSWORD, by="test")
    slow, other = plug(), plug("CS-2")
    slow.send("StatusNotification", AVAILABLE)
    assert reached.wait(15)

    assert other.call("Authorize", {"idTag": "NOBODY"}) == {"idTagInfo": {"status": "Invalid"}}
    let_go.set()


def test_q69_a_flood_of_messages_waits_in_the_network_and_loses_nothing(plug, gateway, station, blocked):
    """Back-pressure: what exceeds the window is not read, and not refused (Q69)."""
    reached, let_go = blocked
    raw = plug()
    ids = [raw.send("StatusNotification", AVAILABLE) for _ in range(300)]
    assert reached.wait(15)

    connection = next(iter(gateway.gateway.connections.values()))
    assert wait_for(lambda: connection.waiting == 16)
    let_go.set()
    assert [raw.frame()[1] for _ in ids] == ids


def test_what_a_station_said_before_it_hung_up_still_counts(plug, station, blocked):
    reached, let_go = blocked
    raw = plug()
    for number in range(3):
        raw.send("StatusNotification", AVAILABLE | {"info": str(number)})
    assert reached.wait(15)
    raw.socket.socket.close()
    let_go.set()

    assert wait_for(lambda: frames(station, incoming=True)[2:])


def fail(problem):
    def service(caller, message):
        raise problem

    return service


def test_a_bug_is_told_to_a_station_that_loses_nothing_by_it(plug, station, monkeypatch):
    monkeypatch.setitem(routes.ROUTES, Authorize, fail(ValueError("secret detail")))
    raw = plug()

    with pytest.raises(Refused) as refusal:
        raw.call("Authorize", {"idTag": "AA"})

    assert (refusal.value.code, "secret" in refusal.value.description) == ("InternalError", False)
    assert "currentTime" in raw.call("Heartbeat")
    assert "ValueError" in frames(station)[0].note


@pytest.mark.parametrize("problem", [ValueError("a bug"), IntegrityError("another")])
def test_a_bug_costs_no_charge(plug, station, monkeypatch, problem):
    monkeypatch.setitem(routes.ROUTES, TransactionEvent, fail(problem))

    answer = plug().call("StartTransaction", START_16)

    assert answer["idTagInfo"]["status"] in ("Accepted", "Invalid")
    assert answer["transactionId"] > 0
    kept = QuarantinedMessage.objects.get(station=station)
    assert (kept.action, json.loads(kept.payload)) == ("StartTransaction", START_16)


def test_when_nothing_can_be_stored_the_station_is_sent_away_unanswered(plug, station, monkeypatch):
    monkeypatch.setitem(routes.ROUTES, TransactionEvent, fail(OperationalError("the server closed the connection")))
    raw = plug()

    raw.send("StartTransaction", START_16)

    assert raw.close_code() == 1013
    assert not QuarantinedMessage.objects.exists()
    assert frames(station) == []


def test_q42_a_deadlock_is_repeated_and_not_told(plug, station, monkeypatch):
    service, calls = routes.ROUTES[StatusNotification], []

    def deadlock_twice(caller, message):
        calls.append(message)
        if len(calls) < 3:
            raise_in_database("40P01")
        return service(caller, message)

    monkeypatch.setitem(routes.ROUTES, StatusNotification, deadlock_twice)

    assert plug().call("StatusNotification", AVAILABLE) == {}
    assert len(calls) == 3


def raise_in_database(sqlstate):
    with connection.cursor() as cursor:
        cursor.execute(f"DO $$ BEGIN RAISE EXCEPTION 'made for a test' USING ERRCODE = '{sqlstate}'; END $$")


@pytest.fixture
def pending(station):
    ChargingStation.objects.filter(pk=station.pk).update(registration="Pending")
    return station


@pytest.mark.parametrize("registration", ["Pending", "Rejected"])
@pytest.mark.parametrize("version", ["2.0.1", "2.1"])
def test_q48_a_2x_station_that_is_not_accepted_gets_security_errors_but_its_messages_are_kept(
    plug, station, registration, version
):
    ChargingStation.objects.filter(pk=station.pk).update(registration=registration)
    raw = plug(version=version)
    assert raw.call("BootNotification", BOOT[version])["status"] == registration

    for action, payload in (("Heartbeat", {}), ("TransactionEvent", STARTED_2)):
        with pytest.raises(Refused) as refusal:
            raw.call(action, payload)
        assert refusal.value.code == "SecurityError"

    assert json.loads(QuarantinedMessage.objects.get(station=station).payload) == STARTED_2
    assert [frame.action for frame in frames(station, incoming=True)] == [
        "BootNotification", "Heartbeat", "TransactionEvent"
    ]  # fmt: skip


def test_q48_what_we_triggered_is_heard_even_while_pending(plug, pending):

    raw = plug(version="2.0.1")
    raw.call("BootNotification", BOOT["2.0.1"])
    queue_command(pending, TriggerMessage(requested="StatusNotification", evse=1), by="test")
    raw.obey("TriggerMessage", {"status": "Accepted"})

    status = {"timestamp": "2026-03-01T10:00:00Z", "connectorStatus": "Available", "evseId": 1, "connectorId": 1}
    assert raw.call("StatusNotification", status) == {}
    with pytest.raises(Refused):
        raw.call("Heartbeat")


def test_q46_q48_before_any_boot_everything_is_heard(plug, pending):
    """Some stations talk first and boot later, or never (Q46, Q48)."""
    assert "currentTime" in plug(version="2.0.1").call("Heartbeat")


def test_a_later_acceptance_lifts_the_bar(plug, pending):
    raw = plug(version="2.0.1")
    raw.call("BootNotification", BOOT["2.0.1"])
    ChargingStation.objects.filter(pk=pending.pk).update(registration="Accepted")

    assert raw.call("BootNotification", BOOT["2.0.1"])["status"] == "Accepted"
    assert "currentTime" in raw.call("Heartbeat")


def test_q48_a_pending_1_6_station_is_answered_but_charges_nothing(plug, pending):
    raw = plug()
    assert raw.call("BootNotification", BOOT["1.6"])["status"] == "Pending"

    assert raw.call("StatusNotification", AVAILABLE) == {}
    assert raw.call("StartTransaction", START_16)["transactionId"] > 0
    assert QuarantinedMessage.objects.get(station=pending).action == "StartTransaction"


def test_a_rejected_station_is_not_called(plug, station):

    ChargingStation.objects.filter(pk=station.pk).update(registration="Rejected")
    raw = plug(version="2.0.1")
    raw.call("BootNotification", BOOT["2.0.1"])

    with transaction.atomic():
        command = queue_command(station, TriggerMessage(requested="Heartbeat"), by="test")

    assert raw.hears_nothing(0.5)
    assert StationCommand.objects.get(pk=command.pk).state == "queued"


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
def test_an_action_in_another_case_is_understood(plug, station, version):
    assert plug(version=version).call("bootnotification", BOOT[version])["status"] == "Accepted"


def test_a_station_of_another_tenant_or_name_has_its_own_charges(plug, station, make_station):
    """CVE-2026-28230: the number of another station's charge stops nothing."""

    set_password(make_station("CS-2"), PASSWORD, by="test")
    number = plug().call("StartTransaction", START_16)["transactionId"]

    stop = {"transactionId": number, "meterStop": 9, "timestamp": "2026-03-01T11:00:00Z"}
    assert "idTagInfo" not in plug("CS-2").call("StopTransaction", stop)

    assert Transaction.objects.get(station=station).ended_at is None
