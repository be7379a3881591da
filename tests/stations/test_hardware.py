"""Upkeep of locations, stations, EVSEs and connectors."""

import pytest

from apps.accounts.models import AuditEntry
from apps.core.errors import UnableTo
from apps.stations.models import EVSE, ChargingStation, Connector, Location
from apps.stations.services.hardware import (
    add_evse,
    archive_station,
    delete_location,
    restore_station,
    save_connector,
    save_evse,
    save_location,
    save_station,
)
from apps.stations.services.quarantine import quarantine, settle
from apps.tenants.models import Tenant
from tests.stations.conftest import caller


def actions() -> list[str]:
    return list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))


def test_a_location_is_made_and_changed_with_an_entry_each(alpha: Tenant) -> None:
    location = save_location(Location(name="Depot"), by="ada@example.com")
    location.city = "Berlin"
    save_location(location, by="ada@example.com")
    save_location(location, by="ada@example.com")

    assert actions() == ["stations.location.created", "stations.location.changed"]
    entry = AuditEntry.objects.get(action="stations.location.changed")
    assert (entry.actor, entry.target, entry.detail) == (
        "ada@example.com", f"stations.location:{location.pk}", {"name": "Depot", "fields": ["city"]},
    )  # fmt: skip


def test_a_wrong_field_is_named(alpha: Tenant) -> None:
    with pytest.raises(UnableTo) as problem:
        save_location(Location(name="Depot", time_zone="Mars/Olympus", latitude=91), by="x")

    assert {error.path for error in problem.value.errors} == {"$.time_zone", "$.latitude"}
    assert not Location.objects.exists()


def test_a_name_in_use_is_refused(alpha: Tenant) -> None:
    save_location(Location(name="Depot"), by="x")

    with pytest.raises(UnableTo) as problem:
        save_location(Location(name="Depot"), by="x")
    assert problem.value.errors[0].path == "$.name"


def test_a_location_with_stations_stays(station: ChargingStation) -> None:
    assert station.location is not None

    with pytest.raises(UnableTo, match="stations at this location"):
        delete_location(station.location, by="x")


def test_an_empty_location_can_be_deleted(alpha: Tenant) -> None:
    delete_location(save_location(Location(name="Depot"), by="x"), by="x")

    assert not Location.objects.exists()
    assert actions()[-1] == "stations.location.deleted"


def test_a_station_comes_with_its_evses(alpha: Tenant) -> None:
    station = save_station(ChargingStation(identity="CS-9"), by="x", evses=2)
    save_station(station, by="x", evses=3)

    assert list(station.evses.values_list("number", flat=True)) == [1, 2, 3]
    assert Connector.objects.filter(evse__station=station).count() == 3


@pytest.mark.parametrize("identity", ["", "with space", "ü", "a/b", "x" * 49])
def test_an_impossible_identity_is_refused(alpha: Tenant, identity: str) -> None:
    with pytest.raises(UnableTo) as problem:
        save_station(ChargingStation(identity=identity), by="x")

    assert problem.value.errors[0].path == "$.identity"


def test_a_further_evse_takes_the_next_number(station: ChargingStation) -> None:
    evse = add_evse(station, by="x", connectors=2, max_power_w=22_000)

    assert (evse.number, evse.max_power_w, evse.connectors.count()) == (3, 22_000, 2)


def test_an_edited_evse_and_connector_are_checked(station: ChargingStation) -> None:
    evse = EVSE.objects.filter(station=station)[0]
    evse.evse_id = "DE*OHM*E1"
    save_evse(evse, by="x")
    connector = Connector.objects.filter(evse=evse)[0]
    connector.number = 99
    with pytest.raises(UnableTo):
        save_connector(connector, by="x")

    assert EVSE.objects.get(pk=evse.pk).evse_id == "DE*OHM*E1"


def test_saving_an_old_copy_leaves_what_the_station_told_meanwhile(station: ChargingStation) -> None:
    ChargingStation.objects.filter(pk=station.pk).update(request_counter=7)
    station.name = "Front"
    save_station(station, by="x")

    assert ChargingStation.objects.get().request_counter == 7
    assert ChargingStation.objects.get().name == "Front"


def test_a_station_is_archived_and_restored_once(station: ChargingStation) -> None:
    for _ in range(2):
        archive_station(station, by="x")
    for _ in range(2):
        restore_station(station, by="x")

    assert actions() == ["stations.chargingstation.archived", "stations.chargingstation.restored"]


def test_a_quarantined_message_is_settled_by_a_person(station: ChargingStation) -> None:
    kept = quarantine(caller(station), action="StopTransaction", message_id="m" * 500, payload="{\0", problem="bad")
    settle(kept, by="ada@example.com")
    settle(kept, by="bob@example.com")

    kept.refresh_from_db()
    assert (kept.settled_by, kept.payload) == ("ada@example.com", "{\ufffd")
    assert actions() == ["stations.quarantinedmessage.settled"]
