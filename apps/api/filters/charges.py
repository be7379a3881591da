"""Transactions, readings, prices and papers."""

from typing import Any

import django_filters
from django.db.models import Q, QuerySet

from apps.api.filters.base import MissingFilter, NumberFilter, TextFilter, YesNoFilter, after, before
from apps.api.filters.people import TokenValueFilter
from apps.api.serializers.base import evses_called
from apps.billing.models import KINDS, Cdr, Invoice
from apps.charging.models import HoldReason, Transaction
from apps.exports.rules import DELIMITERS
from apps.stations.models import EVSE, ChargingStation
from apps.telemetry.models import MeterValue


class EvseKeyFilter(TextFilter):
    """By station and number: CS-1:2."""

    def filter(self, queryset: QuerySet[Any], value: Any) -> QuerySet[Any]:
        if not value:
            return queryset
        return queryset.filter(**{f"{self.field_name}__in": evses_called(EVSE.objects.all(), value)})


class StationIdFilter(TextFilter):
    """By a station's identity, for tables that know only its row's number."""

    def filter(self, queryset: QuerySet[Any], value: Any) -> QuerySet[Any]:
        if not value:
            return queryset
        stations = list(ChargingStation.objects.filter(identity=value).values_list("pk", flat=True))
        return queryset.filter(station_id__in=stations)


class HeldFilter(YesNoFilter):
    """`true`: charges that are not billed by themselves."""

    def filter(self, queryset: QuerySet[Any], value: Any) -> QuerySet[Any]:
        if value in ("", None):
            return queryset
        billable = Q(hold_reason="")
        return queryset.filter(~billable if value else billable)


class TransactionFilter(django_filters.FilterSet):  # type: ignore[misc]
    station = TextFilter(field_name="station__identity")
    location = NumberFilter(field_name="station__location_id")
    evse = EvseKeyFilter(field_name="evse")
    driver = NumberFilter(field_name="driver_id")
    token = TokenValueFilter(field_name="token_value")
    ocpp_id = TextFilter(field_name="ocpp_id")
    open = MissingFilter(field_name="ended_at")
    held = HeldFilter(field_name="hold_reason")
    hold_reason = django_filters.ChoiceFilter(choices=[choice for choice in HoldReason.choices if choice[0]])
    started_after = after("started_at")
    started_before = before("started_at")
    ended_after = after("ended_at")
    ended_before = before("ended_at")

    class Meta:
        model = Transaction
        fields: list[str] = []


class MeterValueFilter(django_filters.FilterSet):  # type: ignore[misc]
    station = StationIdFilter(field_name="station_id")
    evse = NumberFilter(field_name="evse")
    transaction = NumberFilter(field_name="transaction_id")
    after = after("at")
    before = before("at")

    class Meta:
        model = MeterValue
        fields: list[str] = []


class CdrFilter(django_filters.FilterSet):  # type: ignore[misc]
    transaction = NumberFilter(field_name="transaction_id")
    station = TextFilter(field_name="transaction__station__identity")
    driver = NumberFilter(field_name="transaction__driver_id")
    invoiced = YesNoFilter(method="by_invoice")
    ended_after = after("ended_at")
    ended_before = before("ended_at")

    class Meta:
        model = Cdr
        fields: list[str] = []

    def by_invoice(self, queryset: QuerySet[Cdr], name: str, value: bool) -> QuerySet[Cdr]:
        return queryset.filter(invoices__isnull=not value).distinct()


class InvoiceFilter(django_filters.FilterSet):  # type: ignore[misc]
    number = TextFilter(field_name="number")
    kind = django_filters.ChoiceFilter(choices=KINDS)
    transaction = NumberFilter(field_name="cdr__transaction_id")
    driver = NumberFilter(field_name="cdr__transaction__driver_id")
    currency = TextFilter(field_name="currency")
    issued_after = django_filters.DateFilter(field_name="issued_on", lookup_expr="gte")
    issued_before = django_filters.DateFilter(field_name="issued_on", lookup_expr="lt")

    class Meta:
        model = Invoice
        fields: list[str] = []


class _FileStyle(django_filters.FilterSet):  # type: ignore[misc]
    """How a file is written; it narrows nothing."""

    bom = YesNoFilter(method="as_it_is", label="Begin with a byte order mark.")
    delimiter = django_filters.ChoiceFilter(choices=[(mark, mark) for mark in DELIMITERS], method="as_it_is")

    def as_it_is(self, queryset: QuerySet[Any], name: str, value: Any) -> QuerySet[Any]:
        return queryset


class TransactionFileFilter(_FileStyle, TransactionFilter):
    pass


class InvoiceFileFilter(_FileStyle, InvoiceFilter):
    pass
