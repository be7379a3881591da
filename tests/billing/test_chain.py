"""From the ended charge to Cdr, invoice and credit note."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import time_machine
from django.db import DatabaseError, transaction

from apps.accounts.models import AuditEntry
from apps.billing.messages import InvoiceKind, Party
from apps.billing.models import Cdr, Invoice, InvoiceLine, NumberSeries
from apps.billing.services import complete_seller, credit_invoice, issue_cdr, issue_invoice, save_seller, unfinished
from apps.charging.models import HoldReason, Transaction
from apps.core.errors import UnableTo
from apps.events.models import OutboxRow
from apps.tariffs.messages import LineKind
from apps.tenants.scope import schema_scope
from tests.billing.conftest import ADA, SELLER, TERMS

CAN_NOT = "not allowed"


def test_an_ended_charge_is_priced_under_the_terms_it_started_with(make_charge, alpha):
    cdr = issue_cdr(make_charge().pk)

    assert (cdr.net, cdr.vat, cdr.gross, cdr.currency) == (Decimal("16.43"), Decimal("3.12"), Decimal("19.55"), "EUR")
    assert [(line.kind, line.gross) for line in cdr.quote.lines] == [
        (LineKind.ENERGY, Decimal("17.70")),
        (LineKind.SESSION, Decimal("0.35")),
        (LineKind.IDLE, Decimal("1.50")),
    ]
    assert (cdr.energy_wh, cdr.duration_s, cdr.idle_s) == (30_001, 4740, 1500)
    assert cdr.terms == TERMS


def test_a_cdr_remembers_the_place_and_hides_the_token(make_charge, alpha):
    charge = make_charge()

    place = issue_cdr(charge.pk).place

    assert (place.location, place.address, place.time_zone) == (
        "Depot",
        "Ringstr. 1, 10115 Berlin, DE",
        "Europe/Berlin",
    )
    assert (place.token, place.evse_id) == ("••••••••8F2A", charge.evse.slug)
    assert charge.station.identity not in str(place)


def test_pricing_a_charge_again_is_no_news(make_charge, alpha):
    charge = make_charge()

    first, second = issue_cdr(charge.pk), issue_cdr(charge.pk)

    assert first == second
    assert OutboxRow.objects.filter(task="billing.issue_invoice").count() == 1


@pytest.mark.parametrize("fields", [{"hold_reason": HoldReason.NEGATIVE_ENERGY}, {"ended_at": None}])
def test_a_held_or_open_charge_has_no_price_yet(make_charge, alpha, fields):
    assert issue_cdr(make_charge(**fields).pk) is None
    assert not Cdr.objects.exists()


def test_a_charge_that_is_released_is_priced_by_the_sweep(make_charge, alpha):
    charge = make_charge(hold_reason=HoldReason.CLOCK)
    assert unfinished().transactions == []

    Transaction.objects.update(hold_reason="")

    assert unfinished().transactions == [charge.pk]
    issue_cdr(charge.pk)
    assert unfinished().transactions == []


@pytest.mark.parametrize("terms", [None, replace(TERMS, price_per_kwh=0, price_per_session=0, idle_per_minute=0)])
def test_a_free_charge_has_a_cdr_and_no_invoice(make_charge, seller_profile, terms):
    cdr = issue_cdr(make_charge(terms=terms).pk)

    assert cdr.gross == 0
    assert issue_invoice(cdr.pk) is None
    assert unfinished().cdrs == []


def test_an_invoice_states_what_the_law_asks(invoice):
    assert (invoice.kind, invoice.net, invoice.vat, invoice.gross) == (
        InvoiceKind.INVOICE, Decimal("16.43"), Decimal("3.12"), Decimal("19.55"),
    )  # fmt: skip
    assert [(tax.percent, tax.net, tax.vat) for tax in invoice.taxes] == [
        (Decimal("19.00"), Decimal("16.43"), Decimal("3.12"))
    ]
    assert invoice.seller.vat_id == "DE136695976"
    assert (invoice.buyer.name, invoice.buyer.contact) == ("Muster Logistik KG", "Erika Mustermann")
    assert not invoice.is_simplified
    assert [(line.description, line.quantity, line.unit_price_net) for line in invoice.lines.all()] == [
        ("Electricity for charging", Decimal("30.001"), Decimal("0.495798")),
        ("Fee per charge", Decimal("1"), Decimal("0.294118")),
        ("Time connected without charging", Decimal("15"), Decimal("0.084034")),
    ]


def test_the_lines_of_an_invoice_add_up_to_it(invoice):
    lines = list(invoice.lines.all())

    assert sum(line.net for line in lines) == invoice.net
    assert sum(line.vat for line in lines) == invoice.vat


def test_without_the_buyers_address_the_invoice_is_a_simplified_one(make_charge, seller_profile):
    issued = issue_invoice(issue_cdr(make_charge().pk).pk)

    assert issued.is_simplified
    assert issued.buyer == Party()


def test_issuing_an_invoice_again_is_no_news(invoice):
    assert issue_invoice(invoice.cdr_id) == invoice
    assert Invoice.objects.count() == 1
    assert NumberSeries.objects.get().last == 1
    assert OutboxRow.objects.filter(event="billing.InvoiceIssued").count() == 1


def test_the_date_of_an_invoice_is_that_of_the_sellers_zone(make_charge, seller_profile):
    cdr = issue_cdr(make_charge().pk)

    with time_machine.travel(datetime(2026, 12, 31, 23, 30, tzinfo=UTC), tick=False):
        issued = issue_invoice(cdr.pk)

    assert (issued.issued_on, issued.due_on) == (date(2027, 1, 1), date(2027, 1, 15))
    assert issued.supplied_on == date(2026, 10, 25)
    assert issued.number == "R-2027-00001"


def test_numbers_count_up_per_series_and_year(make_charge, seller_profile):
    cdrs = [issue_cdr(make_charge().pk) for _ in range(3)]

    with time_machine.travel(datetime(2026, 12, 31, 12, tzinfo=UTC)):
        numbers = [issue_invoice(cdr.pk).number for cdr in cdrs[:2]]
    with time_machine.travel(datetime(2027, 1, 2, 12, tzinfo=UTC)):
        numbers.append(issue_invoice(cdrs[2].pk).number)
        numbers.append(credit_invoice(Invoice.objects.first(), by=ADA, reason="Wrong").number)

    assert numbers == ["R-2026-00001", "R-2026-00002", "R-2027-00001", "R-CN-2027-00001"]


def test_a_rollback_leaves_no_gap(make_charge, seller_profile):
    cdrs = [issue_cdr(make_charge().pk) for _ in range(2)]

    with transaction.atomic():
        assert issue_invoice(cdrs[0].pk).number.endswith("-00001")
        transaction.set_rollback(True)

    assert issue_invoice(cdrs[1].pk).number.endswith("-00001")
    assert issue_invoice(cdrs[0].pk).number.endswith("-00002")


def test_a_seller_without_vat_id_keeps_invoices_waiting_and_says_so(make_charge, alpha):
    save_seller(by=ADA, **{**SELLER, "vat_id": "", "city": ""})
    cdr = issue_cdr(make_charge().pk)

    with pytest.raises(UnableTo, match=r"Missing: city and VAT ID or tax number\."):
        issue_invoice(cdr.pk)
    assert list(Cdr.objects.without_invoice()) == [cdr]
    assert unfinished().cdrs == []

    save_seller(by=ADA, vat_id="DE136695976", city="Münster")
    assert unfinished().cdrs == [cdr.pk]
    assert OutboxRow.objects.get(event="billing.SellerCompleted").task == "billing.issue_waiting"


def test_the_seller_of_a_new_tenant_is_empty_and_says_what_is_missing(alpha):
    with pytest.raises(UnableTo, match="legal name, street and number, city, country"):
        complete_seller()


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"iban": "DE00 1203 0000 0000 2020 51"}, "$.iban"),
        ({"bic": "NOPE"}, "$.bic"),
        ({"country": "de"}, "$.country"),
        ({"time_zone": "Europe/Atlantis"}, "$.time_zone"),
        ({"invoice_prefix": "R/"}, "$.invoice_prefix"),
        ({"currency": "EUE"}, "$.currency"),
        ({"small_print": "x" * 4001}, "$.small_print"),
    ],
)
def test_wrong_seller_data_are_named_by_field(alpha, changes, path):
    with pytest.raises(UnableTo) as problem:
        save_seller(by=ADA, **changes)

    assert [error.path for error in problem.value.errors] == [path]


def test_a_credit_note_takes_the_whole_invoice_back(invoice):
    note = credit_invoice(invoice, by=ADA, reason=" Wrong tariff ")

    assert (note.number, note.credits, note.reason, note.by) == (
        f"R-CN-{note.issued_on.year}-00001", invoice, "Wrong tariff", ADA,
    )  # fmt: skip
    assert (note.net, note.vat, note.gross) == (Decimal("-16.43"), Decimal("-3.12"), Decimal("-19.55"))
    assert [line.quantity for line in note.lines.all()] == [Decimal("-30.001"), Decimal("-1"), Decimal("-15")]
    assert note.buyer == invoice.buyer
    assert note.due_on == note.issued_on


def test_who_took_an_invoice_back_stands_in_the_trail(invoice):
    note = credit_invoice(invoice, by=ADA, reason="Wrong")

    entry = AuditEntry.objects.get(action="billing.invoice.credited")
    assert (entry.actor, entry.detail) == (ADA, {"number": invoice.number, "credit_note": note.number})


def test_saving_the_same_seller_again_is_no_change(seller_profile):
    save_seller(by=ADA, **SELLER)

    assert AuditEntry.objects.filter(action="billing.sellerprofile.changed").count() == 1


def test_an_invoice_is_taken_back_once(invoice):
    note = credit_invoice(invoice, by=ADA, reason="Wrong")

    with pytest.raises(UnableTo, match=f"already taken back by credit note {note.number}"):
        credit_invoice(invoice, by=ADA, reason="Wrong")
    with pytest.raises(UnableTo, match="can't be taken back"):
        credit_invoice(note, by=ADA, reason="Wrong")
    assert issue_invoice(invoice.cdr_id) == invoice


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501])
def test_a_credit_note_needs_a_reason(invoice, reason):
    with pytest.raises(UnableTo, match="reason"):
        credit_invoice(invoice, by=ADA, reason=reason)


@pytest.mark.parametrize("model", [Cdr, Invoice, InvoiceLine])
def test_the_database_refuses_to_change_or_delete_papers(invoice, model):
    row = model.objects.first()

    with pytest.raises(DatabaseError, match=CAN_NOT), transaction.atomic():
        row.save()
    with pytest.raises(DatabaseError, match=CAN_NOT), transaction.atomic():
        model.objects.filter(pk=row.pk)._raw_delete("default")


def test_the_database_refuses_to_turn_a_number_series_back(invoice):
    for last in (0, 3):
        with pytest.raises(DatabaseError, match=CAN_NOT), transaction.atomic():
            NumberSeries.objects.update(last=last)
    with pytest.raises(DatabaseError, match=CAN_NOT), transaction.atomic():
        NumberSeries.objects.all().delete()


def test_equal_numbers_of_two_tenants_are_two_invoices(invoice, beta):
    with schema_scope(beta.schema_name):
        assert not Invoice.objects.filter(number=invoice.number).exists()
        assert not Cdr.objects.exists()
