"""Variables of stations, templates for them, and what deviates."""

from typing import Any

from rest_framework import serializers

from apps.api.serializers.base import Strict, StrictModel, station_by_identity
from apps.dialects.adapters.masking import shown
from apps.stations.models import ConfigurationTemplate, Deviation, Location, Variable
from apps.stations.services.changes import LONGEST_VALUE
from apps.stations.services.templates import LONGEST_NAME
from apps.stations.services.values import kind_of_variable

LONGEST_REASON = 200


class ReasonSerializer(Strict):
    """Why something is done, for the log of changes."""

    reason = serializers.CharField(max_length=LONGEST_REASON, required=False, default="", allow_blank=True)


class NewValueSerializer(ReasonSerializer):
    """A value as OCPP writes it: true and false, numbers in digits, lists with commas."""

    value = serializers.CharField(max_length=LONGEST_VALUE, allow_blank=True, trim_whitespace=False)


class VariableSerializer(StrictModel):
    """A variable of a 2.x station, or a key of a 1.6 station (with an empty component), as it was last told.

    `kind` is how the value is to be read. An `unverified` value was accepted and not read back yet.
    """

    station = serializers.SlugRelatedField[Any](slug_field="identity", read_only=True)
    value = serializers.SerializerMethodField(method_name="shown_value")
    kind = serializers.SerializerMethodField()

    class Meta:
        model = Variable
        fields = [
            "id", "station", "component", "component_instance", "name", "instance", "evse", "connector", "attribute",
            "value", "kind", "mutability", "unit", "values_list", "min_limit", "max_limit", "reported_at",
            "pending_reboot", "unverified", "unsupported_at",
        ]  # fmt: skip
        read_only_fields = fields

    def shown_value(self, variable: Variable) -> str | None:
        return shown(variable.name, variable.value)

    def get_kind(self, variable: Variable) -> str:
        return kind_of_variable(variable).value


class SettingSerializer(Strict):
    """A value that a template wants; component and instance are empty for keys of OCPP 1.6."""

    component = serializers.CharField(max_length=LONGEST_NAME, allow_blank=True, default="")
    name = serializers.CharField(max_length=LONGEST_NAME)
    instance = serializers.CharField(max_length=LONGEST_NAME, allow_blank=True, default="")
    value = serializers.CharField(max_length=500, allow_blank=True)


class TemplateSerializer(StrictModel):
    """Values for the variables of some stations. Of those that apply the narrowest scope wins, variable by variable.

    `deviating` is how many stations are not as it wants them.
    """

    location = serializers.PrimaryKeyRelatedField(queryset=Location.objects.all(), allow_null=True, required=False)
    station = station_by_identity(allow_null=True, required=False)
    settings = SettingSerializer(many=True)
    deviating = serializers.IntegerField(read_only=True)

    class Meta:
        model = ConfigurationTemplate
        fields = [
            "id", "name", "scope", "vendor", "model", "location", "station", "settings", "at_boot", "is_active",
            "is_shipped", "changed_at", "deviating",
        ]  # fmt: skip
        read_only_fields = ["is_shipped", "changed_at"]
        extra_kwargs: dict[str, Any] = {"name": {"validators": []}}


class WrittenTemplateSerializer(TemplateSerializer):
    reason = serializers.CharField(max_length=LONGEST_REASON, required=False, allow_blank=True, write_only=True)

    class Meta(TemplateSerializer.Meta):
        fields = [*TemplateSerializer.Meta.fields, "reason"]


class DeviationSerializer(StrictModel):
    """A variable that is not as the winning template wants it. `repairing` says that it is being written."""

    station = serializers.SlugRelatedField[Any](slug_field="identity", read_only=True)
    repairing = serializers.SerializerMethodField()

    class Meta:
        model = Deviation
        fields = [
            "id", "station", "template", "component", "name", "instance", "wanted", "actual", "state", "refusals",
            "repairing", "since_at",
        ]  # fmt: skip
        read_only_fields = fields

    def get_repairing(self, deviation: Deviation) -> bool:
        return bool(deviation.due_by)


class RepairSerializer(Strict):
    """How many variables are being written."""

    repairing = serializers.IntegerField()
