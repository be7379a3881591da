"""Transactions, their readings and their prices; all of them are for reading."""

from django.db.models import OuterRef, Subquery
from rest_framework.mixins import ListModelMixin

from apps.api.filters.charges import CdrFilter, MeterValueFilter, TransactionFilter
from apps.api.serializers.charges import CdrSerializer, MeterValueSerializer, TransactionSerializer
from apps.api.views.base import Collection, Resource
from apps.billing.models import Cdr
from apps.charging.models import Transaction
from apps.stations.models import ChargingStation
from apps.telemetry.models import MeterValue

IDENTITY = Subquery(ChargingStation.objects.filter(pk=OuterRef("station_id")).values("identity"))


class TransactionViewSet(Collection[Transaction]):
    """Charges, the newest first."""

    queryset = Transaction.objects.select_related("station", "evse__station", "cdr")
    serializer_class = TransactionSerializer
    filterset_class = TransactionFilter
    lookup_value_regex = r"\d+"


class MeterValueViewSet(ListModelMixin, Resource[MeterValue]):
    """What meters showed, the newest first."""

    queryset = MeterValue.objects.annotate(identity=IDENTITY)
    serializer_class = MeterValueSerializer
    filterset_class = MeterValueFilter
    page_order = ("-at", "-station_id", "-evse", "-context")


class CdrViewSet(Collection[Cdr]):
    """Priced charges, the newest first. They never change."""

    queryset = Cdr.objects.prefetch_related("invoices")
    serializer_class = CdrSerializer
    filterset_class = CdrFilter
    lookup_value_regex = r"\d+"
