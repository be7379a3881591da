"""Stations whose display shows prices and costs that we tell (OCA California pricing; 1.6 only)."""

from django.db.models import QuerySet

from apps.stations.messages import OcppVersion
from apps.stations.models import ChargingStation

KEY = "CustomDisplayCostAndPrice"


def stations_with_display() -> QuerySet[ChargingStation]:
    """Those that report the feature."""
    return ChargingStation.objects.filter(
        archived_at=None,
        ocpp_version=OcppVersion.V16,
        variables__component="",
        variables__name__iexact=KEY,
        variables__value__iexact="true",
    )


def has_display(station_id: int) -> bool:
    return stations_with_display().filter(pk=station_id).exists()
