"""Host name to tenant, for every web request."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from structlog.contextvars import bound_contextvars

from apps.tenants.scope import tenant_connection
from apps.tenants.services.tenants import is_public_host, tenant_of_host


class TenantMiddleware:
    """Choose the schema and the urls by host name; an unknown host gets "no such address"."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        tenant_connection.set_schema_to_public()
        if request.path in ("/livez", "/readyz"):
            return self._serve_public(request, settings.PUBLIC_SCHEMA_URLCONF)
        host = request.get_host().rsplit(":", 1)[0].lower()
        tenant = None if is_public_host(host) else tenant_of_host(host)
        if tenant:
            request.tenant = tenant  # type: ignore[attr-defined]
            tenant_connection.set_tenant(tenant)
            with bound_contextvars(schema=tenant.schema_name):
                return self.get_response(request)
        is_ours = is_public_host(host)
        return self._serve_public(request, settings.PUBLIC_SCHEMA_URLCONF if is_ours else settings.NOWHERE_URLCONF)

    def _serve_public(self, request: HttpRequest, urlconf: str) -> HttpResponse:
        request.tenant = None  # type: ignore[attr-defined]
        request.urlconf = urlconf
        return self.get_response(request)
