"""Certification titles of 2.0.1 about availability (block G), over a real socket; 2.1 has them, too."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from apps.billing.models import Invoice
from apps.charging.models import Transaction
from apps.stations.messages import ChangeAvailability
from apps.stations.models import ChargingStation, Connector, StationEvent
from apps.stations.services.commands import queue_command
from tests.plugged import RawStation
from tests.stories.certifying import stamp, unlawful_frames
from tests.stories.certifying_2 import Station2, became

# What is switched, and how it is addressed (G03, G04).
EVSE: tuple[dict[str, Any], dict[str, Any]] = ({"evse": 1}, {"evse": {"id": 1}})
STATION: tuple[dict[str, Any], dict[str, Any]] = ({}, {})
CONNECTOR: tuple[dict[str, Any], dict[str, Any]] = (
    {"evse": 1, "connector": 1},
    {"evse": {"id": 1, "connectorId": 1}},
)
WORDS = {True: "Operative", False: "Inoperative"}


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
def switch(point: Station2, depot: ChargingStation) -> Callable[..., tuple[str, str]]:
    """Switch something on or off, and see what became of the order."""

    def order(what: tuple[dict[str, Any], dict[str, Any]], *, operative: bool, status: str) -> tuple[str, str]:
        command = queue_command(depot, ChangeAvailability(operative=operative, **what[0]), by="olga")
        asked = point.obey("ChangeAvailability", {"status": status})
        assert asked == {"operationalStatus": WORDS[operative]} | what[1]
        return became(command)

    return order


def shown() -> str:
    return str(Connector.objects.get().status)


def goes_off(point: Station2, switch: Any, what: Any) -> None:
    assert switch(what, operative=False, status="Accepted") == ("accepted", "Accepted")
    assert shown() == "Available", "only the station's own word changes what is shown"
    point.status("Unavailable")
    assert shown() == "Unavailable"
    assert point.is_left_alone()


def comes_back(point: Station2, switch: Any, what: Any) -> None:
    point.status("Unavailable")
    assert switch(what, operative=True, status="Accepted") == ("accepted", "Accepted")
    point.status("Available")
    assert shown() == "Available"
    assert point.start()["idTokenInfo"]["status"] == "Accepted"


def goes_off_after_the_charge(point: Station2, switch: Any, what: Any, run_outbox: Any) -> None:
    point.status("Occupied")
    point.start()
    assert switch(what, operative=False, status="Scheduled") == ("accepted", "Scheduled")
    assert Transaction.objects.get().is_open, "nobody's charge is cut short"

    point.end()
    point.status("Unavailable")
    run_outbox()

    assert (Transaction.objects.get().energy_wh, Invoice.objects.count(), shown()) == (2500, 1, "Unavailable")
    assert point.is_left_alone()


def is_refused(point: Station2, switch: Any, what: Any, *, operative: bool) -> None:
    before = shown()
    assert switch(what, operative=operative, status="Rejected") == ("rejected", "Rejected")
    assert shown() == before
    assert point.is_left_alone(), "it is not asked again by itself"


def test_tc_g_03_an_evse_goes_out_of_service(point, switch):
    goes_off(point, switch, EVSE)


def test_tc_g_03_an_evse_that_stays_in_service_is_shown_so(point, switch):
    is_refused(point, switch, EVSE, operative=False)


def test_tc_g_04_an_evse_comes_back_into_service(point, switch):
    comes_back(point, switch, EVSE)


def test_tc_g_04_an_evse_that_stays_out_of_service_is_shown_so(point, switch):
    point.status("Unavailable")
    is_refused(point, switch, EVSE, operative=True)


def test_tc_g_05_a_station_goes_out_of_service(point, switch):
    goes_off(point, switch, STATION)


def test_tc_g_05_a_station_that_stays_in_service_is_shown_so(point, switch):
    is_refused(point, switch, STATION, operative=False)


def test_tc_g_06_a_station_comes_back_into_service(point, switch):
    comes_back(point, switch, STATION)


def test_tc_g_06_a_station_that_stays_out_of_service_is_shown_so(point, switch):
    point.status("Unavailable")
    is_refused(point, switch, STATION, operative=True)


def test_tc_g_07_a_connector_goes_out_of_service(point, switch):
    goes_off(point, switch, CONNECTOR)


def test_tc_g_07_a_connector_that_stays_in_service_is_shown_so(point, switch):
    is_refused(point, switch, CONNECTOR, operative=False)


def test_tc_g_08_a_connector_comes_back_into_service(point, switch):
    comes_back(point, switch, CONNECTOR)


def test_tc_g_08_a_connector_that_stays_out_of_service_is_shown_so(point, switch):
    point.status("Unavailable")
    is_refused(point, switch, CONNECTOR, operative=True)


def test_tc_g_11_an_evse_goes_out_of_service_after_its_charge(point, switch, run_outbox):
    goes_off_after_the_charge(point, switch, EVSE, run_outbox)


def test_tc_g_14_a_station_goes_out_of_service_after_its_charge(point, switch, run_outbox):
    goes_off_after_the_charge(point, switch, STATION, run_outbox)


def test_tc_g_17_a_connector_goes_out_of_service_after_its_charge(point, switch, run_outbox):
    goes_off_after_the_charge(point, switch, CONNECTOR, run_outbox)


def lock_event(number: int, *, problem: bool) -> dict[str, Any]:
    return {
        "generatedAt": stamp(), "seqNo": 0,
        "eventData": [
            {
                "eventId": number, "timestamp": stamp(), "trigger": "Alerting", "actualValue": str(problem).lower(),
                "eventNotificationType": "HardWiredNotification",
                "component": {"name": "ConnectorPlugRetentionLock", "evse": {"id": 1, "connectorId": 1}},
                "variable": {"name": "Problem"},
            }
        ],
    }  # fmt: skip


def test_tc_g_20_a_lock_that_fails_is_kept_as_an_event_and_nothing_is_charged(point, run_outbox):
    assert point.authorize()["status"] == "Accepted"
    point.status("Occupied")
    assert point.raw.call("NotifyEvent", lock_event(1, problem=True)) == {}
    point.status("Available")
    run_outbox()

    event = StationEvent.objects.get()
    assert (event.component, event.variable, event.value) == ("ConnectorPlugRetentionLock", "Problem", "true")
    assert (event.evse, event.connector) == (1, 1)
    assert not Transaction.objects.exists()
    assert point.is_left_alone(), "it is not unlocked or reset by itself"


def test_tc_g_20_a_lock_event_that_is_told_twice_is_kept_once_and_its_end_is_kept_too(point):
    told = lock_event(1, problem=True)
    for said in (told, told, lock_event(2, problem=False)):
        assert point.raw.call("NotifyEvent", said) == {}

    assert sorted(StationEvent.objects.values_list("value", flat=True)) == ["false", "true"]
