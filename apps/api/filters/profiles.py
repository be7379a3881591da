"""Charging profiles and composite schedules by place and state."""

from typing import Any

import django_filters
from django.db.models import QuerySet

from apps.api.filters.base import NumberFilter, TextFilter, YesNoFilter, after, before
from apps.smartcharging.models import PURPOSE_CHOICES, ChargingProfile, CompositeSchedule, ProfileState


class ChargingProfileFilter(django_filters.FilterSet):  # type: ignore[misc]
    station = TextFilter(field_name="station__identity")
    location = NumberFilter(field_name="station__location_id")
    evse = NumberFilter(field_name="evse")
    purpose = django_filters.ChoiceFilter(choices=PURPOSE_CHOICES)
    state = django_filters.ChoiceFilter(choices=ProfileState.choices)
    transaction = NumberFilter(field_name="transaction_id")
    after = after("created_at")
    before = before("created_at")

    class Meta:
        model = ChargingProfile
        fields: list[str] = []


class DiffersFilter(YesNoFilter):
    """`true`: the station said other than we know; `false`: it agreed, or told nothing."""

    def filter(self, queryset: QuerySet[Any], value: Any) -> QuerySet[Any]:
        if value in ("", None):
            return queryset
        return queryset.exclude(differences=[]) if value else queryset.filter(differences=[])


class CompositeScheduleFilter(django_filters.FilterSet):  # type: ignore[misc]
    station = TextFilter(field_name="station__identity")
    location = NumberFilter(field_name="station__location_id")
    evse = NumberFilter(field_name="evse")
    differs = DiffersFilter(field_name="differences")

    class Meta:
        model = CompositeSchedule
        fields: list[str] = []
