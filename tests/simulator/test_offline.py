from datetime import datetime
from itertools import pairwise

import pytest

from apps.simulator.car import Car
from apps.simulator.evse import Status
from apps.simulator.makes import PLAIN, VOLTBACH, Make
from tests.simulator.conftest import START, Start, World
from tests.simulator.csms import Broken
from tests.simulator.test_charge import variable

DIALECTS = ["1.6", "2.0.1", "2.1"]
MONEY = ("StartTransaction", "MeterValues", "StopTransaction", "TransactionEvent")


async def go_offline(world: World) -> None:
    world.csms.up = False
    world.csms.hang_up()
    await world.pass_time(1)
    assert not world.station.online


def seconds(text: str) -> float:
    return (datetime.fromisoformat(text) - START).total_seconds()


async def test_a_whole_offline_charge_of_1_6_is_told_in_order_with_its_own_times(start: Start) -> None:
    world = await start("1.6")
    await go_offline(world)
    world.station.plug_in(1, Car())
    await world.present(1, "AAAA")
    await world.pass_time(125)
    await world.present(1, "AAAA")
    await world.pass_time(20)
    world.station.unplug(1)
    assert world.csms.of("StartTransaction") == []

    world.csms.up = True
    await world.pass_time(120)

    assert [a for a in world.csms.actions if a in MONEY] == [
        "StartTransaction",
        "MeterValues",
        "MeterValues",
        "StopTransaction",
    ]
    (begin,), (stop,) = world.csms.of("StartTransaction"), world.csms.of("StopTransaction")
    assert (seconds(begin["timestamp"]), seconds(stop["timestamp"])) == (1, 126)
    assert stop["transactionId"] == 1
    assert [seconds(m["meterValue"][0]["timestamp"]) for m in world.csms.of("MeterValues")] == [61, 121]


@pytest.mark.parametrize("version", ["2.0.1", "2.1"])
async def test_events_that_happened_offline_say_so_and_those_after_do_not(start: Start, version: str) -> None:
    world = await start(version)
    world.station.plug_in(1, Car())
    await world.present(1, "AAAA")
    await world.pass_time(61)
    await go_offline(world)
    await world.pass_time(120)
    world.csms.up = True
    await world.pass_time(120)

    events = world.csms.events
    assert [e["seqNo"] for e in events] == list(range(len(events)))
    offline = [e["seqNo"] for e in events if e.get("offline")]
    assert len(offline) >= 2
    assert offline == list(range(offline[0], offline[0] + len(offline)))
    assert "offline" not in events[0]
    assert "offline" not in events[-1]


@pytest.mark.parametrize("version", DIALECTS)
async def test_what_is_not_about_a_transaction_is_dropped_but_the_state_is_told_afterwards(
    start: Start, version: str
) -> None:
    world = await start(version)
    told = len(world.csms.of("StatusNotification"))
    await go_offline(world)
    world.station.plug_in(1, Car())
    await world.pass_time(5)
    world.station.unplug(1)
    world.station.plug_in(2, Car())
    await world.pass_time(5)

    world.csms.up = True
    await world.pass_time(60)

    statuses = world.csms.of("StatusNotification")[told:]
    assert len(statuses) == 1
    assert statuses[0].get("evseId", statuses[0]["connectorId"]) == 2
    assert world.csms.of("Heartbeat") == []


async def test_after_a_long_absence_a_2_x_station_reports_every_connector(start: Start) -> None:
    world = await start("2.1")
    await world.order("SetVariables", setVariableData=[variable("OCPPCommCtrlr", "OfflineThreshold", "100")])
    told = len(world.csms.of("StatusNotification"))
    await go_offline(world)
    await world.pass_time(101)

    world.csms.up = True
    await world.pass_time(90)

    assert len(world.csms.of("StatusNotification")) - told == 2


@pytest.mark.parametrize("version", DIALECTS)
async def test_a_failing_message_waits_longer_each_time_and_is_then_discarded(start: Start, version: str) -> None:
    """1.6 §3.7.1 by its own example: 3 attempts and 60 s mean waits of 60 and 120 s."""
    world = await start(version)
    await set_retries(world, version, attempts=3, interval_s=60)
    world.csms.answers["StopTransaction"] = world.csms.answers["TransactionEvent"] = Broken("InternalError")
    world.station.plug_in(1, Car())
    await world.present(1, "AAAA")
    await world.pass_time(1)
    await world.present(1, "AAAA")
    action = "StopTransaction" if version == "1.6" else "TransactionEvent"

    await world.pass_time(400)

    first = world.csms.of(action)[0]
    sent_at = [m.at for m in world.csms.received if m.payload == first]
    assert [(b - a).total_seconds() for a, b in pairwise(sent_at)] == [60, 120]


async def set_retries(world: World, version: str, *, attempts: int, interval_s: int) -> None:
    if version == "1.6":
        await world.order("ChangeConfiguration", key="TransactionMessageAttempts", value=str(attempts))
        await world.order("ChangeConfiguration", key="TransactionMessageRetryInterval", value=str(interval_s))
        return
    data = [
        variable("OCPPCommCtrlr", "MessageAttempts", str(attempts), "TransactionEvent"),
        variable("OCPPCommCtrlr", "MessageAttemptInterval", str(interval_s), "TransactionEvent"),
    ]
    answer = await world.order("SetVariables", setVariableData=data)
    assert [r["attributeStatus"] for r in answer["setVariableResult"]] == ["Accepted", "Accepted"]


async def test_later_messages_wait_behind_a_failing_one(start: Start) -> None:
    world = await start("1.6", answers={"StartTransaction": Broken("InternalError")})
    world.station.plug_in(1, Car())
    await world.present(1, "AAAA")
    await world.pass_time(65)
    assert world.csms.of("MeterValues") == []

    del world.csms.answers["StartTransaction"]
    await world.pass_time(120)

    money = [a for a in world.csms.actions if a in MONEY]
    starts = money.count("StartTransaction")
    assert money == ["StartTransaction"] * starts + ["MeterValues"] * 3
    assert {m["transactionId"] for m in world.csms.of("MeterValues")} == {1}


async def test_a_start_that_was_never_delivered_leaves_minus_one(start: Start) -> None:
    world = await start("1.6", answers={"StartTransaction": Broken("GenericError")})
    await set_retries(world, "1.6", attempts=1, interval_s=1)
    world.station.plug_in(1, Car())
    await world.present(1, "AAAA")
    await world.pass_time(70)
    await world.present(1, "AAAA")
    await world.pass_time(5)

    assert world.csms.of("MeterValues")[0]["transactionId"] == -1
    assert world.csms.of("StopTransaction")[0]["transactionId"] == -1


@pytest.mark.parametrize(("make", "ids"), [(PLAIN, 3), (VOLTBACH, 1)])
async def test_retries_come_with_a_new_or_the_same_message_id(start: Start, make: Make, ids: int) -> None:
    world = await start("1.6", make=make, answers={"StartTransaction": Broken("InternalError")})
    await set_retries(world, "1.6", attempts=3, interval_s=1)
    world.station.plug_in(1, Car())
    await world.present(1, "AAAA")
    await world.pass_time(10)

    sent = [m.message_id for m in world.csms.received if m.action == "StartTransaction"]
    assert len(sent) == 3
    assert len(set(sent)) == ids


@pytest.mark.parametrize("version", DIALECTS)
async def test_a_connection_lost_before_the_answer_is_no_failure(start: Start, version: str) -> None:
    world = await start(version)
    await set_retries(world, version, attempts=1, interval_s=1)
    world.csms.answers["StartTransaction"] = world.csms.answers["TransactionEvent"] = None
    world.station.plug_in(1, Car())
    await world.present(1, "AAAA")
    await world.pass_time(1)
    world.csms.hang_up()
    world.csms.answers.clear()
    await world.pass_time(20)

    first = [m.payload for m in world.csms.received if m.action in ("StartTransaction", "TransactionEvent")][:2]
    assert first[0] == first[1]
    assert not world.station.outbox.letters


@pytest.mark.parametrize("version", DIALECTS)
async def test_the_queue_outlives_a_reboot(start: Start, version: str) -> None:
    world = await start(version)
    world.station.plug_in(1, Car())
    await world.present(1, "AAAA")
    await world.pass_time(5)
    world.csms.answers["StopTransaction"] = world.csms.answers["TransactionEvent"] = Broken("InternalError")
    await world.order("Reset", **({"type": "Hard"} if version == "1.6" else {"type": "Immediate"}))
    await world.pass_time(5)

    world.csms.answers.clear()
    await world.clock.advance(200)

    assert len(world.station.outbox) == 0
    if version == "1.6":
        assert world.csms.of("StopTransaction")[-1]["transactionId"] == 1
    else:
        assert world.csms.events[-1]["eventType"] == "Ended"


async def test_reconnecting_backs_off_by_doubling_with_something_random(start: Start) -> None:
    world = await start("2.0.1")
    data = [
        variable("OCPPCommCtrlr", "RetryBackOffWaitMinimum", "10"),
        variable("OCPPCommCtrlr", "RetryBackOffRandomRange", "4"),
        variable("OCPPCommCtrlr", "RetryBackOffRepeatTimes", "3"),
    ]
    await world.order("SetVariables", setVariableData=data)

    waits = [world.station._back_off_s(attempt) for attempt in range(6)]

    for wait, least in zip(waits, [10, 20, 40, 80, 80, 80], strict=True):
        assert least <= wait <= least + 4
    assert len({wait % 10 for wait in waits}) > 1


async def test_the_back_off_starts_anew_after_a_success(start: Start) -> None:
    world = await start("1.6", up=False)
    await world.pass_time(600)
    world.csms.up = True
    await world.pass_time(200)
    assert world.station.online

    world.csms.hang_up()
    await world.pass_time(11)

    assert world.station.online


@pytest.mark.parametrize(("unknown", "state"), [("true", Status.CHARGING), ("false", Status.PREPARING)])
async def test_unknown_tokens_offline_are_a_matter_of_configuration(start: Start, unknown: str, state: Status) -> None:
    world = await start("1.6")
    await world.order("ChangeConfiguration", key="AllowOfflineTxForUnknownId", value=unknown)
    await go_offline(world)
    world.station.plug_in(1, Car())

    await world.present(1, "NEVERSEEN")
    await world.pass_time(2)

    assert world.station.state(1) is state


@pytest.mark.parametrize("version", DIALECTS)
async def test_the_local_list_decides_offline(start: Start, version: str) -> None:
    world = await start(version)
    if version == "1.6":
        entries = [{"idTag": "BAD", "idTagInfo": {"status": "Blocked"}}]
        await world.order("SendLocalList", listVersion=3, updateType="Full", localAuthorizationList=entries)
        assert (await world.order("GetLocalListVersion"))["listVersion"] == 3
    else:
        entries = [{"idToken": {"idToken": "BAD", "type": "ISO14443"}, "idTokenInfo": {"status": "Blocked"}}]
        await world.order("SendLocalList", versionNumber=3, updateType="Full", localAuthorizationList=entries)
        assert (await world.order("GetLocalListVersion"))["versionNumber"] == 3
    await go_offline(world)

    assert await world.present(1, "bad") == "Blocked"
