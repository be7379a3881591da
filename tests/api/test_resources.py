"""Each resource by its natural key, and what it says."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from apps.accounts.models import AuditEntry
from apps.drivers.models import Driver, IdToken
from apps.stations.models import ChargingStation, Connector, Location
from apps.stations.services import credentials
from apps.tariffs.models import Tariff
from apps.tenants.models import Tenant
from apps.tenants.scope import schema_scope

Make = Callable[..., ChargingStation]
Paths = Callable[[Any], list[str]]


def test_the_index_names_every_resource(api: APIClient) -> None:
    index = api.get("/api/v1/").json()

    assert set(index) == {
        "locations", "stations", "evses", "connectors", "transactions", "meter-values", "tokens", "drivers", "tariffs",
        "local-lists",
        "firmware", "firmware-updates", "firmware-campaigns", "logs",
        "variables", "configuration-templates", "configuration-deviations",
        "work-items", "decisions", "quirk-observations", "quirk-overrides",
        "security-events", "certificate-requests", "installed-certificates",
        "cdrs", "invoices", "commands", "frames", "reservations", "charging-profiles", "composite-schedules",
        "bulk-commands",
    }  # fmt: skip
    index.pop("configuration-templates")  # every tenant starts with one
    for address in index.values():
        page = api.get(address)
        assert page.status_code == 200
        assert page.json() == {"count": 0, "next": None, "previous": None, "results": []}


def test_a_location_is_made_changed_and_deleted(api: APIClient) -> None:
    made = api.post("/api/v1/locations", {"name": "Depot", "city": "Köln", "latitude": "50.94"}, format="json")
    assert made.status_code == 201, made.json()
    assert made.json() == {
        "id": made.json()["id"], "name": "Depot", "address": "", "postal_code": "", "city": "Köln", "country": "DE",
        "latitude": "50.940000", "longitude": None, "time_zone": "Europe/Berlin",
    }  # fmt: skip
    address = f"/api/v1/locations/{made.json()['id']}"

    changed = api.patch(address, {"time_zone": "Europe/Amsterdam", "country": "NL"}, format="json")
    assert (changed.status_code, changed.json()["time_zone"], changed.json()["city"]) == (
        200,
        "Europe/Amsterdam",
        "Köln",
    )
    assert api.get(address).json() == changed.json()

    assert api.delete(address).status_code == 204
    assert api.get(address).status_code == 404


def test_a_location_with_stations_is_not_deleted(api: APIClient, make_station: Make) -> None:
    location = make_station().location
    assert location is not None

    refused = api.delete(f"/api/v1/locations/{location.pk}")

    assert refused.status_code == 409
    assert Location.objects.filter(pk=location.pk).exists()


def test_a_station_is_made_with_its_evses_and_tells_its_password_once(api: APIClient) -> None:
    made = api.post("/api/v1/stations", {"identity": "CS-1", "evses": 2, "vendor": "Voltbach"}, format="json")

    assert made.status_code == 201, made.json()
    assert credentials.check("CS-1", made.json()["password"]) is not None
    assert made.json()["evses"] == ["CS-1:1", "CS-1:2"]
    read = api.get("/api/v1/stations/CS-1").json()
    assert "password" not in read
    assert (read["vendor"], read["connected"], read["registration"]) == ("Voltbach", False, "Accepted")
    assert Connector.objects.count() == 2


def test_a_new_password_is_told_and_opens_the_gateway(api: APIClient, make_station: Make) -> None:
    make_station("CS-1")

    answer = api.patch("/api/v1/stations/CS-1", {"password": "0123456789abcdef", "name": "North"}, format="json")

    assert (answer.status_code, answer.json()["password"], answer.json()["name"]) == (200, "0123456789abcdef", "North")
    assert credentials.check("CS-1", "0123456789abcdef") is not None


def test_deleting_a_station_archives_it(api: APIClient, make_station: Make) -> None:
    make_station("CS-1")

    assert api.delete("/api/v1/stations/CS-1").status_code == 204

    assert api.get("/api/v1/stations").json()["count"] == 0
    assert api.get("/api/v1/stations?archived=true").json()["results"][0]["identity"] == "CS-1"
    assert api.get("/api/v1/stations/CS-1").json()["archived_at"] is not None


@pytest.mark.parametrize(
    ("resource", "body"),
    [
        ("locations", {"name": "Depot"}),
        ("stations", {"identity": "CS-1"}),
        ("evses", {"station": "CS-1", "number": 1}),
        ("tokens", {"value": "04:a2:b3"}),
        ("drivers", {"name": "Ada", "external_id": "7"}),
        ("tariffs", {"name": "Public", "currency": "EUR", "vat_percent": "19"}),
    ],
)
def test_what_has_a_natural_key_is_made_once(
    api: APIClient, make_station: Make, resource: str, body: dict[str, Any]
) -> None:
    if resource in ("locations", "stations", "evses"):
        make_station("CS-1")
    else:
        assert api.post(f"/api/v1/{resource}", body, format="json").status_code == 201

    again = api.post(f"/api/v1/{resource}", body, format="json")

    assert again.status_code == 409
    assert "already exists" in again.json()["detail"]
    assert api.get(f"/api/v1/{resource}").json()["count"] == 1


def test_evses_and_connectors_are_called_by_station_and_number(api: APIClient, make_station: Make) -> None:
    make_station("CS-1", evses=2)
    make_station("CS-2")

    evse = api.patch("/api/v1/evses/CS-1:2", {"evse_id": "DE*OHM*E0002", "max_power_w": 22000}, format="json").json()
    assert (evse["key"], evse["station"], evse["number"]) == ("CS-1:2", "CS-1", 2)
    assert (evse["evse_id"], evse["max_power_w"]) == ("DE*OHM*E0002", 22000)
    assert api.get("/api/v1/evses?station=CS-2").json()["results"][0]["key"] == "CS-2:1"
    connector = api.get("/api/v1/connectors/CS-1:2:1").json()
    assert (connector["evse"], connector["number"], connector["status"]) == ("CS-1:2", 1, "Available")
    assert api.get("/api/v1/connectors/CS-1:2:9").status_code == 404
    assert api.get("/api/v1/evses/CS-1").status_code == 404


def test_a_new_evse_has_a_connector(api: APIClient, make_station: Make) -> None:
    make_station("CS-1")

    made = api.post("/api/v1/evses", {"station": "CS-1", "number": 2, "evse_id": "DE*OHM*E2"}, format="json")

    assert (made.status_code, made.json()["key"], made.json()["evse_id"]) == (201, "CS-1:2", "DE*OHM*E2")
    assert Connector.objects.filter(evse__number=2).count() == 1


def test_a_token_is_kept_and_found_in_canonical_form(api: APIClient) -> None:
    driver = api.post("/api/v1/drivers", {"name": "Ada", "country": "DE"}, format="json").json()
    made = api.post("/api/v1/tokens", {"value": "04:a2:b3:c4", "driver": driver["id"]}, format="json")

    assert (made.status_code, made.json()["value"]) == (201, "04A2B3C4")
    assert api.get("/api/v1/tokens/04-a2-b3-c4").json()["driver"] == driver["id"]
    assert api.get("/api/v1/tokens?value=04%20A2%20B3%20C4").json()["count"] == 1
    assert api.get(f"/api/v1/drivers/{driver['id']}").json()["tokens"] == ["04A2B3C4"]
    blocked = api.patch("/api/v1/tokens/04A2B3C4", {"status": "blocked"}, format="json")
    assert (blocked.status_code, IdToken.objects.get().status) == (200, "blocked")


def test_a_token_with_a_slash_has_an_address_too(api: APIClient) -> None:
    api.post("/api/v1/tokens", {"value": "DE/8X-1", "type": "Central"}, format="json")

    assert api.get("/api/v1/tokens/DE%2F8X-1").json()["value"] == "DE/8X-1"


def test_deleting_a_driver_archives_them(api: APIClient) -> None:
    number = api.post("/api/v1/drivers", {"name": "Ada"}, format="json").json()["id"]

    assert api.delete(f"/api/v1/drivers/{number}").status_code == 204

    assert Driver.objects.get().archived_at is not None


def test_prices_travel_as_text_with_their_currency(api: APIClient) -> None:
    made = api.post(
        "/api/v1/tariffs",
        {"name": "Public", "currency": "EUR", "price_per_kwh": "0.4915", "idle_per_minute": 0.1, "vat_percent": "19"},
        format="json",
    )

    assert made.status_code == 201, made.json()
    current = made.json()["current"]
    assert (current["currency"], current["price_per_kwh"], current["idle_per_minute"]) == ("EUR", "0.4915", "0.10")
    assert (current["price_per_minute"], current["vat_percent"], current["tax_included"]) == ("0.00", "19.00", True)
    assert current["version"] == 1


def test_a_changed_price_is_a_new_version_and_the_rest_stays(api: APIClient) -> None:
    body = {"name": "Public", "currency": "EUR", "price_per_kwh": "0.49", "price_per_session": "1", "vat_percent": "19"}
    number = api.post("/api/v1/tariffs", body, format="json").json()["id"]

    changed = api.patch(f"/api/v1/tariffs/{number}", {"price_per_kwh": "0.59"}, format="json").json()["current"]

    assert (changed["version"], changed["price_per_kwh"], changed["price_per_session"]) == (2, "0.59", "1.00")
    replaced = api.put(f"/api/v1/tariffs/{number}", {**body, "price_per_session": "0"}, format="json").json()["current"]
    assert (replaced["version"], replaced["price_per_kwh"], replaced["price_per_session"]) == (3, "0.49", "0.00")
    assert Tariff.objects.get().versions.count() == 3


def test_a_tariff_is_assigned_to_a_place_and_taken_from_it(api: APIClient, make_station: Make, paths: Paths) -> None:
    make_station("CS-1")
    body = {"name": "Public", "currency": "EUR", "price_per_kwh": "0.49", "vat_percent": "19"}
    address = f"/api/v1/tariffs/{api.post('/api/v1/tariffs', body, format='json').json()['id']}"

    assigned = api.post(f"{address}/assignments", {"evse": "CS-1:1"}, format="json")
    everywhere = api.post(f"{address}/assignments", {}, format="json")
    both = api.post(f"{address}/assignments", {"evse": "CS-1:1", "station": "CS-1"}, format="json")

    assert (assigned.status_code, assigned.json()["evse"], everywhere.status_code) == (201, "CS-1:1", 201)
    assert (both.status_code, paths(both)) == (400, ["$"])
    assert len(api.get(address).json()["assignments"]) == 2
    assert api.delete(f"{address}/assignments/{assigned.json()['id']}").status_code == 204
    assert [place["evse"] for place in api.get(address).json()["assignments"]] == [None]
    assert api.delete(address).status_code == 204
    assert api.patch(address, {"price_per_kwh": "1"}, format="json").status_code == 409


def test_every_write_names_the_program_in_the_audit_trail(api: APIClient, make_station: Make) -> None:
    make_station("CS-1")
    body = {"name": "Public", "currency": "EUR", "price_per_kwh": "0.49", "vat_percent": "19"}
    tariff = api.post("/api/v1/tariffs", body, format="json").json()["id"]
    api.post(f"/api/v1/tariffs/{tariff}/assignments", {"station": "CS-1"}, format="json")
    api.post("/api/v1/tokens", {"value": "AA"}, format="json")
    api.patch("/api/v1/stations/CS-1", {"name": "North"}, format="json")
    api.delete("/api/v1/stations/CS-1")

    actions = list(AuditEntry.objects.filter(actor="api:erp").order_by("pk").values_list("action", flat=True))
    assert actions == [
        "tariffs.tariff.priced", "tariffs.tariff.assigned", "drivers.idtoken.created",
        "stations.chargingstation.changed", "stations.chargingstation.archived",
    ]  # fmt: skip


def test_two_tenants_with_equal_identities_see_nothing_of_each_other(
    api: APIClient, make_station: Make, beta: Tenant
) -> None:
    make_station("CS-1", name="Alpha's")
    with schema_scope(beta.schema_name):
        make_station("CS-1", name="Beta's")
        make_station("CS-2")

    assert [one["name"] for one in api.get("/api/v1/stations").json()["results"]] == ["Alpha's"]
    assert api.get("/api/v1/stations/CS-2").status_code == 404


@pytest.mark.parametrize(("resource", "queries"), [("stations", 4), ("evses", 3), ("connectors", 3), ("drivers", 4)])
def test_a_longer_list_costs_no_more_queries(api: APIClient, make_station: Make, resource: str, queries: int) -> None:
    for number in range(1, 6):
        make_station(f"CS-{number}", evses=2)
        IdToken.objects.create(value=f"AA{number}", driver=Driver.objects.create(name=f"Driver {number}"))
    api.get("/api/v1/stations")  # notes the use of the key

    with CaptureQueriesContext(connection) as seen:
        assert api.get(f"/api/v1/{resource}").json()["count"] >= 5

    own = [query["sql"] for query in seen if "SET search_path" not in query["sql"] and "tenants_" not in query["sql"]]
    assert len(own) == queries, own


def test_instants_are_utc(api: APIClient, make_station: Make) -> None:
    make_station("CS-1")

    assert api.get("/api/v1/stations/CS-1").json()["created_at"].endswith("Z")


def test_what_was_read_can_be_sent_back(api: APIClient, make_station: Make) -> None:
    make_station("CS-1")
    read = api.get("/api/v1/stations/CS-1").json()

    answer = api.put("/api/v1/stations/CS-1", read, format="json")

    assert answer.status_code == 200, answer.json()
    assert answer.json() == read
