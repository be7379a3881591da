"""The PDF: what stands on it, and that its bytes stay."""

import hashlib
import io
from dataclasses import replace
from pathlib import Path

import pytest
from django.core.files.storage import storages
from django.db import DatabaseError, transaction
from django.template.loader import render_to_string
from pypdf import PdfReader

from apps.billing.adapters import pdf
from apps.billing.messages import Party
from apps.billing.models import Invoice, InvoiceDocument
from apps.billing.services import (
    credit_invoice,
    invoice_html,
    invoice_pdf,
    issue_cdr,
    issue_invoice,
    save_seller,
    unfinished,
)
from apps.billing.services import render_invoice as render
from apps.core.errors import UnableTo
from tests.billing.conftest import ADA, TERMS

PANGO = "cannot load library 'libpango-1.0-0'"
ODD = "؛𐍈 ‮gnp.exe <script>alert(1)</script> {{ 7*7 }} \x0b\x1b[31m\ufffd 充电 \ufeff "


def text_of(content: bytes) -> str:
    """All words of a PDF, line breaks and fixed spaces as blanks."""
    pages = PdfReader(io.BytesIO(content)).pages
    # pypdf reads the two-byte codes of a font that also draws letters beyond the first plane one byte at a time.
    return " ".join(" ".join(page.extract_text().replace("\0", "").split()) for page in pages)


@pytest.fixture
def no_pango(monkeypatch) -> None:
    """A machine on which WeasyPrint can't be imported."""

    def refuse(html: str, css: str) -> bytes:
        raise UnableTo("PDFs can't be made on this machine")

    monkeypatch.setattr("apps.billing.services.documents.pdf_of", refuse)


def test_a_full_invoice_says_everything_the_law_asks(invoice):
    words = text_of(invoice_pdf(invoice))

    for said in (
        f"Invoice {invoice.number}",
        "Date of issue",
        "Date of supply 25 Oct 2026",
        "Stadtwerke Musterstadt GmbH",
        "Am Umspannwerk 12",
        "48143 Münster",
        "DE136695976",
        "Muster Logistik KG",
        "Heidestraße 17",
        "51147 Köln",
        "Your VAT ID DE999999999",
        "Electricity for charging 30.001 kWh €0.59 net €0.495798 19% €14.87 €17.70",
        "Time connected without charging 15.00 min €0.10",
        "Total net €16.43",
        "VAT 19% on €16.43 €3.12",
        "Total to pay €19.55",
        "DE02 1203 0000 0000 2020 51",
        "HRB 1234",
    ):
        assert said in words, said
    assert "Simplified invoice" not in words


def test_a_driver_recognises_the_charge(invoice):
    words = text_of(invoice_pdf(invoice))

    for said in (
        "Depot, Ringstr. 1, 10115 Berlin, DE",
        invoice.cdr.place.evse_id,
        "25 Oct 2026, 02:30:00 CEST",
        "25 Oct 2026, 02:49:00 CET",
        "30.001 kWh",
        "1:19:00 h",
        "0:25:00 h",
        "8F2A",
        "Day, version 3",
        f"Charge number {invoice.cdr.transaction_id}",
    ):
        assert said in words, said
    assert "04A2B3C4" not in words


def test_a_simplified_invoice_needs_no_buyer(make_charge, seller_profile):
    issued = issue_invoice(issue_cdr(make_charge(terms=replace(TERMS, tax_included=False)).pk).pk)

    words = text_of(invoice_pdf(issued))

    assert "Simplified invoice" in words
    assert "Unit price excl. VAT" in words
    assert "VAT 19% on €19.55 €3.71" in words


def test_a_credit_note_refers_to_what_it_takes_back(invoice):
    note = credit_invoice(invoice, by=ADA, reason="Wrong tariff")

    words = text_of(invoice_pdf(note))

    assert f"Credit note {note.number}" in words
    assert f"takes back invoice {invoice.number} of" in words
    assert "Reason: Wrong tariff" in words
    assert "Total credited -€19.55" in words
    assert "transfer" not in words


def test_figures_are_written_in_the_drivers_language_else_in_the_sellers(make_charge, seller_profile, driver):
    save_seller(by=ADA, language="de")
    german = issue_invoice(issue_cdr(make_charge().pk).pk)
    driver.language = "en"
    driver.save()
    english = issue_invoice(issue_cdr(make_charge(driver=driver).pk).pk)

    words = text_of(invoice_pdf(german))
    assert "30,001 kWh 0,59 €" in words
    assert "25.10.2026, 02:30:00 CEST" in words
    assert "Total to pay €19.55" in text_of(invoice_pdf(english))


def test_a_pdf_names_its_title_author_and_language(invoice):
    reader = PdfReader(io.BytesIO(invoice_pdf(invoice)))

    assert reader.metadata.title == f"Invoice {invoice.number}"
    assert reader.metadata.author == "Stadtwerke Musterstadt GmbH"
    assert reader.trailer["/Root"]["/Lang"] == "en"
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]


def test_a_pdf_is_made_once_and_its_bytes_stay(invoice, alpha, blob_folder: Path):
    first = invoice_pdf(invoice)
    document = render(invoice.pk)

    assert invoice_pdf(invoice) == first
    assert first.startswith(b"%PDF-")
    assert document.sha256 == hashlib.sha256(first).hexdigest()
    assert (blob_folder / alpha.schema_name / document.sha256).read_bytes() == first
    assert InvoiceDocument.objects.count() == 1


def test_the_database_refuses_to_exchange_a_document(invoice):
    render(invoice.pk)

    with pytest.raises(DatabaseError, match="not allowed"), transaction.atomic():
        InvoiceDocument.objects.update(sha256="0" * 64)


def test_a_blob_that_somebody_changed_is_not_handed_out(invoice, alpha, blob_folder: Path):
    document = render(invoice.pk)
    (blob_folder / alpha.schema_name / document.sha256).write_bytes(b"%PDF-1.7 another")

    with pytest.raises(UnableTo, match="was changed"):
        invoice_pdf(invoice)


def test_without_pango_the_pdf_is_not_available_yet_and_says_why(invoice, no_pango):
    with pytest.raises(UnableTo, match=r"not available yet\. PDFs can't be made on this machine"):
        invoice_pdf(invoice)

    assert not invoice.document.is_ready
    assert unfinished().invoices == [invoice.pk]


def test_what_could_not_be_rendered_is_rendered_later(invoice, monkeypatch):
    with monkeypatch.context() as machine:
        machine.setattr("apps.billing.services.documents.pdf_of", _without_pango)
        render(invoice.pk)
    assert unfinished().invoices == [invoice.pk]

    assert render(invoice.pk).is_ready
    assert unfinished().invoices == []
    assert InvoiceDocument.objects.get().problem == ""


def _without_pango(html: str, css: str) -> bytes:
    raise UnableTo("no pango")


def test_a_library_that_is_missing_is_said_in_one_clear_sentence(monkeypatch):
    import builtins

    real = builtins.__import__

    def import_without_pango(name: str, *args: object, **kwargs: object) -> object:
        if name.startswith("weasyprint"):
            raise OSError(PANGO)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", import_without_pango)
    with pytest.raises(UnableTo, match=r"pango is missing\. Install it \(Debian: libpango-1\.0-0"):
        pdf.pdf_of("<p>Hello</p>", "")


def test_nothing_is_fetched_while_a_pdf_is_made(monkeypatch, tmp_path):
    secret = tmp_path / "secret.png"
    secret.write_bytes(b"no image")
    opened: list[str] = []
    monkeypatch.setattr("urllib.request.OpenerDirector.open", lambda *args, **kwargs: opened.append(str(args)))
    html = f"""<img src="http://169.254.169.254/latest"><img src="file://{secret}"><img src="//example.com/x.png">
        <link rel="stylesheet" href="https://example.com/x.css"><object data="gopher://x/"></object><p>There</p>
        <a rel="attachment" href="file:///etc/passwd">x</a>"""

    content = pdf.pdf_of(html, "@import url(http://example.com/a.css); p { background: url('ftp://x/y.png') }")

    assert opened == []
    assert "There" in text_of(content)
    assert b"root:" not in content
    assert not PdfReader(io.BytesIO(content)).attachments


@pytest.mark.parametrize("text", [ODD, "W" * 50_000, "word " * 10_000, ODD * 500], ids=["odd", "long", "words", "both"])
def test_any_text_that_can_be_stored_can_be_rendered(invoice, text):
    strange = _copy(
        invoice,
        seller_snapshot={**invoice.seller_snapshot, "name": text, "small_print": text, "email": text, "bic": text},
        buyer_snapshot=Party(name=text, address=text, city=text, country=text[:2], vat_id=text).to_json(),
    )

    content = invoice_pdf(strange)

    assert f"Credit note {strange.number}" in text_of(content)
    assert len(PdfReader(io.BytesIO(content)).pages) < 40


def _copy(invoice: Invoice, **changes: object) -> Invoice:
    """Another invoice like this one; its lines are those of the first."""
    facts = {field.attname: getattr(invoice, field.attname) for field in Invoice._meta.concrete_fields}
    note = {"kind": "credit_note", "credits_id": invoice.pk, "gross": -1, "net": -1, "vat": 0}
    facts |= {"id": None, "number": "X-2026-00001"} | note | changes
    Invoice.objects.bulk_create([Invoice(**facts)])
    return Invoice.objects.get(number="X-2026-00001")


def test_markup_in_names_is_text(invoice):
    strange = _copy(invoice, buyer_snapshot=Party(name="<img src=x onerror=alert(1)>").to_json())

    assert "&lt;img src=x onerror=alert(1)&gt;" in invoice_html(strange)


def test_the_page_of_an_invoice_has_no_reference_to_anything_outside(invoice):
    html = invoice_html(invoice) + render_to_string("billing/invoice.css")

    for word in ("http:", "https:", "src=", "url(", "<script", "style="):
        assert word not in html


def test_blobs_of_tenants_are_apart(invoice, alpha, beta):
    document = render(invoice.pk)

    assert storages["blobs"].exists(f"{alpha.schema_name}/{document.sha256}")
    assert not storages["blobs"].exists(f"{beta.schema_name}/{document.sha256}")
