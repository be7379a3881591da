"""Wrong input is a problem that names the field, and never a server error."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.drivers.models import Driver
from apps.stations.models import ChargingStation

Make = Callable[..., ChargingStation]
Paths = Callable[[Any], list[str]]
LONG = "x" * 50_000


def test_a_problem_is_an_rfc_9457_document(api: APIClient) -> None:
    answer = api.post("/api/v1/stations", {"identity": "no spaces"}, format="json")

    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    problem = answer.json()
    assert set(problem) == {"type", "title", "status", "detail", "errors"}
    assert (problem["type"], problem["title"], problem["status"]) == ("about:blank", "Bad Request", 400)
    assert problem["errors"] == [
        {
            "path": "$.identity",
            "message": "One to 48 characters: letters, digits and * - _ = + | @ . (OCPP identifierString).",
        }
    ]


@pytest.mark.parametrize(
    ("resource", "body", "path"),
    [
        ("stations", {}, "$.identity"),
        ("stations", [], "$"),
        ("stations", "text", "$"),
        ("stations", None, "$"),
        ("stations", {"identity": LONG}, "$.identity"),
        ("stations", {"identity": "CS-1", "vendor": LONG}, "$.vendor"),
        ("stations", {"identity": "CS-1", "colour": "red"}, "$.colour"),
        ("stations", {"identity": "CS-1", "location": 999}, "$.location"),
        ("stations", {"identity": "CS-1", "location": 10**400}, "$.location"),
        ("stations", {"identity": "CS-1", "evses": 10**30}, "$.evses"),
        ("stations", {"identity": "CS-1", "registration": "Maybe"}, "$.registration"),
        ("stations", {"identity": "CS-1", "password": "short"}, "$.password"),
        ("stations", {"identity": {"a": 1}}, "$.identity"),
        ("locations", {"name": "D", "latitude": "1e400"}, "$.latitude"),
        ("locations", {"name": "D", "latitude": "NaN"}, "$.latitude"),
        ("locations", {"name": "D", "time_zone": "Mars/Phobos"}, "$.time_zone"),
        ("locations", {"name": "D", "country": "Germany"}, "$.country"),
        ("locations", {"name": "   "}, "$.name"),
        ("evses", {"station": "CS-9", "number": 1}, "$.station"),
        ("evses", {"station": "CS-9", "number": 65}, "$.number"),
        ("drivers", {"name": LONG}, "$.name"),
        ("drivers", {"name": "Ada", "email": "nobody"}, "$.email"),
        ("drivers", {"name": ["Ada"]}, "$.name"),
        ("tokens", {"value": "AA", "driver": "Ada"}, "$.driver"),
        ("tokens", {"value": "AA", "expires_at": "tomorrow"}, "$.expires_at"),
        ("tokens", {"value": "AA", "expires_at": "222222017-01-01T00:00:00Z"}, "$.expires_at"),
        ("tokens", {"value": "AA", "type": "Card"}, "$.type"),
        ("tokens", {"value": LONG}, "$.value"),
        ("tariffs", {"name": "T", "currency": "EUR", "vat_percent": "101"}, "$.vat_percent"),
        ("tariffs", {"name": "T", "currency": "XX1", "vat_percent": "19"}, "$.currency"),
        ("tariffs", {"name": "T", "currency": "EUR", "vat_percent": "19", "price_per_kwh": "-1"}, "$.price_per_kwh"),
        ("tariffs", {"name": "T", "currency": "EUR", "vat_percent": "19", "price_per_kwh": "1e99"}, "$.price_per_kwh"),
        ("tariffs", {"name": "T", "currency": "EUR", "vat_percent": "19", "idle_grace_s": 2**40}, "$.idle_grace_s"),
    ],
)
def test_a_wrong_body_is_answered_by_naming_the_field(
    api: APIClient, paths: Paths, resource: str, body: Any, path: str
) -> None:
    answer = api.post(f"/api/v1/{resource}", json.dumps(body), content_type="application/json")

    assert answer.status_code == 400, answer.content
    assert path in paths(answer)


@pytest.mark.parametrize("text", ['"a\\u0000b"', '"\\ud800"', '{"in\\u0000side": 1}', '[["\\u0000"]]'])
def test_text_that_no_database_can_hold_is_refused_by_its_path(api: APIClient, paths: Paths, text: str) -> None:
    body = f'{{"name": "Ada", "company": {text}}}'

    answer = api.post("/api/v1/drivers", body, content_type="application/json")

    assert answer.status_code == 400
    assert all(path.startswith("$.company") for path in paths(answer))
    assert not Driver.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b'{"name": NaN}',
        b'{"name": 1e999}',
        b"[" * 100_000,
        b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
    ],
)
def test_what_is_no_json_is_refused_at_its_root(api: APIClient, paths: Paths, body: bytes) -> None:
    answer = api.generic("POST", "/api/v1/drivers", body, content_type="application/json")

    assert answer.status_code == 400, answer.content
    assert paths(answer) == (["$"] if body else ["$.name"])


def test_a_body_of_more_than_a_megabyte_is_too_large(api: APIClient) -> None:
    answer = api.post("/api/v1/drivers", {"name": "x" * 1_100_000}, format="json")

    assert (answer.status_code, answer["Content-Type"]) == (413, "application/problem+json")


@pytest.mark.parametrize("content_type", ["text/xml", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_only_json_is_read(api: APIClient, content_type: str) -> None:
    answer = api.generic("POST", "/api/v1/drivers", b"name=Ada", content_type=content_type)

    assert (answer.status_code, answer["Content-Type"]) == (415, "application/problem+json")


def test_a_browser_gets_json_too(api: APIClient) -> None:
    answer = api.get("/api/v1/drivers", HTTP_ACCEPT="text/html")

    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ("stations?colour=red", "?colour"),
        ("stations?location=abc", "?location"),
        ("stations?location=" + "9" * 5000, "?location"),
        ("stations?connected=maybe", "?connected"),
        ("stations?identity=%00", "?identity"),
        ("stations?identity=" + "x" * 5000, "?identity"),
        ("stations?registration=Maybe", "?registration"),
        ("transactions?started_after=yesterday", "?started_after"),
        ("transactions?started_after=222222017-01-01T00:00:00Z", "?started_after"),
        ("transactions?hold_reason=bored", "?hold_reason"),
        ("meter-values?evse=1.5", "?evse"),
        ("invoices?issued_after=2026-13-01", "?issued_after"),
        ("commands?state=happy", "?state"),
        ("drivers?limit=0", "?limit"),
        ("drivers?limit=501", "?limit"),
        ("drivers?limit=" + "9" * 5000, "?limit"),
        ("drivers?limit=½", "?limit"),
        ("drivers?cursor=nonsense", "?cursor"),
        ("drivers?cursor=", "?cursor"),
        ("exports/charges.csv?delimiter=x", "?delimiter"),
        ("exports/invoices.csv?bom=perhaps", "?bom"),
    ],
)
def test_a_wrong_query_is_answered_by_naming_the_parameter(api: APIClient, paths: Paths, query: str, path: str) -> None:
    answer = api.get(f"/api/v1/{query}")

    assert answer.status_code == 400, answer.content
    assert path in paths(answer)


@pytest.mark.parametrize(
    "content",
    [
        [],
        [False],
        [False, "a"],
        [False, None],
        [False, [1]],
        [False, 1, 2],
        {"a": 1},
        7,
        [False, 10**400],
        [0, "1\x00"],
    ],
)
@pytest.mark.parametrize("resource", ["drivers", "meter-values", "commands"])
def test_a_forged_cursor_is_refused(api: APIClient, paths: Paths, resource: str, content: Any) -> None:
    cursor = base64.urlsafe_b64encode(json.dumps(content).encode()).decode()

    answer = api.get(f"/api/v1/{resource}?cursor={cursor}")

    assert answer.status_code in (200, 400)
    assert answer.status_code == 200 or paths(answer) == ["?cursor"]


@pytest.mark.parametrize(
    "address",
    [
        "stations/NOBODY", "stations/a%00b", "stations/" + "x" * 5000, "drivers/999", "drivers/" + "9" * 4000,
        "tokens/a%00b", "tokens/%F0%9F%94%8C", "evses/CS-1:0", "evses/a%00:1", "evses/:",
        "connectors/CS-1:1:" + "9" * 999,
        "invoices/R-2026-000001", "invoices/a%00b", "commands/not-a-uuid", "cdrs/0", "frames/" + "9" * 40,
        "transactions/99999999999999999999", "nothing", "stations/CS-1/nothing", "stations/",
    ],
)  # fmt: skip
def test_an_address_that_leads_nowhere_is_a_problem_too(api: APIClient, address: str) -> None:
    answer = api.get(f"/api/v1/{address}")

    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


def test_what_can_only_be_read_refuses_writes(api: APIClient) -> None:
    for resource in ("transactions", "meter-values", "cdrs", "invoices", "frames", "connectors", "commands"):
        answer = api.post(f"/api/v1/{resource}", {}, format="json")
        assert answer.status_code == 405, resource
        assert answer["Content-Type"] == "application/problem+json"


def test_pages_follow_one_another_both_ways_whatever_is_added_meanwhile(api: APIClient) -> None:
    for number in range(1, 8):
        Driver.objects.create(name=f"Driver {number}")

    first = api.get("/api/v1/drivers?limit=3").json()
    Driver.objects.create(name="Late")
    second = api.get(first["next"]).json()
    third = api.get(second["next"]).json()

    assert [driver["name"] for page in (first, second, third) for driver in page["results"]] == [
        f"Driver {number}" for number in range(7, 0, -1)
    ]
    assert (first["count"], first["previous"], third["next"]) == (7, None, None)
    back = api.get(third["previous"]).json()
    assert back["results"] == second["results"]
    assert [driver["name"] for driver in api.get(back["previous"]).json()["results"]] == [
        "Driver 7",
        "Driver 6",
        "Driver 5",
    ]
