"""One command for many stations, by programs."""

import pytest

from apps.accounts.messages import Scope
from apps.core.clock import now
from apps.stations.models import StationCommand, Variable
from apps.stations.services.commands import fail_command

URL = "/api/v1/bulk-commands"
BODY = {"action": "ClearCache", "stations": ["CS-1", "CS-2"]}


@pytest.fixture
def stations(alpha, make_station):
    return [make_station("CS-1", ocpp_version="1.6"), make_station("CS-2", ocpp_version="2.0.1")]


def test_each_station_is_asked_and_has_an_outcome(api, stations):
    answer = api.post(URL, BODY, format="json")

    assert answer.status_code == 201
    made = answer.json()
    assert (made["action"], made["by"], made["counts"]["queued"]) == ("ClearCache", "api:erp", 2)
    outcomes = api.get(f"{URL}/{made['id']}/outcomes").json()
    assert [(one["station"], one["state"], one["error"]) for one in outcomes] == [
        ("CS-1", "queued", None), ("CS-2", "queued", None),
    ]  # fmt: skip
    assert outcomes[0]["command"] == str(StationCommand.objects.get(station=stations[0]).pk)
    assert api.get(URL).json()["results"] == [made]


def test_who_can_not_be_asked_says_why(api, stations):
    body = {"action": "GetDiagnostics", "payload": {"location": "ftp://x.example"}, "stations": ["CS-1", "CS-2"]}
    made = api.post(URL, body, format="json").json()

    assert (made["counts"]["queued"], made["counts"]["not_asked"]) == (1, 1)
    [_first, second] = api.get(f"{URL}/{made['id']}/outcomes").json()
    assert (second["state"], second["error"]) == ("not_asked", "This version of OCPP has no such action.")


def test_force_asks_those_that_say_they_can_not(api, stations):
    Variable.objects.create(station=stations[0], name="SupportedFeatureProfiles", value="Core", reported_at=now())
    body = {"action": "TriggerMessage", "payload": {"requestedMessage": "Heartbeat"}, "stations": ["CS-1"]}

    assert api.post(URL, body, format="json").status_code == 409
    assert api.post(URL, body | {"force": True}, format="json").json()["counts"]["queued"] == 1


def test_only_those_that_failed_are_asked_again(api, stations):
    made = api.post(URL, BODY, format="json").json()
    assert api.post(f"{URL}/{made['id']}/retry").status_code == 409
    fail_command(StationCommand.objects.get(station=stations[0]).pk, error="GenericError: no")

    assert api.post(f"{URL}/{made['id']}/retry").json()["counts"]["queued"] == 2


@pytest.mark.parametrize(
    "body",
    [
        {"stations": ["CS-1"]},
        {"action": "ClearCache", "stations": []},
        {"action": "ClearCache", "stations": ["nobody"]},
        {"action": "ClearCache", "stations": ["CS-1"], "payload": []},
        {"action": "ClearCache", "stations": ["CS-1"], "expires_in": 0},
    ],
)
def test_what_is_wrong_is_a_problem(api, stations, body):
    assert api.post(URL, body, format="json").status_code == 400


def test_a_key_for_reading_asks_nobody(program, stations):
    assert program(Scope.READ).post(URL, BODY, format="json").status_code == 403
    assert not StationCommand.objects.exists()
