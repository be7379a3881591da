"""Reservations through the API."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.accounts.messages import Scope
from apps.accounts.models import AuditEntry
from apps.charging.models import Reservation
from apps.charging.services.reservation_calls import take_reservation_answer
from apps.core.clock import now
from apps.drivers.models import Driver, IdToken
from apps.stations.messages import CommandOutcome
from apps.stations.models import ChargingStation, StationCommand, Variable
from apps.stations.services.commands import finish_command
from apps.tenants.models import Tenant
from apps.tenants.scope import schema_scope

ADDRESS = "/api/v1/reservations"


@pytest.fixture
def station(alpha: Tenant, make_station: Callable[..., ChargingStation]) -> ChargingStation:
    IdToken.objects.create(value="04A1B2C3", group="FLEET", driver=Driver.objects.create(name="Ada"))
    return make_station("CS-1", evses=2)


def asked(**facts: Any) -> dict[str, Any]:
    """Two hours from tomorrow's noon on; `None` leaves a field out."""
    noon = (now() + timedelta(days=1)).replace(hour=12, minute=0, second=0, microsecond=0)
    wanted = {"evse": "CS-1:1", "token": "04:a1:b2:c3", "begins_at": noon.isoformat()} | facts
    wanted = {"ends_at": (noon + timedelta(hours=2)).isoformat()} | wanted
    return {name: value for name, value in wanted.items() if value is not None}


def make(api: APIClient, **facts: Any) -> Any:
    return api.post(ADDRESS, asked(**facts), format="json")


def test_a_reservation_is_made_read_and_listed(api: APIClient, station: ChargingStation) -> None:
    made = make(api)

    assert made.status_code == 201, made.json()
    row = Reservation.objects.get()
    assert made.json() == api.get(f"{ADDRESS}/{row.pk}").json()
    assert made.json() | {"created_at": ""} == {
        "id": row.pk, "station": "CS-1", "evse": "CS-1:1", "number": row.number, "token": "04A1B2C3", "group": "FLEET",
        "begins_at": asked()["begins_at"].replace("+00:00", "Z"), "ends_at": asked()["ends_at"].replace("+00:00", "Z"),
        "state": "planned", "status": "", "error": None, "by": row.by, "created_at": "", "asked_at": None,
        "held_at": None, "closed_at": None, "transaction": None, "remarks": [],
    }  # fmt: skip
    assert api.get(ADDRESS).json()["results"] == [made.json()]
    assert AuditEntry.objects.filter(action="charging.reservation.created", actor=row.by).count() == 1


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("station=CS-1", 1), ("station=CS-2", 0), ("evse=CS-1:1", 1), ("evse=CS-1:2", 0), ("token=04a1b2c3", 1),
        ("state=planned", 1), ("state=active", 0), ("begins_after=2099-01-01T00:00:00Z", 0),
        ("ends_before=2099-01-01T00:00:00Z", 1),
    ],
)  # fmt: skip
def test_a_list_is_narrowed(api: APIClient, station: ChargingStation, query: str, count: int) -> None:
    make(api)

    assert api.get(f"{ADDRESS}?{query}").json()["count"] == count


def test_what_begins_now_is_asked_of_the_station(api: APIClient, station: ChargingStation) -> None:
    made = make(api, begins_at=None, ends_at=(now() + timedelta(hours=1)).isoformat())

    assert (made.status_code, made.json()["state"]) == (201, "requested")
    assert StationCommand.objects.get().kind == "charging.ReserveNow"


def test_what_is_taken_is_a_conflict(api: APIClient, station: ChargingStation) -> None:
    make(api)

    refused = make(api)

    assert refused.status_code == 409
    assert "reserved already" in refused.json()["detail"]
    assert make(api, evse="CS-1:2").status_code == 201


def test_a_station_can_be_named_for_any_of_its_evses(api: APIClient, station: ChargingStation) -> None:
    assert make(api, evse=None, station="CS-1").status_code == 409
    Variable.objects.create(station=station, name="ReserveConnectorZeroSupported", value="true", reported_at=now())

    made = make(api, evse=None, station="CS-1")

    assert (made.status_code, made.json()["evse"]) == (201, None)


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"evse": "CS-9:1"}, "$.evse"),
        ({"evse": None}, "$"),
        ({"station": "CS-1"}, "$"),
        ({"token": "C0FFEE"}, "$.token"),
        ({"token": 7}, "$.token"),
        ({"ends_at": "soon"}, "$.ends_at"),
        ({"ends_at": "2020-01-01T00:00:00Z"}, "$.ends_at"),
        ({"colour": "red"}, "$.colour"),
    ],
)
def test_what_is_wrong_is_named(
    api: APIClient, station: ChargingStation, paths: Callable[[Any], list[str]], wrong: dict[str, Any], path: str
) -> None:
    refused = make(api, **wrong)

    assert (refused.status_code, paths(refused)) == (400, [path])
    assert not Reservation.objects.exists()


def test_a_planned_one_is_cancelled_at_once_and_only_once(api: APIClient, station: ChargingStation) -> None:
    address = f"{ADDRESS}/{make(api).json()['id']}"

    done = api.post(f"{address}/cancel")

    assert (done.status_code, done.json()["state"]) == (200, "cancelled")
    assert api.post(f"{address}/cancel").status_code == 409
    assert api.delete(address).status_code == 405


def test_an_active_one_waits_for_the_station_to_agree(api: APIClient, station: ChargingStation) -> None:
    address = f"{ADDRESS}/{make(api, begins_at=None, ends_at=(now() + timedelta(hours=1)).isoformat()).json()['id']}"
    for kind in ("ReserveNow", "CancelReservation"):
        if kind == "CancelReservation":
            waiting = api.post(f"{address}/cancel")
            assert (waiting.status_code, waiting.json()["state"]) == (202, "active")
        command = StationCommand.objects.get(kind=f"charging.{kind}")
        StationCommand.objects.filter(pk=command.pk).update(state="sent", sent_at=now())
        finish_command(command.pk, outcome=CommandOutcome(accepted=True, status="Accepted"))
        take_reservation_answer(command.pk)

    assert api.get(address).json()["state"] == "cancelled"


def test_a_key_that_may_only_read_reserves_nothing(program: Callable[..., APIClient], station: ChargingStation) -> None:
    reader = program(Scope.READ)

    assert make(reader).status_code == 403
    assert reader.get(ADDRESS).status_code == 200
    assert make(program(Scope.COMMANDS_WRITE, name="other")).status_code == 201


def test_another_tenants_reservation_is_not_found(api: APIClient, station: ChargingStation, beta: Tenant) -> None:
    number = make(api).json()["id"]
    with schema_scope(beta.schema_name):
        assert not Reservation.objects.filter(pk=number).exists()
    stranger = APIClient(HTTP_HOST="beta.localhost", HTTP_AUTHORIZATION=api.defaults["HTTP_AUTHORIZATION"])

    assert stranger.get(f"{ADDRESS}/{number}").status_code == 401
