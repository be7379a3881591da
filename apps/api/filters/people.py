"""Drivers, tokens and tariffs."""

from typing import Any

import django_filters
from django.db.models import QuerySet

from apps.api.filters.base import NumberFilter, TextFilter, WithArchive, after, before
from apps.core.identifiers import canonical_token
from apps.drivers.models import Driver, IdToken, TokenStatus
from apps.tariffs.models import Tariff


class TokenValueFilter(TextFilter):
    """Compared in canonical form, as everywhere."""

    def filter(self, queryset: QuerySet[Any], value: Any) -> QuerySet[Any]:
        filtered: QuerySet[Any] = super().filter(queryset, canonical_token(value) if value else value)
        return filtered


class DriverFilter(WithArchive):
    name = TextFilter(field_name="name", lookup_expr="icontains")
    company = TextFilter(field_name="company", lookup_expr="icontains")
    email = TextFilter(field_name="email", lookup_expr="iexact")
    external_id = TextFilter(field_name="external_id")
    token = TokenValueFilter(field_name="tokens__value")

    class Meta:
        model = Driver
        fields: list[str] = []


class TokenFilter(django_filters.FilterSet):  # type: ignore[misc]
    value = TokenValueFilter(field_name="value")
    driver = NumberFilter(field_name="driver_id")
    group = TextFilter(field_name="group")
    status = django_filters.ChoiceFilter(choices=TokenStatus.choices)
    expires_after = after("expires_at")
    expires_before = before("expires_at")

    class Meta:
        model = IdToken
        fields: list[str] = []


class TariffFilter(WithArchive):
    name = TextFilter(field_name="name")

    class Meta:
        model = Tariff
        fields: list[str] = []
