"""Local lists of tokens."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from apps.api.serializers.base import Strict, StrictModel
from apps.drivers.models import Keeping, LocalList
from apps.drivers.services.local_lists import Picture
from apps.drivers.services.local_lists.picture import SAME, TO_ADD, TO_CHANGE, TO_REMOVE
from apps.stations.services.wording import in_words


class LocalListSerializer(StrictModel):
    """The list of tokens that a station decides by when it can't ask.

    `version` and `size` are what the station has acknowledged, `told_version` what it said when it was last asked:
    0 for an empty list, -1 for none at all. `left_out` counts the tokens that found no room.
    """

    station = serializers.SlugRelatedField[Any](slug_field="identity", read_only=True)
    keep = serializers.ChoiceField(choices=Keeping.choices)
    problem = serializers.SerializerMethodField()

    class Meta:
        model = LocalList
        fields = [
            "station", "keep", "state", "version", "told_version", "told_at", "size", "left_out", "status", "problem",
            "updated_at", "retry_at",
        ]  # fmt: skip
        read_only_fields = [name for name in fields if name != "keep"]

    def get_problem(self, found: LocalList) -> str | None:
        return in_words(found.problem) or None


class EntrySerializer(serializers.Serializer[Any]):
    """What a list says of one token, and what is to become of it at the station."""

    value = serializers.CharField(source="number")
    type = serializers.CharField(source="shown.type", help_text=_("IdTokenEnumType of OCPP 2.1."))
    status = serializers.CharField(source="shown.status", help_text=_("AuthorizationStatusEnumType of OCPP 2.1."))
    expires_at = serializers.DateTimeField(source="shown.expires_at", allow_null=True)
    group = serializers.CharField(source="shown.group", allow_null=True)
    change = serializers.ChoiceField(choices=[SAME, TO_ADD, TO_CHANGE, TO_REMOVE])


class WholeListSerializer(LocalListSerializer):
    """With the entries, and how much the station bears of them."""

    wanted_version = serializers.IntegerField(read_only=True, allow_null=True)
    most_entries = serializers.IntegerField(read_only=True)
    most_per_message = serializers.IntegerField(read_only=True)
    limits_are_assumed = serializers.BooleanField(read_only=True)
    entries = EntrySerializer(many=True, read_only=True)

    class Meta(LocalListSerializer.Meta):
        fields = [
            *LocalListSerializer.Meta.fields, "wanted_version", "most_entries", "most_per_message",
            "limits_are_assumed", "entries",
        ]  # fmt: skip
        read_only_fields = fields

    def to_representation(self, picture: Picture) -> Any:
        return {
            **LocalListSerializer(picture.found, context=self.context).data,
            "wanted_version": picture.wanted_version,
            "most_entries": picture.limits.most,
            "most_per_message": picture.limits.per_message,
            "limits_are_assumed": picture.limits.are_unknown,
            "entries": EntrySerializer(picture.lines, many=True).data,
        }


class PolicySerializer(Strict):
    """Whether local lists are kept at all; a station whose own `keep` is `on` has one nevertheless."""

    is_kept = serializers.BooleanField()
