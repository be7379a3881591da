"""Pages of the platform's own host: what this is, and the admin for platform staff and resellers."""

from django.urls import include, path

urlpatterns = [
    path("", include("apps.backoffice.urls_public")),
]
