"""Buttons and forms: each becomes a queued row, or says why not."""

import pytest
from django.test import Client

from apps.accounts.models import AuditEntry
from apps.drivers.models import IdToken, TokenStatus
from apps.stations.models import ChargingStation, StationCommand, Variable
from tests.backoffice.conftest import CARD, begin_charge, now

URL = "/stations/CS-1/commands/{}/"


@pytest.mark.parametrize(
    ("name", "data", "kind", "message"),
    [
        ("reset", {"type": "OnIdle"}, "stations.Reset", {"type": "OnIdle", "evse": None}),
        ("unlock", {"connector": "2-1"}, "stations.UnlockConnector", {"evse": 2, "connector": 1}),
        (
            "availability",
            {"operative": "no", "evse": "2"},
            "stations.ChangeAvailability",
            {"operative": False, "evse": 2, "connector": None},
        ),
        (
            "trigger",
            {"requested": "StatusNotification"},
            "stations.TriggerMessage",
            {"requested": "StatusNotification", "evse": None, "connector": None, "extended": False},
        ),
        ("read", {}, "stations.GetVariables", {"refs": []}),
    ],
)
def test_an_order_becomes_a_queued_command(
    browser: Client, station: ChargingStation, name: str, data: dict[str, str], kind: str, message: dict[str, object]
) -> None:
    answer = browser.post(URL.format(name), data)

    command = StationCommand.objects.get()
    assert answer.status_code == 202
    assert (command.kind, command.message, command.state) == (kind, message, "queued")
    assert command.by == "owner@alpha.example"
    assert f'id="command-{command.pk}"' in answer.content.decode()


def test_a_start_asks_for_the_evse_and_the_token(browser: Client, station: ChargingStation, token: IdToken) -> None:
    evse = station.evses.get(number=2)

    answer = browser.post(URL.format("start"), {"evse": evse.pk, "token": token.pk})

    command = StationCommand.objects.get()
    assert answer.status_code == 202
    assert command.kind == "charging.RequestStartTransaction"
    assert command.message["evse"] == 2
    assert command.message["id_token"]["value"] == CARD


def test_a_token_that_may_not_charge_is_refused_with_the_reason(
    browser: Client, station: ChargingStation, token: IdToken
) -> None:
    IdToken.objects.update(status=TokenStatus.BLOCKED)
    evse = station.evses.get(number=1)

    answer = browser.post(URL.format("start"), {"evse": evse.pk, "token": token.pk}, headers={"HX-Request": "true"})

    assert answer.status_code == 409
    assert answer["HX-Retarget"] == "#notices"
    assert "may not charge" in answer.content.decode()
    assert not StationCommand.objects.exists()


def test_an_evse_of_another_station_is_no_choice(
    browser: Client, station: ChargingStation, token: IdToken, make_station: object
) -> None:
    other = make_station("CS-2").evses.get()  # type: ignore[operator]

    answer = browser.post(URL.format("start"), {"evse": other.pk, "token": token.pk})

    assert answer.status_code == 422
    assert not StationCommand.objects.exists()


def test_a_charge_is_stopped_with_one_click(browser: Client, station: ChargingStation) -> None:
    charge = begin_charge(station)

    answer = browser.post(f"/charges/{charge.pk}/stop/")

    assert answer.status_code == 202
    assert StationCommand.objects.get().message == {"transaction_ref": charge.ocpp_id}


def test_a_charge_that_is_over_can_not_be_stopped(browser: Client, station: ChargingStation) -> None:
    charge = begin_charge(station, ended_at=now(), ended_received_at=now())

    answer = browser.post(f"/charges/{charge.pk}/stop/", headers={"HX-Request": "true"})

    assert answer.status_code == 409
    assert "already over" in answer.content.decode()


def test_a_known_variable_is_written_under_its_whole_address(browser: Client, station: ChargingStation) -> None:
    row = Variable.objects.create(
        station=station, component="EVSE", name="Power", evse=2, attribute="Target", reported_at=now()
    )

    browser.post(URL.format("write"), {"variable": row.pk, "value": "42"})

    (entry,) = StationCommand.objects.get().message["values"]
    assert entry["value"] == "42"
    assert (entry["ref"]["component"], entry["ref"]["evse"], entry["ref"]["attribute"]) == ("EVSE", 2, "Target")


def test_a_variable_of_another_station_is_not_written(
    browser: Client, station: ChargingStation, make_station: object
) -> None:
    row = Variable.objects.create(station=make_station("CS-2"), name="Key", reported_at=now())  # type: ignore[operator]

    answer = browser.post(URL.format("write"), {"variable": row.pk, "value": "42"})

    assert answer.status_code == 422


def test_any_request_is_checked_against_the_stations_version(browser: Client, station: ChargingStation) -> None:
    wrong = browser.post(URL.format("raw"), {"action": "ClearCache", "payload": '{"x": 1}'})
    right = browser.post(URL.format("raw"), {"action": "ClearCache", "payload": "{}"})

    assert wrong.status_code == 422
    assert wrong["HX-Retarget"] == "#order"
    assert "$" in wrong.content.decode()
    assert right.status_code == 202
    assert StationCommand.objects.get().action == "ClearCache"


@pytest.mark.parametrize("payload", ["", "[]", "{", "null", '"text"'])
def test_a_payload_that_is_no_object_is_refused_at_its_field(
    browser: Client, station: ChargingStation, payload: str
) -> None:
    answer = browser.post(URL.format("raw"), {"action": "ClearCache", "payload": payload})

    assert answer.status_code == 422
    assert "errorlist" in answer.content.decode()


def test_a_report_is_asked_for_under_a_fresh_number(browser: Client, station: ChargingStation) -> None:
    ChargingStation.objects.update(ocpp_version="2.0.1")

    browser.post(URL.format("report"), {"report_base": "FullInventory"})
    browser.post(URL.format("report"), {"report_base": "FullInventory"})

    numbers = [command.message["request_id"] for command in StationCommand.objects.all()]
    assert len(set(numbers)) == 2


def test_every_order_has_a_form_to_look_at(browser: Client, station: ChargingStation, token: IdToken) -> None:
    for name in ("start", "unlock", "reset", "availability", "trigger", "read", "write", "report", "raw"):
        answer = browser.get(URL.format(name))

        assert answer.status_code == 200, name
        assert "<form" in answer.content.decode(), name


def test_a_status_is_asked_of_one_evse_where_2_x_knows_no_other(browser: Client, station: ChargingStation) -> None:
    ChargingStation.objects.update(ocpp_version="2.0.1")

    assert '<option value="1" selected>' in browser.get(URL.format("trigger")).content.decode()


def test_an_unknown_order_is_not_found(browser: Client, station: ChargingStation) -> None:
    assert browser.post(URL.format("explode")).status_code == 404


def test_the_start_form_finds_tokens_by_driver_and_whole_number(
    browser: Client, station: ChargingStation, token: IdToken
) -> None:
    IdToken.objects.create(value="DEADBEEF", label="Spare")

    assert "Ada Amper" in browser.get("/tokens/?text=ada").content.decode()
    assert "Spare" not in browser.get("/tokens/?text=ada").content.decode()
    assert "Ada Amper" in browser.get(f"/tokens/?text={CARD.lower()}").content.decode()


def test_a_new_password_is_shown_once_and_entered_in_the_trail(browser: Client, station: ChargingStation) -> None:
    answer = browser.post("/stations/CS-1/password/")
    secret = answer.context["secret"]

    assert len(secret) == 40
    assert secret in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert secret not in browser.get("/stations/CS-1/connect/").content.decode()
    assert AuditEntry.objects.filter(
        action="stations.chargingstation.password_set", actor="owner@alpha.example"
    ).exists()


def test_a_password_that_is_too_short_is_refused(browser: Client, station: ChargingStation) -> None:
    answer = browser.post("/stations/CS-1/password/", {"password": "short"})

    assert answer.status_code == 409
    assert "16 to 64" in answer.content.decode()


def test_secrets_of_a_command_are_not_shown(browser: Client, station: ChargingStation) -> None:
    StationCommand.objects.create(
        station=station, action="ChangeConfiguration", by="x", expires_at=now(),
        payload={"key": "AuthorizationKey", "value": "very-secret-value"},
    )  # fmt: skip

    assert "very-secret-value" not in browser.get("/stations/CS-1/commands/").content.decode()
    assert "very-secret-value" not in browser.get("/stations/CS-1/").content.decode()
