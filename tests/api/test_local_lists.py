"""Local lists through the API."""

from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from apps.accounts.messages import Scope
from apps.accounts.models import AuditEntry
from apps.drivers.models import IdToken, LocalList
from apps.drivers.services import local_lists
from apps.stations.models import ChargingStation, StationCommand
from apps.tenants.models import Tenant
from tests.drivers.listing import KNOWS_LISTS, answer, plug_in, tell

CARD = "04A2B3C4"
ADDRESS = "/api/v1/local-lists/CS-1"


@pytest.fixture
def kept(
    alpha: Tenant, make_station: Callable[..., ChargingStation], run_outbox: Callable[[], None]
) -> ChargingStation:
    """CS-1 holds one card as version 1; a second card is to be added."""
    station = make_station("CS-1", ocpp_version="1.6")
    tell(station, **KNOWS_LISTS)
    plug_in(station)
    IdToken.objects.create(value=CARD, group="FLEET")
    local_lists.keep_all()
    answer(station, data=0)
    run_outbox()
    answer(station)
    run_outbox()
    IdToken.objects.create(value="04FFFFFF", status="blocked")
    return station


def test_a_list_is_shown_with_its_entries_and_what_is_to_become_of_them(api: APIClient, kept: ChargingStation) -> None:
    shown = api.get(ADDRESS).json()

    assert shown["entries"] == [
        {"value": "04FFFFFF", "type": "ISO14443", "status": "Blocked", "expires_at": None, "group": None,
         "change": "add"},
        {"value": CARD, "type": "ISO14443", "status": "Accepted", "expires_at": None, "group": "FLEET",
         "change": "same"},
    ]  # fmt: skip
    assert {name: shown[name] for name in ("station", "keep", "state", "version", "wanted_version", "size")} == {
        "station": "CS-1", "keep": "auto", "state": "in_step", "version": 1, "wanted_version": 2, "size": 1,
    }  # fmt: skip
    assert (shown["most_entries"], shown["most_per_message"], shown["limits_are_assumed"]) == (50, 10, False)


def test_lists_are_narrowed_by_state_and_station(
    api: APIClient, kept: ChargingStation, make_station: Callable[..., ChargingStation]
) -> None:
    LocalList.objects.create(station=make_station("CS-2"), state="failed", status="Failed")

    def stations(query: str) -> list[str]:
        return [row["station"] for row in api.get(f"/api/v1/local-lists{query}").json()["results"]]

    assert stations("") == ["CS-2", "CS-1"]
    assert stations("?state=failed") == ["CS-2"]
    assert stations("?station=CS-1&keep=auto") == ["CS-1"]
    assert api.get("/api/v1/local-lists?state=lost").status_code == 400
    assert "entries" not in api.get("/api/v1/local-lists").json()["results"][0]


def test_a_station_that_never_had_a_list_shows_an_empty_one(
    api: APIClient, alpha: Tenant, make_station: Callable[..., ChargingStation]
) -> None:
    make_station("CS-1")
    shown = api.get(ADDRESS).json()

    assert (shown["state"], shown["entries"], shown["limits_are_assumed"]) == ("off", [], True)
    assert api.get("/api/v1/local-lists/NOPE").status_code == 404
    assert not LocalList.objects.exists()


def test_a_list_is_switched(api: APIClient, kept: ChargingStation) -> None:
    changed = api.patch(ADDRESS, {"keep": "off"}, format="json")

    assert (changed.status_code, changed.json()["keep"]) == (200, "off")
    assert [entry["change"] for entry in changed.json()["entries"]] == ["remove"]
    assert AuditEntry.objects.get(action="drivers.locallist.switched").actor.startswith("api:")


@pytest.mark.parametrize(
    ("body", "path"),
    [({"keep": "sometimes"}, "$.keep"), ({"version": 9, "kept": 1}, "$.kept"), ({"keep": None}, "$.keep")],
)
def test_what_a_list_can_not_be_is_refused(
    api: APIClient, kept: ChargingStation, paths: Callable[..., list[str]], body: dict[str, object], path: str
) -> None:
    refused = api.patch(ADDRESS, body, format="json")

    assert refused.status_code == 400
    assert paths(refused) == [path]


def test_a_whole_list_is_sent(api: APIClient, kept: ChargingStation) -> None:
    assert api.post(f"{ADDRESS}/send").status_code == 202

    assert StationCommand.objects.filter(state="queued", kind="drivers.GetLocalListVersion").exists()


def test_a_list_that_is_not_kept_is_not_sent(
    api: APIClient, alpha: Tenant, make_station: Callable[..., ChargingStation]
) -> None:
    make_station("CS-1")

    refused = api.post(f"{ADDRESS}/send")
    assert refused.status_code == 409
    assert "No local list is kept" in refused.json()["detail"]


def test_all_lists_are_switched_at_once(api: APIClient, kept: ChargingStation) -> None:
    assert api.get("/api/v1/local-list-policy").json() == {"is_kept": True}
    assert api.put("/api/v1/local-list-policy", {"is_kept": False}, format="json").json() == {"is_kept": False}
    assert not local_lists.lists_are_kept()
    assert api.put("/api/v1/local-list-policy", {}, format="json").status_code == 400


def test_each_way_to_write_needs_its_own_scope(program: Callable[..., APIClient], kept: ChargingStation) -> None:
    def answers(*scopes: Scope) -> list[int]:
        client = program(*scopes, name=str(scopes))
        return [
            client.get(ADDRESS).status_code,
            client.patch(ADDRESS, {"keep": "auto"}, format="json").status_code,
            client.post(f"{ADDRESS}/send").status_code,
            client.put("/api/v1/local-list-policy", {"is_kept": True}, format="json").status_code,
        ]

    assert answers(Scope.READ) == [200, 403, 403, 403]
    assert answers(Scope.READ, Scope.STATIONS_WRITE) == [200, 200, 403, 200]
    assert answers(Scope.READ, Scope.COMMANDS_WRITE) == [200, 403, 202, 403]


def test_a_list_of_another_tenant_is_not_found(
    program: Callable[..., APIClient], kept: ChargingStation, beta: Tenant
) -> None:
    assert program(Scope.READ, host="beta.localhost").get(ADDRESS).status_code in (401, 403, 404)
