"""Charges, readings, prices and papers as programs read them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.accounts.messages import Scope
from apps.billing.models import Invoice
from apps.billing.services import issue_cdr, issue_invoice, save_seller
from apps.charging.models import Transaction
from apps.core.clock import now
from apps.drivers.models import Driver
from apps.stations.models import ChargingStation
from apps.tariffs.messages import TariffTerms
from apps.telemetry.messages import ContextCode, FrameRow, MeterRow
from apps.telemetry.services.writing import store_frames, store_readings

STARTED = datetime(2026, 10, 5, 12, 0, tzinfo=UTC)
TERMS = TariffTerms(
    currency="EUR",
    vat_percent=Decimal("19.00"),
    price_per_kwh=Decimal("0.590000"),
    price_per_session=Decimal("0.350000"),
    tariff="Day",
    version_id=1,
    version_number=3,
    time_zone="Europe/Berlin",
)


@pytest.fixture
def charge(alpha: Any, make_station: Callable[..., ChargingStation]) -> Transaction:
    """An ended charge of 30.001 kWh by a driver with an address."""
    station = make_station("CS-1")
    ended_at = STARTED + timedelta(minutes=50)
    driver = Driver.objects.create(name="Ada", address="Ringstr. 1", postal_code="50667", city="Köln", country="DE")
    return Transaction.objects.create(
        station=station, evse=station.evses.get(), connector_number=1, ocpp_id="t-1", start_key="t-1", driver=driver,
        started_at=STARTED, started_received_at=STARTED, ended_at=ended_at, ended_received_at=ended_at,
        energy_wh=30_001, meter_start_wh=1000, meter_stop_wh=31_001, token_value="04A2B3C4", tariff=TERMS.to_json(),
    )  # fmt: skip


@pytest.fixture
def invoice(charge: Transaction, settings: Any, tmp_path: Path) -> Invoice:
    blobs = {**settings.STORAGES["blobs"], "OPTIONS": {"location": str(tmp_path), "base_url": None}}
    settings.STORAGES = {**settings.STORAGES, "blobs": blobs}
    save_seller(
        by="test",
        legal_name="Alpha GmbH",
        address="Hof 1",
        city="Bonn",
        postal_code="53111",
        country="DE",
        vat_id="DE136695976",
    )
    cdr = issue_cdr(charge.pk)
    assert cdr is not None
    issued = issue_invoice(cdr.pk)
    assert issued is not None
    return issued


def test_a_charge_is_told_in_facts(api: APIClient, charge: Transaction) -> None:
    told = api.get(f"/api/v1/transactions/{charge.pk}").json()

    assert told == {
        "id": charge.pk, "station": "CS-1", "evse": "CS-1:1", "connector": 1, "ocpp_id": "t-1",
        "started_at": "2026-10-05T12:00:00Z", "ended_at": "2026-10-05T12:50:00Z", "energy_wh": 30001,
        "meter_start_wh": 1000, "meter_stop_wh": 31001, "energy_source": "", "idle_s": 0, "charging_state": "",
        "token": "04A2B3C4", "token_status": "", "driver": charge.driver_id, "stopped_reason": "", "hold_reason": "",
        "cdr": None,
        "tariff": {
            "tariff": "Day", "version": 3, "currency": "EUR", "price_per_kwh": "0.59", "price_per_minute": "0.00",
            "price_per_session": "0.35", "idle_per_minute": "0.00", "idle_grace_s": 0, "vat_percent": "19.00",
            "tax_included": True, "time_zone": "Europe/Berlin",
        },
    }  # fmt: skip


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("station=CS-1", 1), ("station=CS-2", 0), ("evse=CS-1:1", 1), ("evse=CS-1:2", 0), ("open=false", 1),
        ("open=true", 0), ("held=true", 0), ("held=false", 1), ("token=04-a2-b3-c4", 1), ("ocpp_id=t-1", 1),
        ("started_after=2026-10-05T12:00:00Z", 1), ("started_before=2026-10-05T12:00:00Z", 0),
        ("ended_after=2026-10-05T13:00:00Z", 0),
    ],
)  # fmt: skip
def test_charges_are_narrowed_by_the_query(api: APIClient, charge: Transaction, query: str, count: int) -> None:
    assert api.get(f"/api/v1/transactions?{query}").json()["count"] == count


def test_a_price_is_told_as_text_in_its_currency(api: APIClient, invoice: Invoice) -> None:
    cdr = api.get(f"/api/v1/cdrs?transaction={invoice.cdr.transaction_id}").json()["results"][0]

    assert (cdr["currency"], cdr["net"], cdr["vat"], cdr["gross"]) == ("EUR", "15.17", "2.88", "18.05")
    assert (cdr["energy_wh"], cdr["duration_s"], cdr["invoices"]) == (30001, 3000, [invoice.number])
    assert cdr["lines"][0] == {
        "kind": "energy", "quantity": "30.001", "unit": "KWH", "unit_price": "0.59", "net": "14.87", "vat": "2.83",
        "gross": "17.70",
    }  # fmt: skip
    assert api.get("/api/v1/cdrs?invoiced=true").json()["count"] == 1
    assert api.get("/api/v1/cdrs?invoiced=false").json()["count"] == 0


def test_an_invoice_is_found_by_its_number_with_its_pdf(api: APIClient, invoice: Invoice) -> None:
    told = api.get(f"/api/v1/invoices/{invoice.number}").json()

    assert (told["number"], told["kind"], told["currency"], told["gross"]) == (
        invoice.number,
        "invoice",
        "EUR",
        "18.05",
    )
    assert (told["seller"]["name"], told["buyer"]["name"], told["transaction"]) == (
        "Alpha GmbH", "Ada", invoice.cdr.transaction_id,
    )  # fmt: skip
    assert [line["gross"] for line in told["lines"]] == ["17.70", "0.35"]
    assert told["pdf"] == f"http://alpha.localhost/api/v1/invoices/{invoice.number}/pdf"
    pdf = api.get(told["pdf"])
    assert (pdf.status_code, pdf["Content-Type"]) == (200, "application/pdf")
    assert pdf.content.startswith(b"%PDF-")
    assert pdf.content == api.get(told["pdf"]).content


def test_an_invoice_is_taken_back_by_a_credit_note_once(api: APIClient, invoice: Invoice) -> None:
    address = f"/api/v1/invoices/{invoice.number}/credit"

    note = api.post(address, {"reason": "Wrong meter"}, format="json")
    again = api.post(address, {"reason": "Wrong meter"}, format="json")

    assert (note.status_code, note.json()["kind"], note.json()["gross"]) == (201, "credit_note", "-18.05")
    assert note.json()["credits"] == invoice.number
    assert again.status_code == 409
    assert api.get(f"/api/v1/invoices/{invoice.number}").json()["credit_note"] == note.json()["number"]
    assert Invoice.objects.get(kind="credit_note").by == "api:erp"


def test_only_a_billing_key_takes_invoices_back(program: Callable[..., APIClient], invoice: Invoice) -> None:
    reader = program(Scope.READ, Scope.TARIFFS_WRITE)

    assert reader.post(f"/api/v1/invoices/{invoice.number}/credit", {"reason": "x"}, format="json").status_code == 403


def test_readings_are_told_with_the_newest_first(api: APIClient, charge: Transaction) -> None:
    noon = now().replace(minute=0, second=0, microsecond=0)
    rows = [
        MeterRow(
            station_id=charge.station_id, evse=1, context=ContextCode.SAMPLE_PERIODIC, at=noon + timedelta(minutes=n),
            received_at=noon + timedelta(minutes=n, seconds=1), transaction_id=charge.pk, energy_wh=1000 + n * 100.4,
            power_w=11_000,
        )
        for n in range(1, 6)
    ]  # fmt: skip
    store_readings(rows)

    page = api.get(f"/api/v1/meter-values?transaction={charge.pk}&limit=2").json()

    assert (page["count"], [row["energy_wh"] for row in page["results"]]) == (5, [1502, 1402])
    assert page["results"][0] | {"energy_wh": 0} == page["results"][0] | {
        "station": "CS-1", "evse": 1, "transaction": charge.pk, "energy_wh": 0,
        "at": f"{noon:%Y-%m-%dT%H}:05:00Z",
        "context": "Sample.Periodic", "power_w": 11000.0,
    }  # fmt: skip
    assert [row["energy_wh"] for row in api.get(page["next"]).json()["results"]] == [1301, 1201]
    assert api.get("/api/v1/meter-values?station=CS-9").json()["count"] == 0
    assert api.get(f"/api/v1/meter-values?station=CS-1&after={noon:%Y-%m-%dT%H}:04:00Z").json()["count"] == 2


def test_frames_are_told_and_found(api: APIClient, charge: Transaction) -> None:
    frame = FrameRow(
        station_id=charge.station_id,
        at=now(),
        incoming=True,
        kind=2,
        epoch=1,
        message_id="m-1",
        action="Heartbeat",
        payload="{}",
    )
    store_frames([frame])

    told = api.get("/api/v1/frames?station=CS-1&action=Heartbeat&from_station=true").json()["results"]

    assert [(row["station"], row["kind"], row["payload"], row["message_id"]) for row in told] == [
        ("CS-1", "call", "{}", "m-1")
    ]
    assert api.get(f"/api/v1/frames/{told[0]['id']}").json() == told[0]
    assert api.get("/api/v1/frames?from_station=false").json()["count"] == 0


@pytest.mark.parametrize(("query", "begin"), [("", b'"charge",'), ("?bom=true&delimiter=;", b'\xef\xbb\xbf"charge";')])
def test_finance_takes_the_charges_away(api: APIClient, invoice: Invoice, query: str, begin: bytes) -> None:
    answer = api.get(f"/api/v1/exports/charges.csv{query}")

    content = b"".join(answer.streaming_content)
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/csv; charset=utf-8")
    assert answer["Content-Disposition"] == 'attachment; filename="charges.csv"'
    assert content.startswith(begin)
    assert invoice.number.encode() in content


def test_finance_takes_the_invoices_of_a_month_away(api: APIClient, invoice: Invoice) -> None:
    whole = b"".join(api.get("/api/v1/exports/invoices.csv").streaming_content)
    none = b"".join(api.get("/api/v1/exports/invoices.csv?issued_before=2020-01-01").streaming_content)

    assert (whole.count(b"\r\n"), none.count(b"\r\n")) == (2, 1)
