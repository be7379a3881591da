"""Certificates: what the security whitepaper gave 1.6 is said as in 2.x, but for the names of their uses."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from apps.certificates.messages import (
    CertificateHashData,
    CertificateSigningUse,
    DeleteCertificate,
    HashAlgorithm,
    SignCertificate,
    SignCertificateAnswer,
)
from apps.dialects.adapters.outgoing import Encoded
from apps.dialects.adapters.reading import choice, folded, integer, required_text, text
from apps.dialects.messages import Payload
from apps.stations.messages import CommandOutcome

_SIGNING_USES = folded({use.value: use for use in CertificateSigningUse})
_ALGORITHMS = folded({algorithm.value: algorithm for algorithm in HashAlgorithm})


def sign_certificate(p: Payload, _: datetime) -> SignCertificate:
    return SignCertificate(
        csr=required_text(p, "csr"),
        certificate_type=choice(p.get("certificateType"), _SIGNING_USES),
        request_id=integer(p.get("requestId")),
    )


def sign_certificate_reply(answer: SignCertificateAnswer) -> Payload:
    return {"status": "Accepted" if answer.accepted else "Rejected"}


def delete_certificate(command: DeleteCertificate) -> Encoded:
    name = command.hash_data
    return "DeleteCertificate", {
        "certificateHashData": {
            "hashAlgorithm": name.hash_algorithm.value,
            "issuerNameHash": name.issuer_name_hash,
            "issuerKeyHash": name.issuer_key_hash,
            "serialNumber": name.serial_number,
        }
    }


def hash_data(entry: Mapping[str, Any]) -> CertificateHashData | None:
    """A certificate's name, letter by letter as the station wrote it: it is what it wants to hear (M04)."""
    algorithm = choice(entry.get("hashAlgorithm"), _ALGORITHMS)
    if algorithm is None:
        return None
    return CertificateHashData(
        hash_algorithm=algorithm,
        issuer_name_hash=text(entry.get("issuerNameHash")),
        issuer_key_hash=text(entry.get("issuerKeyHash")),
        serial_number=text(entry.get("serialNumber")),
    )


def installed(found: CommandOutcome) -> CommandOutcome:
    """NotFound says that there are none, which is an answer and no refusal."""
    return replace(found, accepted=found.accepted or found.status.strip().casefold() == "notfound")
