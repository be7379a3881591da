"""Pages of bulk commands."""

from django.urls import URLPattern, path

from apps.backoffice.views import bulk

urlpatterns: list[URLPattern] = [
    path("bulk/", bulk.index, name="bulks"),
    path("bulk/new/", bulk.new, name="bulk-new"),
    path("bulk/<int:bulk_id>/", bulk.show, name="bulk"),
    path("bulk/<int:bulk_id>/retry/", bulk.retry, name="bulk-retry"),
    path("bulk/<int:bulk_id>/outcome.csv", bulk.file, name="bulk-file"),
]
