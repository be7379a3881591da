"""Variables, templates and deviations for programs."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.accounts.messages import Scope
from apps.core.clock import now
from apps.stations.models import (
    ChargingStation,
    ConfigurationTemplate,
    Deviation,
    StationCommand,
    StationConfiguration,
    Variable,
    VariableChange,
)
from apps.stations.services.deviations import assess

V1 = "/api/v1"
NEW = {
    "name": "Depot", "scope": "tenant", "settings": [{"name": "HeartbeatInterval", "value": "900"}], "reason": "LTE",
}  # fmt: skip


@pytest.fixture
def station(make_station: Callable[..., ChargingStation], api: APIClient) -> ChargingStation:
    """CS-1, whose HeartbeatInterval is 5 instead of the 300 that the shipped template wants."""
    made = make_station("CS-1", ocpp_version="1.6")
    StationConfiguration.objects.create(station=made, read_at=now())
    for entry in ConfigurationTemplate.objects.get().settings:
        value = "5" if entry["name"] == "HeartbeatInterval" else entry["value"]
        Variable.objects.create(station=made, name=entry["name"], value=value, reported_at=now())
    assess(made)
    return made


def heartbeat() -> int:
    return Variable.objects.get(name="HeartbeatInterval").pk


def test_a_variable_is_read_with_its_kind(api: APIClient, station: ChargingStation) -> None:
    (found,) = api.get(f"{V1}/variables?station=CS-1&name=heartbeatinterval").json()["results"]

    assert (found["station"], found["value"], found["kind"], found["component"]) == ("CS-1", "5", "number", "")
    assert api.get(f"{V1}/variables/{found['id']}").json() == found


def test_a_change_is_a_command_with_its_reason(api: APIClient, station: ChargingStation) -> None:
    answer = api.patch(f"{V1}/variables/{heartbeat()}", {"value": "600", "reason": "LTE"}, format="json")

    assert answer.status_code == 202, answer.json()
    command = StationCommand.objects.get()
    assert (answer.json()["id"], answer.json()["state"]) == (str(command.pk), "queued")
    change = VariableChange.objects.get()
    assert (change.value, change.reason, change.by) == ("600", "LTE", command.by)


@pytest.mark.parametrize(
    "body", [{}, {"value": "0"}, {"value": 5.5}, {"value": "60", "why": "?"}, {"value": "x" * 1001}]
)
def test_a_value_that_can_not_be_right_is_refused(
    api: APIClient, station: ChargingStation, body: dict[str, Any]
) -> None:
    answer = api.patch(f"{V1}/variables/{heartbeat()}", body, format="json")

    assert answer.status_code in (400, 409, 422), answer.json()
    assert not StationCommand.objects.exists()


def test_a_template_is_made_changed_and_deleted(api: APIClient, station: ChargingStation) -> None:
    made = api.post(f"{V1}/configuration-templates", NEW, format="json")
    assert made.status_code == 201, made.json()
    assert made.json()["settings"] == [{"component": "", "instance": "", **NEW["settings"][0]}]  # type: ignore[dict-item]
    address = f"{V1}/configuration-templates/{made.json()['id']}"

    changed = api.patch(address, {"settings": [{"name": "HeartbeatInterval", "value": "30"}]}, format="json")

    assert (changed.status_code, changed.json()["name"]) == (200, "Depot")
    assert api.post(f"{V1}/configuration-templates", NEW, format="json").status_code == 409
    assert api.delete(address).status_code == 204
    shipped = ConfigurationTemplate.objects.get()
    assert api.delete(f"{V1}/configuration-templates/{shipped.pk}").status_code == 409


def test_a_wrong_setting_is_named_by_its_path(
    api: APIClient, station: ChargingStation, paths: Callable[[Any], list[str]]
) -> None:
    settings = [{"name": "HeartbeatInterval", "value": "1"}, {"name": "BasicAuthPassword", "value": "x" * 16}]

    answer = api.post(f"{V1}/configuration-templates", NEW | {"settings": settings}, format="json")

    assert paths(answer) == ["$.settings[0]", "$.settings[1]"]


def test_a_template_for_a_place_needs_the_place(api: APIClient, station: ChargingStation) -> None:
    assert api.post(f"{V1}/configuration-templates", NEW | {"scope": "location"}, format="json").status_code == 400
    place = {"scope": "station", "station": "CS-1"}
    assert api.post(f"{V1}/configuration-templates", NEW | place, format="json").json()["station"] == "CS-1"


def test_deviations_are_listed_and_repaired(api: APIClient, station: ChargingStation) -> None:
    (found,) = api.get(f"{V1}/configuration-deviations?station=CS-1&state=differs").json()["results"]
    assert (found["name"], found["wanted"], found["actual"], found["repairing"]) == (
        "HeartbeatInterval", "300", "5", False,
    )  # fmt: skip
    (template,) = api.get(f"{V1}/configuration-templates").json()["results"]
    assert template["deviating"] == 1

    answer = api.post(f"{V1}/stations/CS-1/configuration/repair", {"reason": "drift"}, format="json")
    again = api.post(f"{V1}/configuration-templates/{template['id']}/repair", {}, format="json")

    assert (answer.status_code, answer.json(), again.json()) == (202, {"repairing": 1}, {"repairing": 1})
    assert Deviation.objects.get().due_by


def test_where_nothing_deviates_there_is_nothing_to_repair(api: APIClient, station: ChargingStation) -> None:
    Deviation.objects.all().delete()

    assert api.post(f"{V1}/stations/CS-1/configuration/repair", {}, format="json").status_code == 409


def test_a_station_is_read_and_given_a_password_that_nobody_sees(api: APIClient, station: ChargingStation) -> None:
    assert api.post(f"{V1}/stations/CS-1/configuration/read").status_code == 202
    answer = api.post(f"{V1}/stations/CS-1/password")

    secret = StationCommand.objects.latest("created_at").message["values"][0]["value"]  # type: ignore[index]
    assert (answer.status_code, len(secret)) == (202, 40)
    assert secret not in answer.content.decode()


@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("post", "configuration-templates"), ("post", "stations/CS-1/configuration/repair"),
        ("post", "stations/CS-1/configuration/read"), ("post", "stations/CS-1/password"),
    ],
)  # fmt: skip
def test_a_key_for_reading_changes_nothing(
    program: Callable[..., APIClient], station: ChargingStation, method: str, address: str
) -> None:
    reader = program(Scope.READ, name="reader")

    assert getattr(reader, method)(f"{V1}/{address}", {}, format="json").status_code == 403
    assert reader.get(f"{V1}/configuration-deviations").status_code == 200
