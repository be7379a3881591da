"""Local lists of tokens at stations."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.messages import Scope
from apps.api.filters.local_lists import LocalListFilter
from apps.api.serializers.local_lists import LocalListSerializer, PolicySerializer, WholeListSerializer
from apps.api.views.base import ApiMixin, Collection
from apps.drivers.models import Keeping, LocalList
from apps.drivers.services import local_lists
from apps.stations.models import ChargingStation


class LocalListViewSet(Collection[LocalList]):
    """Local lists by the identity of their station. The list names stations that have or had one."""

    queryset = LocalList.objects.select_related("station").defer("entries")
    serializer_class = LocalListSerializer
    filterset_class = LocalListFilter
    lookup_field = "identity"

    @property
    def write_scope(self) -> Scope:  # type: ignore[override]
        """To send one is a command; to switch it belongs to the station."""
        return Scope.COMMANDS_WRITE if self.action == "send" else Scope.STATIONS_WRITE

    @extend_schema(responses=WholeListSerializer)
    def retrieve(self, request: Request, **kwargs: Any) -> Response:
        return self._whole(self._station())

    @extend_schema(responses=WholeListSerializer)
    def partial_update(self, request: Request, **kwargs: Any) -> Response:
        """Switch whether it is kept. A list that is switched off is emptied at the station."""
        facts = self.checked(request, serializer=LocalListSerializer)
        station = self._station()
        if "keep" in facts:
            local_lists.set_keeping(station, Keeping(facts["keep"]), by=self.by)
        return self._whole(self._station())

    @extend_schema(request=None, responses={202: WholeListSerializer})
    @action(detail=True, methods=["post"])
    def send(self, request: Request, **kwargs: Any) -> Response:
        """Replace the station's whole list as soon as it is connected."""
        local_lists.send_full(self._station(), by=self.by)
        return self._whole(self._station(), code=status.HTTP_202_ACCEPTED)

    def _station(self) -> ChargingStation:
        stations = ChargingStation.objects.select_related("local_list")
        return get_object_or_404(stations, identity=self.kwargs["identity"])

    def _whole(self, station: ChargingStation, *, code: int = status.HTTP_200_OK) -> Response:
        shown = WholeListSerializer(local_lists.picture_of(station), context=self.get_serializer_context())
        return Response(shown.data, status=code)


class LocalListPolicyView(ApiMixin):
    """The switch for all stations at once."""

    write_scope = Scope.STATIONS_WRITE

    @extend_schema(operation_id="local_list_policy_retrieve", responses=PolicySerializer)
    def get(self, request: Request) -> Response:
        return Response({"is_kept": local_lists.lists_are_kept()})

    @extend_schema(operation_id="local_list_policy_update", request=PolicySerializer, responses=PolicySerializer)
    def put(self, request: Request) -> Response:
        body = PolicySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        local_lists.set_policy(is_kept=body.validated_data["is_kept"], by=self.by)
        return self.get(request)
