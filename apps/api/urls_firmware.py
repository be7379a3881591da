"""Addresses about firmware and logs."""

from django.urls import URLPattern, URLResolver, re_path
from rest_framework.routers import SimpleRouter

from apps.api.views import firmware

router = SimpleRouter(trailing_slash=False)
router.register("firmware", firmware.FirmwareViewSet, basename="firmware")
router.register("firmware-updates", firmware.UpdateViewSet, basename="firmware-updates")
router.register("firmware-campaigns", firmware.CampaignViewSet, basename="firmware-campaigns")
router.register("logs", firmware.LogViewSet, basename="logs")

urlpatterns: list[URLPattern | URLResolver] = [
    re_path(r"\Alogs/files/(?P<file_id>\d+)\Z", firmware.LogFileView.as_view(), name="log-file"),
    *router.urls,
]
