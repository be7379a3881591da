"""Charging profiles and composite schedules by API."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.accounts.messages import Scope
from apps.accounts.models import AuditEntry
from apps.core.clock import now
from apps.drivers.models import IdToken
from apps.smartcharging.models import ChargingProfile, CompositeSchedule, ProfileState
from apps.smartcharging.services import set_profile
from apps.stations.models import ChargingStation, StationCommand, Variable
from tests.smartcharging.conftest import HOUR, wish

Make = Callable[..., ChargingStation]
Paths = Callable[[Any], list[str]]
PROFILES, SCHEDULES = "/api/v1/charging-profiles", "/api/v1/composite-schedules"
DAILY = {
    "station": "CS-1", "evse": 1, "purpose": "TxDefaultProfile", "kind": "Recurring", "recurrency": "Daily",
    "unit": "A", "start_at": "2026-03-02T00:00:00Z",
    "periods": [{"start_s": 0, "limit": 16}, {"start_s": 3600, "limit": 8.5, "phases": 1}],
}  # fmt: skip


@pytest.fixture
def station(make_station: Make, api: APIClient) -> ChargingStation:
    return make_station("CS-1", evses=2, ocpp_version="1.6")


def test_a_profile_is_set_and_listed(api: APIClient, station: ChargingStation) -> None:
    made = api.post(PROFILES, DAILY, format="json")

    assert made.status_code == 202, made.json()
    told = made.json()
    assert told["periods"] == [
        {"start_s": 0, "limit": 16.0, "phases": None},
        {"start_s": 3600, "limit": 8.5, "phases": 1},
    ]
    assert (told["state"], told["by"], told["number"], told["stack_level"]) == ("wanted", "api:erp", 1, 0)
    command = StationCommand.objects.get()
    assert (command.kind, str(command.pk)) == ("stations.SetChargingProfile", told["command"])
    assert api.get(f"{PROFILES}/{told['id']}").json() == told
    assert api.get(f"{PROFILES}?station=CS-1&state=wanted&purpose=TxDefaultProfile&evse=1").json()["count"] == 1
    assert api.get(f"{PROFILES}?state=set").json()["count"] == 0
    assert AuditEntry.objects.filter(action="smartcharging.profile.asked", actor="api:erp").exists()


def test_a_charge_is_started_with_its_profile(api: APIClient, station: ChargingStation) -> None:
    IdToken.objects.create(value="04A2B3C4")
    relative = {"kind": "Relative", "recurrency": None, "start_at": None}

    refused = api.post(PROFILES, {**DAILY, **relative, "token": "04:a2:b3:c4"}, format="json")
    made = api.post(PROFILES, {**DAILY, **relative, "purpose": "TxProfile", "token": "04:a2:b3:c4"}, format="json")

    assert refused.status_code == 409
    assert made.status_code == 202, made.json()
    message = StationCommand.objects.get().message
    assert (message["evse"], message["charging_profile"]["purpose"]) == (1, "TxProfile")


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"evse": 9}, "$.evse"),
        ({"purpose": "ChargingStationMaxProfile"}, "$.evse"),
        ({"purpose": "TxProfile"}, "$.purpose"),
        ({"recurrency": None}, "$.recurrency"),
        ({"start_at": None}, "$.start_at"),
        ({"start_at": "9999-12-31T23:59:59+14:00"}, "$.start_at"),
        ({"stack_level": 4}, "$.stack_level"),
        ({"periods": []}, "$.periods"),
        ({"periods": [{"start_s": 1, "limit": 6}]}, "$.periods[0].start_s"),
        ({"periods": [{"start_s": 0, "limit": 6.25}]}, "$.periods[0].limit"),
        ({"periods": [{"start_s": 0, "limit": 6, "phases": 4}]}, "$.periods[0].phases"),
        ({"unit": "kW"}, "$.unit"),
        ({"token": "NOBODY"}, "$.token"),
        ({"extra": 1}, "$.extra"),
    ],
)
def test_what_can_not_be_kept_is_refused_at_its_path(
    api: APIClient, station: ChargingStation, paths: Paths, change: dict[str, Any], path: str
) -> None:
    Variable.objects.create(station=station, name="ChargeProfileMaxStackLevel", value="3", reported_at=now())

    answer = api.post(PROFILES, {**DAILY, **change}, format="json")

    assert answer.status_code == 400, answer.json()
    assert path in paths(answer)
    assert not StationCommand.objects.exists()


def test_an_offline_station_is_asked_only_if_it_may_wait(api: APIClient, station: ChargingStation) -> None:
    answer = api.post(PROFILES, {**DAILY, "expires_in": 0}, format="json")

    assert answer.status_code == 409
    assert not ChargingProfile.objects.exists()


def test_a_profile_is_cleared(api: APIClient, station: ChargingStation) -> None:
    row = set_profile(station, wish(), by="olga")

    answer = api.delete(f"{PROFILES}/{row.pk}")

    command = StationCommand.objects.latest("created_at")
    assert (answer.status_code, answer.json()["id"]) == (202, str(command.pk))
    assert answer["Location"].endswith(f"/api/v1/commands/{command.pk}")
    assert command.message["id"] == row.profile_id
    row.settle(ProfileState.CLEARED)
    assert api.delete(f"{PROFILES}/{row.pk}").status_code == 409


def test_profiles_are_cleared_by_what_they_are_for(api: APIClient, station: ChargingStation) -> None:
    body = {"station": "CS-1", "purpose": "TxDefaultProfile", "evse": 0}

    assert api.post(f"{PROFILES}/clear", body, format="json").status_code == 202
    assert api.post(f"{PROFILES}/clear", {}, format="json").status_code == 400

    assert StationCommand.objects.get().message == {
        "id": None, "evse": 0, "purpose": "TxDefaultProfile", "stack_level": None,
    }  # fmt: skip


def test_a_station_is_asked_what_it_keeps_to(api: APIClient, station: ChargingStation) -> None:
    asked = api.post(SCHEDULES, {"station": "CS-1", "evse": 1, "unit": "W", "duration_s": 3600}, format="json")

    assert asked.status_code == 202
    assert StationCommand.objects.get().message == {"evse": 1, "duration_s": 3600, "rate_unit": "W"}


def test_an_answer_is_shown_beside_what_we_know(api: APIClient, station: ChargingStation) -> None:
    set_profile(station, wish((0, 16), (HOUR, 10)), by="olga").settle(ProfileState.SET)
    CompositeSchedule.objects.create(
        station=station, evse=1, unit="A", start_at=now(), duration_s=86_400, status="Accepted", read_at=now(),
        periods=[{"start_s": 0, "limit": 32.0, "phases": None}],
        differences=[{"start_s": 0, "duration_s": 86_400, "ours": 10.0, "theirs": 32.0}],
    )  # fmt: skip

    (listed,) = api.get(f"{SCHEDULES}?differs=true").json()["results"]
    told = api.get(f"{SCHEDULES}/CS-1:1").json()

    assert (listed["key"], listed["differences"][0]["theirs"]) == ("CS-1:1", 32.0)
    assert told["known"] == [{"start_s": 0, "limit": 10.0, "phases": None}]
    assert api.get(f"{SCHEDULES}?differs=false").json()["count"] == 0
    assert api.get(f"{SCHEDULES}/CS-1:7").status_code == 404
    assert api.get(f"{SCHEDULES}/CS-1").status_code == 404


def test_a_key_that_may_only_read_sets_nothing(program: Callable[..., APIClient], station: ChargingStation) -> None:
    reader, commander = program(Scope.READ, name="reader"), program(Scope.COMMANDS_WRITE, name="commander")

    assert reader.get(PROFILES).status_code == 200
    assert reader.post(PROFILES, DAILY, format="json").status_code == 403
    assert reader.post(SCHEDULES, {"station": "CS-1"}, format="json").status_code == 403
    assert commander.post(PROFILES, DAILY, format="json").status_code == 202
