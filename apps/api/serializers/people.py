"""Drivers and id tokens."""

from typing import Any

from rest_framework import serializers

from apps.api.serializers.base import StrictModel
from apps.core.identifiers import canonical_token
from apps.drivers.models import Driver, IdToken


class DriverSerializer(StrictModel):
    """Someone who charges. Name, address, city and country make a full invoice of a simplified one."""

    tokens = serializers.SlugRelatedField[IdToken](slug_field="value", many=True, read_only=True)

    class Meta:
        model = Driver
        fields = [
            "id", "name", "company", "email", "address", "postal_code", "city", "country", "vat_id", "language",
            "external_id", "tokens", "created_at", "archived_at",
        ]  # fmt: skip
        read_only_fields = ["created_at", "archived_at"]
        extra_kwargs: dict[str, Any] = {"external_id": {"validators": []}}


class TokenSerializer(StrictModel):
    """A card or number that opens a charge, by its canonical value: upper case, hex numbers without separators."""

    value = serializers.CharField(max_length=255)
    driver = serializers.PrimaryKeyRelatedField(
        queryset=Driver.objects.filter(archived_at=None), allow_null=True, required=False
    )

    class Meta:
        model = IdToken
        fields = [
            "value", "type", "label", "driver", "group", "status", "expires_at", "allows_concurrent", "last_used_on",
            "created_at",
        ]  # fmt: skip
        read_only_fields = ["last_used_on", "created_at"]

    def validate_value(self, value: str) -> str:
        return canonical_token(value)


class ChangedTokenSerializer(TokenSerializer):
    value = serializers.CharField(read_only=True)
