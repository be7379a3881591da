"""Firmware, updates, campaigns and logs."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.api.serializers.base import Strict, StrictModel, station_by_identity
from apps.stations.messages import LogType
from apps.stations.models import (
    ChargingStation,
    Firmware,
    FirmwareCampaign,
    FirmwareUpdate,
    FirmwareUpdateStep,
    LogRequest,
    ReceivedFile,
)
from apps.stations.models.firmware import LONGEST_S, MOST_RETRIES
from apps.stations.rules.firmware import UpdateState
from apps.stations.services.wording import in_words

LONGEST_ADDRESS = 512
MOST_STATIONS = 2000
TERMS = ["retrieve_at", "install_at", "retries", "retry_interval_s", "is_signed", "timeout_s"]


class FirmwareSerializer(StrictModel):
    """A file of the library. `version` is what stations report once they run it; empty vendor or model fit any."""

    class Meta:
        model = Firmware
        fields = [
            "id", "version", "vendor", "model", "file_name", "size", "sha256", "signature", "signing_certificate",
            "notes", "created_at", "archived_at",
        ]  # fmt: skip
        read_only_fields = fields


class NewFirmwareSerializer(Strict):
    """A form with a file. With `sha256`, the maker's checksum, only the very file is taken."""

    file = serializers.FileField(max_length=255)
    version = serializers.CharField(max_length=255)
    vendor = serializers.CharField(max_length=255, required=False, allow_blank=True, default="")
    model = serializers.CharField(max_length=255, required=False, allow_blank=True, default="")
    sha256 = serializers.CharField(max_length=100, required=False, allow_blank=True, default="")
    signature = serializers.CharField(max_length=2000, required=False, allow_blank=True, default="")
    signing_certificate = serializers.CharField(max_length=5500, required=False, allow_blank=True, default="")
    notes = serializers.CharField(max_length=2000, required=False, allow_blank=True, default="")


class TermsSerializer(Strict):
    """How stations are asked to update; `timeout_s` is how long an update may take, from its start on."""

    retrieve_at = serializers.DateTimeField(required=False, allow_null=True, default=None)
    install_at = serializers.DateTimeField(required=False, allow_null=True, default=None)
    retries = serializers.IntegerField(
        required=False, allow_null=True, default=None, min_value=0, max_value=MOST_RETRIES
    )
    retry_interval_s = serializers.IntegerField(
        required=False, allow_null=True, default=None, min_value=0, max_value=LONGEST_S
    )
    is_signed = serializers.BooleanField(required=False, default=False)
    timeout_s = serializers.IntegerField(required=False, default=24 * 3600, min_value=60, max_value=LONGEST_S)


class NewUpdateSerializer(TermsSerializer):
    """From the library (`firmware`), or from an `address` with the `version` that the station will report."""

    station = station_by_identity()
    firmware = serializers.PrimaryKeyRelatedField(queryset=Firmware.objects.all(), required=False)
    address = serializers.CharField(max_length=LONGEST_ADDRESS, required=False)
    version = serializers.CharField(max_length=255, required=False, allow_blank=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("firmware" in attrs) == ("address" in attrs):
            raise serializers.ValidationError(_("Name either a firmware of the library or an address."))
        return attrs


class StepSerializer(serializers.ModelSerializer[FirmwareUpdateStep]):
    """A line of the timeline; `told` are the station's own words. `count` is how often in a row."""

    class Meta:
        model = FirmwareUpdateStep
        fields = ["kind", "detail", "at", "last_at", "count"]
        read_only_fields = fields


class UpdateSerializer(StrictModel):
    """The update of one station. `status` is the station's newest word, `problem` says what went wrong."""

    station = serializers.SlugRelatedField[Any](slug_field="identity", read_only=True)
    problem = serializers.SerializerMethodField()
    steps = StepSerializer(many=True, read_only=True)

    class Meta:
        model = FirmwareUpdate
        fields = [
            "id", "station", "firmware", "address", "version", "version_before", "campaign", "wave", "state", "status",
            "problem", "request_id", "command", *TERMS, "by", "created_at", "asked_at", "deadline_at", "ended_at",
            "steps",
        ]  # fmt: skip
        read_only_fields = fields

    def get_problem(self, update: FirmwareUpdate) -> str | None:
        return in_words(update.problem) or None


class NewCampaignSerializer(TermsSerializer):
    """One firmware for many stations, `wave_size` at a time in this order; `stop_after` 0 never stops."""

    name = serializers.CharField(max_length=200)
    firmware = serializers.PrimaryKeyRelatedField(queryset=Firmware.objects.all())
    stations = station_by_identity(many=True, allow_empty=False)
    wave_size = serializers.IntegerField(min_value=1, max_value=1000)
    pause_s = serializers.IntegerField(required=False, default=0, min_value=0, max_value=LONGEST_S)
    stop_after = serializers.IntegerField(required=False, default=1, min_value=0, max_value=2000)
    due_at = serializers.DateTimeField(required=False, allow_null=True, default=None)

    def validate_stations(self, stations: list[ChargingStation]) -> list[ChargingStation]:
        """Each once, in this order."""
        if len(stations) > MOST_STATIONS:
            raise serializers.ValidationError(_("Too many at once."))
        return list(dict.fromkeys(stations))


class CampaignSerializer(StrictModel):
    """A campaign. `counts` tells how many of its updates are in which state; `due_at` when the next wave begins."""

    counts = serializers.SerializerMethodField()

    class Meta:
        model = FirmwareCampaign
        fields = [
            "id", "name", "firmware", "state", "wave_size", "pause_s", "stop_after", "wave", "due_at", *TERMS, "by",
            "created_at", "ended_at", "counts",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(serializers.DictField(child=serializers.IntegerField()))
    def get_counts(self, campaign: FirmwareCampaign) -> dict[str, int]:
        return {state.value: getattr(campaign, f"in_{state}") for state in UpdateState}


class NewLogSerializer(Strict):
    """What was logged in this period, brought to us, or to an `address` of somebody else's."""

    station = station_by_identity()
    log_type = serializers.ChoiceField(choices=[kind.value for kind in LogType], default=LogType.DIAGNOSTICS.value)
    oldest_at = serializers.DateTimeField(required=False, allow_null=True, default=None)
    latest_at = serializers.DateTimeField(required=False, allow_null=True, default=None)
    address = serializers.CharField(max_length=LONGEST_ADDRESS, required=False, allow_blank=True, default="")


class ReceivedFileSerializer(serializers.ModelSerializer[ReceivedFile]):
    """A file as the station sent it, to be had at `/logs/files/{id}`."""

    class Meta:
        model = ReceivedFile
        fields = ["id", "name", "size", "sha256", "received_at"]
        read_only_fields = fields


class LogSerializer(StrictModel):
    """A request for a log, with the files that came."""

    station = serializers.SlugRelatedField[Any](slug_field="identity", read_only=True)
    problem = serializers.SerializerMethodField()
    files = ReceivedFileSerializer(source="transfer.files", many=True, read_only=True, default=[])

    class Meta:
        model = LogRequest
        fields = [
            "id", "station", "log_type", "oldest_at", "latest_at", "address", "request_id", "command", "state",
            "status", "status_at", "problem", "file_name", "by", "created_at", "deadline_at", "files",
        ]  # fmt: skip
        read_only_fields = fields

    def get_problem(self, request: LogRequest) -> str | None:
        return in_words(request.problem) or None
