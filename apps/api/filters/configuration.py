"""Variables, templates and deviations."""

import django_filters

from apps.api.filters.base import GivenFilter, NumberFilter, TextFilter, YesNoFilter
from apps.stations.models import ConfigurationTemplate, Deviation, DeviationState, TemplateScope, Variable


class VariableFilter(django_filters.FilterSet):  # type: ignore[misc]
    station = TextFilter(field_name="station__identity")
    component = TextFilter(field_name="component", lookup_expr="iexact")
    name = TextFilter(field_name="name", lookup_expr="iexact")
    value = TextFilter(field_name="value")
    pending_reboot = YesNoFilter(field_name="pending_reboot")
    unsupported = GivenFilter(field_name="unsupported_at")

    class Meta:
        model = Variable
        fields: list[str] = []


class TemplateFilter(django_filters.FilterSet):  # type: ignore[misc]
    name = TextFilter(field_name="name", lookup_expr="icontains")
    scope = django_filters.ChoiceFilter(choices=TemplateScope.choices)
    location = NumberFilter(field_name="location_id")
    station = TextFilter(field_name="station__identity")

    class Meta:
        model = ConfigurationTemplate
        fields: list[str] = []


class DeviationFilter(django_filters.FilterSet):  # type: ignore[misc]
    station = TextFilter(field_name="station__identity")
    template = NumberFilter(field_name="template_id")
    name = TextFilter(field_name="name", lookup_expr="iexact")
    state = django_filters.ChoiceFilter(choices=DeviationState.choices)

    class Meta:
        model = Deviation
        fields: list[str] = []
