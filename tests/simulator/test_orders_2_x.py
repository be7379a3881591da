from typing import Any

import pytest

from apps.simulator.car import Car
from apps.simulator.evse import Status
from apps.simulator.makes import NORDLYS, EvseConfig
from tests.simulator.conftest import Start, World
from tests.simulator.csms import Refusal
from tests.simulator.test_charge import variable

VERSIONS = ["2.0.1", "2.1"]
TOKEN = {"idToken": "REMOTE", "type": "Central"}


async def charging(start: Start, version: str = "2.0.1", **options: Any) -> World:
    world = await start(version, **options)
    world.station.plug_in(1, Car())
    await world.present(1, "AAAA")
    await world.pass_time(5)
    assert world.station.state(1) is Status.CHARGING
    return world


def transaction(world: World) -> str:
    return str(world.csms.events[0]["transactionInfo"]["transactionId"])


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_remote_start_with_the_car_plugged_in(start: Start, version: str) -> None:
    world = await start(version)
    world.station.plug_in(2, Car())

    answer = await world.order("RequestStartTransaction", idToken=TOKEN, remoteStartId=41)
    await world.pass_time(3)

    assert answer == {"status": "Accepted"}
    started = world.csms.events[0]
    assert (started["eventType"], started["triggerReason"]) == ("Started", "RemoteStart")
    assert (started["idToken"], started["evse"]["id"]) == (TOKEN, 2)
    assert [e["transactionInfo"].get("remoteStartId") for e in world.csms.events] == [41, None]


async def test_a_remote_start_into_a_running_transaction_names_it(start: Start) -> None:
    world = await start("2.1", make=NORDLYS)
    world.station.plug_in(1, Car())
    await world.pass_time(1)

    answer = await world.order("RequestStartTransaction", idToken=TOKEN, remoteStartId=42, evseId=1)
    await world.pass_time(2)

    assert answer == {"status": "Accepted", "transactionId": transaction(world)}
    second = world.csms.events[1]
    assert (second["eventType"], second["triggerReason"], second["idToken"]) == ("Updated", "RemoteStart", TOKEN)
    assert second["transactionInfo"]["remoteStartId"] == 42


async def test_a_remote_start_before_the_car_tells_its_id_when_the_transaction_begins(start: Start) -> None:
    world = await start("2.0.1")
    await world.order("RequestStartTransaction", idToken=TOKEN, remoteStartId=43, evseId=1)
    await world.pass_time(10)
    assert world.csms.events == []

    world.station.plug_in(1, Car())
    await world.pass_time(2)

    started = world.csms.events[0]
    assert (started["triggerReason"], started["transactionInfo"]["remoteStartId"]) == ("RemoteStart", 43)


async def test_a_transaction_that_starts_with_the_card_times_out_without_a_car(start: Start) -> None:
    world = await start("2.0.1")
    await world.order("SetVariables", setVariableData=[variable("TxCtrlr", "TxStartPoint", "Authorized")])

    await world.present(1, "AAAA")
    await world.pass_time(62)

    begin, end = world.csms.events[0], world.csms.events[-1]
    assert (begin["eventType"], begin["evse"]) == ("Started", {"id": 1})
    assert (end["eventType"], end["triggerReason"]) == ("Ended", "EVConnectTimeout")
    assert end["transactionInfo"]["stoppedReason"] == "Timeout"


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_remote_stop(start: Start, version: str) -> None:
    world = await charging(start, version)

    assert (await world.order("RequestStopTransaction", transactionId="nonsense"))["status"] == "Rejected"
    assert (await world.order("RequestStopTransaction", transactionId=transaction(world)))["status"] == "Accepted"
    await world.pass_time(1)

    ended = world.csms.events[-1]
    assert (ended["eventType"], ended["triggerReason"]) == ("Ended", "RemoteStop")
    assert ended["transactionInfo"]["stoppedReason"] == "Remote"


async def test_a_remote_stop_of_a_plug_to_plug_transaction_stops_the_energy_only(start: Start) -> None:
    world = await charging(start, "2.1", make=NORDLYS)

    await world.order("RequestStopTransaction", transactionId=transaction(world))
    await world.pass_time(1)
    assert (world.csms.events[-1]["eventType"], world.csms.events[-1]["triggerReason"]) == ("Updated", "RemoteStop")
    assert world.station.control.evses[1].meter.power_w == 0

    world.station.unplug(1)
    await world.pass_time(1)
    assert world.csms.events[-1]["transactionInfo"]["stoppedReason"] == "Remote"


async def test_variables_are_read_and_written_item_by_item(start: Start) -> None:
    world = await start("2.0.1")
    data = [
        variable("SampledDataCtrlr", "TxUpdatedInterval", "15"),
        variable("SampledDataCtrlr", "NoSuchVariable", "15"),
        variable("NoSuchCtrlr", "TxUpdatedInterval", "15"),
        variable("SampledDataCtrlr", "TxUpdatedInterval", "often"),
        variable("ChargingStation", "Model", "Better"),
        variable("TxCtrlr", "TxStopPoint", "EVConnected,Sunset"),
        variable("OCPPCommCtrlr", "WebSocketPingInterval", "60"),
        variable("OCPPCommCtrlr", "MessageTimeout", "60", "Default"),
        variable("SecurityCtrlr", "BasicAuthPassword", "0123456789abcdef"),
        variable("SampledDataCtrlr", "TxUpdatedInterval", "15") | {"attributeType": "Target"},
    ]

    written = (await world.order("SetVariables", setVariableData=data))["setVariableResult"]

    assert [r["attributeStatus"] for r in written] == [
        "Accepted", "UnknownVariable", "UnknownComponent", "Rejected", "Rejected", "Rejected", "RebootRequired",
        "Accepted", "Accepted", "NotSupportedAttributeType",
    ]  # fmt: skip
    wanted = [{k: v for k, v in item.items() if k != "attributeValue"} for item in data]
    read = (await world.order("GetVariables", getVariableData=wanted))["getVariableResult"]
    assert [r["attributeStatus"] for r in read][:3] == ["Accepted", "UnknownVariable", "UnknownComponent"]
    assert [r.get("attributeValue") for r in read] == [
        "15", None, None, "15", "AC 22", "PowerPathClosed", "20", "60", None, None,
    ]  # fmt: skip
    assert read[8]["attributeStatus"] == "Rejected"


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("base", ["FullInventory", "ConfigurationInventory", "SummaryInventory"])
async def test_a_base_report_comes_in_numbered_parts(start: Start, version: str, base: str) -> None:
    world = await start(version)

    assert (await world.order("GetBaseReport", requestId=9, reportBase=base))["status"] == "Accepted"

    parts = world.csms.of("NotifyReport")
    assert [p["seqNo"] for p in parts] == list(range(len(parts)))
    assert [p["tbc"] for p in parts] == [True] * (len(parts) - 1) + [False]
    reported = [item for p in parts for item in p["reportData"]]
    assert (len(parts) > 3) == (base == "FullInventory")
    values = {
        (i["component"]["name"], i["variable"]["name"], i["component"].get("evse", {}).get("id")): i[
            "variableAttribute"
        ][0].get("value")
        for i in reported
    }
    if base == "ConfigurationInventory":
        assert {i["variableAttribute"][0]["mutability"] for i in reported} == {"ReadWrite", "WriteOnly"}
        assert values["SecurityCtrlr", "BasicAuthPassword", None] is None
    else:
        assert values["EVSE", "AvailabilityState", 2] == "Available"


async def test_the_report_tells_the_state_of_the_moment(start: Start) -> None:
    world = await charging(start)

    await world.order("GetBaseReport", requestId=1, reportBase="SummaryInventory")

    states = {
        (i["component"]["name"], i["component"]["evse"]["id"]): i["variableAttribute"][0]["value"]
        for p in world.csms.of("NotifyReport")
        for i in p["reportData"]
        if i["variable"]["name"] == "AvailabilityState" and "evse" in i["component"]
    }
    assert states == {
        ("EVSE", 1): "Occupied",
        ("Connector", 1): "Occupied",
        ("EVSE", 2): "Available",
        ("Connector", 2): "Available",
    }


async def test_availability_of_one_evse_and_of_all(start: Start) -> None:
    world = await charging(start)

    two = await world.order("ChangeAvailability", operationalStatus="Inoperative", evse={"id": 2, "connectorId": 1})
    everything = await world.order("ChangeAvailability", operationalStatus="Inoperative")
    missing = await world.order("ChangeAvailability", operationalStatus="Inoperative", evse={"id": 2, "connectorId": 4})

    assert (two["status"], everything["status"], missing["status"]) == ("Accepted", "Scheduled", "Rejected")
    assert world.csms.of("StatusNotification")[-1]["connectorStatus"] == "Unavailable"
    await world.present(1, "AAAA")
    await world.pass_time(1)
    assert world.station.state(1) is Status.UNAVAILABLE


async def test_unlocking_never_ends_an_authorised_charge(start: Start) -> None:
    world = await charging(start, evses=(EvseConfig(), EvseConfig(), EvseConfig(kind="dc")))

    answers = [
        (await world.order("UnlockConnector", evseId=evse, connectorId=connector))["status"]
        for evse, connector in ((1, 1), (2, 1), (3, 1), (2, 2), (9, 1))
    ]

    assert answers == [
        "OngoingAuthorizedTransaction",
        "Unlocked",
        "UnlockFailed",
        "UnknownConnector",
        "UnknownConnector",
    ]


async def test_transaction_status_tells_of_the_queue(start: Start) -> None:
    world = await charging(start)
    running = transaction(world)

    assert await world.order("GetTransactionStatus", transactionId=running) == {
        "ongoingIndicator": True,
        "messagesInQueue": False,
    }
    assert await world.order("GetTransactionStatus") == {"messagesInQueue": False}
    world.csms.answers["TransactionEvent"] = None
    await world.present(1, "AAAA")
    await world.clock.settle()
    assert await world.order("GetTransactionStatus", transactionId=running) == {
        "ongoingIndicator": False,
        "messagesInQueue": True,
    }


@pytest.mark.parametrize("version", VERSIONS)
async def test_triggers(start: Start, version: str) -> None:
    world = await charging(start, version)

    async def trigger(message: str, **more: Any) -> str:
        return str((await world.order("TriggerMessage", requestedMessage=message, **more))["status"])

    assert await trigger("BootNotification") == "Rejected"
    assert await trigger("StatusNotification") == "Rejected"
    assert await trigger("StatusNotification", evse={"id": 1, "connectorId": 1}) == "Accepted"
    assert world.csms.of("StatusNotification")[-1]["connectorStatus"] == "Occupied"
    assert await trigger("TransactionEvent", evse={"id": 1}) == "Accepted"
    assert world.csms.events[-1]["triggerReason"] == "Trigger"
    assert world.csms.events[-1]["meterValue"][0]["sampledValue"][0]["context"] == "Trigger"
    assert await trigger("TransactionEvent", evse={"id": 2}) == "Rejected"
    assert await trigger("MeterValues") == "Accepted"
    assert [m["evseId"] for m in world.csms.of("MeterValues")] == [1, 2]
    assert await trigger("LogStatusNotification") == "Accepted"
    assert world.csms.of("LogStatusNotification") == [{"status": "Idle"}]
    assert await trigger("PublishFirmwareStatusNotification") == "NotImplemented"


async def test_only_one_connector_of_an_evse_can_be_used(start: Start) -> None:
    world = await start("2.0.1", evses=(EvseConfig(kind="dc", connectors=2),))

    world.station.plug_in(1, Car(), connector=2)
    await world.present(1, "AAAA")
    await world.pass_time(1)

    last = {s["connectorId"]: s["connectorStatus"] for s in world.csms.of("StatusNotification")}
    assert last == {1: "Unavailable", 2: "Occupied"}
    assert world.csms.events[0]["evse"] == {"id": 1, "connectorId": 2}


@pytest.mark.parametrize("version", VERSIONS)
async def test_what_it_cannot_do_is_not_implemented(start: Start, version: str) -> None:
    world = await start(version)

    with pytest.raises(Refusal, match="NotImplemented"):
        await world.order("GetMonitoringReport", requestId=1)
    assert (await world.order("DataTransfer", vendorId="x"))["status"] == "UnknownVendorId"
    assert (await world.order("ClearCache"))["status"] == "Accepted"
