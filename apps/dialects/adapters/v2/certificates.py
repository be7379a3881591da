"""Certificates in 2.x (blocks A and M)."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from apps.certificates.messages import (
    CertificateHashData,
    CertificateSigned,
    CertificateUse,
    DeleteCertificate,
    GetInstalledCertificateIds,
    InstallCertificate,
    InstalledCertificate,
)
from apps.dialects.adapters.certifying import (
    delete_certificate,
    hash_data,
    installed,
    sign_certificate,
    sign_certificate_reply,
)
from apps.dialects.adapters.outcomes import Outcome, by_status
from apps.dialects.adapters.outgoing import Encoded, Encoder, Reply, told
from apps.dialects.adapters.reading import Parser, choice, folded, list_at, object_at
from apps.dialects.messages import Payload
from apps.stations.messages import CommandOutcome

_USES = folded({use.value: use for use in CertificateUse})


def _signed(command: CertificateSigned) -> Encoded:
    return "CertificateSigned", told(
        {
            "certificateChain": command.certificate_chain,
            "certificateType": command.certificate_type and command.certificate_type.value,
            "requestId": command.request_id,
        }
    )


def _install(command: InstallCertificate) -> Encoded:
    return "InstallCertificate", {"certificateType": command.use.value, "certificate": command.certificate}


def _get_installed(command: GetInstalledCertificateIds) -> Encoded:
    payload: Payload = {"certificateType": [use.value for use in command.uses]}
    return "GetInstalledCertificateIds", payload if command.uses else {}


def _installed(request: Any, answer: Any) -> CommandOutcome:
    chains = list_at(object_at(answer).get("certificateHashDataChain"))
    certificates = tuple(found for chain in chains if (found := _certificate(object_at(chain))) is not None)
    return replace(installed(by_status(request, answer)), data=certificates)


def _certificate(chain: Mapping[str, Any]) -> InstalledCertificate | None:
    use = choice(chain.get("certificateType"), _USES)
    name = hash_data(object_at(chain.get("certificateHashData")))
    if use is None or name is None:
        return None
    return InstalledCertificate(use=use, hash_data=name, child_hash_data=tuple(_children(chain)))


def _children(chain: Mapping[str, Any]) -> Iterator[CertificateHashData]:
    for entry in list_at(chain.get("childCertificateHashData")):
        name = hash_data(object_at(entry))
        if name is not None:
            yield name


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
