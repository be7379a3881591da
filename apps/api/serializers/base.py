"""A serializer that refuses what it does not know, and the fields of the contract: money, prices, natural keys."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.core.money import quantum, round_money
from apps.stations.models import EVSE, ChargingStation, Connector


class Strict(serializers.Serializer[Any]):
    """Unknown fields are errors; read-only ones are ignored, so that what was read can be sent back."""

    def to_internal_value(self, data: Any) -> Any:
        unknown = set(data) - set(self.fields) if isinstance(data, Mapping) else set()
        errors: dict[str, Any] = {name: [_("There is no such field.")] for name in sorted(map(str, unknown))}
        try:
            value = super().to_internal_value(data)
        except serializers.ValidationError as problem:
            if not isinstance(problem.detail, dict):
                raise
            errors |= problem.detail
        if errors:
            raise serializers.ValidationError(errors)
        return value


class StrictModel(Strict, serializers.ModelSerializer[Any]):
    """A Strict serializer of a model. Uniqueness is the service's to judge, and a conflict rather than a bad field."""


@extend_schema_field({"type": "string", "format": "decimal", "example": "12.50"})
class MoneyField(serializers.Field[Any, Any, str | None, Any]):
    """An amount as text, with the digits of the currency that stands beside it in `currency`."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(read_only=True, **kwargs)

    def get_attribute(self, instance: Any) -> Any:
        amount = super().get_attribute(instance)
        return None if amount is None else (amount, instance.currency)

    def to_representation(self, value: Any) -> str:
        amount, currency = value
        return str(round_money(amount, currency))


def price_text(price: Decimal, currency: str) -> str:
    """A unit price with all of its digits, but without the zeros behind the minor unit: 0.49, 0.4915."""
    minor = quantum(currency)
    rounded = price.quantize(minor)
    return str(rounded) if rounded == price else format(price.normalize(), "f")


@extend_schema_field({"type": "string", "format": "decimal", "example": "0.49"})
class PriceField(serializers.DecimalField):
    """A price per unit, up to six decimals, as text. Numbers are read too."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_digits=12, decimal_places=6, min_value=Decimal(0), **kwargs)

    def get_attribute(self, instance: Any) -> Any:
        price = super().get_attribute(instance)
        return None if price is None else (price, instance.currency)

    def to_representation(self, value: Any) -> str:
        return price_text(*value) if isinstance(value, tuple) else str(value)


@extend_schema_field(OpenApiTypes.OBJECT)
class AnyObject(serializers.Field[Any, Any, Any, Any]):
    """A JSON object as it is."""

    default_error_messages = {"type": _("This must be a JSON object.")}

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            self.fail("type")
        return data

    def to_representation(self, value: Any) -> Any:
        return value


def evse_key(evse: EVSE) -> str:
    """What an EVSE is called: CS-1:2 is the second of station CS-1."""
    return f"{evse.station.identity}:{evse.number}"


def station_by_identity(**kwargs: Any) -> "serializers.SlugRelatedField[ChargingStation]":
    """A reference to a station by its identity."""
    if not kwargs.get("read_only"):
        kwargs["queryset"] = ChargingStation.objects.filter(archived_at=None)
    return serializers.SlugRelatedField(slug_field="identity", **kwargs)


@extend_schema_field({"type": "string", "example": "CS-1:1"})
class EvseField(serializers.RelatedField[EVSE, Any, str]):
    """A reference to an EVSE by station and number."""

    default_error_messages = {
        "missing": _("There is no EVSE “{called}”: name it as CS-1:2, the second of station CS-1.")
    }

    def __init__(self, **kwargs: Any) -> None:
        if not kwargs.get("read_only"):
            kwargs["queryset"] = EVSE.objects.all()
        super().__init__(**kwargs)

    def to_representation(self, value: Any) -> str:
        return evse_key(value)

    def to_internal_value(self, data: Any) -> EVSE:
        evse = evses_called(EVSE.objects.filter(station__archived_at=None), str(data)).first()
        if evse is None:
            self.fail("missing", called=str(data)[:100])
        return evse


def evses_called(queryset: "QuerySet[EVSE]", key: str) -> "QuerySet[EVSE]":
    """The EVSE with this key, if there is one."""
    identity, _colon, number = key.rpartition(":")
    if not _is_number(number):
        return queryset.none()
    return queryset.filter(station__identity=identity, number=int(number))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 4


def connectors_called(queryset: "QuerySet[Connector]", key: str) -> "QuerySet[Connector]":
    """The connector with this key, if there is one: CS-1:2:1 is the first of the second EVSE of CS-1."""
    evse, _colon, number = key.rpartition(":")
    if not _is_number(number):
        return queryset.none()
    return queryset.filter(evse__in=evses_called(EVSE.objects.all(), evse), number=int(number))
