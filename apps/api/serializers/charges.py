"""Transactions, their readings, and their prices."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.api.serializers.base import EvseField, MoneyField, PriceField, StrictModel, price_text
from apps.billing.models import Cdr
from apps.charging.models import Transaction
from apps.tariffs.messages import TariffTerms
from apps.telemetry.messages import ContextCode
from apps.telemetry.models import MeterValue

CONTEXTS = {
    ContextCode.OTHER: "Other",
    ContextCode.SAMPLE_PERIODIC: "Sample.Periodic",
    ContextCode.SAMPLE_CLOCK: "Sample.Clock",
    ContextCode.TRANSACTION_BEGIN: "Transaction.Begin",
    ContextCode.TRANSACTION_END: "Transaction.End",
    ContextCode.TRIGGER: "Trigger",
    ContextCode.INTERRUPTION_BEGIN: "Interruption.Begin",
    ContextCode.INTERRUPTION_END: "Interruption.End",
}


class TermsSerializer(serializers.Serializer[TariffTerms]):
    """The terms of a charge as they stood when it started."""

    tariff = serializers.CharField()
    version = serializers.IntegerField(source="version_number")
    currency = serializers.CharField()
    price_per_kwh = PriceField()
    price_per_minute = PriceField()
    price_per_session = PriceField()
    idle_per_minute = PriceField()
    idle_grace_s = serializers.IntegerField()
    vat_percent = serializers.DecimalField(max_digits=5, decimal_places=2)
    tax_included = serializers.BooleanField()
    time_zone = serializers.CharField()


def terms_json(stored: dict[str, Any] | None) -> Any:
    return None if stored is None else TermsSerializer(TariffTerms.from_json(stored)).data


class TransactionSerializer(StrictModel):
    """A charge: facts only. `hold_reason` says why it is not billed by itself; a null tariff means free of charge."""

    station = serializers.SlugRelatedField[Any](slug_field="identity", read_only=True)
    evse = EvseField(read_only=True, allow_null=True)
    connector = serializers.IntegerField(source="connector_number", read_only=True, allow_null=True)
    token = serializers.CharField(source="token_value", read_only=True)
    tariff = serializers.SerializerMethodField()
    cdr = serializers.PrimaryKeyRelatedField[Any](read_only=True, allow_null=True)

    class Meta:
        model = Transaction
        fields = [
            "id", "station", "evse", "connector", "ocpp_id", "started_at", "ended_at", "energy_wh", "meter_start_wh",
            "meter_stop_wh", "energy_source", "idle_s", "charging_state", "token", "token_status", "driver", "tariff",
            "stopped_reason", "hold_reason", "cdr",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(TermsSerializer(allow_null=True))
    def get_tariff(self, charge: Transaction) -> Any:
        return terms_json(charge.tariff)


class MeterValueSerializer(serializers.ModelSerializer[MeterValue]):
    """What a meter showed at one instant of the station's clock. EVSE 0 is the station's own meter."""

    station = serializers.CharField(source="identity", read_only=True)
    transaction = serializers.IntegerField(source="transaction_id", allow_null=True, read_only=True)
    context = serializers.SerializerMethodField()  # type: ignore[assignment]
    energy_wh = serializers.SerializerMethodField()

    class Meta:
        model = MeterValue
        fields = [
            "station", "evse", "transaction", "at", "received_at", "context", "energy_wh", "power_w", "current_l1_a",
            "current_l2_a", "current_l3_a", "current_a", "voltage_v", "soc_percent", "offered_a", "temperature_c",
            "extra",
        ]  # fmt: skip
        read_only_fields = fields

    def get_context(self, reading: MeterValue) -> str:
        return CONTEXTS.get(ContextCode(reading.context), "Other")

    def get_energy_wh(self, reading: MeterValue) -> int | None:
        return None if reading.energy_wh is None else round(reading.energy_wh)


class PricedLineSerializer(serializers.Serializer[Any]):
    """One component of a price; `unit` is KWH, MIN or C62 (one piece), amounts are in the currency of the whole."""

    kind = serializers.CharField()
    quantity = serializers.CharField()
    unit = serializers.CharField()
    unit_price = serializers.CharField()
    net = serializers.CharField()
    vat = serializers.CharField()
    gross = serializers.CharField()


class CdrSerializer(StrictModel):
    """The price of one charge, for good. Free charges have one too, with an empty currency."""

    net, vat, gross = MoneyField(), MoneyField(), MoneyField()
    tariff = serializers.SerializerMethodField()
    lines = serializers.SerializerMethodField()
    invoices = serializers.SlugRelatedField[Any](slug_field="number", many=True, read_only=True)

    class Meta:
        model = Cdr
        fields = [
            "id", "transaction", "created_at", "started_at", "ended_at", "energy_wh", "duration_s", "idle_s",
            "currency", "net", "vat", "gross", "lines", "tariff", "invoices",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(TermsSerializer(allow_null=True))
    def get_tariff(self, cdr: Cdr) -> Any:
        return terms_json(cdr.tariff)

    @extend_schema_field(PricedLineSerializer(many=True))
    def get_lines(self, cdr: Cdr) -> list[dict[str, str]]:
        return [
            {
                "kind": line.kind.value,
                "quantity": format(line.quantity.normalize(), "f"),
                "unit": line.unit.value,
                "unit_price": price_text(line.unit_price, cdr.currency),
                "net": str(line.net),
                "vat": str(line.vat),
                "gross": str(line.gross),
            }
            for line in cdr.quote.lines
        ]
