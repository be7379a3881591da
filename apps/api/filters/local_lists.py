"""Local lists."""

import django_filters

from apps.api.filters.base import TextFilter
from apps.drivers.models import Keeping, LocalList, LocalListState


class LocalListFilter(django_filters.FilterSet):  # type: ignore[misc]
    station = TextFilter(field_name="station__identity")
    state = django_filters.ChoiceFilter(choices=LocalListState.choices)
    keep = django_filters.ChoiceFilter(choices=Keeping.choices)

    class Meta:
        model = LocalList
        fields: list[str] = []
