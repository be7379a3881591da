"""Firmware, updates, campaigns and logs."""

import django_filters

from apps.api.filters.base import NumberFilter, TextFilter, WithArchive, after, before
from apps.stations.models import CampaignState, Firmware, FirmwareCampaign, FirmwareUpdate, LogRequest
from apps.stations.models.firmware import UPDATE_STATES
from apps.stations.models.logs import LOG_STATES, LOG_TYPES


class FirmwareFilter(WithArchive):
    version = TextFilter()
    vendor = TextFilter()
    model = TextFilter()
    sha256 = TextFilter()

    class Meta:
        model = Firmware
        fields: list[str] = []


class UpdateFilter(django_filters.FilterSet):  # type: ignore[misc]
    station = TextFilter(field_name="station__identity")
    firmware = NumberFilter(field_name="firmware_id")
    campaign = NumberFilter(field_name="campaign_id")
    state = django_filters.ChoiceFilter(choices=UPDATE_STATES)
    after = after("created_at")
    before = before("created_at")

    class Meta:
        model = FirmwareUpdate
        fields: list[str] = []


class CampaignFilter(django_filters.FilterSet):  # type: ignore[misc]
    firmware = NumberFilter(field_name="firmware_id")
    state = django_filters.ChoiceFilter(choices=CampaignState.choices)

    class Meta:
        model = FirmwareCampaign
        fields: list[str] = []


class LogFilter(django_filters.FilterSet):  # type: ignore[misc]
    station = TextFilter(field_name="station__identity")
    log_type = django_filters.ChoiceFilter(choices=LOG_TYPES)
    state = django_filters.ChoiceFilter(choices=LOG_STATES)
    after = after("created_at")
    before = before("created_at")

    class Meta:
        model = LogRequest
        fields: list[str] = []
