"""Invoices as PDFs: rendered once, kept as a blob, and the same bytes for ever."""

import hashlib
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from apps.billing.adapters.pdf import pdf_of
from apps.billing.models import Invoice, InvoiceDocument
from apps.billing.services.pages import page_of
from apps.core.clock import now
from apps.core.errors import UnableTo
from apps.events.services import broadcast
from apps.tenants.scope import current_schema

TEMPLATE = "billing/invoice.html"
STYLESHEET = "billing/invoice.css"


def invoice_pdf(invoice: Invoice) -> bytes:
    """The invoice's PDF, always the same bytes; rendered now if nobody has done it yet."""
    document = render_invoice(invoice.pk)
    if not document.is_ready:
        raise UnableTo(_("The PDF is not available yet. %(reason)s") % {"reason": _(document.problem)})
    with storages["blobs"].open(_blob_name(document.sha256)) as blob:
        content = bytes(blob.read())
    if hashlib.sha256(content).hexdigest() != document.sha256:
        raise UnableTo(_("The stored PDF was changed since it was issued. Restore it from a backup."))
    return content


def render_invoice(invoice_id: int) -> InvoiceDocument:
    """Make the PDF, unless there is one. What keeps it from being made is remembered, and tried again later."""
    invoice = Invoice.objects.select_related("cdr", "credits", "document").get(pk=invoice_id)
    existing: InvoiceDocument | None = getattr(invoice, "document", None)
    if existing and existing.is_ready:
        return existing
    try:
        content = pdf_of(invoice_html(invoice), render_to_string(STYLESHEET))
    except UnableTo as problem:
        return _remember(invoice, problem)
    return _keep(invoice, content)


def invoice_html(invoice: Invoice) -> str:
    """The page in the invoice's language."""
    with translation.override(invoice.language):
        context: dict[str, Any] = page_of(invoice)
        return render_to_string(TEMPLATE, context)


def _blob_name(sha256: str) -> str:
    return f"{current_schema()}/{sha256}"


def _keep(invoice: Invoice, content: bytes) -> InvoiceDocument:
    """The blob first, then the row that tells of it; of two renderings at once the first row stays."""
    sha256 = hashlib.sha256(content).hexdigest()
    if not storages["blobs"].exists(_blob_name(sha256)):
        storages["blobs"].save(_blob_name(sha256), ContentFile(content))
    with transaction.atomic():
        document = _locked_document(invoice)
        document.keep(sha256, size=len(content), at=now())
        broadcast("invoices", id=invoice.pk)
    return document


@transaction.atomic
def _remember(invoice: Invoice, problem: UnableTo) -> InvoiceDocument:
    document = _locked_document(invoice)
    with translation.override(None):
        document.fail(str(problem), at=now())  # in the source language: who reads it later may read another
    return document


def _locked_document(invoice: Invoice) -> InvoiceDocument:
    InvoiceDocument.objects.bulk_create([InvoiceDocument(invoice=invoice, tried_at=now())], ignore_conflicts=True)
    return InvoiceDocument.objects.select_for_update().get(invoice=invoice)
