"""Security events, and certificates by station, use, state and expiry."""

import django_filters

from apps.api.filters.base import GivenFilter, TextFilter, YesNoFilter, after, before
from apps.certificates.models import SIGNING_USES, USES, CertificateRequest, InstalledCertificate, InstalledState
from apps.certificates.models import RequestState as State
from apps.stations.models import SecurityEvent


class SecurityEventFilter(django_filters.FilterSet):  # type: ignore[misc]
    station = TextFilter(field_name="station__identity")
    type = TextFilter()
    critical = YesNoFilter(field_name="is_critical")
    needs_attention = YesNoFilter()
    seen = GivenFilter(field_name="seen_at")
    after = after("last_at")
    before = before("last_at")

    class Meta:
        model = SecurityEvent
        fields: list[str] = []


class CertificateRequestFilter(django_filters.FilterSet):  # type: ignore[misc]
    station = TextFilter(field_name="station__identity")
    use = django_filters.ChoiceFilter(choices=SIGNING_USES)
    state = django_filters.ChoiceFilter(choices=State.choices)
    after = after("last_at")
    before = before("last_at")

    class Meta:
        model = CertificateRequest
        fields: list[str] = []


class InstalledCertificateFilter(django_filters.FilterSet):  # type: ignore[misc]
    station = TextFilter(field_name="station__identity")
    use = django_filters.ChoiceFilter(choices=USES)
    state = django_filters.ChoiceFilter(choices=InstalledState.choices)
    fingerprint = TextFilter()
    expires_before = before("valid_until")

    class Meta:
        model = InstalledCertificate
        fields: list[str] = []
