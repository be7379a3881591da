"""Commands and frames."""

import django_filters

from apps.api.filters.base import TextFilter, YesNoFilter, after, before
from apps.api.filters.charges import StationIdFilter
from apps.stations.models import CommandState, StationCommand
from apps.telemetry.models import Frame


class CommandFilter(django_filters.FilterSet):  # type: ignore[misc]
    station = TextFilter(field_name="station__identity")
    state = django_filters.ChoiceFilter(choices=CommandState.choices)
    action = TextFilter(field_name="action")
    by = TextFilter(field_name="by")
    after = after("created_at")
    before = before("created_at")

    class Meta:
        model = StationCommand
        fields: list[str] = []


class FrameFilter(django_filters.FilterSet):  # type: ignore[misc]
    station = StationIdFilter(field_name="station_id")
    action = TextFilter(field_name="action")
    message_id = TextFilter(field_name="message_id")
    from_station = YesNoFilter(field_name="incoming")
    after = after("at")
    before = before("at")

    class Meta:
        model = Frame
        fields: list[str] = []
