"""Firmware and logs in 1.6: the plain messages of the Firmware Management profile beside the whitepaper's."""

from collections.abc import Mapping

from apps.core.errors import UnableTo
from apps.dialects.adapters import upkeep
from apps.dialects.adapters.outcomes import Outcome, by_status, by_status_if_any, of_upload
from apps.dialects.adapters.outgoing import Encoded, Encoder, gettext_noop, told
from apps.dialects.adapters.reading import Parser
from apps.stations.messages import GetLog, LogType, UpdateFirmware


def _update_firmware(command: UpdateFirmware) -> Encoded:
    if command.signature:
        return "SignedUpdateFirmware", upkeep.firmware(command)
    if command.install_at:
        raise UnableTo(gettext_noop("OCPP 1.6 installs unsigned firmware at once and can't be told when to."))
    fields = {"location": command.location, "retrieveDate": command.retrieve_at}
    return "UpdateFirmware", told(fields) | upkeep.retries(command)


def _get_log(command: GetLog) -> Encoded:
    if command.extended or command.log_type is not LogType.DIAGNOSTICS:
        return upkeep.get_log(command)
    fields = {"location": command.location, "startTime": command.oldest_at, "stopTime": command.latest_at}
    return "GetDiagnostics", told(fields) | upkeep.retries(command)


PARSERS: Mapping[str, Parser] = {
    "DiagnosticsStatusNotification": upkeep.log_status,
    "FirmwareStatusNotification": upkeep.firmware_status,
    "LogStatusNotification": upkeep.log_status,
    "SecurityEventNotification": upkeep.security_event,
    "SignedFirmwareStatusNotification": upkeep.firmware_status,
}
ENCODERS: Mapping[type, Encoder] = {GetLog: _get_log, UpdateFirmware: _update_firmware}
OUTCOMES: Mapping[str, Outcome] = {
    "GetDiagnostics": of_upload,
    "GetLog": of_upload,
    "SignedUpdateFirmware": by_status,
    "UpdateFirmware": by_status_if_any,  # its answer is empty (S16 §6.56)
}
