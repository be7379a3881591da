"""Invoices and credit notes."""

from typing import Any

from rest_framework import serializers
from rest_framework.reverse import reverse

from apps.api.serializers.base import MoneyField, Strict, StrictModel, price_text
from apps.billing.models import Invoice, InvoiceLine
from apps.core.money import round_money


class PartySerializer(serializers.Serializer[Any]):
    """A company or person as the paper states it; what is unknown is empty."""

    name = serializers.CharField()
    contact = serializers.CharField()
    address = serializers.CharField()
    postal_code = serializers.CharField()
    city = serializers.CharField()
    country = serializers.CharField()
    vat_id = serializers.CharField()
    email = serializers.CharField()


class InvoiceLineSerializer(serializers.ModelSerializer[InvoiceLine]):
    """`unit_price` includes VAT when the invoice's prices do."""

    quantity = serializers.SerializerMethodField()
    unit_price = serializers.SerializerMethodField()
    net = serializers.SerializerMethodField()
    vat = serializers.SerializerMethodField()
    gross = serializers.SerializerMethodField()

    class Meta:
        model = InvoiceLine
        fields = [
            "position", "kind", "description", "quantity", "unit", "unit_price", "vat_percent", "net", "vat", "gross",
        ]  # fmt: skip
        read_only_fields = fields

    def get_quantity(self, line: InvoiceLine) -> str:
        return format(line.quantity.normalize(), "f")

    def get_unit_price(self, line: InvoiceLine) -> str:
        return price_text(line.unit_price, line.invoice.currency)

    def get_net(self, line: InvoiceLine) -> str:
        return str(round_money(line.net, line.invoice.currency))

    def get_vat(self, line: InvoiceLine) -> str:
        return str(round_money(line.vat, line.invoice.currency))

    def get_gross(self, line: InvoiceLine) -> str:
        return str(round_money(line.gross, line.invoice.currency))


class InvoiceSerializer(StrictModel):
    """An invoice or credit note by its number. It never changes; corrections are credit notes."""

    transaction = serializers.PrimaryKeyRelatedField[Any](source="cdr.transaction", read_only=True)
    credits = serializers.SlugRelatedField[Any](slug_field="number", read_only=True, allow_null=True)
    credit_note = serializers.SerializerMethodField()
    seller = PartySerializer(read_only=True)
    buyer = PartySerializer(read_only=True)
    lines = InvoiceLineSerializer(many=True, read_only=True)
    net, vat, gross = MoneyField(), MoneyField(), MoneyField()
    pdf = serializers.SerializerMethodField()

    class Meta:
        model = Invoice
        fields = [
            "number", "kind", "cdr", "transaction", "credits", "credit_note", "reason", "issued_at", "issued_on",
            "supplied_on", "due_on", "seller", "buyer", "language", "currency", "tax_included", "net", "vat", "gross",
            "lines", "pdf",
        ]  # fmt: skip
        read_only_fields = fields

    def get_credit_note(self, invoice: Invoice) -> str | None:
        note: Invoice | None = getattr(invoice, "credit_note", None)
        return None if note is None else note.number

    def get_pdf(self, invoice: Invoice) -> str:
        return reverse("api:invoices-pdf", kwargs={"number": invoice.number}, request=self.context["request"])


class CreditSerializer(Strict):
    reason = serializers.CharField(max_length=500)
