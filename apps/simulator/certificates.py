"""The certificates of a station: the roots it trusts, its own key, and the request to have that signed."""

from dataclasses import dataclass, field
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import ocsp
from cryptography.x509.oid import NameOID

from apps.simulator.formatting import Json
from apps.simulator.signatures import certificates_in

LONGEST_NAME = 64
MOST_CERTIFICATES = 20


@dataclass
class CertificateStore:
    """Kept in memory. `installed` holds roots by their type; `own` the newest chain by its use."""

    installed: list[tuple[str, x509.Certificate]] = field(default_factory=list)
    own: dict[str, x509.Certificate] = field(default_factory=dict)
    _keys: dict[str, ec.EllipticCurvePrivateKey] = field(default_factory=dict)

    def install(self, use: str, pem: str, at: datetime) -> str:
        """A status of InstallCertificate. The same certificate once more changes nothing."""
        found = certificates_in(pem)
        if len(found) != 1 or found[0].not_valid_after_utc <= at:
            return "Rejected"
        if (use, found[0]) not in self.installed:
            if len(self.installed) >= MOST_CERTIFICATES:
                return "Rejected"
            self.installed.append((use, found[0]))
        return "Accepted"

    def named(self, uses: list[str]) -> list[tuple[str, Json]]:
        """Type and hash data of what is installed; all types without `uses`."""
        return [(use, self._hash_data(found)) for use, found in self.installed if not uses or use in uses]

    def delete(self, wanted: Json) -> str:
        """A status of DeleteCertificate."""
        kept = [(use, found) for use, found in self.installed if _key(self._hash_data(found)) != _key(wanted)]
        gone, self.installed = len(self.installed) - len(kept), kept
        return "Accepted" if gone else "NotFound"

    def request(self, use: str, *, name: str, organization: str) -> str:
        """A new key, and the request in PEM to have it signed (S16 A02.FR.02, 03)."""
        key = self._keys[use] = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name(
            [
                x509.NameAttribute(NameOID.COMMON_NAME, name[:LONGEST_NAME]),
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization[:LONGEST_NAME]),
            ]
        )
        request = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
        return request.public_bytes(serialization.Encoding.PEM).decode()

    def take_signed(self, use: str, pem: str, at: datetime) -> bool:
        """Whether the chain begins with a certificate of the key that was asked for, valid now."""
        chain, key = certificates_in(pem), self._keys.get(use)
        if not chain or key is None or chain[0].public_key() != key.public_key():
            return False
        if not chain[0].not_valid_before_utc <= at < chain[0].not_valid_after_utc:
            return False
        self.own[use] = chain[0]
        return True

    def _hash_data(self, certificate: x509.Certificate) -> Json:
        """As RFC 6960 names a certificate: by the hashes of its issuer's name and key, and its serial number."""
        issuers = [found for _, found in self.installed if found.subject == certificate.issuer]
        issuer = issuers[0] if issuers else certificate
        asked = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, hashes.SHA256()).build()
        return {
            "hashAlgorithm": "SHA256",
            "issuerNameHash": asked.issuer_name_hash.hex(),
            "issuerKeyHash": asked.issuer_key_hash.hex(),
            "serialNumber": f"{certificate.serial_number:x}",
        }


def _key(named: Json) -> tuple[str, ...]:
    parts = (named["hashAlgorithm"], named["issuerNameHash"], named["issuerKeyHash"])
    return *(part.lower() for part in parts), named["serialNumber"].lstrip("0").lower()
