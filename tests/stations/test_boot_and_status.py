"""Boots and statuses (Q17, Q41-Q47)."""

from typing import Any

import pytest

from apps.core.clock import now
from apps.events.models import OutboxRow
from apps.stations.messages import (
    BootNotification,
    ChargingState,
    ConnectorStatus,
    DataTransfer,
    OcppVersion,
    Quirk,
    RegistrationStatus,
    StatusNotification,
)
from apps.stations.models import EVSE, ChargingStation, Connector, QuirkObservation, Variable
from apps.stations.services.boot import boot
from apps.stations.services.status import tell_status
from apps.stations.services.vendor import take_data
from tests.stations.conftest import NOON, caller, minutes


def tell(
    station: ChargingStation, word: str, *, minute: float = 0, received: float | None = None, **facts: Any
) -> None:
    facts = {"evse": 1, "connector": 1, "status": ConnectorStatus.OCCUPIED, **facts}
    at = minutes(minute if received is None else received)
    tell_status(caller(station, at), StatusNotification(raw_status=word, at=minutes(minute), **facts))


def connector(station: ChargingStation, evse: int = 1) -> Connector:
    return Connector.objects.get(evse__station=station, evse__number=evse)


@pytest.fixture(autouse=True)
def _nothing_told_yet(station: ChargingStation) -> None:
    Connector.objects.update(status="", raw_status="", status_at=None, told_at=None)


@pytest.mark.parametrize("registration", list(RegistrationStatus))
def test_a_boot_is_answered_with_the_registration_and_an_interval(
    station: ChargingStation, registration: RegistrationStatus
) -> None:
    ChargingStation.objects.update(registration=registration)

    answer = boot(caller(station), BootNotification(vendor="V", model="M", serial_number="S", firmware_version="1.0"))

    assert (answer.status, answer.interval_s) == (registration, 300)
    station.refresh_from_db()
    assert (station.vendor, station.model, station.serial_number, station.firmware_version) == ("V", "M", "S", "1.0")
    assert (station.booted_at, station.ocpp_version) == (NOON, OcppVersion.V201)


def test_q47_what_a_station_says_of_itself_never_breaks_storage(station: ChargingStation) -> None:
    odd = "🔌\0" + "x" * 50_000

    boot(caller(station), BootNotification(vendor=odd, model="", serial_number=odd, firmware_version=odd, reason=odd))

    station.refresh_from_db()
    assert len(station.vendor) == 255
    assert station.vendor.endswith("…")
    assert "\0" not in station.vendor


def test_a_boot_makes_changes_that_waited_for_it_effective(station: ChargingStation) -> None:
    Variable.objects.create(station=station, name="Interval", value="5", reported_at=NOON, pending_reboot=True)

    boot(caller(station), BootNotification(vendor="V", model="M"))

    assert not Variable.objects.get().pending_reboot


def test_a_status_is_taken_over(station: ChargingStation) -> None:
    tell(station, "Charging", charging_state=ChargingState.CHARGING, error_code="HighTemperature", info="warm")

    told = connector(station)
    assert (told.status, told.raw_status, told.charging_state) == ("Occupied", "Charging", "Charging")
    assert (told.error_code, told.info, told.status_at) == ("HighTemperature", "warm", NOON)


def test_q41_an_older_status_never_overwrites_a_newer_one(station: ChargingStation) -> None:
    tell(station, "SuspendedEV", minute=10)
    tell(station, "SuspendedEV", minute=20)
    tell(station, "Charging", minute=15, received=21)

    told = connector(station)
    assert (told.raw_status, told.status_at, told.told_at) == ("SuspendedEV", minutes(10), minutes(20))


def test_q41_a_status_from_the_future_does_not_outlive_the_next(station: ChargingStation) -> None:
    tell(station, "Charging", minute=24 * 60, received=0)
    tell(station, "Available", minute=1, status=ConnectorStatus.AVAILABLE)

    assert connector(station).status == "Available"


def test_q41_after_a_boot_a_clock_that_was_set_back_is_believed(station: ChargingStation) -> None:
    tell(station, "Charging", minute=60)
    boot(caller(station, minutes(61)), BootNotification(vendor="V", model="M"))
    tell(station, "Available", minute=0, received=61, status=ConnectorStatus.AVAILABLE)

    assert connector(station).status == "Available"


def test_q43_connector_0_is_the_station_and_no_connector(station: ChargingStation) -> None:
    tell(station, "Unavailable", evse=0, connector=0, status=ConnectorStatus.UNAVAILABLE)

    station.refresh_from_db()
    assert (station.status, station.is_operative) == ("Unavailable", False)
    assert set(Connector.objects.values_list("status", flat=True)) == {""}


def test_q43_a_fault_of_the_station_leaves_it_operative(station: ChargingStation) -> None:
    tell(station, "Faulted", evse=0, connector=0, status=ConnectorStatus.FAULTED, error_code="GroundFailure")

    station.refresh_from_db()
    assert (station.status, station.error_code, station.is_operative) == ("Faulted", "GroundFailure", True)
    tell(station, "Available", minute=1, evse=0, connector=0, status=ConnectorStatus.AVAILABLE)
    station.refresh_from_db()
    assert (station.status, station.error_code, station.is_operative) == ("Available", "", True)


def test_q43_a_charging_station_as_a_whole_is_not_believed(station: ChargingStation) -> None:
    tell(station, "Charging", evse=0, connector=0)

    station.refresh_from_db()
    assert station.status == ""


def test_q45_unknown_connectors_are_made_up_to_64(station: ChargingStation) -> None:
    tell(station, "Available", evse=64, status=ConnectorStatus.AVAILABLE)
    tell(station, "Available", evse=65, status=ConnectorStatus.AVAILABLE)
    tell(station, "Available", evse=1, connector=65, status=ConnectorStatus.AVAILABLE)

    assert list(EVSE.objects.values_list("number", flat=True)) == [1, 2, 64]
    assert Connector.objects.count() == 3


@pytest.mark.parametrize(("told", "noticed"), [("2", [3]), ("3", []), ("many", [])])
def test_q45_a_connector_beyond_those_it_said_to_have_is_noticed(
    station: ChargingStation, told: str, noticed: list[int]
) -> None:
    station.variables.create(name="NumberOfConnectors", value=told, reported_at=now())

    tell(station, "Available", evse=3, status=ConnectorStatus.AVAILABLE)
    tell(station, "Occupied", evse=3, status=ConnectorStatus.OCCUPIED)

    seen = QuirkObservation.objects.filter(kind=Quirk.EXTRA_CONNECTOR)
    assert list(seen.values_list("evse", flat=True)) == noticed


def test_q80_connector_1_of_two_evses_are_two_connectors(station: ChargingStation) -> None:
    tell(station, "Faulted", evse=2, status=ConnectorStatus.FAULTED)

    assert (connector(station, 1).status, connector(station, 2).status) == ("", "Faulted")


def test_a_status_without_a_time_counts_as_of_its_receipt(station: ChargingStation) -> None:
    news = StatusNotification(evse=1, connector=1, status=ConnectorStatus.FAULTED, raw_status="Faulted")
    tell_status(caller(station, minutes(3)), news)

    assert connector(station).status_at == minutes(3)


def test_news_is_told_once_per_change(station: ChargingStation, settings: Any) -> None:
    settings.WIRING.SUBSCRIBERS["stations.ConnectorStatusChanged"] = ("tests.none",)
    try:
        tell(station, "Charging")
        tell(station, "Charging", minute=1)
        tell(station, "SuspendedEV", minute=2)
    finally:
        del settings.WIRING.SUBSCRIBERS["stations.ConnectorStatusChanged"]

    changed = OutboxRow.objects.filter(event="stations.ConnectorStatusChanged")
    assert [row.payload for row in changed] == [{"connector_id": connector(station).pk}] * 2


def test_odd_text_in_a_status_never_breaks_storage(station: ChargingStation) -> None:
    odd = "\0" + "x" * 50_000
    tell(station, odd, error_code=odd, info=odd, vendor_error_code=odd)

    assert len(connector(station).info) == 255


def test_q70_vendor_data_of_an_unknown_vendor_is_said_to_be_unknown(station: ChargingStation) -> None:
    answer = take_data(caller(station), DataTransfer(vendor_id="com.example", data="x" * 50_000))

    assert answer.status == "UnknownVendorId"
