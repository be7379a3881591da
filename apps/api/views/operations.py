"""Commands to stations, and the frames on their sockets."""

import re
from typing import Any

from django.db.models import OuterRef, Subquery
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from apps.accounts.messages import Scope
from apps.api import services
from apps.api.filters.operations import CommandFilter, FrameFilter
from apps.api.serializers.operations import LONGEST_WAIT_S, CommandSerializer, FrameSerializer, NewCommandSerializer
from apps.api.views.base import ApiMixin, Collection
from apps.stations.models import ChargingStation, StationCommand
from apps.telemetry.models import Frame

_WAIT = re.compile(r'(?:^|[,;\s])wait\s*=\s*"?(\d{1,9})\b', re.IGNORECASE)
_IDENTITY = Subquery(ChargingStation.objects.filter(pk=OuterRef("station_id")).values("identity"))
PREFER = OpenApiParameter(
    name="Prefer",
    location=OpenApiParameter.HEADER,
    description=f"`wait=30` waits up to 30 seconds (at most {LONGEST_WAIT_S}) for the station's answer.",
)


class CommandViewSet(Collection[StationCommand]):
    """Commands of every origin, the newest first."""

    queryset = StationCommand.objects.select_related("station")
    serializer_class = CommandSerializer
    filterset_class = CommandFilter
    write_scope = Scope.COMMANDS_WRITE
    page_order = ("-created_at", "-id")


class StationCommandsView(ApiMixin):
    """Send a command to a station."""

    write_scope = Scope.COMMANDS_WRITE

    @extend_schema(
        operation_id="stations_commands_create",
        request=NewCommandSerializer,
        responses={200: CommandSerializer, 202: CommandSerializer},
        parameters=[PREFER, OpenApiParameter("identity", OpenApiTypes.STR, OpenApiParameter.PATH)],
    )
    def post(self, request: Request, identity: str) -> Response:
        """200 with its answer when it was waited for and came, else 202 with the address to ask at."""
        station = get_object_or_404(ChargingStation, identity=identity, archived_at=None)
        body = NewCommandSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        facts: dict[str, Any] = body.validated_data
        command = services.send_command(
            station, facts["action"], facts["payload"], expires_in_s=facts["expires_in"], by=self.by
        )
        return _answer(request, command, wait_s=_wanted_wait(request))


def _wanted_wait(request: Request) -> int:
    """RFC 7240: a preference that can't be read is not an error."""
    found = _WAIT.search(request.headers.get("Prefer", ""))
    return min(int(found[1]), LONGEST_WAIT_S) if found else 0


def _answer(request: Request, command: StationCommand, *, wait_s: int) -> Response:
    if wait_s:
        command = services.wait_for(command, seconds=wait_s)
    code = status.HTTP_202_ACCEPTED if command.is_open else status.HTTP_200_OK
    answer = Response(CommandSerializer(command, context={"request": request}).data, status=code)
    answer["Location"] = reverse("api:commands-detail", kwargs={"pk": command.pk}, request=request)
    if wait_s:
        answer["Preference-Applied"] = f"wait={wait_s}"
    return answer


class FrameViewSet(Collection[Frame]):
    """What went over the sockets, the newest first, secrets masked."""

    queryset = Frame.objects.annotate(identity=_IDENTITY)
    serializer_class = FrameSerializer
    filterset_class = FrameFilter
    lookup_value_regex = r"\d+"
