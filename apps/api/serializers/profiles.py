"""Charging profiles, and what stations say they keep to."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.api.serializers.base import Strict, StrictModel, station_by_identity
from apps.api.serializers.operations import LONGEST_LIFE_S
from apps.api.serializers.reservations import TokenValueField
from apps.smartcharging.messages import Step
from apps.smartcharging.models import (
    KIND_CHOICES,
    PURPOSE_CHOICES,
    RECURRENCY_CHOICES,
    UNIT_CHOICES,
    ChargingProfile,
    CompositeSchedule,
)
from apps.stations.messages import ChargingProfile as Profile
from apps.stations.messages import ChargingSchedule as Schedule
from apps.stations.messages import ChargingSchedulePeriod as Period
from apps.stations.messages import (
    ClearChargingProfile,
    ProfileKind,
    ProfilePurpose,
    RateUnit,
    RecurrencyKind,
    SetChargingProfile,
)
from apps.stations.services.wording import in_words

HIGHEST = 2**31 - 1
MOST_EVSES = 32767
LONGEST_READ_S = 7 * 24 * 3600


def _rate(**options: Any) -> "serializers.DecimalField":
    return serializers.DecimalField(
        max_digits=9, decimal_places=1, min_value=0, coerce_to_string=False, **options
    )  # fmt: skip


class PeriodSerializer(Strict):
    """From `start_s` after the schedule's start on, at most `limit`."""

    start_s = serializers.IntegerField(min_value=0, max_value=HIGHEST)
    limit = _rate()
    phases = serializers.IntegerField(min_value=1, max_value=3, required=False, allow_null=True, default=None)


class NewProfileSerializer(Strict):
    """A profile for a station. `evse` 0 is the whole station; limits are W in total or A per phase.

    With a `token` a charge is started that is limited by the profile from its begin on; it must be a TxProfile then.
    `expires_in` is how many seconds it may wait for the station; 0 means only if it is connected now.
    """

    station = station_by_identity()
    evse = serializers.IntegerField(min_value=0, max_value=MOST_EVSES, default=0)
    purpose = serializers.ChoiceField(choices=PURPOSE_CHOICES)
    stack_level = serializers.IntegerField(min_value=0, max_value=HIGHEST, default=0)
    kind = serializers.ChoiceField(choices=KIND_CHOICES)
    recurrency = serializers.ChoiceField(choices=RECURRENCY_CHOICES, required=False, allow_null=True, default=None)
    valid_from = serializers.DateTimeField(required=False, allow_null=True, default=None)
    valid_to = serializers.DateTimeField(required=False, allow_null=True, default=None)
    unit = serializers.ChoiceField(choices=UNIT_CHOICES)
    start_at = serializers.DateTimeField(required=False, allow_null=True, default=None)
    duration_s = serializers.IntegerField(
        min_value=1, max_value=HIGHEST, required=False, allow_null=True, default=None
    )  # fmt: skip
    min_charging_rate = _rate(required=False, allow_null=True, default=None)
    periods = serializers.ListField(child=PeriodSerializer(), min_length=1, max_length=1024)
    token = TokenValueField(required=False, allow_null=True, default=None)
    expires_in = serializers.IntegerField(min_value=0, max_value=LONGEST_LIFE_S, default=60)


def wish_of(facts: dict[str, Any]) -> SetChargingProfile:
    """What a checked body says, in our words."""
    rate, recurrency = facts["min_charging_rate"], facts["recurrency"]
    schedule = Schedule(
        id=1,
        rate_unit=RateUnit(facts["unit"]),
        start_at=facts["start_at"],
        duration_s=facts["duration_s"],
        min_charging_rate=None if rate is None else float(rate),
        periods=tuple(
            Period(start_period_s=told["start_s"], limit=float(told["limit"]), number_phases=told["phases"])
            for told in facts["periods"]
        ),
    )
    profile = Profile(
        id=0,
        stack_level=facts["stack_level"],
        purpose=ProfilePurpose(facts["purpose"]),
        kind=ProfileKind(facts["kind"]),
        recurrency=RecurrencyKind(recurrency) if recurrency else None,
        valid_from=facts["valid_from"],
        valid_to=facts["valid_to"],
        schedules=(schedule,),
    )
    return SetChargingProfile(evse=facts["evse"], profile=profile)


class ClearedProfilesSerializer(Strict):
    """Everything at the station that matches what is given, whoever set it; with nothing given, everything."""

    station = station_by_identity()
    evse = serializers.IntegerField(min_value=0, max_value=MOST_EVSES, required=False, allow_null=True, default=None)
    purpose = serializers.ChoiceField(choices=PURPOSE_CHOICES, required=False, allow_null=True, default=None)
    stack_level = serializers.IntegerField(
        min_value=0, max_value=HIGHEST, required=False, allow_null=True, default=None
    )  # fmt: skip


def criteria_of(facts: dict[str, Any]) -> ClearChargingProfile:
    purpose = facts["purpose"]
    return ClearChargingProfile(
        evse=facts["evse"], purpose=ProfilePurpose(purpose) if purpose else None, stack_level=facts["stack_level"]
    )


class ChargingProfileSerializer(StrictModel):
    """A profile and what became of it. `number` is what the station calls it.

    `state`: wanted, set, rejected, cleared, or unknown when the station did not answer. `reason` says why in words.
    """

    station = serializers.SlugRelatedField[Any](slug_field="identity", read_only=True)
    number = serializers.IntegerField(source="profile_id", read_only=True)
    recurrency = serializers.SerializerMethodField()
    periods = PeriodSerializer(many=True, read_only=True)
    reason = serializers.SerializerMethodField()

    class Meta:
        model = ChargingProfile
        fields = [
            "id", "station", "evse", "number", "purpose", "stack_level", "kind", "recurrency", "valid_from", "valid_to",
            "transaction", "unit", "start_at", "duration_s", "min_charging_rate", "periods", "state", "reason",
            "command", "by", "created_at", "settled_at",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(serializers.ChoiceField(choices=RECURRENCY_CHOICES, allow_null=True))
    def get_recurrency(self, profile: ChargingProfile) -> str | None:
        return profile.recurrency or None

    def get_reason(self, profile: ChargingProfile) -> str | None:
        return in_words(profile.reason) or None


class LimitStepSerializer(serializers.Serializer[Step]):
    """From `start_s` after the begin on; a null `limit` is none."""

    start_s = serializers.IntegerField()
    limit = serializers.FloatField(allow_null=True)
    phases = serializers.IntegerField(allow_null=True)


class DifferenceSerializer(serializers.Serializer[Any]):
    start_s = serializers.IntegerField()
    duration_s = serializers.IntegerField()
    ours = serializers.FloatField()
    theirs = serializers.FloatField(allow_null=True, help_text=_("Null: the station told no limit."))


class AskedScheduleSerializer(Strict):
    """Ask a station what it will keep to for the next `duration_s`; `evse` 0 is the grid connection."""

    station = station_by_identity()
    evse = serializers.IntegerField(min_value=0, max_value=MOST_EVSES, default=0)
    unit = serializers.ChoiceField(choices=UNIT_CHOICES, required=False, allow_null=True, default=None)
    duration_s = serializers.IntegerField(min_value=60, max_value=LONGEST_READ_S, default=24 * 3600)
    expires_in = serializers.IntegerField(min_value=0, max_value=LONGEST_LIFE_S, default=60)


class CompositeScheduleSerializer(StrictModel):
    """What a station said last it keeps to at an EVSE, from `start_at` on, and where we know better.

    `known` are the limits by all profiles that we know of, for the same time; in a list it is left out.
    """

    key = serializers.SerializerMethodField()
    station = serializers.SlugRelatedField[Any](slug_field="identity", read_only=True)
    periods = LimitStepSerializer(many=True, read_only=True)
    differences = DifferenceSerializer(many=True, read_only=True)

    class Meta:
        model = CompositeSchedule
        fields = [
            "key", "station", "evse", "status", "unit", "start_at", "duration_s", "periods", "differences", "read_at",
        ]  # fmt: skip
        read_only_fields = fields

    def get_key(self, row: CompositeSchedule) -> str:
        return f"{row.station.identity}:{row.evse}"


class KnownScheduleSerializer(CompositeScheduleSerializer):
    known = LimitStepSerializer(many=True, read_only=True)

    class Meta(CompositeScheduleSerializer.Meta):
        fields = [*CompositeScheduleSerializer.Meta.fields, "known"]
        read_only_fields = fields
