"""Reservations: made, cancelled and listed."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.messages import Scope
from apps.api.filters.reservations import ReservationFilter
from apps.api.serializers.reservations import NewReservationSerializer, ReservationSerializer
from apps.api.views.base import Collection
from apps.charging.models import Reservation
from apps.charging.services.reservations import cancel_reservation, reserve


class ReservationViewSet(Collection[Reservation]):
    """Reservations, the newest first. They are not deleted but cancelled."""

    queryset = Reservation.objects.select_related("station", "evse__station", "id_token")
    serializer_class = ReservationSerializer
    filterset_class = ReservationFilter
    write_scope = Scope.COMMANDS_WRITE
    lookup_value_regex = r"\d+"

    @extend_schema(request=NewReservationSerializer, responses={201: ReservationSerializer})
    def create(self, request: Request) -> Response:
        """409 when the place is taken in that time. What begins now is asked of the station at once."""
        facts: dict[str, Any] = self.checked(request, serializer=NewReservationSerializer)
        station, evse = facts.pop("station"), facts.pop("evse")
        return self.shown(reserve(station, evse, by=self.by, **facts), code=status.HTTP_201_CREATED)

    @extend_schema(request=None, responses={200: ReservationSerializer, 202: ReservationSerializer})
    @action(detail=True, methods=["post"], url_path="cancel")
    def cancel(self, request: Request, pk: str) -> Response:
        """200 when it is cancelled, 202 while the station has yet to agree."""
        kept = cancel_reservation(self.get_object(), by=self.by)
        return self.shown(kept, code=status.HTTP_202_ACCEPTED if kept.is_open else status.HTTP_200_OK)
