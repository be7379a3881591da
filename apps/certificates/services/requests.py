"""Requests for a certificate: taken from stations, asked for, refused."""

import hashlib
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.services import audit
from apps.certificates.messages import (
    CertificateRequested,
    CertificateSigningUse,
    SignCertificate,
    SignCertificateAnswer,
)
from apps.certificates.models import CertificateRequest, RequestState
from apps.certificates.rules.facts import facts_of_request
from apps.certificates.rules.judging import Flaw, flaw_of_request
from apps.certificates.rules.reading import Unreadable, request_in
from apps.certificates.services.wording import WORDS
from apps.core.clock import now
from apps.core.errors import UnableTo
from apps.core.text import shortened, storable
from apps.events.services import broadcast, emit
from apps.stations.messages import Caller, TriggerMessage
from apps.stations.models import ChargingStation, StationCommand
from apps.stations.services.commands import queue_command
from apps.stations.services.rows import locked_station
from apps.stations.services.security import raise_own_event

CSR_LENGTH = 20_000
NOTE_LENGTH = 300
REFUSED_KEPT = 50
FOR_ANOTHER = "CertificateRequestForAnother"


@transaction.atomic
def take_request(caller: Caller, news: SignCertificate) -> SignCertificateAnswer:
    """Accept what somebody can sign: readable, proven, strong, and for this station (A02.FR.11, 12).

    What is refused is kept too, with its reason. One for another station is a security event.
    """
    station = locked_station(caller.station_id)
    use = news.certificate_type or CertificateSigningUse.CHARGING_STATION
    facts, flaw = _judged(news, station, use)
    known = CertificateRequest.objects.filter(station=station, digest=facts["digest"]).first()
    if known:
        return _repeated(known, news, flaw, at=caller.received_at)
    times = {"first_at": caller.received_at, "last_at": caller.received_at}
    request = CertificateRequest(station=station, use=use, request_id=news.request_id, **facts, **times)
    request.state = RequestState.REFUSED if flaw else RequestState.RECEIVED
    request.note = WORDS[flaw] if flaw else ""
    request.save(force_insert=True)
    _tell(request, flaw, at=caller.received_at)
    return SignCertificateAnswer(accepted=flaw is None)


def _repeated(
    known: CertificateRequest, news: SignCertificate, flaw: Flaw | None, *, at: datetime
) -> SignCertificateAnswer:
    """What we refused ourselves may be in order by now, say because the serial number is known; people's word stays."""
    was_open = known.is_open
    known.repeat(at=at, request_id=news.request_id)
    if known.state == RequestState.REFUSED and not known.decided_by and flaw is None:
        known.enter(RequestState.RECEIVED)
    if known.is_open and not was_open:
        emit(CertificateRequested(certificate_request_id=known.pk))
    broadcast("certificates", id=known.station_id)
    return SignCertificateAnswer(accepted=known.state != RequestState.REFUSED)


def _judged(
    news: SignCertificate, station: ChargingStation, use: CertificateSigningUse
) -> tuple[dict[str, Any], Flaw | None]:
    """What the row holds, and what speaks against it. Plug & Charge names the station otherwise than we do."""
    text = shortened(news.csr, CSR_LENGTH)
    try:
        facts = facts_of_request(request_in(news.csr))
    except Unreadable:
        return {"csr": text, "digest": hashlib.sha256(storable(news.csr).encode()).hexdigest()}, Flaw.UNREADABLE
    is_ours = use == CertificateSigningUse.CHARGING_STATION
    names = (station.serial_number, station.identity) if is_ours else ()
    described = {
        "csr": text,
        "digest": facts.digest,
        "subject": storable(facts.subject),
        "common_name": storable(facts.common_name),
        "organization": storable(facts.organization),
        "key_kind": facts.key.kind[:20],
        "key_bits": facts.key.bits,
    }
    return described, flaw_of_request(facts, names=names)


def _tell(request: CertificateRequest, flaw: Flaw | None, *, at: datetime) -> None:
    if flaw is None:
        emit(CertificateRequested(certificate_request_id=request.pk))
    if flaw is Flaw.OTHER_STATION:
        raise_own_event(request.station_id, FOR_ANOTHER, at=at, info=request.subject)
    if flaw is not None:
        refused = CertificateRequest.objects.filter(station=request.station_id, state=RequestState.REFUSED)
        refused.exclude(pk__in=list(refused.values_list("pk", flat=True)[:REFUSED_KEPT])).delete()
    broadcast("certificates", id=request.station_id)


@transaction.atomic
def refuse(request: CertificateRequest, *, by: str, note: str = "") -> CertificateRequest:
    """Nobody is going to sign it. The station has no message for that; it asks again when it sees fit."""
    kept = locked_request(request.pk)
    kept.decide(RequestState.REFUSED, by=by, at=now(), note=shortened(note, NOTE_LENGTH))
    audit.record(by, "certificates.request.refused", audit.target_of(kept.station), subject=kept.subject)
    broadcast("certificates", id=kept.station_id)
    return kept


def locked_request(request_id: int) -> CertificateRequest:
    """One that may be decided; raises UnableTo."""
    rows = CertificateRequest.objects.select_for_update(of=("self",), no_key=True).select_related("station")
    found = rows.get(pk=request_id)
    if not found.is_open:
        raise UnableTo(
            _("This request can't be decided any more: it is %(state)s.") % {"state": found.get_state_display()}
        )
    return found


def ask_for_request(station: ChargingStation, *, by: str) -> StationCommand:
    """Have a station make a new key and ask to have it certified (A02)."""
    return queue_command(station, TriggerMessage(requested="SignChargingStationCertificate", extended=True), by=by)
