"""The OpenAPI document and its pages: complete, without warnings, and served by ourselves alone."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command
from rest_framework.test import APIClient

from apps.tenants.models import Tenant

RESOURCES = {
    "locations", "stations", "evses", "connectors", "transactions", "meter-values", "tokens", "drivers", "tariffs",
    "firmware", "firmware-updates", "firmware-campaigns", "logs",
    "variables", "configuration-templates", "configuration-deviations",
    "local-lists", "local-list-policy", "cdrs", "invoices", "commands", "frames", "reservations",
    "charging-profiles", "composite-schedules", "bulk-commands", "work-items", "decisions", "quirk-observations",
    "quirk-overrides", "security-events", "certificate-requests", "installed-certificates",
}  # fmt: skip


@pytest.fixture
def visitor(alpha: Tenant) -> APIClient:
    return APIClient(HTTP_HOST="alpha.localhost")


def test_the_document_is_valid_and_without_warnings(tmp_path: Any) -> None:
    call_command(
        "spectacular", "--validate", "--fail-on-warn", "--format", "openapi-json", "--file", str(tmp_path / "api.json")
    )

    document = json.loads((tmp_path / "api.json").read_text())
    assert {path.split("/")[3] for path in document["paths"]} == RESOURCES | {"exports"}


def test_the_document_is_public_and_names_the_key(visitor: APIClient) -> None:
    answer = visitor.get("/api/openapi.json")

    assert answer.status_code == 200
    document = answer.json()
    assert document["components"]["securitySchemes"] == {"apiKey": {"type": "http", "scheme": "bearer"}}
    command = document["paths"]["/api/v1/stations/{identity}/commands"]["post"]
    assert set(command["responses"]) == {"200", "202", "4XX"}
    assert "application/problem+json" in command["responses"]["4XX"]["content"]


def test_the_pages_load_nothing_from_elsewhere(visitor: APIClient) -> None:
    page = visitor.get("/api/docs/")

    assert page.status_code == 200
    addresses = re.findall(r'(?:src|href)="([^"]+)"', page.content.decode())
    assert addresses
    for address in addresses:
        assert re.match(r"^(/static/|/api/docs/|http://alpha\.localhost/|data:)", address), address
        if address.startswith("/static/"):
            assert visitor.get(address).status_code == 200, address
    script = visitor.get("/api/docs/?script=")
    assert script["Content-Type"].startswith("application/javascript")
    assert "/api/openapi.json" in script.content.decode()


def test_the_pages_have_their_own_policy_and_no_inline_script(visitor: APIClient) -> None:
    page = visitor.get("/api/docs/")

    policy = page["Content-Security-Policy"]
    assert "style-src 'self' 'unsafe-inline'" in policy
    assert "default-src 'self'" in policy
    assert "script-src" not in policy
    assert re.findall(r"<script(?![^>]*src=)", page.content.decode()) == []
    assert "unsafe-inline" not in visitor.get("/api/openapi.json")["Content-Security-Policy"]


def test_what_the_document_promises_is_what_a_list_gives(api: APIClient, make_station: Callable[..., Any]) -> None:
    make_station("CS-1")
    document = api.get("/api/openapi.json").json()

    page = api.get("/api/v1/stations").json()

    schemas = document["components"]["schemas"]
    assert set(page) == set(schemas["PaginatedStationList"]["properties"])
    assert set(page["results"][0]) == set(schemas["Station"]["properties"])
