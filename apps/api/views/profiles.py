"""Smart charging: profiles of stations, and what stations say they keep to."""

from typing import Any

from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.serializers import BaseSerializer

from apps.accounts.messages import Scope
from apps.api.filters.profiles import ChargingProfileFilter, CompositeScheduleFilter
from apps.api.serializers.operations import CommandSerializer
from apps.api.serializers.profiles import (
    AskedScheduleSerializer,
    ChargingProfileSerializer,
    ClearedProfilesSerializer,
    CompositeScheduleSerializer,
    KnownScheduleSerializer,
    NewProfileSerializer,
    criteria_of,
    wish_of,
)
from apps.api.views.base import Collection
from apps.smartcharging.models import ChargingProfile, CompositeSchedule
from apps.smartcharging.services import (
    clear_profile,
    clear_profiles,
    knowledge_of,
    read_composite,
    set_profile,
    start_with_profile,
)
from apps.stations.messages import RateUnit
from apps.stations.models import StationCommand


class ChargingProfileViewSet(Collection[ChargingProfile]):
    """Charging profiles, the newest first, with those that are gone. They are not changed but replaced."""

    queryset = ChargingProfile.objects.select_related("station")
    serializer_class = ChargingProfileSerializer
    filterset_class = ChargingProfileFilter
    write_scope = Scope.COMMANDS_WRITE
    lookup_value_regex = r"\d+"

    @extend_schema(request=NewProfileSerializer, responses={202: ChargingProfileSerializer})
    def create(self, request: Request) -> Response:
        """202 while the station is asked; 400 names what it could not keep by what it has said of itself."""
        facts = self.checked(request, serializer=NewProfileSerializer)
        wish, token = wish_of(facts), facts["token"]
        options: dict[str, Any] = {"by": self.by, "expires_in_s": facts["expires_in"]}
        if token:
            profile = start_with_profile(facts["station"], wish, token=token, **options)
        else:
            profile = set_profile(facts["station"], wish, **options)
        return self.shown(profile, code=status.HTTP_202_ACCEPTED)

    @extend_schema(responses={202: CommandSerializer})
    def destroy(self, request: Request, **kwargs: Any) -> Response:
        """Ask the station to forget this one; it is cleared once the station has answered."""
        return queued(request, clear_profile(self.get_object(), by=self.by))

    @extend_schema(request=ClearedProfilesSerializer, responses={202: CommandSerializer})
    @action(detail=False, methods=["post"], url_path="clear")
    def clear(self, request: Request) -> Response:
        """Ask a station to forget all that match."""
        facts = self.checked(request, serializer=ClearedProfilesSerializer)
        return queued(request, clear_profiles(facts["station"], criteria_of(facts), by=self.by))


class CompositeScheduleViewSet(Collection[CompositeSchedule]):
    """What stations said last they keep to, by station and EVSE: CS-1:1, or CS-1:0 for the whole station."""

    queryset = CompositeSchedule.objects.select_related("station")
    serializer_class = CompositeScheduleSerializer
    filterset_class = CompositeScheduleFilter
    write_scope = Scope.COMMANDS_WRITE
    lookup_field = "key"
    page_order = ("station_id", "evse")

    def get_serializer_class(self) -> type[BaseSerializer[Any]]:
        return KnownScheduleSerializer if self.action == "retrieve" else CompositeScheduleSerializer

    def get_object(self) -> CompositeSchedule:
        identity, _colon, number = self.kwargs["key"].rpartition(":")
        is_number = number.isascii() and number.isdecimal() and len(number) <= 4
        row = self.get_queryset().filter(station__identity=identity, evse=number).first() if is_number else None
        if row is None:
            raise Http404
        return row

    @extend_schema(parameters=[OpenApiParameter("key", OpenApiTypes.STR, OpenApiParameter.PATH)])
    def retrieve(self, request: Request, **kwargs: Any) -> Response:
        row = self.get_object()
        unit = RateUnit(row.unit)
        known = knowledge_of(row.station).steps(row.evse, since=row.start_at, unit=unit, duration_s=row.duration_s)
        row.known = known  # type: ignore[attr-defined]
        return Response(self.get_serializer(row).data)

    @extend_schema(request=AskedScheduleSerializer, responses={202: CommandSerializer})
    def create(self, request: Request) -> Response:
        """Ask a station anew; its answer is found here once it has come."""
        facts = self.checked(request, serializer=AskedScheduleSerializer)
        unit = RateUnit(facts["unit"]) if facts["unit"] else None
        command = read_composite(
            facts["station"], evse=facts["evse"], by=self.by, unit=unit, duration_s=facts["duration_s"],
            expires_in_s=facts["expires_in"],
        )  # fmt: skip
        return queued(request, command)


def queued(request: Request, command: StationCommand) -> Response:
    answer = Response(CommandSerializer(command, context={"request": request}).data, status=status.HTTP_202_ACCEPTED)
    answer["Location"] = reverse("api:commands-detail", kwargs={"pk": command.pk}, request=request)
    return answer
