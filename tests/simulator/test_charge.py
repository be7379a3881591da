from datetime import datetime

import pytest

from apps.simulator.car import Car
from apps.simulator.evse import Status
from apps.simulator.makes import NORDLYS, PLAIN, VOLTBACH, EvseConfig
from tests.simulator.conftest import Start, World

AC, DC = EvseConfig(), EvseConfig(kind="dc")
DIALECTS = ["1.6", "2.0.1", "2.1"]


def sampled(world: World) -> list[dict]:
    """Every meter value of the charge, whatever message carried it."""
    messages = world.csms.of("MeterValues") + world.csms.events + world.csms.of("StopTransaction")
    return [mv for m in messages for mv in m.get("meterValue", m.get("transactionData", []))]


def energy_wh(meter_value: dict) -> float:
    register = "Energy.Active.Import.Register"
    (sample,) = [s for s in meter_value["sampledValue"] if s.get("measurand", register) == register]
    unit = sample.get("unit") or sample["unitOfMeasure"]["unit"]
    return float(sample["value"]) * (1000 if unit == "kWh" else 1)


def power_w(meter_value: dict) -> float:
    return sum(float(s["value"]) for s in meter_value["sampledValue"] if s.get("measurand") == "Power.Active.Import")


async def charge(world: World, seconds: float, car: Car, token: str = "AABBCCDD") -> None:
    world.station.plug_in(1, car)
    await world.pass_time(4)
    assert await world.present(1, token) == "Accepted"
    await world.pass_time(seconds)
    assert await world.present(1, token) == "Accepted"
    await world.pass_time(30)
    world.station.unplug(1)
    await world.pass_time(2)


async def test_a_local_charge_in_1_6_is_told_in_the_order_it_happens(start: Start) -> None:
    world = await start("1.6")

    await charge(world, 130, Car(phases=1, ac_max_a=16))

    statuses = [s["status"] for s in world.csms.of("StatusNotification") if s["connectorId"] == 1]
    assert statuses == ["Available", "Preparing", "Charging", "Finishing", "Available"]
    money = [a for a in world.csms.actions if a in ("Authorize", "StartTransaction", "MeterValues", "StopTransaction")]
    assert money == ["Authorize", "StartTransaction", "MeterValues", "MeterValues", "StopTransaction"]
    (begin,), (end,) = world.csms.of("StartTransaction"), world.csms.of("StopTransaction")
    assert (begin["connectorId"], begin["idTag"]) == (1, "AABBCCDD")
    assert (end["transactionId"], end["reason"], end["idTag"]) == (1, "Local", "AABBCCDD")
    assert {values["transactionId"] for values in world.csms.of("MeterValues")} == {1}


@pytest.mark.parametrize("version", ["2.0.1", "2.1"])
async def test_a_local_charge_in_2_x_is_one_unbroken_series_of_events(start: Start, version: str) -> None:
    world = await start(version)

    await charge(world, 130, Car(phases=1))

    events = world.csms.events
    assert [e["seqNo"] for e in events] == list(range(len(events)))
    assert len({e["transactionInfo"]["transactionId"] for e in events}) == 1
    assert [(e["eventType"], e["triggerReason"]) for e in events] == [
        ("Started", "Authorized"),
        ("Updated", "ChargingStateChanged"),
        ("Updated", "MeterValuePeriodic"),
        ("Updated", "MeterValuePeriodic"),
        ("Ended", "StopAuthorized"),
    ]
    assert [e["transactionInfo"]["chargingState"] for e in events] == [
        "EVConnected",
        "Charging",
        "Charging",
        "Charging",
        "EVConnected",
    ]
    assert events[0]["idToken"] == {"idToken": "AABBCCDD", "type": "ISO14443"}
    assert events[0]["evse"] == {"id": 1, "connectorId": 1}
    assert events[1]["numberOfPhasesUsed"] == 1
    assert events[-1]["transactionInfo"]["stoppedReason"] == "Local"
    assert [v["sampledValue"][0]["context"] for e in events for v in e.get("meterValue", [])] == [
        "Transaction.Begin",
        "Sample.Periodic",
        "Sample.Periodic",
        "Transaction.End",
    ]


async def test_a_plug_to_plug_transaction_begins_with_the_cable_and_ends_with_it(start: Start) -> None:
    world = await start("2.1", make=NORDLYS)

    await charge(world, 20, Car())

    assert [(e["eventType"], e["triggerReason"]) for e in world.csms.events] == [
        ("Started", "CablePluggedIn"),
        ("Updated", "Authorized"),
        ("Updated", "ChargingStateChanged"),
        ("Updated", "StopAuthorized"),
        ("Ended", "EVCommunicationLost"),
    ]
    assert ["idToken" in e for e in world.csms.events] == [False, True, False, True, False]
    assert ["evse" in e for e in world.csms.events] == [True, False, False, False, False]
    assert world.csms.events[-1]["transactionInfo"]["stoppedReason"] == "Local"


@pytest.mark.parametrize("version", DIALECTS)
@pytest.mark.parametrize("make", [PLAIN, VOLTBACH, NORDLYS], ids=lambda make: make.name)
@pytest.mark.parametrize(
    ("evse", "car"),
    [(AC, Car(phases=1)), (AC, Car(phases=3, ac_max_a=32)), (DC, Car(battery_wh=30_000, soc=0.5, dc_max_w=150_000))],
    ids=["one phase", "three phases", "tapering"],
)
async def test_the_register_is_the_integral_of_the_power(
    start: Start, version: str, make: object, evse: EvseConfig, car: Car
) -> None:
    world = await start(version, make=make, evses=(evse,))

    await charge(world, 305, Car(**vars(car)))

    periodic = [v for v in sampled(world) if v["sampledValue"][0]["context"] == "Sample.Periodic" if power_w(v)]
    assert len(periodic) == 5
    times = [datetime.fromisoformat(v["timestamp"]) for v in periodic]
    integral_wh = sum(
        power_w(v) * (after - before).total_seconds() / 3600
        for v, before, after in zip(periodic[1:], times, times[1:], strict=False)
    )
    assert integral_wh == pytest.approx(energy_wh(periodic[-1]) - energy_wh(periodic[0]), abs=2)
    assert integral_wh > 100
    readings = [energy_wh(v) for v in sampled(world) if power_w(v)]
    assert readings == sorted(readings)


@pytest.mark.parametrize("version", DIALECTS)
@pytest.mark.parametrize("make", [PLAIN, VOLTBACH, NORDLYS], ids=lambda make: make.name)
@pytest.mark.parametrize("evse", [AC, DC], ids=["ac", "dc"])
async def test_eight_samples_agree_with_each_other(start: Start, version: str, make: object, evse: EvseConfig) -> None:
    world = await start(version, make=make, evses=(evse,))

    await charge(world, 130, Car(soc=0.2, phases=3))

    value = [v for v in sampled(world) if power_w(v)][-1]
    samples = value["sampledValue"]
    assert len(samples) == 8
    amps = [float(s["value"]) for s in samples if s.get("measurand") == "Current.Import"]
    volts = [float(s["value"]) for s in samples if s.get("measurand") == "Voltage"]
    assert sum(amps) * volts[0] == pytest.approx(power_w(value), rel=0.005)
    assert len(amps) == (3 if evse.kind == "ac" else 1)


@pytest.mark.parametrize("version", DIALECTS)
async def test_begin_and_end_say_the_same_everywhere(start: Start, version: str) -> None:
    """Whatever the make writes, the first and last register of a charge are whole and the same Wh."""
    world = await start(version, make=NORDLYS, evses=(DC,))

    await charge(world, 100, Car())

    by_context = {v["sampledValue"][0]["context"]: energy_wh(v) for v in sampled(world)}
    begin_wh, end_wh = by_context["Transaction.Begin"], by_context["Transaction.End"]
    assert end_wh - begin_wh > 1000
    assert max(by_context.values()) == end_wh
    if version == "1.6":
        assert world.csms.of("StartTransaction")[0]["meterStart"] == begin_wh
        assert world.csms.of("StopTransaction")[0]["meterStop"] == end_wh


async def test_the_register_stands_still_between_two_charges(start: Start) -> None:
    world = await start("1.6")

    await charge(world, 61, Car())
    await world.pass_time(300)
    await charge(world, 61, Car())

    first_stop, second_start = world.csms.of("StopTransaction")[0], world.csms.of("StartTransaction")[1]
    assert second_start["meterStart"] == first_stop["meterStop"]


@pytest.mark.parametrize(("version", "words"), [("1.6", "SuspendedEV"), ("2.0.1", "SuspendedEV")])
async def test_a_full_car_stops_drawing_and_the_transaction_goes_on(start: Start, version: str, words: str) -> None:
    world = await start(version, evses=(DC,))
    car = Car(battery_wh=20_000, soc=0.79, target_soc=0.8)
    world.station.plug_in(1, car)
    await world.pass_time(2)
    await world.present(1, "AABB")

    await world.pass_time(60)

    assert world.station.state(1) is Status.SUSPENDED_EV
    assert world.station.control.evses[1].meter.power_w == 0
    if version == "1.6":
        assert world.csms.of("StatusNotification")[-1]["status"] == words
        assert world.csms.of("StopTransaction") == []
    else:
        assert world.csms.events[-1]["transactionInfo"]["chargingState"] == words
    assert car.soc == pytest.approx(0.8, abs=0.003)


@pytest.mark.parametrize("version", DIALECTS)
async def test_a_token_that_is_not_accepted_starts_nothing(start: Start, version: str) -> None:
    info = {"status": "Blocked"}
    world = await start(version, answers={"Authorize": {"idTagInfo" if version == "1.6" else "idTokenInfo": info}})
    world.station.plug_in(1, Car())
    await world.pass_time(2)

    assert await world.present(1, "AABB") == "Blocked"

    await world.pass_time(5)
    assert world.csms.of("StartTransaction") + world.csms.events == []
    assert world.station.state(1) is Status.PREPARING


@pytest.mark.parametrize("version", DIALECTS)
async def test_a_token_refused_at_the_start_of_the_transaction_ends_it(start: Start, version: str) -> None:
    blocked = {"status": "Blocked"}
    answers = {
        "StartTransaction": {"transactionId": 7, "idTagInfo": blocked},
        "TransactionEvent": lambda p: {"idTokenInfo": blocked} if "idToken" in p else {},
    }
    world = await start(version, answers=answers)
    world.station.plug_in(1, Car())
    await world.pass_time(2)

    await world.present(1, "AABB")
    await world.pass_time(3)

    if version == "1.6":
        (stop,) = world.csms.of("StopTransaction")
        assert (stop["transactionId"], stop["reason"]) == (7, "DeAuthorized")
    else:
        assert world.csms.events[-1]["eventType"] == "Ended"
        assert world.csms.events[-1]["triggerReason"] == "Deauthorized"
        assert world.csms.events[-1]["transactionInfo"]["stoppedReason"] == "DeAuthorized"


@pytest.mark.parametrize("version", DIALECTS)
async def test_without_stop_on_invalid_only_the_energy_stops(start: Start, version: str) -> None:
    blocked = {"status": "Blocked"}
    answers = {
        "StartTransaction": {"transactionId": 7, "idTagInfo": blocked},
        "TransactionEvent": lambda p: {"idTokenInfo": blocked} if "idToken" in p else {},
    }
    world = await start(version, answers=answers)
    if version == "1.6":
        await world.order("ChangeConfiguration", key="StopTransactionOnInvalidId", value="false")
    else:
        await world.order("SetVariables", setVariableData=[variable("TxCtrlr", "StopTxOnInvalidId", "false")])
    world.station.plug_in(1, Car())
    await world.pass_time(2)

    await world.present(1, "AABB")
    await world.pass_time(30)

    assert world.station.state(1) is Status.SUSPENDED_EVSE
    assert world.station.control.evses[1].meter.power_w == 0
    assert world.csms.of("StopTransaction") == []


@pytest.mark.parametrize("version", DIALECTS)
async def test_another_card_of_the_same_group_may_stop(start: Start, version: str) -> None:
    def authorize(p: dict) -> dict:
        if version == "1.6":
            return {"idTagInfo": {"status": "Accepted", "parentIdTag": "FLEET"}}
        return {"idTokenInfo": {"status": "Accepted", "groupIdToken": {"idToken": "FLEET", "type": "Central"}}}

    answers = {"Authorize": authorize}
    answers |= {"StartTransaction": lambda p: {"transactionId": 1, **authorize(p)}}
    answers |= {"TransactionEvent": lambda p: authorize(p) if "idToken" in p else {}}
    world = await start(version, answers=answers)
    world.station.plug_in(1, Car())
    await world.present(1, "AAAA")
    await world.pass_time(10)

    assert await world.present(1, "BBBB") == "Accepted"

    await world.pass_time(1)
    assert world.station.state(1) is Status.FINISHING


@pytest.mark.parametrize("version", DIALECTS)
async def test_a_stranger_cannot_stop_a_charge(start: Start, version: str) -> None:
    world = await start(version)
    world.station.plug_in(1, Car())
    await world.present(1, "AAAA")
    await world.pass_time(10)

    await world.present(1, "BBBB")

    assert world.station.state(1) is Status.CHARGING


@pytest.mark.parametrize("version", DIALECTS)
async def test_pulling_the_cable_ends_the_charge(start: Start, version: str) -> None:
    world = await start(version)
    world.station.plug_in(1, Car())
    await world.present(1, "AAAA")
    await world.pass_time(10)

    world.station.unplug(1)
    await world.pass_time(1)

    if version == "1.6":
        assert world.csms.of("StopTransaction")[0]["reason"] == "EVDisconnected"
    else:
        assert world.csms.events[-1]["triggerReason"] == "EVCommunicationLost"
        assert world.csms.events[-1]["transactionInfo"]["stoppedReason"] == "EVDisconnected"
    assert world.station.state(1) is Status.AVAILABLE


@pytest.mark.parametrize("version", DIALECTS)
async def test_a_fault_ends_the_charge_and_is_told(start: Start, version: str) -> None:
    world = await start(version)
    world.station.plug_in(1, Car())
    await world.present(1, "AAAA")
    await world.pass_time(10)

    world.station.fault(1, "GroundFailure")
    await world.pass_time(1)

    status = world.csms.of("StatusNotification")[-1]
    if version == "1.6":
        assert (status["status"], status["errorCode"]) == ("Faulted", "GroundFailure")
        assert world.csms.of("StopTransaction")[0]["reason"] == "Other"
    else:
        assert status["connectorStatus"] == "Faulted"
        assert world.csms.events[-1]["triggerReason"] == "AbnormalCondition"
        assert world.csms.events[-1]["transactionInfo"]["stoppedReason"] == "GroundFault"
        assert world.csms.of("NotifyEvent")[0]["eventData"][0]["actualValue"] == "true"
    world.station.unplug(1)
    world.station.clear_fault(1)
    await world.pass_time(1)
    assert world.station.state(1) is Status.AVAILABLE


async def test_clock_aligned_values_come_at_the_quarter_hour(start: Start) -> None:
    world = await start("1.6")
    await world.order("ChangeConfiguration", key="ClockAlignedDataInterval", value="900")

    await world.pass_time(1805)

    values = world.csms.of("MeterValues")
    assert [v["connectorId"] for v in values] == [1, 2, 1, 2]
    assert values[0]["meterValue"][0]["timestamp"] == "2026-03-01T10:15:00.000Z"
    assert values[0]["meterValue"][0]["sampledValue"][0]["context"] == "Sample.Clock"


def variable(component: str, name: str, value: str, instance: str | None = None) -> dict:
    of = {"name": name} | ({"instance": instance} if instance else {})
    return {"component": {"name": component}, "variable": of, "attributeValue": value}
