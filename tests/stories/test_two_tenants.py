"""Two tenants with the same station, card, charge and invoice number: no page, resource or file shows the other's.

Everything that one tenant's owner can reach is crawled, page by page and resource by resource, and must not hold the
words that only the other tenant's rows hold.
"""

import re
from collections.abc import Iterator

import pytest
from django.test import Client
from rest_framework.test import APIClient

from apps.accounts.messages import Role, Scope
from apps.accounts.services.keys import create_api_key
from apps.accounts.services.people import create_operator
from apps.billing.models import Invoice
from apps.drivers.models import Driver
from apps.stations.models import Location
from apps.tenants.scope import schema_scope
from tests.stories.scripts import SCRIPTS

SECRET = {0: "Kirschgarten", 1: "Apfelhain"}
LINKS = re.compile(r"""(?:href|hx-get|data-[a-z-]+)="(/[^"#]*)""")
NOT_TO_FOLLOW = ("/static/", "/logout", "/admin/logout", "/admin/jsi18n")
RESOURCES = (
    "locations", "stations", "stations/CS-1", "evses", "connectors", "transactions", "meter-values", "tokens",
    "drivers", "tariffs", "cdrs", "invoices", "commands", "frames", "reservations", "exports/charges.csv",
    "exports/invoices.csv", "firmware", "firmware-updates", "firmware-campaigns", "logs", "bulk-commands",
)  # fmt: skip


@pytest.fixture
def tenants(plug, depot, live_tenant, second_tenant, run_outbox):
    """Both have billed a charge; driver, location and serial number hold a word of their own in each."""
    for number, tenant in enumerate((live_tenant, second_tenant)):
        with schema_scope(tenant.schema_name):
            Driver.objects.update(name=f"{SECRET[number]} driver", company=f"{SECRET[number]} Ltd")
            Location.objects.update(name=f"{SECRET[number]} depot")
            script = SCRIPTS["1.6"](plug("1.6", tenant.slug))
            for step in ("boot", "plug_in", "authorise", "start", "suspend", "stop"):
                getattr(script, step)()
    run_outbox()
    return live_tenant, second_tenant


def pages(client: Client, start: str) -> Iterator[tuple[str, bytes]]:
    """Every page that can be reached from one by its links."""
    seen, todo = {start}, [start]
    while todo:
        address = todo.pop()
        response = client.get(address, follow=True)
        content = b"".join(response) if response.streaming else response.content
        yield address, content
        for link in LINKS.findall(content.decode(errors="replace")):
            plain = link.replace("&amp;", "&").split("?")[0]
            if plain not in seen and not plain.startswith(NOT_TO_FOLLOW):
                seen.add(plain)
                todo.append(plain)


@pytest.mark.parametrize("number", [0, 1])
def test_no_page_shows_the_other_tenants_rows(tenants, number):
    tenant = tenants[number]
    with schema_scope(tenant.schema_name):
        owner = create_operator("owner@example.com", by="story", role=Role.OWNER, password="a-long-password")[0]
        client = Client(HTTP_HOST=f"{tenant.slug}.localhost", raise_request_exception=True)
        client.force_login(owner)
        invoice = Invoice.objects.get()

        read = dict(pages(client, "/"))

    assert {"/stations/CS-1/", "/charges/", f"/invoices/{invoice.number}/", "/admin/drivers/driver/"} <= read.keys()
    assert any(SECRET[number].encode() in content for content in read.values())
    assert [address for address, content in read.items() if SECRET[1 - number].encode() in content] == []


@pytest.mark.parametrize("number", [0, 1])
def test_no_resource_shows_the_other_tenants_rows(tenants, number):
    tenant = tenants[number]
    with schema_scope(tenant.schema_name):
        _row, key = create_api_key("crawler", scopes=[Scope.READ], by="story")
    client = APIClient(HTTP_HOST=f"{tenant.slug}.localhost", HTTP_AUTHORIZATION=f"Bearer {key}")

    read = {}
    for resource in RESOURCES:
        response = client.get(f"/api/v1/{resource}")
        assert response.status_code == 200, resource
        read[resource] = b"".join(response) if response.streaming else response.content

    assert any(SECRET[number].encode() in content for content in read.values())
    assert [resource for resource, content in read.items() if SECRET[1 - number].encode() in content] == []


def test_a_key_and_a_session_of_one_tenant_open_nothing_at_the_other(tenants):
    mine, theirs = tenants
    with schema_scope(mine.schema_name):
        _row, key = create_api_key("crawler", scopes=[Scope.READ], by="story")
        client = Client(HTTP_HOST=f"{mine.slug}.localhost")
        client.force_login(create_operator("o@example.com", by="story", role=Role.OWNER, password="a-long-password")[0])
    at_theirs = {"HTTP_HOST": f"{theirs.slug}.localhost"}

    assert APIClient().get("/api/v1/stations", HTTP_AUTHORIZATION=f"Bearer {key}", **at_theirs).status_code == 401
    assert client.get("/", HTTP_HOST=f"{mine.slug}.localhost").status_code == 200
    assert client.get("/", **at_theirs).status_code == 302
