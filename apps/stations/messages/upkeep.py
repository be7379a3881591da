"""Firmware, logs and security events (OCPP 2.1 blocks A, L, N)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class FirmwareStatus(StrEnum):
    """FirmwareStatusEnumType of OCPP 2.1; plain 1.6 knows the first seven."""

    DOWNLOADED = "Downloaded"
    DOWNLOAD_FAILED = "DownloadFailed"
    DOWNLOADING = "Downloading"
    IDLE = "Idle"
    INSTALLATION_FAILED = "InstallationFailed"
    INSTALLING = "Installing"
    INSTALLED = "Installed"
    DOWNLOAD_SCHEDULED = "DownloadScheduled"
    DOWNLOAD_PAUSED = "DownloadPaused"
    INSTALL_REBOOTING = "InstallRebooting"
    INSTALL_SCHEDULED = "InstallScheduled"
    INSTALL_VERIFICATION_FAILED = "InstallVerificationFailed"
    INVALID_SIGNATURE = "InvalidSignature"
    SIGNATURE_VERIFIED = "SignatureVerified"


class LogType(StrEnum):
    DIAGNOSTICS = "DiagnosticsLog"
    SECURITY = "SecurityLog"


class LogStatus(StrEnum):
    """UploadLogStatusEnumType of OCPP 2.1."""

    ACCEPTED_CANCELED = "AcceptedCanceled"
    BAD_MESSAGE = "BadMessage"
    IDLE = "Idle"
    NOT_SUPPORTED_OPERATION = "NotSupportedOperation"
    PERMISSION_DENIED = "PermissionDenied"
    UPLOADED = "Uploaded"
    UPLOAD_FAILURE = "UploadFailure"
    UPLOADING = "Uploading"


@dataclass(frozen=True, kw_only=True)
class UpdateFirmware:
    """With `signature` and `signing_certificate` (PEM) 1.6 is asked by SignedUpdateFirmware.

    The plain UpdateFirmware of 1.6 has no `request_id`, and can't say `install_at`: it installs at once.
    """

    request_id: int
    location: str
    retrieve_at: datetime
    install_at: datetime | None = None
    retries: int | None = None
    retry_interval_s: int | None = None
    signing_certificate: str | None = None
    signature: str | None = None


@dataclass(frozen=True, kw_only=True)
class FirmwareStatusNotification:
    """`status` is null for a word nobody knows; `raw_status` is the word on the wire.

    `request_id` is null where the station did not tell it, as the plain message of 1.6 never does.
    """

    status: FirmwareStatus | None
    raw_status: str
    request_id: int | None = None
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class GetLog:
    """Ask for an upload to `location`, of what was logged from `oldest_at` to `latest_at`.

    1.6 is asked for a DiagnosticsLog by GetDiagnostics, which has no `request_id`; with `extended` by the GetLog of the
    security whitepaper, which is also the only way to a SecurityLog. 2.x has one message and ignores `extended`.
    The outcome's `data` is the file's name, null where the station told none.
    """

    request_id: int
    log_type: LogType
    location: str
    oldest_at: datetime | None = None
    latest_at: datetime | None = None
    retries: int | None = None
    retry_interval_s: int | None = None
    extended: bool = False


@dataclass(frozen=True, kw_only=True)
class LogStatusNotification:
    """How an upload goes; 1.6 tells it of GetDiagnostics by DiagnosticsStatusNotification, without `request_id`.

    `status` is null for a word nobody knows; `raw_status` is the word on the wire.
    """

    status: LogStatus | None
    raw_status: str
    request_id: int | None = None
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class SecurityEventNotification:
    """`type` is a word of the list in 2.1 appendix 1, or a vendor's; `at` is null where the clock was unreadable."""

    type: str
    at: datetime | None
    tech_info: str = ""
