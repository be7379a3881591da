"""Reservations of EVSEs."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.api.serializers.base import EvseField, Strict, StrictModel, station_by_identity
from apps.charging.models import Reservation
from apps.core.identifiers import canonical_token
from apps.drivers.models import IdToken
from apps.stations.services.wording import in_words


class TokenValueField(serializers.SlugRelatedField[IdToken]):
    """A reference to a token by its number, read in canonical form."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(slug_field="value", queryset=IdToken.objects.all(), **kwargs)

    def to_internal_value(self, data: Any) -> IdToken:
        return super().to_internal_value(canonical_token(data) if isinstance(data, str) else data)


class NewReservationSerializer(Strict):
    """An EVSE (as CS-1:2), or a station with any of its EVSEs, for a token; without `begins_at` from now on."""

    evse = EvseField(required=False)
    station = station_by_identity(required=False)
    token = TokenValueField()
    begins_at = serializers.DateTimeField(required=False, allow_null=True, default=None)
    ends_at = serializers.DateTimeField()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """One place, said once."""
        if ("evse" in attrs) == ("station" in attrs):
            raise serializers.ValidationError(_("Name either the EVSE, or the station for any of its EVSEs."))
        evse = attrs.get("evse")
        return {**attrs, "evse": evse, "station": evse.station if evse else attrs["station"]}


class RemarkSerializer(serializers.Serializer[Any]):
    """Something odd about a reservation."""

    code = serializers.CharField()
    at = serializers.DateTimeField()


class ReservationSerializer(StrictModel):
    """A reservation. `number` is what the station calls it, `status` the station's last word about it.

    A null `evse` is any of the station; `group` may use it beside the token. `transaction` is the charge that used it.
    """

    station = serializers.SlugRelatedField[Any](slug_field="identity", read_only=True)
    evse = EvseField(read_only=True, allow_null=True)
    token = serializers.CharField(source="id_token.value", read_only=True)
    error = serializers.SerializerMethodField()
    remarks = serializers.SerializerMethodField()

    class Meta:
        model = Reservation
        fields = [
            "id", "station", "evse", "number", "token", "group", "begins_at", "ends_at", "state", "status", "error",
            "by", "created_at", "asked_at", "held_at", "closed_at", "transaction", "remarks",
        ]  # fmt: skip
        read_only_fields = fields

    def get_error(self, reservation: Reservation) -> str | None:
        return in_words(reservation.error) or None

    @extend_schema_field(RemarkSerializer(many=True))
    def get_remarks(self, reservation: Reservation) -> list[dict[str, str]]:
        return [{"code": note["code"], "at": note["at"]} for note in reservation.notes]
