"""TLS at the stations' door: what is agreed on with them, and whose certificate they show."""

import asyncio
import ssl
import unicodedata
from collections.abc import Sequence

import structlog

from apps.ocpp.messages import CertificateSubject

log = structlog.get_logger(__name__)

# A00.FR.317 and A00.FR.421 demand four of these, and of a station A00.FR.318 demands only the TLS_RSA pair or the
# ECDHE-ECDSA pair: without the last two, stations that keep to the rules would stay outside. They have no forward
# secrecy, so everything else is preferred. TLS 1.3 brings suites of its own.
SUITES = (
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "AES128-GCM-SHA256",
    "AES256-GCM-SHA384",
)


class Handshaking(ssl.SSLObject):
    """Python's, which also leaves a trace of a handshake that comes to nothing (A00.FR.323, A00.FR.408)."""

    def do_handshake(self) -> None:
        try:
            super().do_handshake()
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            raise
        except ssl.SSLError as problem:
            log.info("TLS handshake refused", reason=getattr(problem, "verify_message", problem.reason))
            raise


def make_context(certificates: Sequence[str], keys: Sequence[str], *, client_ca: str = "") -> ssl.SSLContext:
    """From PEM files. One certificate per kind of key serves stations of either kind (A00.FR.317).

    With `client_ca` a station may show a certificate; one that can't be verified ends the handshake (A00.FR.407).
    Raises OSError or ValueError when the files are no good.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.sslobject_class = Handshaking
    context.minimum_version = ssl.TLSVersion.TLSv1_2  # A00.FR.312
    context.set_ciphers(":".join((*SUITES, "@SECLEVEL=2")))  # keys of 112 bits and more (A00.FR.501)
    context.options |= ssl.OP_CIPHER_SERVER_PREFERENCE | ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    # A resumed session lets a certificate in again that has expired since. Without tickets nothing is resumed but what
    # OpenSSL itself remembers of TLS 1.2, for two hours at most.
    context.options |= ssl.OP_NO_TICKET
    context.num_tickets = 0
    for certificate, key in zip(certificates, keys, strict=True):
        context.load_cert_chain(certificate, key, password=_no_password)
    if client_ca:
        context.load_verify_locations(cafile=client_ca)
        context.verify_mode = ssl.CERT_OPTIONAL
    return context


def _no_password() -> str:
    """Else a gateway would wait for somebody to type it."""
    raise ValueError("The private key has a password.")


def subject_of(transport: asyncio.BaseTransport) -> CertificateSubject | None:
    """Of the certificate that the station has shown and the handshake has verified; None without one."""
    certificate = transport.get_extra_info("peercert")
    if not certificate:
        return None
    pairs = [pair for rdn in certificate["subject"] for pair in rdn]
    return CertificateSubject(common_name=_only(pairs, "commonName"), organization=_only(pairs, "organizationName"))


def _only(pairs: list[tuple[str, str]], wanted: str) -> str:
    """Of two names it would be anybody's guess which one was meant: that is as good as none."""
    found = [value for name, value in pairs if name == wanted]
    return unicodedata.normalize("NFC", found[0]) if len(found) == 1 else ""
