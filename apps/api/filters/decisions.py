"""Decisions and quirks."""

import django_filters

from apps.api.filters.base import GivenFilter, NumberFilter, TextFilter
from apps.charging.models import Decision, DecisionKind
from apps.stations.models import QuirkObservation, QuirkOverride, QuirkState
from apps.stations.models.quirks import QUIRKS


class DecisionFilter(django_filters.FilterSet):  # type: ignore[misc]
    kind = django_filters.ChoiceFilter(choices=DecisionKind.choices)
    transaction = NumberFilter(field_name="transaction_id")
    undone = GivenFilter(field_name="undone_at")

    class Meta:
        model = Decision
        fields: list[str] = []


class QuirkObservationFilter(django_filters.FilterSet):  # type: ignore[misc]
    station = TextFilter(field_name="station__identity")
    vendor = TextFilter(field_name="station__vendor")
    model = TextFilter(field_name="station__model")
    kind = django_filters.ChoiceFilter(choices=QUIRKS)
    state = django_filters.ChoiceFilter(choices=QuirkState.choices)

    class Meta:
        model = QuirkObservation
        fields: list[str] = []


class QuirkOverrideFilter(django_filters.FilterSet):  # type: ignore[misc]
    station = TextFilter(field_name="station__identity")
    vendor = TextFilter(field_name="profile__vendor")
    model = TextFilter(field_name="profile__model")
    kind = django_filters.ChoiceFilter(choices=QUIRKS)

    class Meta:
        model = QuirkOverride
        fields: list[str] = []
