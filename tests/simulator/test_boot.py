import asyncio
from typing import Any

import pytest

from apps.simulator.car import Car
from apps.simulator.evse import Status
from apps.simulator.makes import NORDLYS, PLAIN, VOLTBACH
from tests.simulator.conftest import Start
from tests.simulator.csms import NOW, Broken

DIALECTS = ["1.6", "2.0.1", "2.1"]


def boot_answer(status: str, interval: int) -> dict[str, Any]:
    return {"status": status, "currentTime": NOW, "interval": interval}


@pytest.mark.parametrize(("version", "connectors"), [("1.6", [0, 1, 2]), ("2.0.1", [1, 1]), ("2.1", [1, 1])])
async def test_every_connector_is_reported_once_the_boot_is_accepted(
    start: Start, version: str, connectors: list[int]
) -> None:
    world = await start(version)

    assert world.csms.actions == ["BootNotification"] + ["StatusNotification"] * len(connectors)
    assert [s["connectorId"] for s in world.csms.of("StatusNotification")] == connectors


@pytest.mark.parametrize("version", DIALECTS)
@pytest.mark.parametrize("status", ["Pending", "Rejected"])
async def test_nothing_but_boot_is_said_until_accepted(start: Start, version: str, status: str) -> None:
    world = await start(version, answers={"BootNotification": boot_answer(status, 20)})
    world.station.plug_in(1, Car())

    await world.pass_time(59)
    assert world.csms.actions == ["BootNotification"] * 3

    world.csms.answers["BootNotification"] = boot_answer("Accepted", 300)
    await world.pass_time(2)
    assert world.csms.actions[3] == "BootNotification"
    assert "StatusNotification" in world.csms.actions


async def test_an_interval_of_0_leaves_the_choice_to_the_station(start: Start) -> None:
    world = await start("1.6", answers={"BootNotification": boot_answer("Pending", 0)})

    await world.pass_time(61)

    assert world.csms.actions == ["BootNotification"] * 3


@pytest.mark.parametrize("version", DIALECTS)
async def test_an_error_answer_to_boot_is_tried_again(start: Start, version: str) -> None:
    world = await start(version, answers={"BootNotification": Broken("InternalError")})

    del world.csms.answers["BootNotification"]
    await world.pass_time(31)

    assert world.station.online
    assert world.csms.connections == 1


@pytest.mark.parametrize("version", DIALECTS)
async def test_while_pending_orders_are_answered_and_triggered_messages_sent(start: Start, version: str) -> None:
    world = await start(version, answers={"BootNotification": boot_answer("Pending", 600)})

    if version == "1.6":
        answer = await world.order("GetConfiguration", key=["NumberOfConnectors"])
        assert answer["configurationKey"][0]["value"] == "2"
        assert (await world.order("RemoteStartTransaction", idTag="AA"))["status"] == "Rejected"
    else:
        assert (await world.order("GetBaseReport", requestId=4, reportBase="FullInventory"))["status"] == "Accepted"
        assert {r["requestId"] for r in world.csms.of("NotifyReport")} == {4}
        token = {"idToken": "AA", "type": "Central"}
        assert (await world.order("RequestStartTransaction", idToken=token, remoteStartId=1))["status"] == "Rejected"
    assert (await world.order("TriggerMessage", requestedMessage="Heartbeat"))["status"] == "Accepted"
    assert world.csms.actions[-1] == "Heartbeat"


@pytest.mark.parametrize("version", DIALECTS)
async def test_a_triggered_boot_comes_before_its_time(start: Start, version: str) -> None:
    world = await start(version, answers={"BootNotification": boot_answer("Pending", 600)})
    del world.csms.answers["BootNotification"]

    await world.order("TriggerMessage", requestedMessage="BootNotification")

    assert world.station.online


async def test_rejected_stations_answer_nothing_in_1_6_and_a_security_error_in_2_x(start: Start) -> None:
    old = await start("1.6", answers={"BootNotification": boot_answer("Rejected", 600)})
    await old.csms.send_raw('[2,"7","GetConfiguration",{}]')
    await old.pass_time(1)
    assert old.csms.actions == ["BootNotification"]
    assert old.station.registration == "Rejected"

    new = await start("2.1", answers={"BootNotification": boot_answer("Rejected", 600)})
    with pytest.raises(Exception, match="SecurityError"):
        await new.order("GetBaseReport", requestId=1, reportBase="FullInventory")


@pytest.mark.parametrize("version", DIALECTS)
async def test_heartbeats_follow_the_interval_of_the_boot_answer(start: Start, version: str) -> None:
    world = await start(version, answers={"BootNotification": boot_answer("Accepted", 40)})

    await world.pass_time(121)

    assert len(world.csms.of("Heartbeat")) == 3


async def test_a_changed_heartbeat_interval_counts_at_once(start: Start) -> None:
    world = await start("1.6")

    await world.order("ChangeConfiguration", key="HeartbeatInterval", value="10")
    await world.pass_time(31)

    assert len(world.csms.of("Heartbeat")) == 3


async def test_makes_introduce_themselves_in_their_own_way(start: Start) -> None:
    plain, nordlys = await start("1.6", make=PLAIN), await start("2.1", make=NORDLYS)

    assert plain.csms.of("BootNotification")[0]["chargePointSerialNumber"] == "PLA-SIM1"
    assert plain.csms.of("BootNotification")[0]["chargePointVendor"] == "Plainworks"
    assert "serialNumber" not in nordlys.csms.of("BootNotification")[0]["chargingStation"]
    assert nordlys.csms.of("BootNotification")[0]["reason"] == "PowerUp"
    statuses = nordlys.csms.of("StatusNotification")
    assert [s["evseId"] for s in statuses] == [1, 1, 2, 2]


@pytest.mark.parametrize(("make", "boots"), [(PLAIN, 1), (VOLTBACH, 2)])
async def test_a_reconnect_is_no_boot_except_for_some_makes(start: Start, make: Any, boots: int) -> None:
    world = await start("1.6", make=make)

    world.csms.hang_up()
    await world.pass_time(15)

    assert world.csms.connections == 2
    assert len(world.csms.of("BootNotification")) == boots


@pytest.mark.parametrize("version", DIALECTS)
async def test_a_reset_reboots_and_the_plugged_car_is_still_there(start: Start, version: str) -> None:
    world = await start(version)
    world.station.plug_in(2, Car())
    await world.pass_time(1)
    reset = {"type": "Soft"} if version == "1.6" else {"type": "Immediate"}

    assert (await world.order("Reset", **reset))["status"] == "Accepted"
    await world.pass_time(20)

    assert world.csms.connections == 2
    boots = world.csms.of("BootNotification")
    assert len(boots) == 2
    assert world.station.state(2) is Status.PREPARING
    assert world.station.state(1) is Status.AVAILABLE
    if version != "1.6":
        assert boots[1]["reason"] == "RemoteReset"


async def test_a_soft_reset_ends_charges_before_and_a_hard_one_tells_it_after(start: Start) -> None:
    for kind, expected in (
        ("Soft", ["StopTransaction", "BootNotification"]),
        ("Hard", ["BootNotification", "StopTransaction"]),
    ):
        world = await start("1.6")
        world.station.plug_in(1, Car())
        await world.present(1, "AAAA")
        await world.pass_time(10)
        seen = len(world.csms.received)

        await world.order("Reset", type=kind)
        await world.pass_time(30)

        after = [a for a in world.csms.actions[seen:] if a in expected]
        assert after == expected
        (stop,) = world.csms.of("StopTransaction")
        assert (stop["reason"], stop["transactionId"]) == (f"{kind}Reset", 1)


async def test_an_immediate_reset_ends_the_transaction_with_its_own_reason(start: Start) -> None:
    world = await start("2.0.1")
    world.station.plug_in(1, Car())
    await world.present(1, "AAAA")
    await world.pass_time(10)

    assert (await world.order("Reset", type="Immediate"))["status"] == "Accepted"
    await world.pass_time(1)

    ended = world.csms.events[-1]
    assert (ended["eventType"], ended["triggerReason"]) == ("Ended", "ResetCommand")
    assert ended["transactionInfo"]["stoppedReason"] == "ImmediateReset"
    assert "offline" not in ended


@pytest.mark.parametrize("version", DIALECTS)
async def test_losing_power_ends_charges_with_that_reason(start: Start, version: str) -> None:
    world = await start(version)
    world.station.plug_in(1, Car())
    await world.present(1, "AAAA")
    await world.pass_time(10)

    losing = asyncio.create_task(world.station.lose_power())
    await world.clock.settle()
    await losing

    if version == "1.6":
        assert world.csms.of("StopTransaction")[0]["reason"] == "PowerLoss"
    else:
        assert world.csms.events[-1]["transactionInfo"]["stoppedReason"] == "PowerLoss"
    assert not world.station.online


async def test_a_station_told_to_stop_while_its_connection_goes_does_stop(start: Start) -> None:
    world = await start("1.6")

    world.csms.hang_up()
    await asyncio.sleep(0)
    world.task.cancel()
    await world.clock.settle()

    assert world.task.cancelled()


async def test_a_reset_on_idle_waits_for_the_last_charge(start: Start) -> None:
    world = await start("2.1")
    world.station.plug_in(1, Car())
    await world.present(1, "AAAA")
    await world.pass_time(10)

    assert (await world.order("Reset", type="OnIdle"))["status"] == "Scheduled"
    await world.pass_time(60)
    assert world.csms.connections == 1

    await world.present(1, "AAAA")
    await world.pass_time(30)
    assert world.csms.connections == 2
    assert world.csms.of("BootNotification")[-1]["reason"] == "ScheduledReset"


async def test_resetting_one_evse_leaves_the_other_charging(start: Start) -> None:
    world = await start("2.0.1")
    for evse in (1, 2):
        world.station.plug_in(evse, Car())
        await world.present(evse, f"AAAA{evse}")
    await world.pass_time(10)

    assert (await world.order("Reset", type="Immediate", evseId=1))["status"] == "Accepted"
    await world.pass_time(10)

    assert world.csms.connections == 1
    assert (world.station.state(1), world.station.state(2)) == (Status.FINISHING, Status.CHARGING)
    assert (await world.order("Reset", type="Immediate", evseId=9))["status"] == "Rejected"


async def test_unavailability_outlives_a_reboot(start: Start) -> None:
    world = await start("2.1")
    await world.order("ChangeAvailability", operationalStatus="Inoperative", evse={"id": 1})

    await world.order("Reset", type="Immediate")
    await world.pass_time(20)

    assert world.station.state(1) is Status.UNAVAILABLE
    assert world.csms.of("StatusNotification")[-2]["connectorStatus"] == "Unavailable"


async def test_a_key_that_needs_a_reboot_counts_after_it(start: Start) -> None:
    world = await start("1.6")

    answer = await world.order("ChangeConfiguration", key="WebSocketPingInterval", value="77")
    assert answer["status"] == "RebootRequired"
    before = await world.order("GetConfiguration", key=["WebSocketPingInterval"])
    await world.order("Reset", type="Soft")
    await world.pass_time(20)

    after = await world.order("GetConfiguration", key=["WebSocketPingInterval"])
    assert (before["configurationKey"][0]["value"], after["configurationKey"][0]["value"]) == ("20", "77")
