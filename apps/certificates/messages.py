"""Certificates between a station and us (OCPP 2.1 blocks A and M; 1.6 by the security whitepaper). All are PEM."""

from dataclasses import dataclass
from enum import StrEnum


class CertificateSigningUse(StrEnum):
    """What a station's own certificate is for (CertificateSigningUseEnumType of OCPP 2.1); 1.6 has the first only."""

    CHARGING_STATION = "ChargingStationCertificate"
    V2G = "V2GCertificate"
    V2G20 = "V2G20Certificate"


class CertificateUse(StrEnum):
    """What an installed certificate is for (GetCertificateIdUseEnumType of OCPP 2.1).

    1.6 knows the first two, the first as CentralSystemRootCertificate. A chain is reported, never installed.
    """

    CSMS_ROOT = "CSMSRootCertificate"
    MANUFACTURER_ROOT = "ManufacturerRootCertificate"
    V2G_ROOT = "V2GRootCertificate"
    MO_ROOT = "MORootCertificate"
    OEM_ROOT = "OEMRootCertificate"
    V2G_CHAIN = "V2GCertificateChain"


class HashAlgorithm(StrEnum):
    SHA256 = "SHA256"
    SHA384 = "SHA384"
    SHA512 = "SHA512"


@dataclass(frozen=True, kw_only=True)
class CertificateHashData:
    """A certificate's name: hashes of its issuer in hex, and its serial number in hex without leading zeros."""

    hash_algorithm: HashAlgorithm
    issuer_name_hash: str
    issuer_key_hash: str
    serial_number: str


@dataclass(frozen=True, kw_only=True)
class InstalledCertificate:
    use: CertificateUse
    hash_data: CertificateHashData
    child_hash_data: tuple[CertificateHashData, ...] = ()


# --- from the station -------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class SignCertificate:
    """`csr` is a PKCS#10 request; `request_id` is told by 2.1 only."""

    csr: str
    certificate_type: CertificateSigningUse | None = None
    request_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class SignCertificateAnswer:
    """Whether the request is taken on; the certificate itself follows in CertificateSigned."""

    accepted: bool


# --- to the station ---------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class CertificateSigned:
    """The certificate and its sub-CAs, leaf first. 1.6 drops `certificate_type`; only 2.1 has a `request_id`."""

    certificate_chain: str
    certificate_type: CertificateSigningUse | None = None
    request_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class InstallCertificate:
    use: CertificateUse
    certificate: str


@dataclass(frozen=True, kw_only=True)
class DeleteCertificate:
    hash_data: CertificateHashData


@dataclass(frozen=True, kw_only=True)
class GetInstalledCertificateIds:
    """1.6 is asked for exactly one use, 2.x without any for all. `data` of the outcome: InstalledCertificates."""

    uses: tuple[CertificateUse, ...] = ()


# --- news for others --------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class CertificateRequested:
    """A request that is in order waits for somebody, or something, to sign it."""

    certificate_request_id: int
