"""What speaks against a request, a chain or a root. Each flaw is worded in `services/wording.py`."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from itertools import pairwise

from cryptography import x509

from apps.certificates.messages import CertificateHashData
from apps.certificates.rules.facts import RequestFacts, is_authority, is_issued_by, same_key


class Flaw(StrEnum):
    UNREADABLE = "unreadable"
    PRIVATE_KEY = "private_key"
    NOT_PROVEN = "not_proven"
    WEAK_KEY = "weak_key"
    OTHER_STATION = "other_station"
    OTHER_KEY = "other_key"
    ORDER = "order"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    LEAF_IS_AUTHORITY = "leaf_is_authority"
    NO_AUTHORITY = "no_authority"
    TOO_LONG = "too_long"
    MORE_THAN_ONE = "more_than_one"


def flaw_of_request(facts: RequestFacts, *, names: Iterable[str]) -> Flaw | None:
    """`names` are the serial numbers and identities that the subject may bear; with none it may bear any."""
    known = {name.casefold() for name in names if name}
    if not facts.is_proven:
        return Flaw.NOT_PROVEN
    if not facts.key.is_strong:
        return Flaw.WEAK_KEY
    if known and facts.common_name.strip().casefold() not in known:
        return Flaw.OTHER_STATION
    return None


def flaw_of_chain(
    chain: list[x509.Certificate], *, request: x509.CertificateSigningRequest, at: datetime
) -> Flaw | None:
    """A chain for a station: its own certificate first, each signed by the next (S16 §5.1, A02.FR.06)."""
    leaf, above = chain[0], chain[1:]
    if not same_key(leaf, request):
        return Flaw.OTHER_KEY
    if not all(is_issued_by(one, issuer) for one, issuer in pairwise(chain)):
        return Flaw.ORDER
    if is_authority(leaf):
        return Flaw.LEAF_IS_AUTHORITY
    if any(is_authority(one) is False for one in above):
        return Flaw.NO_AUTHORITY
    return _flaw_of_time(chain, at)


def flaw_of_root(certificates: list[x509.Certificate], *, at: datetime) -> Flaw | None:
    if len(certificates) != 1:
        return Flaw.MORE_THAN_ONE
    if is_authority(certificates[0]) is False:
        return Flaw.NO_AUTHORITY
    return _flaw_of_time(certificates, at)


def _flaw_of_time(certificates: list[x509.Certificate], at: datetime) -> Flaw | None:
    if any(one.not_valid_after_utc <= at for one in certificates):
        return Flaw.EXPIRED
    if any(one.not_valid_before_utc > at for one in certificates):
        return Flaw.NOT_YET_VALID
    return None


def same_name(one: CertificateHashData, other: CertificateHashData) -> bool:
    """Whether both mean one certificate: hex in any case, serial numbers with or without zeros before them.

    An unknown issuer's key is no difference.
    """
    return (
        one.hash_algorithm == other.hash_algorithm
        and one.issuer_name_hash.casefold() == other.issuer_name_hash.casefold()
        and bare_serial(one.serial_number) == bare_serial(other.serial_number)
        and one.issuer_key_hash.casefold() in ("", other.issuer_key_hash.casefold())
    )


def bare_serial(serial: str) -> str:
    return serial.strip().casefold().removeprefix("0x").lstrip("0")
