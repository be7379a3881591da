"""Variables of stations, configuration templates, and deviations from them."""

from typing import Any

from django.db.models import Count
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.messages import Scope
from apps.api.filters.configuration import DeviationFilter, TemplateFilter, VariableFilter
from apps.api.serializers.configuration import (
    DeviationSerializer,
    NewValueSerializer,
    ReasonSerializer,
    RepairSerializer,
    TemplateSerializer,
    VariableSerializer,
    WrittenTemplateSerializer,
)
from apps.api.serializers.operations import CommandSerializer
from apps.api.views.base import ApiMixin, Collection, change, refuse_second
from apps.stations.models import ChargingStation, ConfigurationTemplate, Deviation, Variable
from apps.stations.services import deviations, templates
from apps.stations.services.changes import change_variable, read_everything, ref_of
from apps.stations.services.rotation import rotate_password
from apps.stations.services.templates import Setting, settings_of

IDENTITY = OpenApiParameter("identity", OpenApiTypes.STR, OpenApiParameter.PATH)


class VariableViewSet(Collection[Variable]):
    """What stations told of their configuration. A change is a command to the station and takes its time."""

    queryset = Variable.objects.select_related("station")
    serializer_class = VariableSerializer
    filterset_class = VariableFilter
    write_scope = Scope.COMMANDS_WRITE
    lookup_value_regex = r"\d+"

    @extend_schema(request=NewValueSerializer, responses={202: CommandSerializer})
    def partial_update(self, request: Request, **kwargs: Any) -> Response:
        """Have the station change it; the value is read back once it was accepted."""
        variable = self.get_object()
        body = NewValueSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        facts = body.validated_data
        made = change_variable(variable.station, ref_of(variable), facts["value"], by=self.by, reason=facts["reason"])
        return Response(CommandSerializer(made.command).data, status=status.HTTP_202_ACCEPTED)


class TemplateViewSet(Collection[ConfigurationTemplate]):
    """Configuration templates. The shipped one can be switched off, but not deleted."""

    queryset = ConfigurationTemplate.objects.select_related("station").annotate(
        deviating=Count("deviations__station", distinct=True)
    )
    serializer_class = TemplateSerializer
    filterset_class = TemplateFilter
    write_scope = Scope.STATIONS_WRITE
    lookup_value_regex = r"\d+"

    @extend_schema(request=WrittenTemplateSerializer, responses={201: TemplateSerializer})
    def create(self, request: Request) -> Response:
        facts = self.checked(request, serializer=WrittenTemplateSerializer)
        refuse_second(ConfigurationTemplate.objects.filter(name=facts["name"]), facts["name"])
        return self.shown(self._save(ConfigurationTemplate(), facts), code=status.HTTP_201_CREATED)

    @extend_schema(request=WrittenTemplateSerializer)
    def update(self, request: Request, **kwargs: Any) -> Response:
        row, facts = self.get_object(), self.checked(request, serializer=WrittenTemplateSerializer)
        if "name" in facts:
            refuse_second(ConfigurationTemplate.objects.filter(name=facts["name"]).exclude(pk=row.pk), facts["name"])
        return self.shown(self._save(row, facts))

    @extend_schema(request=WrittenTemplateSerializer)
    def partial_update(self, request: Request, **kwargs: Any) -> Response:
        return self.update(request, **kwargs)

    def destroy(self, request: Request, **kwargs: Any) -> Response:
        templates.delete_template(self.get_object(), by=self.by)
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _save(self, row: ConfigurationTemplate, facts: dict[str, Any]) -> ConfigurationTemplate:
        reason, told = facts.pop("reason", ""), facts.pop("settings", None)
        settings = settings_of(row) if told is None else [Setting(**entry) for entry in told]
        return templates.save_template(change(row, facts), settings, by=self.by, reason=reason)

    @extend_schema(request=ReasonSerializer, responses={202: RepairSerializer})
    @action(detail=True, methods=["post"], url_path="repair")
    def repair(self, request: Request, pk: str) -> Response:
        """Write what it wants at every station that deviates."""
        facts = self.checked(request, serializer=ReasonSerializer)
        count = deviations.repair_template(self.get_object(), by=self.by, reason=facts["reason"])
        return Response({"repairing": count}, status=status.HTTP_202_ACCEPTED)


class DeviationViewSet(Collection[Deviation]):
    """Variables that are not as the templates want them."""

    queryset = Deviation.objects.select_related("station")
    serializer_class = DeviationSerializer
    filterset_class = DeviationFilter
    lookup_value_regex = r"\d+"


class StationView(ApiMixin):
    write_scope = Scope.COMMANDS_WRITE

    def station(self, identity: str) -> ChargingStation:
        return get_object_or_404(ChargingStation, identity=identity, archived_at=None)


class RepairView(StationView):
    @extend_schema(
        operation_id="stations_repair", request=ReasonSerializer, responses={202: RepairSerializer},
        parameters=[IDENTITY],
    )  # fmt: skip
    def post(self, request: Request, identity: str) -> Response:
        """Write what the templates want of this station."""
        body = ReasonSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        count = deviations.repair_station(self.station(identity), by=self.by, reason=body.validated_data["reason"])
        return Response({"repairing": count}, status=status.HTTP_202_ACCEPTED)


class ReadingView(StationView):
    @extend_schema(
        operation_id="stations_read_configuration", request=None, responses={202: CommandSerializer},
        parameters=[IDENTITY],
    )  # fmt: skip
    def post(self, request: Request, identity: str) -> Response:
        """Ask the station for everything it has."""
        command = read_everything(self.station(identity), by=self.by)
        return Response(CommandSerializer(command).data, status=status.HTTP_202_ACCEPTED)


class PasswordView(StationView):
    @extend_schema(
        operation_id="stations_rotate_password", request=None, responses={202: CommandSerializer},
        parameters=[IDENTITY],
    )  # fmt: skip
    def post(self, request: Request, identity: str) -> Response:
        """Make up a new password and tell it to the station alone. The old one is good until the new one is used."""
        command = rotate_password(self.station(identity), by=self.by)
        return Response(CommandSerializer(command).data, status=status.HTTP_202_ACCEPTED)
