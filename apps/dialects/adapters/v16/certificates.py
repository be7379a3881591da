"""Certificates in 1.6, by the security whitepaper: two kinds of root, one kind of a station's own."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from apps.certificates.messages import (
    CertificateSigned,
    CertificateSigningUse,
    CertificateUse,
    DeleteCertificate,
    GetInstalledCertificateIds,
    InstallCertificate,
    InstalledCertificate,
)
from apps.core.errors import UnableTo
from apps.dialects.adapters.certifying import (
    delete_certificate,
    hash_data,
    installed,
    sign_certificate,
    sign_certificate_reply,
)
from apps.dialects.adapters.outcomes import Outcome, by_status
from apps.dialects.adapters.outgoing import Encoded, Encoder, Reply, gettext_noop
from apps.dialects.adapters.reading import Parser, list_at, object_at
from apps.stations.messages import CommandOutcome

_USES = {
    CertificateUse.CSMS_ROOT: "CentralSystemRootCertificate",
    CertificateUse.MANUFACTURER_ROOT: "ManufacturerRootCertificate",
}
_USES_READ = {word: use for use, word in _USES.items()}


def _signed(command: CertificateSigned) -> Encoded:
    if command.certificate_type not in (None, CertificateSigningUse.CHARGING_STATION):
        raise UnableTo(gettext_noop("In OCPP 1.6 a station has one certificate of its own, for the connection to us."))
    return "CertificateSigned", {"certificateChain": command.certificate_chain}


def _install(command: InstallCertificate) -> Encoded:
    return "InstallCertificate", {"certificateType": _use(command.use), "certificate": command.certificate}


def _get_installed(command: GetInstalledCertificateIds) -> Encoded:
    if len(command.uses) != 1:
        raise UnableTo(gettext_noop("OCPP 1.6 is asked for the certificates of one use at a time."))
    return "GetInstalledCertificateIds", {"certificateType": _use(command.uses[0])}


def _use(use: CertificateUse) -> str:
    if use not in _USES:
        raise UnableTo(gettext_noop("OCPP 1.6 has no certificates for this use."))
    return _USES[use]


def _installed(request: Any, answer: Any) -> CommandOutcome:
    """What the certificates are for stands in the request only."""
    use = _USES_READ.get(str(object_at(request).get("certificateType")))
    entries = [entry for entry in list_at(object_at(answer).get("certificateHashData")) if isinstance(entry, dict)]
    certificates = tuple(
        InstalledCertificate(use=use, hash_data=name)
        for entry in entries
        if use is not None and (name := hash_data(entry)) is not None
    )
    return replace(installed(by_status(request, answer)), data=certificates)


PARSERS: Mapping[str, Parser] = {"SignCertificate": sign_certificate}
REPLIES: Mapping[str, Reply] = {"SignCertificate": sign_certificate_reply}
ENCODERS: Mapping[type, Encoder] = {
    CertificateSigned: _signed,
    DeleteCertificate: delete_certificate,
    GetInstalledCertificateIds: _get_installed,
    InstallCertificate: _install,
}
OUTCOMES: Mapping[str, Outcome] = {
    "CertificateSigned": by_status,
    "DeleteCertificate": by_status,
    "GetInstalledCertificateIds": _installed,
    "InstallCertificate": by_status,
}
