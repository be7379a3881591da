"""Pages of a tenant's host."""

from django.urls import include, path

urlpatterns = [
    path("", include("apps.backoffice.urls")),
    path("api/", include("apps.api.urls")),
]
