"""Signed certificates, on their way to the stations that asked for them."""

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.services import audit
from apps.certificates.messages import CertificateSigned, CertificateSigningUse
from apps.certificates.models import CertificateRequest, RequestState
from apps.certificates.rules.facts import facts_of_certificate
from apps.certificates.rules.judging import Flaw, flaw_of_chain
from apps.certificates.rules.reading import HoldsPrivateKey, Unreadable, certificates_in, request_in
from apps.certificates.services.requests import locked_request
from apps.certificates.services.wording import WORDS
from apps.core.clock import now
from apps.core.errors import FieldError, UnableTo
from apps.events.services import broadcast
from apps.stations.models import ChargingStation, Variable
from apps.stations.services.commands import queue_command

# S16 §5.1 and §7.3; 2.x has the same limit and another name for the variable.
LONGEST_CHAIN = 10_000
LIMITS = ("CertificateSignedMaxChainSize", "MaxCertificateChainSize")
WAITS_S = 24 * 3600  # until the station connects


@transaction.atomic
def sign(request: CertificateRequest, *, chain: str, by: str) -> CertificateRequest:
    """Send a station the certificate it asked for, with those between it and the root, its own first (PEM).

    Whoever signed it: an operator's authority, or a program's. Raises UnableTo with what is wrong with the chain.
    """
    kept = locked_request(request.pk)
    certificates = read_certificates(chain, field="chain")
    flaw = flaw_of_chain(certificates, request=request_in(kept.csr), at=now())
    text = as_pem(certificates)
    if flaw is None and len(text) > longest_chain(kept.station):
        flaw = Flaw.TOO_LONG
    if flaw:
        raise unable(flaw, field="chain")
    facts = facts_of_certificate(certificates[0])
    message = CertificateSigned(
        certificate_chain=text, certificate_type=CertificateSigningUse(kept.use), request_id=kept.request_id
    )
    kept.command = queue_command(kept.station, message, by=by, expires_in_s=WAITS_S)
    kept.chain, kept.fingerprint, kept.valid_until = text, facts.fingerprint, facts.valid_until
    kept.decide(RequestState.SENT, by=by, at=now())
    target = audit.target_of(kept.station)
    audit.record(by, "certificates.request.signed", target, subject=kept.subject, fingerprint=facts.fingerprint)
    broadcast("certificates", id=kept.station_id)
    return kept


def longest_chain(station: ChargingStation) -> int:
    """In characters; by what the station says it takes."""
    told = Variable.objects.filter(station=station, name__in=LIMITS).values_list("value", flat=True)
    limits = [int(value) for value in told if value and value.isascii() and value.isdecimal() and len(value) < 9]
    return min([limit for limit in limits if limit > 0] + [LONGEST_CHAIN])


def read_certificates(text: str, *, field: str) -> list[x509.Certificate]:
    """Raises UnableTo."""
    try:
        return certificates_in(text)
    except Unreadable as problem:
        flaw = Flaw.PRIVATE_KEY if isinstance(problem, HoldsPrivateKey) else Flaw.UNREADABLE
        raise unable(flaw, field=field) from problem


def unable(flaw: Flaw, *, field: str) -> UnableTo:
    said = _(WORDS[flaw])
    return UnableTo(said, errors=[FieldError(f"$.{field}", said)])


def as_pem(certificates: list[x509.Certificate]) -> str:
    """Nothing but the certificates: what else was pasted with them is left out."""
    return "".join(one.public_bytes(serialization.Encoding.PEM).decode() for one in certificates)
