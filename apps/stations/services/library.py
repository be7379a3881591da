"""The firmware library: files that stations may be asked to install."""

import base64
import binascii
import re
from pathlib import PurePosixPath
from typing import IO

from cryptography import x509
from django.db import transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from apps.accounts.services import audit
from apps.accounts.services.saving import check, save_checked
from apps.core.clock import now
from apps.core.errors import FieldError, UnableTo
from apps.events.services import broadcast
from apps.stations.models import Firmware, ReceivedFile
from apps.stations.services import blobs

MOST_BYTES = 1024 * 1024 * 1024
NAME_LENGTH = 100


def add_firmware(firmware: Firmware, file: IO[bytes], *, name: str, by: str, sha256: str = "") -> Firmware:
    """Take a file into the library. With `sha256`, the maker's checksum, only the very file is taken.

    Raises UnableTo with the errors of each field. The blob is stored before the row that tells of it.
    """
    measured = blobs.measure(file)
    firmware.file_name = safe_name(name)
    firmware.sha256, firmware.size = measured.sha256, measured.size
    firmware.signature = "".join(firmware.signature.split())
    _check_file(firmware, expected=sha256)
    _check_signature(firmware)
    _check_version(firmware)
    check(firmware)
    blobs.keep(file, measured)
    saved = save_checked(firmware, by=by, name=str(firmware))
    broadcast("firmware_library", id=saved.pk)
    return saved


def safe_name(name: str, *, length: int = NAME_LENGTH) -> str:
    """The last part of a path, of letters that every system bears, with its suffix whole."""
    plain = PurePosixPath(name.replace("\\", "/")).name
    clean = re.sub(r"[^A-Za-z0-9._-]+", "-", plain).strip(".-")
    return clean[-length:] or "file"


def _check_file(firmware: Firmware, *, expected: str) -> None:
    if not 0 < firmware.size <= MOST_BYTES:
        _refuse("file", _("The file is empty.") if not firmware.size else _("The file is larger than 1 GiB."))
    if expected and expected.strip().casefold() != firmware.sha256:
        _refuse("sha256", _("The file has the checksum %(sha256)s: it is not the one meant.")
                % {"sha256": firmware.sha256})  # fmt: skip


def _check_signature(firmware: Firmware) -> None:
    """Both or neither, as 1.6's SignedUpdateFirmware wants them; only the station can say whether they are right."""
    if bool(firmware.signature) != bool(firmware.signing_certificate):
        _refuse("signature", _("A signature and its certificate belong together."))
    if not firmware.signature:
        return
    try:
        base64.b64decode(firmware.signature, validate=True)
    except binascii.Error:
        _refuse("signature", _("A signature is written in base64."))
    try:
        x509.load_pem_x509_certificate(firmware.signing_certificate.encode())
    except ValueError:
        _refuse("signing_certificate", _("This is no X.509 certificate in PEM."))


def _check_version(firmware: Firmware) -> None:
    same = {name: getattr(firmware, name) for name in ("vendor", "model", "version")}
    if Firmware.objects.filter(**same, archived_at=None).exists():
        _refuse("version", _("This version is in the library already."))


def _refuse(field: str, message: str) -> None:
    raise UnableTo(message, errors=[FieldError(f"$.{field}", message)])


@transaction.atomic
def archive_firmware(firmware: Firmware, *, by: str) -> None:
    """Offer it for no further update; what happened with it stays. A second call changes nothing."""
    if firmware.campaigns.filter(ended_at=None).exists():
        raise UnableTo(_("A campaign still needs this firmware."))
    if Firmware.objects.filter(pk=firmware.pk, archived_at=None).update(archived_at=now()):
        audit.record(by, "stations.firmware.archived", audit.target_of(firmware), name=str(firmware))
        broadcast("firmware_library", id=firmware.pk)


@transaction.atomic
def delete_firmware(firmware: Firmware, *, by: str) -> None:
    """Remove a file that was never used, and its bytes unless others share them."""
    target, sha256 = audit.target_of(firmware), firmware.sha256
    try:
        Firmware.objects.get(pk=firmware.pk).delete()
    except ProtectedError as problem:
        raise UnableTo(_("Stations were asked to install this. Archive it instead.")) from problem
    audit.record(by, "stations.firmware.deleted", target, name=str(firmware))
    shared = Firmware.objects.filter(sha256=sha256).exists() or ReceivedFile.objects.filter(sha256=sha256).exists()
    if not shared:
        transaction.on_commit(lambda: blobs.forget(sha256))
    broadcast("firmware_library", id=firmware.pk)
