"""Addresses of security events and certificates."""

from django.urls import URLPattern, URLResolver
from rest_framework.routers import SimpleRouter

from apps.api.views import security

router = SimpleRouter(trailing_slash=False)
router.register("security-events", security.SecurityEventViewSet, basename="security-events")
router.register("certificate-requests", security.CertificateRequestViewSet, basename="certificate-requests")
router.register("installed-certificates", security.InstalledCertificateViewSet, basename="installed-certificates")

urlpatterns: list[URLPattern | URLResolver] = [*router.urls]
