"""Reservations by place, token, state and time."""

import django_filters

from apps.api.filters.base import NumberFilter, TextFilter, after, before
from apps.api.filters.charges import EvseKeyFilter
from apps.api.filters.people import TokenValueFilter
from apps.charging.models import Reservation, ReservationState


class ReservationFilter(django_filters.FilterSet):  # type: ignore[misc]
    station = TextFilter(field_name="station__identity")
    location = NumberFilter(field_name="station__location_id")
    evse = EvseKeyFilter(field_name="evse")
    token = TokenValueFilter(field_name="id_token__value")
    driver = NumberFilter(field_name="id_token__driver_id")
    state = django_filters.ChoiceFilter(choices=ReservationState.choices)
    begins_after = after("begins_at")
    begins_before = before("begins_at")
    ends_after = after("ends_at")
    ends_before = before("ends_at")

    class Meta:
        model = Reservation
        fields: list[str] = []
