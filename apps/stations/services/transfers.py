"""Addresses under which one station may fetch or bring files, and who may have them for how long.

An address is `<PUBLIC_URL>/files/<tenant>.<secret>/<name>`: it works at the tenant's own host as well, and the name at
its end is for stations that want to see one.
"""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote, urlsplit

from django.conf import settings
from django.db.models import F
from django.utils.translation import gettext as _

from apps.accounts.services.digests import keyed_digest, possible_digests
from apps.core.clock import EARLIEST, now
from apps.core.errors import FieldError, UnableTo, UnableToFind
from apps.core.text import storable
from apps.stations.models import ChargingStation, Transfer
from apps.stations.models.transfers import DOWNLOAD, UPLOAD
from apps.tenants.models import Tenant
from apps.tenants.scope import current_schema
from apps.tenants.services.tenants import is_public_host, tenant_of_host

MOST_UPLOADED = 512 * 1024 * 1024
PURPOSE = "transfer"
SECRET_BYTES = 32
LONGEST_ADDRESS = 512  # the least that any version allows
FARTHEST_AHEAD = timedelta(days=366)
SCHEMES = ("https", "http", "ftps", "ftp", "sftp")
_PASSWORD = re.compile(r"(?<=://)([^/\s:@]*):[^/\s@]*@")


@dataclass(frozen=True, kw_only=True)
class OpenTransfer:
    """What may be done under an address now."""

    id: int
    sha256: str
    size: int


def offer_download(
    station: ChargingStation, *, sha256: str, size: int, name: str, until: datetime
) -> tuple[Transfer, str]:
    """Let a station fetch a blob; the address is told only here."""
    return _offer(Transfer(station=station, direction=DOWNLOAD, sha256=sha256, size=size, expires_at=until), name)


def offer_upload(station: ChargingStation, *, until: datetime) -> tuple[Transfer, str]:
    """Let a station bring files; the address is told only here."""
    return _offer(Transfer(station=station, direction=UPLOAD, size=MOST_UPLOADED, expires_at=until), "")


def _offer(transfer: Transfer, name: str) -> tuple[Transfer, str]:
    slug = Tenant.objects.values_list("slug", flat=True).get(schema_name=current_schema())
    token = f"{slug}.{secrets.token_urlsafe(SECRET_BYTES)}"
    transfer.token_digest = keyed_digest(token.encode(), purpose=PURPOSE)
    transfer.save(force_insert=True)
    address = f"{settings.PUBLIC_URL.rstrip('/')}/files/{token}"
    return transfer, f"{address}/{quote(name)}" if name else address


def find_transfer(token: str, *, direction: str) -> OpenTransfer:
    """What this address is for; raises UnableToFind when it is unknown, over, or for the other direction."""
    digests = possible_digests(token.encode(), purpose=PURPOSE)
    known = Transfer.objects.filter(token_digest__in=digests, direction=direction, station__archived_at=None)
    transfer = known.filter(expires_at__gt=now()).first()
    if transfer is None:
        raise UnableToFind(_("There is no such file."))
    return OpenTransfer(id=transfer.pk, sha256=transfer.sha256, size=transfer.size)


def count_moved(transfer_id: int, *, moved: int) -> None:
    Transfer.objects.filter(pk=transfer_id).update(moved=F("moved") + moved, used_at=now())


def close_transfer(transfer: Transfer | None) -> None:
    """From now on the address leads nowhere."""
    if transfer is not None:
        Transfer.objects.filter(pk=transfer.pk, expires_at__gt=now()).update(expires_at=now())


def check_address(address: str) -> str:
    """An address that somebody typed, when a station could use it; raises UnableTo."""
    try:
        parts = urlsplit(address)
        is_usable = parts.scheme.lower() in SCHEMES and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        is_usable = False
    if not is_usable or len(address) > LONGEST_ADDRESS or re.search(r"[\s\0]", address):
        told = _("Write an address such as https://files.example.com/path or ftp://user:password@files.example.com/.")
        raise UnableTo(told, errors=[FieldError("$.address", told)])
    return address


def check_times(**times: datetime | None) -> None:
    """Raise UnableTo for an instant that nobody can mean: of another century, or more than a year ahead."""
    told = _("This time is too far away.")
    wrong = [name for name, at in times.items() if at and not EARLIEST <= at <= now() + FARTHEST_AHEAD]
    if wrong:
        raise UnableTo(told, errors=[FieldError(f"$.{name}", told) for name in wrong])


def without_password(address: str) -> str:
    """An address as it may be kept and shown."""
    return _PASSWORD.sub(r"\1:•••@", address)


def schema_of_address(token: str, *, host: str) -> str:
    """The schema of the tenant that an address names; raises UnableToFind at another tenant's host.

    Everybody's host are the platform's own, that of PUBLIC_URL, and none at all, as HTTP/1.0 has it.
    """
    slug, _dot, _secret = token.partition(".")
    is_everybodys = not host or host == urlsplit(settings.PUBLIC_URL).hostname or is_public_host(host)
    tenant = Tenant.objects.filter(slug=storable(slug)).first() if is_everybodys else tenant_of_host(host)
    if tenant is None or tenant.slug != slug or not tenant.is_active:
        raise UnableToFind(_("There is no such file."))
    return tenant.schema_name
