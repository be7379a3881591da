"""One command for many stations."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Count, Q
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.messages import Scope
from apps.api.filters.bulk import BulkFilter
from apps.api.serializers.bulk import BulkSerializer, NewBulkSerializer, OutcomeSerializer
from apps.api.views.base import Collection
from apps.dialects.adapters import objections as judging
from apps.stations.models import BulkOrder, ChargingStation, CommandState
from apps.stations.services.bulk import NOT_ASKED, WAITING, create_bulk, retry_bulk
from apps.stations.services.support import unsupported_by
from apps.stations.services.wording import in_words

NEVER_ASKED = Q(items__command=None, items__isnull=False)
COUNTS: dict[str, Count] = {
    **{f"in_{state}": Count("items", filter=Q(items__command__state=state)) for state in CommandState.values},
    f"in_{WAITING}": Count("items", filter=NEVER_ASKED & Q(items__objection="")),
    f"in_{NOT_ASKED}": Count("items", filter=NEVER_ASKED & ~Q(items__objection="")),
}


class BulkViewSet(Collection[BulkOrder]):
    """Commands for many stations, the newest first."""

    queryset = BulkOrder.objects.annotate(**COUNTS)
    serializer_class = BulkSerializer
    filterset_class = BulkFilter
    write_scope = Scope.COMMANDS_WRITE
    lookup_value_regex = r"\d+"

    @extend_schema(request=NewBulkSerializer, responses={201: BulkSerializer})
    def create(self, request: Request) -> Response:
        """409 when none of the stations can be asked."""
        facts = self.checked(request, serializer=NewBulkSerializer)
        order = BulkOrder(action=facts["action"], payload=facts["payload"], expires_in_s=facts["expires_in"])
        against = _objections(order, facts["stations"], is_forced=facts["force"])
        made = create_bulk(order, facts["stations"], objections=against, by=self.by)
        return self.shown(made, code=status.HTTP_201_CREATED)

    @extend_schema(responses={200: OutcomeSerializer(many=True)})
    @action(detail=True, methods=["get"], pagination_class=None, filterset_class=None)
    def outcomes(self, request: Request, pk: str) -> Response:
        """What became of it at each station."""
        items = self.get_object().items.select_related("station", "command")
        return Response(OutcomeSerializer(items, many=True).data)

    @extend_schema(request=None, responses={200: BulkSerializer})
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, pk: str) -> Response:
        """Ask those once more that have failed; 409 when none has."""
        order = self.get_object()
        retry_bulk(order, by=self.by)
        return self.shown(order)


def _objections(order: BulkOrder, stations: Sequence[ChargingStation], *, is_forced: bool) -> dict[int, str]:
    asked = judging.Request(action=order.action, payload=order.payload)
    versions: dict[int, Any] = {station.pk: station.ocpp_version for station in stations}
    doubts = {} if is_forced else unsupported_by(stations)
    found = judging.objections(asked, versions=versions, doubts=doubts)
    return {station: in_words(reason) for station, reason in found.items()}
