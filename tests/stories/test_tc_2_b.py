"""Certification titles of 2.0.1 about boots, variables and reports (block B), over a real socket; and 2.1."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus

from apps.charging.models import Transaction
from apps.core.clock import now
from apps.stations.messages import (
    GetVariables,
    RegistrationStatus,
    SetVariables,
    TriggerMessage,
    VariableRef,
    VariableValue,
)
from apps.stations.models import ChargingStation, Connector, StationCommand, StationConfiguration, Variable
from apps.stations.services.changes import read_some
from apps.stations.services.commands import queue_command, queue_raw
from apps.stations.services.registration import set_registration
from apps.stations.services.reports import request_report
from tests.plugged import PASSWORD, RawStation, Refused, basic, dial
from tests.stories.certifying import stamp, unlawful_frames
from tests.stories.certifying_2 import Station2, became

Json = dict[str, Any]
HEARTBEAT = VariableRef(component="OCPPCommCtrlr", variable="HeartbeatInterval")
OFFLINE = VariableRef(component="AuthCtrlr", variable="LocalAuthorizeOffline")
ENABLED = VariableRef(component="AuthCacheCtrlr", variable="Enabled")


@pytest.fixture(params=["2.0.1", "2.1"])
def point(request: Any, plug: Callable[..., RawStation], depot: ChargingStation) -> Iterator[Station2]:
    yield Station2(plug(request.param))
    assert unlawful_frames(request.param) == []


@pytest.fixture
def booted(point: Station2, depot: ChargingStation) -> Station2:
    assert point.boot()["status"] == "Accepted"
    point.status("Available")
    depot.refresh_from_db()
    return point


def place(ref: VariableRef) -> Json:
    return {"component": {"name": ref.component}, "variable": {"name": ref.variable}}


def known() -> dict[str, str | None]:
    """What we know of the station's variables."""
    return dict(Variable.objects.filter(unsupported_at=None).values_list("name", "value"))


# --- boots -----------------------------------------------------------------------------------------------


def test_tc_b_01_a_station_that_boots_is_accepted_and_told_the_time_and_the_interval(point):
    answer = point.boot()

    assert (answer["status"], answer["interval"]) == ("Accepted", 300)
    assert abs(datetime.fromisoformat(answer["currentTime"]) - now()) < timedelta(seconds=10)
    point.status("Available")
    assert Connector.objects.get().status == "Available"
    assert point.raw.call("Heartbeat")["currentTime"]
    assert not Transaction.objects.exists(), "a boot opens no charge"


def wait_for_decision(registration: str) -> None:
    ChargingStation.objects.update(registration=RegistrationStatus(registration))


def test_tc_b_02_a_pending_station_is_looked_at_and_accepted_when_somebody_decides(point, depot):
    wait_for_decision("Pending")
    answer = point.boot()
    assert (answer["status"], answer["interval"] > 0) == ("Pending", True)

    queue_command(depot, GetVariables(refs=(HEARTBEAT,)), by="olga")
    point.obey("GetVariables", {"getVariableResult": [told(HEARTBEAT, "300")]})
    set_registration(depot, RegistrationStatus.ACCEPTED, by="olga")

    assert point.obey("TriggerMessage", {"status": "Accepted"}) == {"requestedMessage": "BootNotification"}
    assert point.boot("Triggered")["status"] == "Accepted"
    assert known() == {"HeartbeatInterval": "300"}


@pytest.mark.parametrize("registration", ["Pending", "Rejected"])
def test_tc_b_30_what_a_station_says_before_it_is_accepted_is_refused(point, registration):
    wait_for_decision(registration)
    assert point.boot()["status"] == registration

    for speak in (point.start, point.authorize, lambda: point.status("Occupied")):
        with pytest.raises(Refused) as refused:
            speak()
        assert refused.value.code == "SecurityError"

    assert not Transaction.objects.exists()
    assert Connector.objects.get().status == "Available"


def test_tc_b_31_what_a_pending_station_is_asked_for_is_taken(point, depot):
    wait_for_decision("Pending")
    point.boot()
    queue_command(depot, TriggerMessage(requested="StatusNotification", evse=1, connector=1), by="olga")
    point.obey("TriggerMessage", {"status": "Accepted"})

    point.status("Occupied")

    assert Connector.objects.get().status == "Occupied"
    with pytest.raises(Refused):
        point.authorize()


def test_tc_b_31_a_rejected_station_is_asked_for_nothing(point, depot):
    wait_for_decision("Rejected")
    point.boot()

    command = queue_command(depot, TriggerMessage(requested="StatusNotification", evse=1), by="olga")

    assert point.raw.hears_nothing(1.0)
    assert became(command)[0] == "queued"


def test_tc_b_58_of_the_versions_offered_the_newest_that_we_know_is_spoken(gateway, live_tenant, depot):
    def offer(*names: str) -> Any:
        path, user = f"/ocpp/{live_tenant.slug}/CS-1", basic("CS-1", PASSWORD)
        return dial(gateway.port, path, subprotocols=list(names), authorization=user)

    for names, chosen in ((("ocpp0.1", "ocpp2.0.1"), "ocpp2.0.1"), (("ocpp2.1", "ocpp2.0.1"), "ocpp2.1")):
        opened = offer(*names)
        assert opened.subprotocol == chosen
        opened.close()
    with pytest.raises(InvalidStatus):
        offer("ocpp0.1")


# --- variables -------------------------------------------------------------------------------------------


def told(ref: VariableRef, value: str | None, status: str = "Accepted") -> Json:
    return place(ref) | {"attributeStatus": status} | ({} if value is None else {"attributeValue": value})


def test_tc_b_06_one_variable_is_read(booted, depot):
    command = queue_command(depot, GetVariables(refs=(HEARTBEAT,)), by="olga")

    asked = booted.obey("GetVariables", {"getVariableResult": [told(HEARTBEAT, "77")]})

    assert asked == {"getVariableData": [place(HEARTBEAT)]}
    assert became(command) == ("accepted", "Accepted")
    assert known() == {"HeartbeatInterval": "77"}


def test_tc_b_06_a_variable_that_the_station_does_not_know_has_no_value(booted, depot):
    command = queue_command(depot, GetVariables(refs=(HEARTBEAT,)), by="olga")

    booted.obey("GetVariables", {"getVariableResult": [told(HEARTBEAT, None, "UnknownVariable")]})

    assert became(command) == ("rejected", "UnknownVariable")
    assert known() == {}


def test_tc_b_07_of_several_variables_each_has_its_own_answer(booted, depot):
    command = queue_command(depot, GetVariables(refs=(HEARTBEAT, OFFLINE, ENABLED)), by="olga")

    results = [told(HEARTBEAT, "77"), told(OFFLINE, "true"), told(ENABLED, None, "Rejected")]
    asked = booted.obey("GetVariables", {"getVariableResult": results})

    assert len(asked["getVariableData"]) == 3
    assert became(command)[0] == "accepted"
    assert known() == {"HeartbeatInterval": "77", "LocalAuthorizeOffline": "true"}


def test_tc_b_08_no_more_is_asked_at_once_than_the_station_answers(booted, depot):
    Variable.objects.create(
        station=depot, component="DeviceDataCtrlr", name="ItemsPerMessage", instance="GetVariables", value="2",
        reported_at=now(),
    )  # fmt: skip
    read_some(depot, (HEARTBEAT, OFFLINE, ENABLED), by="olga")

    first = booted.obey("GetVariables", {"getVariableResult": [told(HEARTBEAT, "77"), told(OFFLINE, "true")]})
    second = booted.obey("GetVariables", {"getVariableResult": [told(ENABLED, "false")]})

    assert [len(asked["getVariableData"]) for asked in (first, second)] == [2, 1]
    assert known().items() >= {"HeartbeatInterval": "77", "Enabled": "false"}.items()


def write(depot: ChargingStation, **values: str) -> StationCommand:
    refs = {ref.variable: ref for ref in (HEARTBEAT, OFFLINE)}
    wanted = tuple(VariableValue(ref=refs[name], value=value) for name, value in values.items())
    return queue_command(depot, SetVariables(values=wanted), by="olga")


def test_tc_b_09_one_variable_is_written(booted, depot):
    command = write(depot, HeartbeatInterval="60")

    asked = booted.obey("SetVariables", {"setVariableResult": [told(HEARTBEAT, None)]})

    assert asked == {"setVariableData": [place(HEARTBEAT) | {"attributeValue": "60"}]}
    assert became(command) == ("accepted", "Accepted")


@pytest.mark.parametrize("status", ["Rejected", "UnknownVariable", "UnknownComponent"])
def test_tc_b_09_a_variable_that_the_station_refuses_is_not_said_to_be_written(booted, depot, status):
    Variable.objects.create(
        station=depot, component="OCPPCommCtrlr", name="HeartbeatInterval", value="300", reported_at=now()
    )
    command = write(depot, HeartbeatInterval="60")

    booted.obey("SetVariables", {"setVariableResult": [told(HEARTBEAT, None, status)]})

    assert became(command) == ("rejected", status)
    assert Variable.objects.get().value == "300"


def test_tc_b_10_several_variables_are_written_and_one_waits_for_a_restart(booted, depot):
    command = write(depot, HeartbeatInterval="60", LocalAuthorizeOffline="true")

    results = [told(HEARTBEAT, None), told(OFFLINE, None, "RebootRequired")]
    asked = booted.obey("SetVariables", {"setVariableResult": results})

    assert [entry["attributeValue"] for entry in asked["setVariableData"]] == ["60", "true"]
    assert became(command)[0] == "accepted"
    waiting = Variable.objects.filter(pending_reboot=True)
    assert list(waiting.values_list("name", flat=True)) == ["LocalAuthorizeOffline"]


def test_tc_b_10_of_several_variables_one_refused_is_told(booted, depot):
    command = write(depot, HeartbeatInterval="60", LocalAuthorizeOffline="true")

    results = [told(HEARTBEAT, None), told(OFFLINE, None, "Rejected")]
    booted.obey("SetVariables", {"setVariableResult": results})

    assert became(command) == ("rejected", "Rejected")


# --- reports ---------------------------------------------------------------------------------------------


def part(number: int, seq_no: int, ref: VariableRef, value: str, *, more: bool) -> Json:
    entry = place(ref) | {
        "variableAttribute": [{"value": value, "mutability": "ReadWrite"}],
        "variableCharacteristics": {"dataType": "string", "supportsMonitoring": False},
    }
    return {"requestId": number, "generatedAt": stamp(), "seqNo": seq_no, "tbc": more, "reportData": [entry]}


def report(point: Station2, number: int) -> None:
    """Two parts, the last one first, and that twice."""
    last = part(number, 1, OFFLINE, "true", more=False)
    for said in (last, last, part(number, 0, HEARTBEAT, "77", more=True)):
        assert point.raw.call("NotifyReport", said) == {}


def was_read() -> bool:
    """Whether the station counts as read."""
    return StationConfiguration.objects.filter(read_at__isnull=False).exists()


BASES = [
    pytest.param("ConfigurationInventory", id="tc_b_12"),
    pytest.param("FullInventory", id="tc_b_13"),
    pytest.param("SummaryInventory", id="tc_b_14"),
]


@pytest.mark.parametrize("base", BASES)
def test_tc_b_12_13_14_a_report_is_known_once_all_of_it_has_come(booted, depot, base):
    command = request_report(depot, by="olga", report_base=base)
    asked = booted.obey("GetBaseReport", {"status": "Accepted"})
    assert asked["reportBase"] == base
    assert (became(command), known()) == (("accepted", "Accepted"), {})

    report(booted, asked["requestId"])

    assert known() == {"HeartbeatInterval": "77", "LocalAuthorizeOffline": "true"}


@pytest.mark.parametrize("base", BASES)
def test_tc_b_12_13_14_a_report_that_the_station_can_t_make_is_not_said_to_be_there(booted, depot, base):
    command = request_report(depot, by="olga", report_base=base)
    asked = booted.obey("GetBaseReport", {"status": "NotSupported"})
    assert became(command) == ("rejected", "NotSupported")

    booted.raw.call("NotifyReport", part(asked["requestId"], 1, OFFLINE, "true", more=False))

    assert (known(), was_read()) == ({}, False), "half a report is none"


def custom(depot: ChargingStation) -> StationCommand:
    wanted = {"componentVariable": [place(HEARTBEAT), {"component": {"name": "AuthCtrlr"}}]}
    criteria = {"requestId": 900, "componentCriteria": ["Active", "Problem"]}
    return queue_raw(depot, "GetReport", criteria | wanted, by="olga")


def test_tc_b_18_a_report_of_some_components_is_known_and_does_not_pass_for_all(booted, depot):
    command = custom(depot)
    asked = booted.obey("GetReport", {"status": "Accepted"})
    assert asked["componentCriteria"] == ["Active", "Problem"]

    report(booted, 900)

    assert became(command) == ("accepted", "Accepted")
    assert known() == {"HeartbeatInterval": "77", "LocalAuthorizeOffline": "true"}
    assert not was_read()


@pytest.mark.parametrize(
    ("status", "state"), [("EmptyResultSet", "accepted"), ("NotSupported", "rejected"), ("Rejected", "rejected")]
)
def test_tc_b_18_a_report_that_has_nothing_to_tell_is_not_waited_for(booted, depot, status, state):
    command = custom(depot)
    booted.obey("GetReport", {"status": status})

    assert became(command) == (state, status)
    assert (known(), booted.is_left_alone()) == ({}, True)
