"""What the pages show of security events."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.backoffice.services.queries import number_of, text_of
from apps.stations.models import ChargingStation, SecurityEvent
from apps.stations.rules.security import standard_name

PER_PAGE = 50
SHOWN_ON_STATION = 5
# In the order of the standard's list (2.1 part 2, appendix 1); the last two are ours.
MEANINGS: Mapping[str, str | Promise] = {
    "FirmwareUpdated": _("Its firmware was updated."),
    "FailedToAuthenticateAtCsms": _("We refused its credentials."),
    "CsmsFailedToAuthenticate": _("It refused our server's credentials."),
    "SettingSystemTime": _("Its clock was set."),
    "StartupOfTheDevice": _("It has started."),
    "ResetOrReboot": _("It was reset or restarted."),
    "SecurityLogWasCleared": _("Somebody cleared its security log."),
    "ReconfigurationOfSecurityParameters": _("Keys or the security profile were changed."),
    "MemoryExhaustion": _("Its memory is running out."),
    "InvalidMessages": _("It received messages that are no OCPP."),
    "AttemptedReplayAttacks": _("It received a message a second time that nobody should have repeated."),
    "TamperDetectionActivated": _("Its housing was opened or moved."),
    "InvalidFirmwareSignature": _("The signature of a firmware did not fit."),
    "InvalidFirmwareSigningCertificate": _("The certificate that a firmware was signed with is not valid."),
    "InvalidCsmsCertificate": _("It could not verify our server's certificate."),
    "InvalidChargingStationCertificate": _("The certificate it was sent is not valid for it."),
    "DiscardedRenewedClientCertificate": _("It could not connect with its new certificate, and dropped it."),
    "InvalidTLSVersion": _("Our server offered only TLS versions that are too old."),
    "InvalidTLSCipherSuite": _("Our server offered only ciphers that are not allowed."),
    "MaintenanceLoginAccepted": _("Somebody logged in at the station itself."),
    "MaintenanceLoginFailed": _("Somebody failed to log in at the station itself."),
    "CertificateRequestForAnother": _("It asked for a certificate that names another station."),
    "SecurityProfileLowered": _("It reports a lower security profile than before."),
}


@dataclass(frozen=True, kw_only=True)
class ShownEvent:
    event: SecurityEvent

    @property
    def meaning(self) -> str | Promise:
        """What happened; empty for a vendor's own event."""
        return MEANINGS.get(standard_name(self.event.type) or self.event.type, "")

    @property
    def is_alarm(self) -> bool:
        return self.event.needs_attention and self.event.seen_at is None


@dataclass(frozen=True, kw_only=True)
class EventFilter:
    """`shown` is empty for what somebody should look at, `critical` or `all`."""

    shown: str
    text: str
    page: int

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> "EventFilter":
        shown = query.get("shown", "")
        return cls(
            shown=shown if shown in ("critical", "all") else "",
            text=text_of(query.get("q")),
            page=number_of(query.get("page")) or 1,
        )


@dataclass(frozen=True, kw_only=True)
class EventList:
    page: Page[SecurityEvent]
    rows: list[ShownEvent]

    @property
    def alarms(self) -> list[ShownEvent]:
        return [row for row in self.rows if row.is_alarm]


def event_list(wanted: EventFilter) -> EventList:
    found = _of_kind(wanted.shown).select_related("station__location")
    if wanted.text:
        match = Q()
        for name in ("type", "tech_info", "station__identity", "station__name"):
            match |= Q(**{f"{name}__icontains": wanted.text})
        found = found.filter(match)
    page = Paginator(found, PER_PAGE).get_page(wanted.page)
    return EventList(page=page, rows=[ShownEvent(event=event) for event in page.object_list])


def _of_kind(shown: str) -> QuerySet[SecurityEvent]:
    if shown == "all":
        return SecurityEvent.objects.all()
    return SecurityEvent.objects.filter(is_critical=True) if shown else SecurityEvent.objects.alarming()


def alarm_count() -> int:
    return SecurityEvent.objects.alarming().count()


def alarms_of(station: ChargingStation) -> list[ShownEvent]:
    """The newest that nobody has looked at."""
    newest = SecurityEvent.objects.alarming().filter(station=station)[:SHOWN_ON_STATION]
    return [ShownEvent(event=event) for event in newest]
