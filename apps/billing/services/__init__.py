"""Billing's use cases: price a charge, invoice it, take an invoice back, hand out the PDF, and say who sells."""

from apps.billing.services.cdrs import issue_cdr
from apps.billing.services.documents import invoice_html, invoice_pdf, render_invoice
from apps.billing.services.invoices import credit_invoice, issue_invoice
from apps.billing.services.sellers import complete_seller, save_seller, seller
from apps.billing.services.sweeps import Unfinished, unfinished

__all__ = [
    "Unfinished",
    "complete_seller",
    "credit_invoice",
    "invoice_html",
    "invoice_pdf",
    "issue_cdr",
    "issue_invoice",
    "render_invoice",
    "save_seller",
    "seller",
    "unfinished",
]
