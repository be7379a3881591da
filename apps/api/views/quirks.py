"""Quirks of makes: what was noticed, and what was accepted."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.messages import Scope
from apps.api.filters.decisions import QuirkObservationFilter, QuirkOverrideFilter
from apps.api.serializers.decisions import (
    AcceptanceSerializer,
    NewOverrideSerializer,
    QuirkObservationSerializer,
    QuirkOverrideSerializer,
)
from apps.api.views.base import Collection
from apps.drivers.services.aliases import accept_quirk
from apps.stations.messages import Quirk
from apps.stations.models import QuirkObservation, QuirkOverride
from apps.stations.services.quirks import (
    dismiss_observation,
    remove_override,
    set_make_override,
    set_override,
)


class QuirkObservationViewSet(Collection[QuirkObservation]):
    """What was noticed, the newest first."""

    queryset = QuirkObservation.objects.select_related("station")
    serializer_class = QuirkObservationSerializer
    filterset_class = QuirkObservationFilter
    write_scope = Scope.STATIONS_WRITE
    lookup_value_regex = r"\d+"

    @extend_schema(request=AcceptanceSerializer, responses=QuirkObservationSerializer)
    @action(detail=True, methods=["post"], url_path="accept")
    def accept(self, request: Request, pk: str) -> Response:
        """From now on stations are read accordingly."""
        seen, facts = self.get_object(), self.checked(request, serializer=AcceptanceSerializer)
        accept_quirk(seen, by=self.by, scope=facts["scope"])
        return self.shown(seen)

    @extend_schema(request=None, responses=QuirkObservationSerializer)
    @action(detail=True, methods=["post"], url_path="dismiss")
    def dismiss(self, request: Request, pk: str) -> Response:
        """It goes on being counted and asks nobody any more."""
        seen = self.get_object()
        dismiss_observation(seen, by=self.by)
        return self.shown(seen)


class QuirkOverrideViewSet(Collection[QuirkOverride]):
    """What was accepted. Deleting one takes the stations at their word again."""

    queryset = QuirkOverride.objects.select_related("station", "profile")
    serializer_class = QuirkOverrideSerializer
    filterset_class = QuirkOverrideFilter
    write_scope = Scope.STATIONS_WRITE
    lookup_value_regex = r"\d+"

    @extend_schema(request=NewOverrideSerializer, responses={201: QuirkOverrideSerializer})
    def create(self, request: Request) -> Response:
        """One that is there already gets the new value."""
        facts: dict[str, Any] = self.checked(request, serializer=NewOverrideSerializer)
        kind, value, station = Quirk(facts["kind"]), facts["value"], facts["station"]
        if station is not None:
            made = set_override(kind, value, station=station, by=self.by)
        else:
            make = {name: facts[name] for name in ("vendor", "model", "firmware_from", "firmware_until")}
            made = set_make_override(kind, value, by=self.by, **make)
        return self.shown(made, code=status.HTTP_201_CREATED)

    def destroy(self, request: Request, **kwargs: Any) -> Response:
        remove_override(self.get_object(), by=self.by)
        return Response(status=status.HTTP_204_NO_CONTENT)
