"""Addresses of what waits for people."""

from django.urls import URLPattern, path

from apps.api.views import decisions

urlpatterns: list[URLPattern] = [
    path("work-items", decisions.WorkItemsView.as_view(), name="work-items-list"),
    path("work-items/<str:key>", decisions.WorkItemView.as_view(), name="work-items-detail"),
    path("work-items/<str:key>/decisions", decisions.WorkItemDecisionsView.as_view(), name="work-items-decide"),
]
