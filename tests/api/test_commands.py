"""Commands to stations: validated for the station's version, waited for as long as asked, found again by address."""

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from rest_framework.test import APIClient

from apps.accounts.messages import Scope
from apps.accounts.services.keys import create_api_key
from apps.api import services
from apps.stations.messages import CommandOutcome
from apps.stations.models import ChargingStation, StationCommand
from apps.stations.services.commands import claim_next, finish_command, record_sent
from apps.telemetry.services.leases import take_lease
from apps.tenants.models import Tenant
from apps.tenants.scope import schema_scope
from tests.api.conftest import client_with
from tests.dialects.said import SAID_16

Make = Callable[..., ChargingStation]
Paths = Callable[[Any], list[str]]
RESET = {"action": "Reset", "payload": {"type": "Soft"}}


@pytest.fixture
def connected(make_station: Make) -> Callable[..., int]:
    """`connected("CS-1", version="1.6")`: a station on a gateway; the epoch of its socket."""

    def make(identity: str = "CS-1", *, version: str = "1.6") -> int:
        station = make_station(identity)
        return take_lease(station.pk, gateway="gateway-1", version=version, address="127.0.0.1").epoch

    return make


def send(api: APIClient, body: Any, identity: str = "CS-1", **headers: str) -> Any:
    return api.post(f"/api/v1/stations/{identity}/commands", body, format="json", **headers)


def test_a_command_is_queued_and_has_an_address(api: APIClient, connected: Callable[..., int]) -> None:
    connected()

    answer = send(api, RESET)

    assert answer.status_code == 202
    command = answer.json()
    row = StationCommand.objects.get()
    assert (command["id"], command["state"], command["action"]) == (str(row.pk), "queued", "Reset")
    assert (command["payload"], command["answer"], command["error"]) == ({"type": "Soft"}, None, None)
    assert (command["finished_at"], command["by"], command["station"]) == (None, "api:erp", "CS-1")
    assert (row.expires_at - row.created_at).total_seconds() == pytest.approx(60, abs=1)
    assert answer["Location"] == f"http://alpha.localhost/api/v1/commands/{row.pk}"
    assert api.get(answer["Location"]).json() == command
    assert api.get("/api/v1/commands?station=CS-1&state=queued").json()["results"] == [command]


@pytest.mark.parametrize(
    ("version", "action", "payload"),
    [
        ("1.6", "RemoteStartTransaction", {"idTag": "AA", "connectorId": 1}),
        ("2.0.1", "RequestStartTransaction", {"idToken": {"idToken": "AA", "type": "ISO14443"}, "remoteStartId": 7}),
        ("2.1", "RequestStopTransaction", {"transactionId": "abc"}),
    ],
)
def test_actions_are_those_of_the_version_it_speaks(
    api: APIClient, connected: Callable[..., int], version: str, action: str, payload: dict[str, Any]
) -> None:
    connected(version=version)

    assert send(api, {"action": action, "payload": payload}).status_code == 202


@pytest.mark.parametrize(
    ("version", "body", "path"),
    [
        ("1.6", {"action": "RequestStartTransaction", "payload": {}}, "$.action"),
        ("2.0.1", {"action": "RemoteStartTransaction", "payload": {"idTag": "AA"}}, "$.action"),
        ("1.6", {"action": "BootNotification", "payload": {}}, "$.action"),
        ("1.6", {"action": "Reset", "payload": {"type": "Gentle"}}, "$.payload.type"),
        ("1.6", {"action": "Reset"}, "$.payload.type"),
        ("1.6", {"action": "RemoteStartTransaction", "payload": {"idTag": "x" * 21}}, "$.payload.idTag"),
        ("2.1", {"action": "Reset", "payload": {"type": "Immediate", "who": 1}}, "$.payload.who"),
        ("2.0.1", {"action": "GetVariables", "payload": {"getVariableData": [{"component": {"name": "A"}}]}},
         "$.payload.getVariableData[0].variable"),
        ("1.6", {"payload": {}}, "$.action"),
        ("1.6", {**RESET, "payload": []}, "$.payload"),
        ("1.6", {**RESET, "payload": None}, "$.payload"),
        ("1.6", {**RESET, "expires_in": -1}, "$.expires_in"),
        ("1.6", {**RESET, "expires_in": 10**20}, "$.expires_in"),
        ("1.6", {**RESET, "expires_in": "soon"}, "$.expires_in"),
        ("1.6", {**RESET, "expiresIn": 60}, "$.expiresIn"),
        ("1.6", {"action": "Reset", "payload": {"type": "So\0ft"}}, "$.payload.type"),
        ("1.6", {"action": "x" * 50_000, "payload": {}}, "$.action"),
    ],
)  # fmt: skip
def test_a_wrong_command_is_refused_by_naming_the_place(
    api: APIClient, connected: Callable[..., int], paths: Paths, version: str, body: Any, path: str
) -> None:
    connected(version=version)

    answer = send(api, body)

    assert answer.status_code == 400, answer.content
    assert path in paths(answer)
    assert not StationCommand.objects.exists()


def test_every_action_of_1_6_can_be_sent_in_every_shape(api: APIClient, connected: Callable[..., int]) -> None:
    connected()

    statuses = {
        json.dumps([action, payload]): send(api, {"action": action, "payload": payload}).status_code
        for _, action, payload in SAID_16
    }

    assert set(statuses.values()) == {202}, [said for said, status in statuses.items() if status != 202]


def test_a_station_that_never_connected_may_speak_any_version(api: APIClient, make_station: Make) -> None:
    make_station("CS-1")

    assert send(api, RESET).status_code == 202
    assert send(api, {"action": "Reset", "payload": {"type": "OnIdle"}}).status_code == 202
    assert send(api, {"action": "Reset", "payload": {"type": "Gentle"}}).status_code == 400
    assert send(api, {"action": "Explode", "payload": {}}).status_code == 400


def test_an_unknown_or_archived_station_is_not_found(api: APIClient, make_station: Make) -> None:
    make_station("CS-1")
    assert send(api, RESET, identity="CS-2").status_code == 404

    api.delete("/api/v1/stations/CS-1")

    assert send(api, RESET).status_code == 404


def test_with_no_patience_an_offline_station_is_a_conflict(
    api: APIClient, make_station: Make, connected: Callable[..., int]
) -> None:
    make_station("CS-1")
    connected("CS-2")

    refused = send(api, {**RESET, "expires_in": 0})

    assert (refused.status_code, refused.json()["detail"]) == (409, "The station CS-1 is not connected.")
    assert not StationCommand.objects.exists()
    assert send(api, {**RESET, "expires_in": 0}, identity="CS-2").status_code == 202


def test_a_key_without_the_scope_sends_nothing(program: Callable[..., APIClient], make_station: Make) -> None:
    make_station("CS-1")

    assert send(program(Scope.READ, Scope.STATIONS_WRITE), RESET).status_code == 403


def test_passwords_in_commands_are_not_shown_again(api: APIClient, connected: Callable[..., int]) -> None:
    connected()
    payload = {"key": "AuthorizationKey", "value": "0123456789abcdef0123"}

    answer = send(api, {"action": "ChangeConfiguration", "payload": payload})

    assert answer.json()["payload"] == {"key": "AuthorizationKey", "value": "•••"}
    assert StationCommand.objects.get().payload == payload


def answer_for_station(schema: str, station_id: int, epoch: int, after: threading.Event) -> None:
    """What a gateway does in another process: claim, send, note the answer."""
    try:
        with schema_scope(schema):
            after.wait(10)
            command = claim_next(station_id, epoch=epoch)
            assert command is not None
            record_sent(command, action=command.action, payload=command.payload or {}, message_id="m-1")
            outcome = CommandOutcome(accepted=True, status="Accepted")
            finish_command(command.id, outcome=outcome, answer={"status": "Accepted"})
    finally:
        connection.close()


def test_who_waits_gets_the_answer(
    live_tenant: Tenant, make_station: Make, django_db_blocker: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with django_db_blocker.unblock():
        station = make_station("CS-1")
        epoch = take_lease(station.pk, gateway="g", version="1.6", address="").epoch
        _key, plain = create_api_key("erp", scopes=[Scope.COMMANDS_WRITE], by="test")
        queued = threading.Event()
        gateway = threading.Thread(
            target=answer_for_station, args=(live_tenant.schema_name, station.pk, epoch, queued), daemon=True
        )
        gateway.start()
        original = services.wait_for

        def wait_for(command: StationCommand, *, seconds: int) -> StationCommand:
            queued.set()
            return original(command, seconds=seconds)

        monkeypatch.setattr(services, "wait_for", wait_for)
        answer = send(client_with(plain, host=f"{live_tenant.slug}.localhost"), RESET, HTTP_PREFER="wait=30")
        gateway.join(10)

    assert answer.status_code == 200
    assert (answer.json()["state"], answer.json()["answer"]) == ("accepted", {"status": "Accepted"})
    assert answer.json()["finished_at"] is not None
    assert answer["Preference-Applied"] == "wait=30"


def test_who_waits_in_vain_gets_the_address(api: APIClient, connected: Callable[..., int]) -> None:
    connected()

    answer = send(api, RESET, HTTP_PREFER="respond-async, wait=1")

    assert (answer.status_code, answer.json()["state"]) == (202, "queued")
    assert answer["Preference-Applied"] == "wait=1"


def test_who_waits_beyond_the_deadline_hears_that_it_expired(api: APIClient, connected: Callable[..., int]) -> None:
    connected()

    answer = send(api, {**RESET, "expires_in": 1}, HTTP_PREFER="wait=20")

    assert (answer.status_code, answer.json()["state"]) == (200, "expired")


@pytest.mark.parametrize(("prefer", "waited"), [("wait=9999", 60), ('wait="5"', 5), ("handling=lenient; wait = 7", 7)])
def test_nobody_waits_longer_than_asked_or_than_a_minute(
    api: APIClient, connected: Callable[..., int], monkeypatch: pytest.MonkeyPatch, prefer: str, waited: int
) -> None:
    connected()
    asked: list[int] = []
    monkeypatch.setattr(services, "wait_for", lambda command, *, seconds: asked.append(seconds) or command)

    send(api, RESET, HTTP_PREFER=prefer)

    assert asked == [waited]


@pytest.mark.parametrize("prefer", ["", "wait=soon", "wait", "waitress=5", "wait=-1", "wait=0"])
def test_a_preference_that_makes_no_sense_is_none(
    api: APIClient, connected: Callable[..., int], monkeypatch: pytest.MonkeyPatch, prefer: str
) -> None:
    connected()
    asked: list[int] = []
    monkeypatch.setattr(services, "wait_for", lambda command, *, seconds: asked.append(seconds) or command)

    assert send(api, RESET, HTTP_PREFER=prefer).status_code == 202
    assert asked == []
