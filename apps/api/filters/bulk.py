"""Filters of bulk commands."""

import django_filters

from apps.api.filters.base import TextFilter, after, before
from apps.stations.models import BulkOrder


class BulkFilter(django_filters.FilterSet):  # type: ignore[misc]
    action = TextFilter()
    by = TextFilter()
    after = after("created_at")
    before = before("created_at")

    class Meta:
        model = BulkOrder
        fields: list[str] = []
