"""Addresses without a slash at the end."""

from django.urls import URLPattern, URLResolver, include, path, re_path
from rest_framework.routers import SimpleRouter

from apps.api import urls_decisions
from apps.api.views import (
    bulk,
    charges,
    decisions,
    local_lists,
    operations,
    papers,
    people,
    places,
    prices,
    quirks,
    reservations,
    root,
)

app_name = "api"

router = SimpleRouter(trailing_slash=False)
router.register("decisions", decisions.DecisionViewSet, basename="decisions")
router.register("quirk-observations", quirks.QuirkObservationViewSet, basename="quirk-observations")
router.register("quirk-overrides", quirks.QuirkOverrideViewSet, basename="quirk-overrides")
router.register("locations", places.LocationViewSet, basename="locations")
router.register("stations", places.StationViewSet, basename="stations")
router.register("evses", places.EvseViewSet, basename="evses")
router.register("connectors", places.ConnectorViewSet, basename="connectors")
router.register("transactions", charges.TransactionViewSet, basename="transactions")
router.register("meter-values", charges.MeterValueViewSet, basename="meter-values")
router.register("drivers", people.DriverViewSet, basename="drivers")
router.register("tokens", people.TokenViewSet, basename="tokens")
router.register("local-lists", local_lists.LocalListViewSet, basename="local-lists")
router.register("tariffs", prices.TariffViewSet, basename="tariffs")
router.register("reservations", reservations.ReservationViewSet, basename="reservations")
router.register("cdrs", charges.CdrViewSet, basename="cdrs")
router.register("invoices", papers.InvoiceViewSet, basename="invoices")
router.register("bulk-commands", bulk.BulkViewSet, basename="bulk-commands")
router.register("commands", operations.CommandViewSet, basename="commands")
router.register("frames", operations.FrameViewSet, basename="frames")

version_1: list[URLPattern | URLResolver] = [
    path("", root.RootView.as_view(), name="root"),
    path("", include("apps.api.urls_configuration")),
    path("", include("apps.api.urls_profiles")),
    path("", include("apps.api.urls_firmware")),
    path("", include("apps.api.urls_security")),
    path("stations/<str:identity>/commands", operations.StationCommandsView.as_view(), name="station-commands"),
    path("local-list-policy", local_lists.LocalListPolicyView.as_view(), name="local-list-policy"),
    path("exports/charges.csv", papers.ChargesFileView.as_view(), name="charges-file"),
    path("exports/invoices.csv", papers.InvoicesFileView.as_view(), name="invoices-file"),
    *urls_decisions.urlpatterns,
    *router.urls,
    re_path(r"", root.NoSuchResource.as_view()),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("v1/", include(version_1)),
    path("openapi.json", root.DocumentView.as_view(), name="document"),
    path("docs/", root.DocsView.as_view(), name="docs"),
]
