"""Firmware, logs, security events: what the security whitepaper gave 1.6 is said as in 2.x."""

from datetime import datetime

from apps.dialects.adapters.outcomes import reason
from apps.dialects.adapters.outgoing import Encoded, told, whole
from apps.dialects.adapters.reading import choice, folded, instant, integer, note, required_text
from apps.dialects.messages import Payload
from apps.stations.messages import (
    FirmwareStatus,
    FirmwareStatusNotification,
    GetLog,
    LogStatus,
    LogStatusNotification,
    SecurityEventNotification,
    UpdateFirmware,
)

_FIRMWARE = folded({status.value: status for status in FirmwareStatus})
# DiagnosticsStatus of S16 §7.24 has a word of its own for a failure.
_LOG = folded({status.value: status for status in LogStatus} | {"UploadFailed": LogStatus.UPLOAD_FAILURE})


def firmware_status(p: Payload, _: datetime) -> FirmwareStatusNotification:
    word = required_text(p, "status")
    return FirmwareStatusNotification(
        status=choice(word, _FIRMWARE),
        raw_status=word,
        request_id=integer(p.get("requestId")),
        reason=reason(p.get("statusInfo")),
    )


def log_status(p: Payload, _: datetime) -> LogStatusNotification:
    word = required_text(p, "status")
    return LogStatusNotification(
        status=choice(word, _LOG),
        raw_status=word,
        request_id=integer(p.get("requestId")),
        reason=reason(p.get("statusInfo")),
    )


def security_event(p: Payload, received_at: datetime) -> SecurityEventNotification:
    return SecurityEventNotification(
        type=required_text(p, "type").strip(),
        at=instant(p.get("timestamp"), received_at),
        tech_info=note(p.get("techInfo")),
    )


def get_log(command: GetLog) -> Encoded:
    return "GetLog", {
        "logType": command.log_type.value,
        "requestId": whole(command.request_id),
        "log": told(
            {
                "remoteLocation": command.location,
                "oldestTimestamp": command.oldest_at,
                "latestTimestamp": command.latest_at,
            }
        ),
    } | retries(command)


def firmware(command: UpdateFirmware) -> Payload:
    return {
        "requestId": whole(command.request_id),
        "firmware": told(
            {
                "location": command.location,
                "retrieveDateTime": command.retrieve_at,
                "installDateTime": command.install_at,
                "signingCertificate": command.signing_certificate,
                "signature": command.signature,
            }
        ),
    } | retries(command)


def retries(command: GetLog | UpdateFirmware) -> Payload:
    given = {"retries": command.retries, "retryInterval": command.retry_interval_s}
    return {name: whole(number) for name, number in given.items() if number is not None}
