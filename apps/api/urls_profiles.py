"""Addresses of smart charging."""

from rest_framework.routers import SimpleRouter

from apps.api.views import profiles

router = SimpleRouter(trailing_slash=False)
router.register("charging-profiles", profiles.ChargingProfileViewSet, basename="charging-profiles")
router.register("composite-schedules", profiles.CompositeScheduleViewSet, basename="composite-schedules")

urlpatterns = router.urls
