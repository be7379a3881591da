"""Locations, stations, EVSEs and connectors."""

from datetime import datetime
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from apps.api.serializers.base import EvseField, StrictModel, evse_key, station_by_identity
from apps.stations.models import EVSE, ChargingStation, Connector, Location
from apps.stations.models.hardware import IDENTITY_RULE

MOST_EVSES = 64


class LocationSerializer(StrictModel):
    class Meta:
        model = Location
        fields = [
            "id", "name", "address", "postal_code", "city", "country", "latitude", "longitude", "time_zone",
        ]  # fmt: skip
        extra_kwargs: dict[str, Any] = {"name": {"validators": []}}


class StationSerializer(StrictModel):
    """A station by its identity. `connected_at` is null while it is offline."""

    location = serializers.PrimaryKeyRelatedField(queryset=Location.objects.all(), allow_null=True, required=False)
    connected = serializers.SerializerMethodField()
    connected_at = serializers.DateTimeField(read_only=True, allow_null=True)
    last_seen_at = serializers.DateTimeField(read_only=True, allow_null=True)
    evses = serializers.SerializerMethodField()

    class Meta:
        model = ChargingStation
        fields = [
            "identity", "name", "location", "registration", "vendor", "model", "serial_number", "firmware_version",
            "ocpp_version", "booted_at", "boot_reason", "is_operative", "status", "error_code", "connected",
            "connected_at", "last_seen_at", "evses", "created_at", "archived_at",
        ]  # fmt: skip
        read_only_fields = [
            "serial_number", "firmware_version", "ocpp_version", "booted_at", "boot_reason", "is_operative", "status",
            "error_code", "created_at", "archived_at",
        ]  # fmt: skip
        extra_kwargs: dict[str, Any] = {"identity": {"validators": [IDENTITY_RULE]}}

    def get_connected(self, station: ChargingStation) -> bool:
        connected_at: datetime | None = getattr(station, "connected_at", None)
        return connected_at is not None

    def get_evses(self, station: ChargingStation) -> list[str]:
        return [f"{station.identity}:{evse.number}" for evse in station.evses.all()]


class NewStationSerializer(StationSerializer):
    """What may be said of a new station: a password to use (else one is made), and how many EVSEs it has."""

    password = serializers.CharField(required=False, write_only=True)
    evses = serializers.IntegerField(min_value=1, max_value=MOST_EVSES, required=False, write_only=True)  # type: ignore[assignment]

    class Meta(StationSerializer.Meta):
        fields = [*StationSerializer.Meta.fields, "password"]


class ChangedStationSerializer(StationSerializer):
    """The identity of a station never changes: its history hangs on it. A `password` replaces the old one."""

    password = serializers.CharField(required=False, write_only=True)

    class Meta(StationSerializer.Meta):
        fields = [*StationSerializer.Meta.fields, "password"]
        read_only_fields = [*StationSerializer.Meta.read_only_fields, "identity"]


class StationWithPasswordSerializer(StationSerializer):
    password = serializers.CharField(read_only=True, help_text=_("Shown once: only a digest of it is kept."))

    class Meta(StationSerializer.Meta):
        fields = [*StationSerializer.Meta.fields, "password"]


class EvseSerializer(StrictModel):
    """An EVSE by station and number: CS-1:2 is the second of station CS-1."""

    key = serializers.SerializerMethodField()
    station = station_by_identity()
    number = serializers.IntegerField(validators=[MinValueValidator(1), MaxValueValidator(MOST_EVSES)])

    class Meta:
        model = EVSE
        fields = ["key", "station", "number", "evse_id", "slug", "max_power_w"]
        read_only_fields = ["slug"]
        validators: list[Any] = []

    def get_key(self, evse: EVSE) -> str:
        return evse_key(evse)


class ChangedEvseSerializer(EvseSerializer):
    station = station_by_identity(read_only=True)
    number = serializers.IntegerField(read_only=True)


class ConnectorSerializer(StrictModel):
    """A connector by station, EVSE and number; `status_at` is since when it has this status."""

    key = serializers.SerializerMethodField()
    evse = EvseField(read_only=True)

    class Meta:
        model = Connector
        fields = [
            "key", "evse", "number", "kind", "status", "raw_status", "status_at", "error_code", "info",
            "vendor_error_code",
        ]  # fmt: skip
        read_only_fields = fields

    def get_key(self, connector: Connector) -> str:
        return f"{evse_key(connector.evse)}:{connector.number}"
