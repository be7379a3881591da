"""Security events, and certificates of stations."""

from typing import Any

from rest_framework import serializers

from apps.api.serializers.base import Strict, StrictModel, station_by_identity
from apps.certificates.models import ROOT_USES, USES, CertificateRequest, InstalledCertificate
from apps.certificates.rules.reading import MOST_CHARS
from apps.stations.models import SecurityEvent
from apps.stations.services.wording import in_words


class SecurityEventSerializer(StrictModel):
    """A security event of a station, `count` times heard. `at` is the station's clock, null where it told no time.

    `is_critical` is by the list of OCPP 2.1; `needs_attention` leaves out what every restart brings. `is_ours` is what
    we noticed ourselves.
    """

    station = serializers.SlugRelatedField[Any](slug_field="identity", read_only=True)

    class Meta:
        model = SecurityEvent
        fields = [
            "id", "station", "type", "at", "tech_info", "is_critical", "needs_attention", "is_ours", "first_at",
            "last_at", "count", "seen_at", "seen_by",
        ]  # fmt: skip
        read_only_fields = fields


class CertificateRequestSerializer(StrictModel):
    """A station's request to have its key certified. `note` says why it was refused, or not taken by the station."""

    station = serializers.SlugRelatedField[Any](slug_field="identity", read_only=True)
    note = serializers.SerializerMethodField()

    class Meta:
        model = CertificateRequest
        fields = [
            "id", "station", "use", "csr", "subject", "common_name", "organization", "key_kind", "key_bits", "state",
            "note", "first_at", "last_at", "count", "chain", "fingerprint", "valid_until", "decided_at", "decided_by",
        ]  # fmt: skip
        read_only_fields = fields

    def get_note(self, request: CertificateRequest) -> str | None:
        return in_words(request.note) or None


class StationOnlySerializer(Strict):
    """Which station."""

    station = station_by_identity()


class ChainSerializer(Strict):
    """The station's certificate and those between it and the root, its own first, in PEM. No private key."""

    chain = serializers.CharField(max_length=MOST_CHARS, trim_whitespace=False)


class RefusalSerializer(Strict):
    """Why a request is not going to be signed."""

    note = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")


class InstalledCertificateSerializer(StrictModel):
    """A certificate in a station, under the name (hash data) that the station gives it.

    `told_at` is when the station last listed it. What it says of itself is known of those that were installed here.
    """

    station = serializers.SlugRelatedField[Any](slug_field="identity", read_only=True)
    note = serializers.SerializerMethodField()

    class Meta:
        model = InstalledCertificate
        fields = [
            "id", "station", "use", "hash_algorithm", "issuer_name_hash", "issuer_key_hash", "serial_number",
            "told_at", "pem", "subject", "issuer", "valid_from", "valid_until", "fingerprint", "state", "note", "by",
            "created_at",
        ]  # fmt: skip
        read_only_fields = fields

    def get_note(self, row: InstalledCertificate) -> str | None:
        return in_words(row.note) or None


class NewRootSerializer(Strict):
    """A root for a station, in PEM."""

    station = station_by_identity()
    use = serializers.ChoiceField(choices=ROOT_USES)
    pem = serializers.CharField(max_length=MOST_CHARS, trim_whitespace=False)


class ReadRootsSerializer(Strict):
    """Of which uses a station is to list its certificates; without any, of all that its version knows."""

    station = station_by_identity()
    uses = serializers.ListField(
        child=serializers.ChoiceField(choices=USES), required=False, max_length=6, default=list
    )


class ConfirmationSerializer(Strict):
    """`confirm` says that the station finds back to us without this root; others need none."""

    confirm = serializers.BooleanField(required=False, default=False)
