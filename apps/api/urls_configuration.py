"""Addresses about configuration."""

from django.urls import URLPattern, URLResolver, path
from rest_framework.routers import SimpleRouter

from apps.api.views import configuration

router = SimpleRouter(trailing_slash=False)
router.register("variables", configuration.VariableViewSet, basename="variables")
router.register("configuration-templates", configuration.TemplateViewSet, basename="configuration-templates")
router.register("configuration-deviations", configuration.DeviationViewSet, basename="configuration-deviations")

urlpatterns: list[URLPattern | URLResolver] = [
    path("stations/<str:identity>/configuration/repair", configuration.RepairView.as_view(), name="station-repair"),
    path("stations/<str:identity>/configuration/read", configuration.ReadingView.as_view(), name="station-read"),
    path("stations/<str:identity>/password", configuration.PasswordView.as_view(), name="station-password"),
    *router.urls,
]
