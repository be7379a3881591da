"""Bulk commands: what is sent to many stations, and what became of it at each."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.api.serializers.base import AnyObject, Strict, StrictModel, station_by_identity
from apps.api.serializers.operations import LONGEST_LIFE_S
from apps.dialects.adapters.masking import masked
from apps.stations.models import BulkItem, BulkOrder, ChargingStation, CommandState
from apps.stations.services.bulk import NOT_ASKED, WAITING
from apps.stations.services.wording import in_words

STATES = (*CommandState.values, WAITING, NOT_ASKED)


class NewBulkSerializer(Strict):
    """An OCPP action with its payload for each of these stations.

    A station whose version has no such request, or that has said that it does not support it, is not asked and says
    why in its outcome; `force` asks the latter all the same.
    """

    action = serializers.CharField(max_length=50)
    payload = AnyObject(default=dict)
    stations = station_by_identity(many=True, allow_empty=False)
    expires_in = serializers.IntegerField(min_value=1, max_value=LONGEST_LIFE_S, default=60)
    force = serializers.BooleanField(default=False)

    def validate_stations(self, stations: list[ChargingStation]) -> list[ChargingStation]:
        """Each once, in this order."""
        return list(dict.fromkeys(stations))


class BulkSerializer(StrictModel):
    """A bulk command. `counts` tells how many stations are in which state."""

    payload = serializers.SerializerMethodField()
    counts = serializers.SerializerMethodField()

    class Meta:
        model = BulkOrder
        fields = ["id", "action", "payload", "kind", "expires_in_s", "by", "created_at", "counts"]
        read_only_fields = fields

    @extend_schema_field(AnyObject(allow_null=True))
    def get_payload(self, order: BulkOrder) -> Any:
        return masked(order.payload)

    @extend_schema_field(serializers.DictField(child=serializers.IntegerField()))
    def get_counts(self, order: BulkOrder) -> dict[str, int]:
        return {state: getattr(order, f"in_{state}") for state in STATES}


class OutcomeSerializer(StrictModel):
    """One station of a bulk command; `command` is its newest one, `error` says in words what went wrong."""

    station = serializers.SlugRelatedField[Any](slug_field="identity", read_only=True)
    state = serializers.SerializerMethodField()
    status = serializers.SerializerMethodField()
    error = serializers.SerializerMethodField()

    class Meta:
        model = BulkItem
        fields = ["station", "state", "status", "error", "attempts", "command"]
        read_only_fields = fields

    @extend_schema_field(serializers.ChoiceField(choices=STATES))
    def get_state(self, item: BulkItem) -> str:
        return outcome_state(item)

    def get_status(self, item: BulkItem) -> str | None:
        return (item.command and item.command.status) or None

    def get_error(self, item: BulkItem) -> str | None:
        return (in_words(item.command.error) if item.command else item.objection) or None


def outcome_state(item: BulkItem) -> str:
    if item.command:
        return item.command.state
    return NOT_ASKED if item.objection else WAITING
