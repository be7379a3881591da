"""Firmware, updates of stations, campaigns, and logs."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Count, Q
from django.http import StreamingHttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.messages import Scope
from apps.api.filters.firmware import CampaignFilter, FirmwareFilter, LogFilter, UpdateFilter
from apps.api.parsers import StrictJSONParser
from apps.api.serializers.firmware import (
    CampaignSerializer,
    FirmwareSerializer,
    LogSerializer,
    NewCampaignSerializer,
    NewFirmwareSerializer,
    NewLogSerializer,
    NewUpdateSerializer,
    UpdateSerializer,
)
from apps.api.views.base import ApiMixin, Collection, JsonAlways
from apps.stations.models import Firmware, FirmwareCampaign, FirmwareUpdate, LogRequest, ReceivedFile
from apps.stations.rules.firmware import UpdateState
from apps.stations.services import blobs, campaigns, library
from apps.stations.services.firmware import cancel_update, request_update
from apps.stations.services.logs import request_log

BINARY = {(200, "application/octet-stream"): OpenApiTypes.BINARY}


class FormsToo(JsonAlways):
    """A file comes in a form."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> Any:
        mime = request.content_type.split(";")[0].strip().lower()
        forms = (parser for parser in parsers if isinstance(parser, MultiPartParser))
        return next(forms) if mime == MultiPartParser.media_type else super().select_parser(request, parsers)


def _attachment(sha256: str, *, size: int, name: str) -> StreamingHttpResponse:
    answer = StreamingHttpResponse(blobs.stream(sha256, size=size), content_type="application/octet-stream")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Content-Length"] = str(size)
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


class FirmwareViewSet(Collection[Firmware]):
    """Files that stations may be asked to install. What was never used can be deleted, all else archived."""

    queryset = Firmware.objects.all()
    serializer_class = FirmwareSerializer
    filterset_class = FirmwareFilter
    write_scope = Scope.STATIONS_WRITE
    lookup_value_regex = r"\d+"
    parser_classes = [StrictJSONParser, MultiPartParser]
    content_negotiation_class = FormsToo

    @extend_schema(request={"multipart/form-data": NewFirmwareSerializer}, responses={201: FirmwareSerializer})
    def create(self, request: Request) -> Response:
        """A form with the file, up to 1 GiB."""
        facts = self.checked(request, serializer=NewFirmwareSerializer)
        file, sha256 = facts.pop("file"), facts.pop("sha256")
        added = library.add_firmware(Firmware(**facts), file, name=file.name, by=self.by, sha256=sha256)
        return self.shown(added, code=status.HTTP_201_CREATED)

    def destroy(self, request: Request, **kwargs: Any) -> Response:
        library.delete_firmware(self.get_object(), by=self.by)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=None, responses={200: FirmwareSerializer})
    @action(detail=True, methods=["post"])
    def archive(self, request: Request, pk: str) -> Response:
        firmware = self.get_object()
        library.archive_firmware(firmware, by=self.by)
        return self.shown(firmware)

    @extend_schema(responses=BINARY)
    @action(detail=True, methods=["get"])
    def file(self, request: Request, pk: str) -> StreamingHttpResponse:
        """The bytes that stations fetch."""
        kept = self.get_object()
        return _attachment(kept.sha256, size=kept.size, name=kept.file_name)


class UpdateViewSet(Collection[FirmwareUpdate]):
    """Updates of single stations, alone or in campaigns, with their timelines."""

    queryset = FirmwareUpdate.objects.select_related("station").prefetch_related("steps")
    serializer_class = UpdateSerializer
    filterset_class = UpdateFilter
    write_scope = Scope.COMMANDS_WRITE
    lookup_value_regex = r"\d+"

    @extend_schema(request=NewUpdateSerializer, responses={201: UpdateSerializer})
    def create(self, request: Request) -> Response:
        """409 while another update of the station is under way."""
        facts = self.checked(request, serializer=NewUpdateSerializer)
        return self.shown(request_update(FirmwareUpdate(**facts), by=self.by), code=status.HTTP_201_CREATED)

    @extend_schema(request=None, responses={200: UpdateSerializer})
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """The station gets the file no more; what it has already it may still install."""
        update = self.get_object()
        cancel_update(update, by=self.by)
        return self.shown(update)


class CampaignViewSet(Collection[FirmwareCampaign]):
    """Campaigns over many stations."""

    queryset = FirmwareCampaign.objects.annotate(
        **{f"in_{state}": Count("updates", filter=Q(updates__state=state)) for state in UpdateState}
    )
    serializer_class = CampaignSerializer
    filterset_class = CampaignFilter
    write_scope = Scope.STATIONS_WRITE
    lookup_value_regex = r"\d+"

    @extend_schema(request=NewCampaignSerializer, responses={201: CampaignSerializer})
    def create(self, request: Request) -> Response:
        """409 when a station is being updated already, or the firmware is not made for it."""
        facts = self.checked(request, serializer=NewCampaignSerializer)
        stations = facts.pop("stations")
        made = campaigns.create_campaign(FirmwareCampaign(**facts), stations, by=self.by)
        return self.shown(made, code=status.HTTP_201_CREATED)

    @extend_schema(request=None, responses={200: CampaignSerializer})
    @action(detail=True, methods=["post"])
    def pause(self, request: Request, pk: str) -> Response:
        """Begin no further update."""
        campaign = self.get_object()
        campaigns.pause_campaign(campaign, by=self.by)
        return self.shown(campaign)

    @extend_schema(request=None, responses={200: CampaignSerializer})
    @action(detail=True, methods=["post"])
    def resume(self, request: Request, pk: str) -> Response:
        """Go on after a pause, or after failures, which are forgiven."""
        campaign = self.get_object()
        campaigns.resume_campaign(campaign, by=self.by)
        return self.shown(campaign)

    @extend_schema(request=None, responses={200: CampaignSerializer})
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """Ask no further station, for good."""
        campaign = self.get_object()
        campaigns.cancel_campaign(campaign, by=self.by)
        return self.shown(campaign)


class LogViewSet(Collection[LogRequest]):
    """Requests for logs, with the files that came."""

    queryset = LogRequest.objects.select_related("station", "transfer").prefetch_related("transfer__files")
    serializer_class = LogSerializer
    filterset_class = LogFilter
    write_scope = Scope.COMMANDS_WRITE
    lookup_value_regex = r"\d+"

    @extend_schema(request=NewLogSerializer, responses={201: LogSerializer})
    def create(self, request: Request) -> Response:
        facts = self.checked(request, serializer=NewLogSerializer)
        return self.shown(request_log(LogRequest(**facts), by=self.by), code=status.HTTP_201_CREATED)


class LogFileView(ApiMixin):
    """A file that a station has sent."""

    @extend_schema(operation_id="logs_files_retrieve", responses=BINARY)
    def get(self, request: Request, file_id: str) -> StreamingHttpResponse:
        """As it came, never unpacked."""
        kept = get_object_or_404(ReceivedFile, pk=file_id)
        return _attachment(kept.sha256, size=kept.size, name=kept.name)
