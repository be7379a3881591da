"""What the pages show of certificates."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.paginator import Page, Paginator
from django.db.models import Q
from django.utils.translation import gettext as _

from apps.certificates.models import (
    OPEN_REQUESTS,
    PRESENT,
    CertificateRequest,
    InstalledCertificate,
    InstalledState,
    RequestState,
)
from apps.certificates.services.trust import warning_before_deleting
from apps.core.clock import now
from apps.core.errors import UnableToFind
from apps.stations.models import ChargingStation
from apps.stations.services.wording import in_words

PER_PAGE = 50
REQUESTS_SHOWN = 20
EXPIRES_SOON = timedelta(days=30)
REQUEST_TONES = {
    RequestState.RECEIVED: ("occupied", "bell"),
    RequestState.REFUSED: ("unavailable", "ban"),
    RequestState.SENT: ("charging", "out"),
    RequestState.SIGNED: ("free", "check"),
    RequestState.FAILED: ("faulted", "alert"),
}
INSTALLED_TONES = {
    InstalledState.ASKED: ("charging", "out"),
    InstalledState.INSTALLED: ("free", "check"),
    InstalledState.FAILED: ("faulted", "alert"),
    InstalledState.DELETING: ("charging", "out"),
    InstalledState.DELETED: ("unavailable", "ban"),
    InstalledState.GONE: ("offline", "question"),
}


@dataclass(frozen=True, kw_only=True)
class ShownRequest:
    request: CertificateRequest

    @property
    def tone(self) -> str:
        return REQUEST_TONES[RequestState(self.request.state)][0]

    @property
    def icon(self) -> str:
        return REQUEST_TONES[RequestState(self.request.state)][1]

    @property
    def note(self) -> str:
        return in_words(self.request.note)

    @property
    def expiry(self) -> str:
        return expiry_tone(self.request.valid_until) if self.request.state == RequestState.SIGNED else ""


@dataclass(frozen=True, kw_only=True)
class ShownRoot:
    """`warning` says what may go wrong when it is deleted."""

    row: InstalledCertificate
    warning: str = ""

    @property
    def tone(self) -> str:
        return INSTALLED_TONES[InstalledState(self.row.state)][0]

    @property
    def icon(self) -> str:
        return INSTALLED_TONES[InstalledState(self.row.state)][1]

    @property
    def note(self) -> str:
        return in_words(self.row.note)

    @property
    def expiry(self) -> str:
        return expiry_tone(self.row.valid_until) if self.row.is_present else ""


def expiry_tone(until: datetime | None) -> str:
    """`faulted` when it is over, `occupied` when it soon is, else nothing."""
    if until is None or until > now() + EXPIRES_SOON:
        return ""
    return "faulted" if until <= now() else "occupied"


@dataclass(frozen=True, kw_only=True)
class Summary:
    """A station's certificates in two lines. `own` is its own one that holds longest."""

    roots: int
    waiting: int
    own: CertificateRequest | None

    @property
    def expiry(self) -> str:
        return expiry_tone(self.own.valid_until) if self.own else ""


def summary_of(station: ChargingStation) -> Summary:
    requests = CertificateRequest.objects.filter(station=station)
    return Summary(
        roots=InstalledCertificate.objects.filter(station=station, state__in=PRESENT).count(),
        waiting=requests.filter(state__in=OPEN_REQUESTS).count(),
        own=requests.filter(state=RequestState.SIGNED).order_by("-valid_until").first(),
    )


@dataclass(frozen=True, kw_only=True)
class StationCertificates:
    requests: list[ShownRequest]
    roots: list[ShownRoot]
    former: list[ShownRoot]
    told_at: datetime | None


def certificates_of(station: ChargingStation) -> StationCertificates:
    """Requests, the newest first; what the station has, and what it had or did not take."""
    requests = CertificateRequest.objects.filter(station=station)[:REQUESTS_SHOWN]
    rows = list(InstalledCertificate.objects.filter(station=station))
    there = [row for row in rows if row.is_present or row.state == InstalledState.ASKED]
    told = [row.told_at for row in rows if row.told_at]
    return StationCertificates(
        requests=[ShownRequest(request=request) for request in requests],
        roots=[ShownRoot(row=row, warning=warning_before_deleting(row)) for row in there],
        former=[ShownRoot(row=row) for row in rows if row not in there],
        told_at=max(told, default=None),
    )


@dataclass(frozen=True, kw_only=True)
class Fleet:
    waiting: list[ShownRequest]
    page: Page[InstalledCertificate]
    rows: list[ShownRoot]
    own: list[ShownRequest]


def fleet(*, text: str, page: int) -> Fleet:
    """Over all stations: what waits to be signed, the stations' own certificates that end first, and their roots."""
    requests = CertificateRequest.objects.filter(station__archived_at=None).select_related("station__location")
    roots = InstalledCertificate.objects.filter(state__in=PRESENT, station__archived_at=None)
    roots = roots.select_related("station__location").order_by("valid_until", "station__identity", "pk")
    if text:
        requests = requests.filter(_matches(text))
        roots = roots.filter(_matches(text) | Q(issuer__icontains=text))
    found = Paginator(roots, PER_PAGE).get_page(page)
    own = requests.filter(state=RequestState.SIGNED).order_by("valid_until", "pk")
    return Fleet(
        waiting=[ShownRequest(request=row) for row in requests.filter(state__in=OPEN_REQUESTS)[:PER_PAGE]],
        own=[ShownRequest(request=row) for row in own[:PER_PAGE]],
        page=found,
        rows=[ShownRoot(row=row) for row in found.object_list],
    )


def _matches(text: str) -> Q:
    match = Q()
    for name in ("station__identity", "station__name", "station__location__name", "subject", "fingerprint"):
        match |= Q(**{f"{name}__icontains": text})
    return match


def request_by_id(request_id: int) -> CertificateRequest:
    """Raises UnableToFind."""
    found = CertificateRequest.objects.select_related("station__location").filter(pk=request_id).first()
    if found is None:
        raise UnableToFind(_("There is no such request."))
    return found


def root_by_id(row_id: int) -> InstalledCertificate:
    """Raises UnableToFind."""
    found = InstalledCertificate.objects.select_related("station__location").filter(pk=row_id).first()
    if found is None:
        raise UnableToFind(_("There is no such certificate."))
    return found
