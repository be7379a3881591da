"""Is the web role alive, is it ready."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from apps.tenants.services.readiness import problems


@require_safe
@never_cache
def livez(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "alive"})


@require_safe
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    found = problems()
    answer = {"status": "not ready" if found else "ready", "problems": found}
    return JsonResponse(answer, status=503 if found else 200)
