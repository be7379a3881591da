"""Locations, stations, EVSEs and connectors."""

import django_filters

from apps.api.filters.base import GivenFilter, NumberFilter, TextFilter, WithArchive
from apps.stations.models import EVSE, ChargingStation, Connector, Location
from apps.stations.models.hardware import CONNECTOR_CHOICES, REGISTRATION_CHOICES


class LocationFilter(django_filters.FilterSet):  # type: ignore[misc]
    name = TextFilter(field_name="name", lookup_expr="icontains")
    city = TextFilter(field_name="city", lookup_expr="iexact")
    country = TextFilter(field_name="country", lookup_expr="iexact")

    class Meta:
        model = Location
        fields: list[str] = []


class StationFilter(WithArchive):
    identity = TextFilter(field_name="identity")
    location = NumberFilter(field_name="location_id")
    registration = django_filters.ChoiceFilter(choices=REGISTRATION_CHOICES)
    ocpp_version = TextFilter(field_name="ocpp_version")
    vendor = TextFilter(field_name="vendor", lookup_expr="iexact")
    model = TextFilter(field_name="model", lookup_expr="iexact")
    connected = GivenFilter(field_name="connected_at")

    class Meta:
        model = ChargingStation
        fields: list[str] = []


class EvseFilter(django_filters.FilterSet):  # type: ignore[misc]
    station = TextFilter(field_name="station__identity")
    location = NumberFilter(field_name="station__location_id")
    evse_id = TextFilter(field_name="evse_id", lookup_expr="iexact")
    slug = TextFilter(field_name="slug")

    class Meta:
        model = EVSE
        fields: list[str] = []


class ConnectorFilter(django_filters.FilterSet):  # type: ignore[misc]
    station = TextFilter(field_name="evse__station__identity")
    location = NumberFilter(field_name="evse__station__location_id")
    status = django_filters.ChoiceFilter(choices=CONNECTOR_CHOICES)

    class Meta:
        model = Connector
        fields: list[str] = []
