"""Tariffs with the prices of their newest version, and where they apply."""

from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError as ModelError
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.api.serializers.base import EvseField, PriceField, Strict, StrictModel, station_by_identity
from apps.stations.models import Location
from apps.tariffs.messages import Prices
from apps.tariffs.models import Tariff, TariffVersion, check_currency

LONGEST_GRACE_S = 2**31 - 1


class PricesSerializer(Strict):
    """What a version fixes. Prices are gross when `tax_included`; what is left out costs nothing."""

    currency = serializers.CharField(min_length=3, max_length=3)
    price_per_kwh = PriceField(default=Decimal(0))
    price_per_minute = PriceField(default=Decimal(0))
    price_per_session = PriceField(default=Decimal(0))
    idle_per_minute = PriceField(default=Decimal(0))
    idle_grace_s = serializers.IntegerField(min_value=0, max_value=LONGEST_GRACE_S, default=0)
    vat_percent = serializers.DecimalField(max_digits=5, decimal_places=2, min_value=Decimal(0), max_value=Decimal(100))
    tax_included = serializers.BooleanField(default=True)

    def validate_currency(self, code: str) -> str:
        try:
            check_currency(code)
        except ModelError as problem:
            raise serializers.ValidationError(problem.messages) from problem
        return code


class VersionSerializer(PricesSerializer):
    version = serializers.IntegerField(source="number")
    valid_from = serializers.DateTimeField()
    valid_to = serializers.DateTimeField(allow_null=True)


class WrittenTariffSerializer(PricesSerializer):
    """Every change of prices makes a new version; charges in progress keep the one they started under."""

    name = serializers.CharField(max_length=100)
    valid_from = serializers.DateTimeField(required=False)
    valid_to = serializers.DateTimeField(required=False, allow_null=True)

    @property
    def prices(self) -> Prices:
        """The validated prices; a partial change takes the rest from the newest version."""
        newest: TariffVersion | None = self.context.get("newest")
        old = vars(newest.prices) if newest else {}
        given = {name: value for name, value in self.validated_data.items() if name in PricesSerializer().fields}
        return Prices(**old | given)


class AssignmentSerializer(Strict):
    """One place at which a tariff applies, the narrowest winning; without any place it applies everywhere else."""

    id = serializers.IntegerField(read_only=True)
    location = serializers.PrimaryKeyRelatedField(queryset=Location.objects.all(), required=False, allow_null=True)
    station = station_by_identity(required=False, allow_null=True)
    evse = EvseField(required=False, allow_null=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if sum(place is not None for place in attrs.values()) > 1:
            raise serializers.ValidationError(_("Name one place: a location, a station or an EVSE."))
        return attrs


class TariffSerializer(StrictModel):
    """A tariff; `current` is the version that is valid now, or null."""

    current = serializers.SerializerMethodField()
    assignments = AssignmentSerializer(many=True, read_only=True)

    class Meta:
        model = Tariff
        fields = ["id", "name", "current", "assignments", "archived_at"]
        read_only_fields = fields

    @extend_schema_field(VersionSerializer(allow_null=True))
    def get_current(self, tariff: Tariff) -> Any:
        version = valid_version(tariff, self.context["at"])
        return None if version is None else VersionSerializer(version).data


def valid_version(tariff: Tariff, at: Any) -> TariffVersion | None:
    """As `Tariff.version_at`, from versions that were read already."""
    valid = [
        version
        for version in tariff.versions.all()
        if version.valid_from <= at and (version.valid_to is None or at < version.valid_to)
    ]
    return max(valid, key=lambda version: (version.valid_from, version.number), default=None)
