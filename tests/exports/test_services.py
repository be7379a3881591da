"""CSV files of charges and invoices: complete, escaped, in pieces, of one tenant."""

import csv
import io
import threading
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.billing.services import credit_invoice, issue_cdr, issue_invoice, save_seller
from apps.charging.models import HoldReason, Transaction
from apps.core.errors import UnableTo
from apps.exports import services
from apps.exports.services import CHARGE_COLUMNS, INVOICE_COLUMNS, charges_csv, invoices_csv
from apps.tenants.scope import schema_scope
from tests.billing.conftest import ADA, SELLER, STARTED, blob_folder, driver, invoice, make_charge, seller_profile

__all__ = ["blob_folder", "driver", "invoice", "make_charge", "seller_profile"]


def read(pieces: Iterator[str], *, delimiter: str = ",") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO("".join(pieces), newline=""), delimiter=delimiter))


def test_a_charge_is_told_with_its_price_and_its_invoice(invoice):
    [row] = read(charges_csv())

    assert row == {
        "charge": str(invoice.cdr.transaction_id),
        "location": "Depot",
        "address": "Ringstr. 1, 10115 Berlin, DE",
        "country": "DE",
        "time_zone": "Europe/Berlin",
        "station": "CS-1",
        "station_name": "",
        "evse_id": "",
        "connector": "",
        "token": "••••••••8F2A",
        "driver": "Erika Mustermann (Muster Logistik KG)",
        "driver_number": "",
        "started_at": "2026-10-25T02:30:00+02:00",
        "ended_at": "2026-10-25T02:49:00+01:00",
        "duration_s": "4740",
        "idle_s": "1500",
        "energy_kwh": "30.001",
        "meter_start_kwh": "",
        "meter_stop_kwh": "",
        "stopped_reason": "",
        "held_because": "",
        "tariff": "Day",
        "tariff_version": "3",
        "currency": "EUR",
        "net": "16.43",
        "vat_percent": "19.00",
        "vat": "3.12",
        "gross": "19.55",
        "invoice": invoice.number,
    }


def test_invoices_and_credit_notes_are_told_with_signs(invoice):
    note = credit_invoice(invoice, by=ADA, reason="=1+1")

    first, second = read(invoices_csv())

    assert (first["number"], first["kind"], first["net"], first["vat"], first["gross"], first["vat_percent"]) == (
        invoice.number, "invoice", "16.43", "3.12", "19.55", "19.00",
    )  # fmt: skip
    assert (first["buyer"], first["buyer_vat_id"], first["supplied_on"]) == (
        "Muster Logistik KG", "DE999999999", "2026-10-25",
    )  # fmt: skip
    assert (second["number"], second["credits"], second["gross"]) == (note.number, invoice.number, "-19.55")
    assert second["reason"] == "'=1+1"


def test_a_file_for_continental_spreadsheets_has_semicolons_decimal_commas_and_a_bom(invoice):
    text = "".join(invoices_csv(bom=True, delimiter=";"))

    assert text.encode().startswith(b"\xef\xbb\xbf")
    [row] = read(iter([text.removeprefix("\ufeff")]), delimiter=";")
    assert (row["gross"], row["energy_kwh"]) == ("19,55", "30,001")


def test_column_names_are_those_that_programs_rely_on(alpha):
    assert "".join(charges_csv()) == ",".join(f'"{name}"' for name in CHARGE_COLUMNS) + "\r\n"
    assert "".join(invoices_csv()) == ",".join(f'"{name}"' for name in INVOICE_COLUMNS) + "\r\n"
    assert not any(text.startswith("\ufeff") for text in charges_csv())


def test_what_a_station_says_is_no_formula(make_charge, alpha):
    make_charge(stopped_reason="=HYPERLINK(1)", token_value="@SUM(1)", hold_reason=HoldReason.CLOCK)
    Transaction.objects.get().station.location.__class__.objects.update(name="+Depot")

    [row] = read(charges_csv())

    assert (row["stopped_reason"], row["location"], row["held_because"]) == ("'=HYPERLINK(1)", "'+Depot", "clock")
    assert row["gross"] == ""


def test_an_open_or_free_charge_leaves_cells_empty(make_charge, alpha):
    make_charge(ended_at=None)
    issue_cdr(make_charge(terms=None).pk)

    still_open, free = read(charges_csv())

    assert (still_open["ended_at"], still_open["duration_s"], still_open["gross"]) == ("", "", "")
    assert (free["gross"], free["currency"], free["tariff"], free["invoice"]) == ("0.00", "", "", "")


def test_only_the_charges_asked_for_are_told(make_charge, alpha):
    make_charge()
    later = make_charge(started_at=STARTED + timedelta(minutes=1))

    assert [row["charge"] for row in read(charges_csv(Transaction.objects.filter(started_at__gt=STARTED)))] == [
        str(later.pk)
    ]


def test_an_unknown_delimiter_is_refused_before_anything_is_written(alpha):
    with pytest.raises(UnableTo, match="comma or a semicolon"):
        charges_csv(delimiter="|")


def test_files_are_read_in_pieces_with_a_fixed_number_of_queries_each(make_charge, seller_profile, monkeypatch):
    monkeypatch.setattr(services, "_BATCH", 3)
    for _ in range(7):
        issue_invoice(issue_cdr(make_charge().pk).pk)

    with CaptureQueriesContext(connection) as queries:
        pieces = list(charges_csv())

    assert [text.count("\r\n") for text in pieces] == [1, 3, 3, 1]
    # Per piece the charges and their invoices, and one look past the end.
    assert len([query for query in queries if query["sql"].startswith("SELECT")]) == 3 * 2 + 1
    assert len(read(iter(pieces))) == 7


def test_another_tenants_charges_are_not_told(invoice, beta):
    with schema_scope(beta.schema_name):
        assert read(charges_csv()) == []
        assert read(invoices_csv()) == []


def test_a_file_is_the_tenants_own_whatever_thread_draws_it(live_tenant, make_charge):
    save_seller(by=ADA, **SELLER)
    issue_invoice(issue_cdr(make_charge().pk).pk)
    pieces, drawn = invoices_csv(), []

    def draw() -> None:
        drawn.extend(pieces)
        connection.close()

    thread = threading.Thread(target=draw)
    thread.start()
    thread.join(30)

    assert len(read(iter(drawn))) == 1


def test_amounts_have_the_digits_of_their_currency(make_charge, seller_profile):
    from dataclasses import replace

    from tests.billing.conftest import TERMS

    yen: Any = replace(TERMS, currency="JPY", price_per_kwh=Decimal(90))
    issue_invoice(issue_cdr(make_charge(terms=yen).pk).pk)

    [charge], [paper] = read(charges_csv()), read(invoices_csv())

    assert charge["gross"] == paper["gross"] == "2702"
