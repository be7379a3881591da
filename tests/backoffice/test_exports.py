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
from apps.billing.services import issue_cdr, issue_invoice, save_seller
from apps.core.clock import now
from apps.drivers.models import Driver
from apps.stations.models import ChargingStation
from apps.tenants.models import Tenant
from tests.backoffice.conftest import begin_charge, end_charge


@pytest.fixture
def finance(live_tenant: Tenant, make_station: Callable[..., ChargingStation]) -> Client:
    """Finance's browser at a tenant with one invoiced and one open charge."""
    station = make_station("CS-1")
    driver = Driver.objects.create(name="Ada")
    save_seller(
        by="test", legal_name="Stadtwerke", address="Werk 1", postal_code="48143", city="Münster", country="DE",
        vat_id="DE136695976",
    )  # fmt: skip
    cdr = issue_cdr(end_charge(begin_charge(station, driver=driver, token_status="Accepted")).pk)
    assert cdr is not None
    assert issue_invoice(cdr.pk) is not None
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
    assert [row["gross"] for row in rows] == ["6.25", ""]
    assert [row["invoice"] for row in rows] == [f"R-{now():%Y}-00001", ""]


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
