"""Invoices with their PDFs, and the files finance takes away."""

from collections.abc import Iterator
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.messages import Scope
from apps.api.filters.base import StrictFilterBackend
from apps.api.filters.charges import InvoiceFileFilter, InvoiceFilter, TransactionFileFilter
from apps.api.serializers.papers import CreditSerializer, InvoiceSerializer
from apps.api.views.base import ApiMixin, Collection
from apps.billing.models import Invoice
from apps.billing.services import credit_invoice, invoice_pdf
from apps.charging.models import Transaction
from apps.exports.services import charges_csv, invoices_csv

M = TypeVar("M", bound=Model)


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


class _FileView(ApiMixin, GenericAPIView[M]):
    """A CSV file, streamed. `delimiter` is `,` or `;` (then decimals have a comma), `bom=true` suits spreadsheets."""

    filter_backends = [StrictFilterBackend]
    pagination_class = None
    file_name: str

    def answer(self, pieces: Iterator[str]) -> StreamingHttpResponse:
        answer = StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="{self.file_name}"'
        return answer

    def chosen(self) -> tuple[QuerySet[M], dict[str, Any]]:
        """The rows asked for, and how the file shall be written."""
        rows = self.filter_queryset(self.get_queryset())
        asked = self.request.query_params
        return rows, {"bom": asked.get("bom") == "true", "delimiter": asked.get("delimiter") or ","}


CSV = extend_schema(filters=True, responses={(200, "text/csv"): OpenApiTypes.STR})


class ChargesFileView(_FileView[Transaction]):
    queryset = Transaction.objects.all()
    filterset_class = TransactionFileFilter
    file_name = "charges.csv"

    @CSV
    def get(self, request: Request) -> StreamingHttpResponse:
        """Charges with their prices, one per row."""
        rows, style = self.chosen()
        return self.answer(charges_csv(rows, **style))


class InvoicesFileView(_FileView[Invoice]):
    queryset = Invoice.objects.all()
    filterset_class = InvoiceFileFilter
    file_name = "invoices.csv"

    @CSV
    def get(self, request: Request) -> StreamingHttpResponse:
        """Invoices and credit notes, one row per VAT rate."""
        rows, style = self.chosen()
        return self.answer(invoices_csv(rows, **style))
