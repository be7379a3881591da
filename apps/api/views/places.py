"""Locations, stations, EVSEs and connectors."""

from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.messages import Scope
from apps.api import services
from apps.api.filters.places import ConnectorFilter, EvseFilter, LocationFilter, StationFilter
from apps.api.serializers.base import connectors_called, evses_called
from apps.api.serializers.places import (
    ChangedEvseSerializer,
    ChangedStationSerializer,
    ConnectorSerializer,
    EvseSerializer,
    LocationSerializer,
    NewStationSerializer,
    StationSerializer,
    StationWithPasswordSerializer,
)
from apps.api.views.base import Collection, change, refuse_second
from apps.stations.models import EVSE, ChargingStation, Connector, Location
from apps.stations.services import hardware
from apps.telemetry.models import StationLive


class LocationViewSet(Collection[Location]):
    """Sites with an address; a station belongs to at most one."""

    queryset = Location.objects.all()
    serializer_class = LocationSerializer
    filterset_class = LocationFilter
    write_scope = Scope.STATIONS_WRITE
    lookup_value_regex = r"\d+"

    def create(self, request: Request) -> Response:
        facts = self.checked(request)
        refuse_second(Location.objects.filter(name=facts["name"]), facts["name"])
        return self.shown(hardware.save_location(Location(**facts), by=self.by), code=status.HTTP_201_CREATED)

    def update(self, request: Request, **kwargs: Any) -> Response:
        location, facts = self.get_object(), self.checked(request)
        if "name" in facts:
            refuse_second(Location.objects.filter(name=facts["name"]).exclude(pk=location.pk), facts["name"])
        return self.shown(hardware.save_location(change(location, facts), by=self.by))

    def partial_update(self, request: Request, **kwargs: Any) -> Response:
        return self.update(request, **kwargs)

    def destroy(self, request: Request, **kwargs: Any) -> Response:
        hardware.delete_location(self.get_object(), by=self.by)
        return Response(status=status.HTTP_204_NO_CONTENT)


def stations_with_live() -> "QuerySet[ChargingStation]":
    """Stations with what is known of their connection."""
    live = StationLive.objects.filter(station_id=OuterRef("pk"))
    return ChargingStation.objects.prefetch_related("evses").annotate(
        connected_at=Subquery(live.values("connected_at")), last_seen_at=Subquery(live.values("last_seen_at"))
    )


class StationViewSet(Collection[ChargingStation]):
    """Charging stations by identity. Deleting archives: their history stays."""

    queryset = stations_with_live()
    serializer_class = StationSerializer
    filterset_class = StationFilter
    write_scope = Scope.STATIONS_WRITE
    lookup_field = "identity"

    @extend_schema(request=NewStationSerializer, responses={201: StationWithPasswordSerializer})
    def create(self, request: Request) -> Response:
        facts = self.checked(request, serializer=NewStationSerializer)
        refuse_second(ChargingStation.objects.filter(identity=facts["identity"]), facts["identity"])
        evses, password = facts.pop("evses", 1), facts.pop("password", None)
        station, password = services.add_station(ChargingStation(**facts), evses=evses, password=password, by=self.by)
        return self.shown(station, code=status.HTTP_201_CREATED, password=password)

    @extend_schema(request=ChangedStationSerializer)
    def update(self, request: Request, **kwargs: Any) -> Response:
        station = self.get_object()
        facts = self.checked(request, serializer=ChangedStationSerializer)
        password = facts.pop("password", None)
        saved, password = services.change_station(change(station, facts), password=password, by=self.by)
        return self.shown(saved, password=password)

    @extend_schema(request=ChangedStationSerializer)
    def partial_update(self, request: Request, **kwargs: Any) -> Response:
        return self.update(request, **kwargs)

    def destroy(self, request: Request, **kwargs: Any) -> Response:
        hardware.archive_station(self.get_object(), by=self.by)
        return Response(status=status.HTTP_204_NO_CONTENT)


class EvseViewSet(Collection[EVSE]):
    """EVSEs by station and number: CS-1:2."""

    queryset = EVSE.objects.select_related("station")
    serializer_class = EvseSerializer
    filterset_class = EvseFilter
    write_scope = Scope.STATIONS_WRITE
    lookup_field = "key"

    def get_object(self) -> EVSE:
        return get_object_or_404(evses_called(self.get_queryset(), self.kwargs["key"]))

    def create(self, request: Request) -> Response:
        facts = self.checked(request)
        station, number = facts["station"], facts["number"]
        refuse_second(station.evses.filter(number=number), f"{station.identity}:{number}")
        return self.shown(services.add_evse(EVSE(**facts), by=self.by), code=status.HTTP_201_CREATED)

    @extend_schema(request=ChangedEvseSerializer)
    def update(self, request: Request, **kwargs: Any) -> Response:
        evse, facts = self.get_object(), self.checked(request, serializer=ChangedEvseSerializer)
        return self.shown(hardware.save_evse(change(evse, facts), by=self.by))

    @extend_schema(request=ChangedEvseSerializer)
    def partial_update(self, request: Request, **kwargs: Any) -> Response:
        return self.update(request, **kwargs)


class ConnectorViewSet(Collection[Connector]):
    """Connectors by station, EVSE and number: CS-1:2:1. Stations report them."""

    queryset = Connector.objects.select_related("evse__station")
    serializer_class = ConnectorSerializer
    filterset_class = ConnectorFilter
    lookup_field = "key"

    def get_object(self) -> Connector:
        return get_object_or_404(connectors_called(self.get_queryset(), self.kwargs["key"]))
