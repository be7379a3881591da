"""The way in: an index of the resources, the OpenAPI document and its pages, and an answer to wrong addresses."""

from typing import Any

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp_replace
from django.utils.decorators import method_decorator
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularJSONAPIView, SpectacularSwaggerSplitView
from rest_framework.exceptions import NotFound
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from apps.api.views.base import ApiMixin

RESOURCES = (
    "locations", "stations", "evses", "connectors", "transactions", "meter-values", "tokens", "drivers", "tariffs",
    "local-lists",
    "firmware", "firmware-updates", "firmware-campaigns", "logs",
    "variables", "configuration-templates", "configuration-deviations",
    "work-items", "decisions", "quirk-observations", "quirk-overrides",
    "security-events", "certificate-requests", "installed-certificates",
    "cdrs", "invoices", "commands", "frames", "reservations", "charging-profiles", "composite-schedules",
    "bulk-commands",
)  # fmt: skip
# Swagger UI sets styles from its script and draws its icons from data addresses.
DOCS_POLICY: dict[str, Any] = {"style-src": [SELF, UNSAFE_INLINE], "img-src": [SELF, "data:"], "frame-src": [NONE]}


class RootView(ApiMixin):
    """Where everything is."""

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        return Response({name: reverse(f"api:{name}-list", request=request) for name in RESOURCES})


@extend_schema(exclude=True)
class NoSuchResource(ApiMixin):
    """A problem document also for an address that leads nowhere."""

    permission_classes = [AllowAny]
    authentication_classes = []

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise NotFound


class DocumentView(SpectacularJSONAPIView):
    """Public: it tells nothing of the tenant."""

    authentication_classes = []


@method_decorator(csp_replace(DOCS_POLICY), name="dispatch")
class DocsView(SpectacularSwaggerSplitView):
    authentication_classes = []
    url_name = "api:document"
