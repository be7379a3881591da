"""Tariffs and where they apply."""

from typing import Any

from django.db.models import Prefetch
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.messages import Scope
from apps.api.filters.people import TariffFilter
from apps.api.problems import Conflict
from apps.api.serializers.prices import AssignmentSerializer, TariffSerializer, WrittenTariffSerializer
from apps.api.views.base import Collection, refuse_second
from apps.core.clock import now
from apps.tariffs import services
from apps.tariffs.models import Tariff, TariffAssignment

ASSIGNMENTS = Prefetch("assignments", TariffAssignment.objects.select_related("station", "evse__station"))


class TariffViewSet(Collection[Tariff]):
    """Tariffs. A change makes a new version; deleting archives: charges keep the prices they started under."""

    queryset = Tariff.objects.prefetch_related("versions", ASSIGNMENTS)
    serializer_class = TariffSerializer
    filterset_class = TariffFilter
    write_scope = Scope.TARIFFS_WRITE
    lookup_value_regex = r"\d+"

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "at": now()}

    @extend_schema(request=WrittenTariffSerializer, responses={201: TariffSerializer})
    def create(self, request: Request) -> Response:
        body = self._checked_body(request, None)
        name = body.validated_data["name"]
        refuse_second(Tariff.objects.filter(name=name, archived_at=None), name)
        return self.shown(self._save(body, None), code=status.HTTP_201_CREATED)

    @extend_schema(request=WrittenTariffSerializer)
    def update(self, request: Request, **kwargs: Any) -> Response:
        tariff = self.get_object()
        if tariff.archived_at:
            raise Conflict(_("This tariff is archived."))
        body = self._checked_body(request, tariff)
        name = body.validated_data.get("name", tariff.name)
        refuse_second(Tariff.objects.filter(name=name, archived_at=None).exclude(pk=tariff.pk), name)
        return self.shown(self._save(body, tariff))

    @extend_schema(request=WrittenTariffSerializer)
    def partial_update(self, request: Request, **kwargs: Any) -> Response:
        return self.update(request, **kwargs)

    def destroy(self, request: Request, **kwargs: Any) -> Response:
        services.archive_tariff(self.get_object(), by=self.by)
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _checked_body(self, request: Request, tariff: Tariff | None) -> WrittenTariffSerializer:
        newest = tariff.versions.order_by("-number").first() if tariff else None
        partial = request.method == "PATCH" and newest is not None
        body = WrittenTariffSerializer(
            data=request.data, partial=partial, context={"newest": newest if partial else None}
        )
        body.is_valid(raise_exception=True)
        return body

    def _save(self, body: WrittenTariffSerializer, tariff: Tariff | None) -> Tariff:
        facts = body.validated_data
        return services.save_tariff(
            facts.get("name", tariff.name if tariff else ""),
            body.prices,
            by=self.by,
            tariff=tariff,
            valid_from=facts.get("valid_from"),
            valid_to=facts.get("valid_to"),
        )

    @extend_schema(request=AssignmentSerializer, responses={201: AssignmentSerializer})
    @action(detail=True, methods=["post"], url_path="assignments")
    def assign(self, request: Request, pk: str) -> Response:
        """Let it apply at a location, a station or an EVSE, or, with an empty body, everywhere else."""
        facts = self.checked(request, serializer=AssignmentSerializer)
        assignment = services.assign_tariff(self.get_object(), by=self.by, **facts)
        return Response(AssignmentSerializer(assignment).data, status=status.HTTP_201_CREATED)

    @extend_schema(parameters=[OpenApiParameter("assignment", int, OpenApiParameter.PATH)], responses={204: None})
    @action(detail=True, methods=["delete"], url_path=r"assignments/(?P<assignment>\d+)")
    def unassign(self, request: Request, pk: str, assignment: str) -> Response:
        """Let it no longer apply there; the next wider one does from the next charge on."""
        services.unassign_tariff(get_object_or_404(self.get_object().assignments, pk=assignment), by=self.by)
        return Response(status=status.HTTP_204_NO_CONTENT)
