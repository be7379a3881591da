"""Every page opens, for those who may, in a number of queries that does not grow with the rows."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.billing.models import Invoice
from apps.core.clock import now
from apps.stations.models import ChargingStation, RefusedConnection, Variable
from apps.telemetry.messages import FrameRow
from apps.telemetry.services.writing import store_frames
from tests.backoffice.conftest import begin_charge, connected

PAGES = (
    "/",
    "/stations/",
    "/stations/CS-1/",
    "/stations/CS-1/configuration/",
    "/stations/CS-1/frames/",
    "/stations/CS-1/commands/",
    "/stations/CS-1/connect/",
    "/charges/",
    "/reservations/",
    "/reservations/new/",
    "/invoices/",
    "/refused/",
    "/tokens/",
)
LISTS = (
    "/", "/stations/", "/charges/", "/reservations/", "/stations/CS-1/", "/stations/CS-1/frames/",
    "/stations/CS-1/configuration/",
)  # fmt: skip


@pytest.mark.parametrize("address", PAGES)
def test_a_page_opens(browser: Client, station: ChargingStation, address: str) -> None:
    answer = browser.get(address)

    assert answer.status_code == 200
    assert "Ohmstead" in answer.content.decode() or address == "/tokens/"


@pytest.mark.parametrize("address", PAGES)
def test_a_page_opens_for_a_station_that_never_called(
    browser: Client, make_station: Callable[..., ChargingStation], address: str
) -> None:
    make_station("CS-1", evses=1)

    assert browser.get(address).status_code == 200


@pytest.mark.parametrize("address", PAGES)
def test_a_page_asks_strangers_to_log_in(station: ChargingStation, address: str) -> None:
    answer = Client(HTTP_HOST="alpha.localhost").get(address)

    assert answer.status_code == 302
    assert answer["Location"] == f"/login/?next={address}"


@pytest.mark.parametrize("address", ["/stations/NOPE/", "/charges/99999/", "/invoices/NOPE/", "/reservations/99999/"])
def test_what_does_not_exist_is_not_found(browser: Client, address: str) -> None:
    assert browser.get(address).status_code == 404


@pytest.mark.parametrize("address", LISTS)
def test_a_list_needs_no_more_queries_for_more_rows(
    browser: Client, make_station: Callable[..., ChargingStation], station: ChargingStation, address: str
) -> None:
    fill(station, 1)
    few = queries_of(browser, address)
    for number in range(2, 10):
        fill(connected(make_station(f"CS-{number}", evses=2)), number)
        fill(station, 100 + number)

    assert queries_of(browser, address) == few


def fill(station: ChargingStation, number: int) -> None:
    evse = station.evses.order_by("number")[number % 2]
    begin_charge(station, evse=evse, ended_at=now(), ended_received_at=now(), start_key=f"filled-{number}")
    begin_charge(station, evse=evse, start_key=f"open-{number}")
    Variable.objects.create(station=station, name=f"Key{number}", value="1", reported_at=now())
    RefusedConnection.objects.create(identity=f"X{number}", reason="?", address="192.0.2.1", last_at=now())
    frames = [("m", True, 2), ("m", False, 3)]
    store_frames(
        [
            FrameRow(
                station_id=station.pk, at=now(), incoming=incoming, kind=kind, epoch=1, message_id=f"{name}{number}",
                action="Heartbeat", payload="{}",
            )
            for name, incoming, kind in frames
        ]
    )  # fmt: skip


def queries_of(browser: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(address).status_code == 200
    return sum(not query["sql"].startswith("SET search_path") for query in captured)


def test_the_board_page_needs_few_queries(browser: Client, station: ChargingStation) -> None:
    begin_charge(station)

    assert queries_of(browser, "/") == 14


def test_an_invoice_shows_what_was_billed_and_to_whom(browser: Client, invoice: Invoice) -> None:
    page = browser.get(f"/invoices/{invoice.number}/").content.decode()

    assert "€6.25" in page
    assert "Ada Amper" in page
    assert "Stadtwerke" in page


def test_an_invoice_comes_as_a_pdf_to_look_at_and_to_keep(browser: Client, invoice: Invoice) -> None:
    shown = browser.get(f"/invoices/{invoice.number}/pdf")
    kept = browser.get(f"/invoices/{invoice.number}/pdf?download=1")

    assert shown["Content-Type"] == "application/pdf"
    assert shown.content.startswith(b"%PDF-")
    assert shown["Content-Disposition"] == f'inline; filename="{invoice.number}.pdf"'
    assert shown["X-Frame-Options"] == "SAMEORIGIN"
    assert kept["Content-Disposition"] == f'attachment; filename="{invoice.number}.pdf"'
    assert kept.content == shown.content


def test_a_charge_shows_the_price_of_its_cdr(browser: Client, invoice: Invoice) -> None:
    page = browser.get(f"/charges/{invoice.cdr.transaction_id}/").content.decode()

    assert "€6.25" in page
    assert invoice.number in page
    assert "preview" not in page


def test_an_open_charge_shows_what_it_would_cost_by_now(browser: Client, station: ChargingStation) -> None:
    charge = begin_charge(station)

    page = browser.get(f"/charges/{charge.pk}/").content.decode()

    assert "preview" in page
    assert "€0.35" in page


def test_a_curve_has_power_in_kilowatts_and_energy_from_the_begin(browser: Client, station: ChargingStation) -> None:
    from apps.telemetry.messages import ContextCode, MeterRow
    from apps.telemetry.services.writing import store_readings

    charge = begin_charge(station)
    at = charge.started_at
    store_readings(
        [
            MeterRow(
                station_id=station.pk, evse=1, context=ContextCode.SAMPLE_PERIODIC, at=at, received_at=at,
                transaction_id=charge.pk, energy_wh=3500, power_w=11000,
            )
        ]
    )  # fmt: skip

    curve = browser.get(f"/charges/{charge.pk}/curve.json").json()

    assert curve["time_zone"] == "Europe/Berlin"
    assert curve["points"] == [
        {"at": int(at.timestamp() * 1000), "power_kw": 11.0, "energy_kwh": 2.5, "soc_percent": None}
    ]


def test_the_first_page_of_a_new_tenant_says_how_to_connect_a_station(browser: Client, settings: object) -> None:
    page = browser.get("/").content.decode()

    assert "ws://localhost:9000/ocpp/alpha/IDENTITY" in page
    assert "Connect your first charging station" in page


def test_pages_speak_german_to_those_who_chose_it(browser: Client) -> None:
    browser.post("/language/", {"language": "de", "next": "/"})

    assert '<html lang="de">' in browser.get("/").content.decode()
