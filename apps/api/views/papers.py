"""Invoices with their PDFs, and the files finance takes away."""

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.messages import Scope
from apps.api.filters.charges import InvoiceFilter
from apps.api.serializers.papers import CreditSerializer, InvoiceSerializer
from apps.api.views.base import Collection
from apps.billing.models import Invoice
from apps.billing.services import credit_invoice, invoice_pdf


class InvoiceViewSet(Collection[Invoice]):
    """Invoices and credit notes by number, the newest first. They never change."""

    queryset = Invoice.objects.select_related("cdr", "credits", "credit_note").prefetch_related("lines__invoice")
    serializer_class = InvoiceSerializer
    filterset_class = InvoiceFilter
    write_scope = Scope.BILLING_WRITE
    lookup_field = "number"

    @extend_schema(responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    @action(detail=True, url_path="pdf")
    def pdf(self, request: Request, number: str) -> HttpResponse:
        """The PDF: always the same bytes."""
        invoice = self.get_object()
        answer = HttpResponse(invoice_pdf(invoice), content_type="application/pdf")
        answer["Content-Disposition"] = f'inline; filename="{invoice.number}.pdf"'
        return answer

    @extend_schema(request=CreditSerializer, responses={201: InvoiceSerializer})
    @action(detail=True, methods=["post"], url_path="credit")
    def credit(self, request: Request, number: str) -> Response:
        """Take an invoice back as a whole by a credit note."""
        facts = self.checked(request, serializer=CreditSerializer)
        note = credit_invoice(self.get_object(), by=self.by, reason=facts["reason"])
        return self.shown(note, code=status.HTTP_201_CREATED)
