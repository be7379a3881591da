"""Finance takes files away: as filtered on the page, streamed piece by piece."""

import asyncio
import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from apps.accounts.messages import Role
from apps.accounts.models import User
from apps.stations.models import ChargingStation
from apps.tenants.models import Tenant
from tests.backoffice.conftest import begin_charge, end_charge


@pytest.fixture
def finance(live_tenant: Tenant, make_station: Callable[..., ChargingStation]) -> Client:
    """Finance's browser at a tenant with one ended and one open charge."""
    station = make_station("CS-1")
    end_charge(begin_charge(station))
    begin_charge(station)
    user = User.objects.create(email="finance@live.example", role=Role.FINANCE, password="!")
    browser = Client(HTTP_HOST=f"{live_tenant.slug}.localhost")
    browser.force_login(user)
    return browser


def got(client: Client, address: str) -> Any:
    try:
        return client.get(address)
    finally:
        connection.close()


async def fetched(client: Client, address: str) -> tuple[Any, str]:
    answer = await asyncio.to_thread(got, client, address)
    assert answer.status_code == 200
    return answer, b"".join([piece async for piece in answer.streaming_content]).decode()


async def test_charges_come_as_a_file_with_one_row_each(finance: Client) -> None:
    answer, text = await fetched(finance, "/exports/charges.csv")

    rows = list(csv.DictReader(io.StringIO(text)))
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"].startswith('attachment; filename="charges-')
    assert [row["station"] for row in rows] == ["CS-1", "CS-1"]
    assert [row["energy_kwh"] for row in rows] == ["10.000", "0.000"]


async def test_a_file_holds_what_the_list_shows_under_the_same_address(finance: Client) -> None:
    _answer, text = await fetched(finance, "/exports/charges.csv?state=ended")

    assert len(list(csv.DictReader(io.StringIO(text)))) == 1


async def test_excel_gets_its_mark_and_its_semicolons(finance: Client) -> None:
    _answer, text = await fetched(finance, "/exports/charges.csv?bom=1&delimiter=%3B")

    assert text.startswith('\ufeff"charge";"location";')


async def test_invoices_come_as_a_file_too(finance: Client) -> None:
    _answer, text = await fetched(finance, "/exports/invoices.csv")

    assert text.startswith('"number","kind","issued_on"')


async def test_an_odd_delimiter_is_refused_with_a_reason(finance: Client) -> None:
    answer = await asyncio.to_thread(got, finance, "/exports/charges.csv?delimiter=x")

    assert answer.status_code == 409
    assert "comma or a semicolon" in answer.content.decode()
