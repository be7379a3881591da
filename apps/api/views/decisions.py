"""What waits for people, deciding it, and taking it back."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.messages import Scope
from apps.api.filters.decisions import DecisionFilter
from apps.api.problems import FieldProblem
from apps.api.serializers.decisions import (
    DecisionSerializer,
    NewDecisionSerializer,
    WorkItemSerializer,
    WorkListSerializer,
)
from apps.api.views.base import ApiMixin, Collection
from apps.billing.services.undoing import undo_unbilled
from apps.charging.messages import WorkKind
from apps.charging.models import Decision
from apps.charging.services.deciding import decide
from apps.charging.services.worklist import WorkItem, work_item, work_items
from apps.core.errors import FieldError, UnableToFind

MOST = 500
KINDS = [kind.value for kind in WorkKind]
KIND = OpenApiParameter("kind", OpenApiTypes.STR, enum=KINDS, description="Only items of this kind.")


class WorkItemsView(ApiMixin):
    """Everything that waits for people, kind by kind, the oldest first."""

    @extend_schema(operation_id="work_items_list", parameters=[KIND], responses=WorkListSerializer)
    def get(self, request: Request) -> Response:
        """Up to 500 of a kind."""
        found = work_items(_kind(request), limit=MOST)
        results = [WorkItemSerializer(item).data for item in found]
        return Response({"count": len(found), "next": None, "previous": None, "results": results})


def _kind(request: Request) -> WorkKind | None:
    unknown = set(request.query_params) - {"kind"}
    errors = [FieldError(f"?{name}", str(_("There is no such filter."))) for name in sorted(unknown)]
    word = request.query_params.get("kind")
    if word is not None and word not in KINDS:
        errors.append(FieldError("?kind", ", ".join(KINDS)))
    if errors:
        raise FieldProblem(errors)
    return WorkKind(word) if word else None


class WorkItemView(ApiMixin):
    """One of them."""

    @extend_schema(operation_id="work_items_retrieve", responses=WorkItemSerializer)
    def get(self, request: Request, key: str) -> Response:
        return Response(WorkItemSerializer(_item(key)).data)


class WorkItemDecisionsView(ApiMixin):
    """Decide it."""

    write_scope = Scope.BILLING_WRITE

    @extend_schema(
        operation_id="work_items_decide", request=NewDecisionSerializer,
        responses={201: DecisionSerializer, 204: None},
    )  # fmt: skip
    def post(self, request: Request, key: str) -> Response:
        """201 with what can be taken back; 204 for a message that was settled, which stays so."""
        item = _item(key)
        body = NewDecisionSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        facts: dict[str, Any] = body.validated_data
        decided = decide(item, facts["action"], by=self.by, energy_wh=facts["energy_wh"], charge=facts["transaction"])
        if decided is None:
            return Response(status=status.HTTP_204_NO_CONTENT)
        return Response(DecisionSerializer(decided).data, status=status.HTTP_201_CREATED)


def _item(key: str) -> WorkItem:
    item = work_item(key)
    if item is None:
        raise UnableToFind(_("There is nothing to decide here any more."))
    return item


class DecisionViewSet(Collection[Decision]):
    """What people and programs have decided, the newest first."""

    queryset = Decision.objects.all()
    serializer_class = DecisionSerializer
    filterset_class = DecisionFilter
    write_scope = Scope.BILLING_WRITE
    lookup_value_regex = r"\d+"

    @extend_schema(request=None, responses=DecisionSerializer)
    @action(detail=True, methods=["post"], url_path="undo")
    def undo(self, request: Request, pk: str) -> Response:
        """Take it back. 409 once the charge has its price, or when something has followed from it."""
        decision = self.get_object()
        undo_unbilled(decision, by=self.by)
        return self.shown(decision)
