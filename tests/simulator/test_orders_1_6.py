from typing import Any

import pytest

from apps.simulator.car import Car
from apps.simulator.evse import Status
from apps.simulator.makes import EvseConfig
from tests.simulator.conftest import Start, World
from tests.simulator.csms import Refusal


async def charging(start: Start, **options: Any) -> World:
    world = await start("1.6", **options)
    world.station.plug_in(1, Car())
    await world.present(1, "AAAA")
    await world.pass_time(5)
    assert world.station.state(1) is Status.CHARGING
    return world


async def test_a_remote_start_with_the_car_plugged_in_charges_at_once(start: Start) -> None:
    world = await start("1.6")
    world.station.plug_in(2, Car())

    assert (await world.order("RemoteStartTransaction", idTag="REMOTE"))["status"] == "Accepted"
    await world.pass_time(3)

    (begin,) = world.csms.of("StartTransaction")
    assert (begin["connectorId"], begin["idTag"]) == (2, "REMOTE")
    assert world.csms.of("Authorize") == []


async def test_a_remote_start_may_have_to_be_authorised_first(start: Start) -> None:
    world = await start("1.6", answers={"Authorize": {"idTagInfo": {"status": "Expired"}}})
    await world.order("ChangeConfiguration", key="AuthorizeRemoteTxRequests", value="true")
    world.station.plug_in(1, Car())

    assert (await world.order("RemoteStartTransaction", idTag="REMOTE", connectorId=1))["status"] == "Accepted"
    await world.pass_time(3)

    assert world.csms.of("Authorize") == [{"idTag": "REMOTE"}]
    assert world.csms.of("StartTransaction") == []


async def test_a_remote_start_waits_a_minute_for_the_car(start: Start) -> None:
    world = await start("1.6")

    await world.order("RemoteStartTransaction", idTag="REMOTE", connectorId=1)
    assert world.station.state(1) is Status.PREPARING
    await world.pass_time(61)
    assert world.station.state(1) is Status.AVAILABLE

    world.station.plug_in(1, Car())
    await world.pass_time(2)
    assert world.csms.of("StartTransaction") == []


@pytest.mark.parametrize("connector", [1, 9])
async def test_a_remote_start_where_it_cannot_be_is_rejected(start: Start, connector: int) -> None:
    world = await charging(start)

    assert (await world.order("RemoteStartTransaction", idTag="X", connectorId=connector))["status"] == "Rejected"


async def test_a_remote_stop_ends_the_transaction_it_names_and_no_other(start: Start) -> None:
    world = await charging(start)

    assert (await world.order("RemoteStopTransaction", transactionId=99))["status"] == "Rejected"
    assert (await world.order("RemoteStopTransaction", transactionId=1))["status"] == "Accepted"
    await world.pass_time(1)

    (stop,) = world.csms.of("StopTransaction")
    assert (stop["transactionId"], stop["reason"]) == (1, "Remote")
    assert world.station.state(1) is Status.FINISHING


async def test_availability_changes_now_or_after_the_charge(start: Start) -> None:
    world = await charging(start)

    assert (await world.order("ChangeAvailability", connectorId=2, type="Inoperative"))["status"] == "Accepted"
    assert (await world.order("ChangeAvailability", connectorId=1, type="Inoperative"))["status"] == "Scheduled"
    assert (await world.order("ChangeAvailability", connectorId=7, type="Inoperative"))["status"] == "Rejected"
    assert (world.station.state(1), world.station.state(2)) == (Status.CHARGING, Status.UNAVAILABLE)

    await world.present(1, "AAAA")
    await world.pass_time(1)
    assert world.station.state(1) is Status.UNAVAILABLE
    assert world.csms.of("StatusNotification")[-1]["status"] == "Unavailable"

    await world.order("ChangeAvailability", connectorId=0, type="Operative")
    assert (world.station.state(1), world.station.state(2)) == (Status.FINISHING, Status.AVAILABLE)


async def test_the_availability_of_the_whole_station_is_told_for_connector_0_too(start: Start) -> None:
    world = await start("1.6")

    await world.order("ChangeAvailability", connectorId=0, type="Inoperative")

    last = {s["connectorId"]: s["status"] for s in world.csms.of("StatusNotification")}
    assert last == {0: "Unavailable", 1: "Unavailable", 2: "Unavailable"}


async def test_an_unavailable_connector_starts_nothing(start: Start) -> None:
    world = await start("1.6")
    await world.order("ChangeAvailability", connectorId=1, type="Inoperative")

    world.station.plug_in(1, Car())
    await world.present(1, "AAAA")
    await world.pass_time(5)

    assert world.csms.of("StartTransaction") == []
    assert (await world.order("RemoteStartTransaction", idTag="X", connectorId=1))["status"] == "Rejected"


@pytest.mark.parametrize(
    ("key", "value", "status"),
    [
        ("MeterValueSampleInterval", "15", "Accepted"),
        ("metervaluesampleinterval", "15", "Accepted"),
        ("MeterValueSampleInterval", "often", "Rejected"),
        ("NumberOfConnectors", "9", "Rejected"),
        ("LocalPreAuthorize", "perhaps", "Rejected"),
        ("MeterValuesSampledData", "Energy.Active.Import.Register,Voltage", "Accepted"),
        ("MeterValuesSampledData", "Energy.Active.Import.Register,RPM", "Rejected"),
        ("WebSocketPingInterval", "30", "RebootRequired"),
        ("NoSuchKey", "1", "NotSupported"),
    ],
)
async def test_configuration_answers_like_hardware(start: Start, key: str, value: str, status: str) -> None:
    world = await start("1.6")

    assert (await world.order("ChangeConfiguration", key=key, value=value))["status"] == status


async def test_configuration_is_read_in_whole_and_in_part(start: Start) -> None:
    world = await start("1.6")

    whole = await world.order("GetConfiguration")
    part = await world.order("GetConfiguration", key=["heartbeatinterval", "Nonsense", "AuthorizationKey"])

    assert len(whole["configurationKey"]) > 30
    assert "unknownKey" not in whole
    assert part["configurationKey"] == [
        {"key": "HeartbeatInterval", "readonly": False, "value": "300"},
        {"key": "AuthorizationKey", "readonly": False},
    ]
    assert part["unknownKey"] == ["Nonsense"]


async def test_a_changed_sample_interval_counts_in_the_running_charge(start: Start) -> None:
    world = await charging(start)

    await world.order("ChangeConfiguration", key="MeterValueSampleInterval", value="10")
    await world.pass_time(30)

    assert len(world.csms.of("MeterValues")) == 3


@pytest.mark.parametrize(
    ("wanted", "action", "count"),
    [
        ("Heartbeat", "Heartbeat", 1),
        ("StatusNotification", "StatusNotification", 3),
        ("MeterValues", "MeterValues", 2),
        ("BootNotification", "BootNotification", 1),
        ("FirmwareStatusNotification", "FirmwareStatusNotification", 1),
        ("DiagnosticsStatusNotification", "DiagnosticsStatusNotification", 1),
    ],
)
async def test_triggered_messages_are_sent(start: Start, wanted: str, action: str, count: int) -> None:
    world = await start("1.6")
    before = len(world.csms.of(action))

    assert (await world.order("TriggerMessage", requestedMessage=wanted))["status"] == "Accepted"

    assert len(world.csms.of(action)) - before == count


async def test_triggered_meter_values_of_a_charge_name_it(start: Start) -> None:
    world = await charging(start)

    await world.order("TriggerMessage", requestedMessage="MeterValues", connectorId=1)

    (values,) = world.csms.of("MeterValues")
    assert values["transactionId"] == 1
    assert {s["context"] for s in values["meterValue"][0]["sampledValue"]} == {"Trigger"}
    assert (await world.order("TriggerMessage", requestedMessage="MeterValues", connectorId=5))["status"] == "Rejected"


async def test_unlocking_ends_the_charge_of_a_socket_and_means_nothing_to_a_fixed_cable(start: Start) -> None:
    world = await charging(start, evses=(EvseConfig(), EvseConfig(kind="dc")))

    assert (await world.order("UnlockConnector", connectorId=1))["status"] == "Unlocked"
    assert (await world.order("UnlockConnector", connectorId=2))["status"] == "NotSupported"
    assert world.csms.of("StopTransaction")[0]["reason"] == "UnlockCommand"


async def test_local_list_updates_must_be_newer(start: Start) -> None:
    world = await start("1.6")
    good = [{"idTag": "A", "idTagInfo": {"status": "Accepted"}}, {"idTag": "B", "idTagInfo": {"status": "Accepted"}}]
    await world.order("SendLocalList", listVersion=5, updateType="Full", localAuthorizationList=good)

    old = await world.order("SendLocalList", listVersion=5, updateType="Differential", localAuthorizationList=[])
    new = await world.order(
        "SendLocalList", listVersion=6, updateType="Differential", localAuthorizationList=[{"idTag": "A"}]
    )

    assert (old["status"], new["status"]) == ("VersionMismatch", "Accepted")
    assert set(world.station.control.tokens.listed) == {"B"}
    assert world.station.control.tokens.version == 6


async def test_the_rest_is_answered_as_the_specification_says(start: Start) -> None:
    world = await start("1.6")
    await world.present(1, "AAAA")
    assert world.station.control.tokens.cached

    assert (await world.order("ClearCache"))["status"] == "Accepted"
    assert not world.station.control.tokens.cached
    assert (await world.order("DataTransfer", vendorId="org.example"))["status"] == "UnknownVendorId"


async def test_an_action_it_does_not_know_is_not_implemented(start: Start) -> None:
    world = await start("1.6")
    world.csms._check = lambda message: None

    with pytest.raises(Refusal, match="NotImplemented"):
        await world.order("NoSuchThing", location="ftp://example.org")


@pytest.mark.parametrize(
    ("action", "payload", "code"),
    [
        ("RemoteStopTransaction", {"transactionId": "one"}, "TypeConstraintViolation"),
        ("RemoteStopTransaction", {}, "ProtocolError"),
        ("Reset", {"type": "Gentle"}, "FormationViolation"),
        ("GetConfiguration", {"bogus": 1}, "FormationViolation"),
    ],
)
async def test_a_request_that_breaks_the_schema_gets_an_error(
    start: Start, action: str, payload: dict[str, Any], code: str
) -> None:
    world = await start("1.6")
    world.csms._check = lambda message: None

    with pytest.raises(Refusal) as refusal:
        await world.order(action, **payload)

    assert refusal.value.code == code
    assert world.station.online
