"""What waits for people, what they decided, and the quirks of makes."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.api.serializers.base import AnyObject, Strict, StrictModel, station_by_identity
from apps.charging.messages import WorkKind
from apps.charging.models import Decision, Transaction
from apps.charging.services.worklist import WorkItem
from apps.stations.models import QuirkObservation, QuirkOverride
from apps.stations.models.quirks import QUIRKS

HIGHEST_WH = 10**12
ACTIONS = ("close", "release", "waive", "keep", "match", "dismiss", "settle")
SCOPES = ("station", "firmware", "model")
KIND_NAMES = [kind for kind, _words in QUIRKS]


class WorkItemSerializer(serializers.Serializer[WorkItem]):
    """Something to decide. One of `transaction`, `stop` and `message` is not null.

    silent and interrupted: `close`; held: `release`, `waive`, and `match` where it is known by its end alone;
    conflict: `keep`; orphan: `match`, `dismiss`; quarantined: `settle`.
    """

    id = serializers.CharField(source="key")
    kind = serializers.ChoiceField(choices=[kind.value for kind in WorkKind])
    since = serializers.DateTimeField()
    urgent = serializers.BooleanField(source="is_urgent")
    station = serializers.CharField(source="station.identity")
    transaction = serializers.SerializerMethodField()
    hold_reason = serializers.SerializerMethodField()
    energy_wh = serializers.SerializerMethodField()
    stop = serializers.SerializerMethodField()
    message = serializers.SerializerMethodField()

    def get_transaction(self, item: WorkItem) -> int | None:
        return item.charge.pk if item.charge else None

    def get_hold_reason(self, item: WorkItem) -> str | None:
        return item.charge.hold_reason if item.charge else None

    def get_energy_wh(self, item: WorkItem) -> int | None:
        return item.charge.energy_wh if item.charge else None

    @extend_schema_field(AnyObject(allow_null=True))
    def get_stop(self, item: WorkItem) -> Any:
        """When it ended, with which register, and the number that the station told."""
        stop = item.stop
        if stop is None:
            return None
        told = {"at": stop.at.isoformat(), "meter_stop_wh": stop.meter_stop_wh, "ocpp_id": stop.transaction_ref}
        return {"id": stop.pk, **told}

    @extend_schema_field(AnyObject(allow_null=True))
    def get_message(self, item: WorkItem) -> Any:
        kept = item.message
        return None if kept is None else {"id": kept.pk, "action": kept.action, "problem": kept.problem}


class WorkListSerializer(serializers.Serializer[Any]):
    """All there is; there are no further pages."""

    count = serializers.IntegerField()
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    results = WorkItemSerializer(many=True)


class NewDecisionSerializer(Strict):
    """What to do about it: `energy_wh` goes with `release`, `transaction` with `match`."""

    action = serializers.ChoiceField(choices=ACTIONS)
    energy_wh = serializers.IntegerField(min_value=0, max_value=HIGHEST_WH, allow_null=True, default=None)
    transaction = serializers.PrimaryKeyRelatedField[Transaction](
        queryset=Transaction.objects.all(), allow_null=True, default=None
    )


class DecisionSerializer(StrictModel):
    """A decision, and when it was taken back."""

    stop = serializers.PrimaryKeyRelatedField[Any](source="orphan", read_only=True, allow_null=True)

    class Meta:
        model = Decision
        fields = ["id", "kind", "transaction", "stop", "at", "by", "undone_at", "undone_by"]
        read_only_fields = fields


class QuirkObservationSerializer(StrictModel):
    """Something odd that was noticed of a station, how often, with the newest evidence; it changes nothing by itself.

    EVSE 0 is the whole station; `value` is what it proposes.
    """

    station = serializers.SlugRelatedField[Any](slug_field="identity", read_only=True)
    vendor = serializers.CharField(source="station.vendor", read_only=True)
    model = serializers.CharField(source="station.model", read_only=True)

    class Meta:
        model = QuirkObservation
        fields = [
            "id", "station", "vendor", "model", "firmware", "evse", "kind", "value", "count", "evidence", "first_at",
            "last_at", "state", "decided_at", "decided_by",
        ]  # fmt: skip
        read_only_fields = fields


class AcceptanceSerializer(Strict):
    """Of what it is accepted: this station, its make with this firmware, or the whole model."""

    scope = serializers.ChoiceField(choices=SCOPES, default="station")


class QuirkOverrideSerializer(StrictModel):
    """What was accepted: of one station, or of a make with firmware from … until (empty: open)."""

    station = serializers.SlugRelatedField[Any](slug_field="identity", read_only=True, allow_null=True)
    vendor = serializers.CharField(source="profile.vendor", read_only=True, allow_null=True)
    model = serializers.CharField(source="profile.model", read_only=True, allow_null=True)
    firmware_from = serializers.CharField(source="profile.firmware_from", read_only=True, allow_null=True)
    firmware_until = serializers.CharField(source="profile.firmware_until", read_only=True, allow_null=True)

    class Meta:
        model = QuirkOverride
        fields = [
            "id", "station", "vendor", "model", "firmware_from", "firmware_until", "kind", "value", "set_at", "set_by",
        ]  # fmt: skip
        read_only_fields = fields


class NewOverrideSerializer(Strict):
    """Either a station, or vendor and model with a range of firmware."""

    station = station_by_identity(required=False, default=None)
    vendor = serializers.CharField(max_length=255, allow_blank=True, default="")
    model = serializers.CharField(max_length=255, allow_blank=True, default="")
    firmware_from = serializers.CharField(max_length=100, allow_blank=True, default="")
    firmware_until = serializers.CharField(max_length=100, allow_blank=True, default="")
    kind = serializers.ChoiceField(choices=KIND_NAMES)
    value = serializers.CharField(max_length=100)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """One of both, said once."""
        if (attrs["station"] is None) == (not attrs["vendor"] and not attrs["model"]):
            raise serializers.ValidationError(_("Name either a station, or a vendor and a model."))
        return attrs
