"""Firmware and logs in 2.x."""

from collections.abc import Mapping

from apps.dialects.adapters import upkeep
from apps.dialects.adapters.outcomes import Outcome, by_status, of_upload
from apps.dialects.adapters.outgoing import Encoded, Encoder
from apps.dialects.adapters.reading import Parser
from apps.stations.messages import GetLog, UpdateFirmware


def _update_firmware(command: UpdateFirmware) -> Encoded:
    return "UpdateFirmware", upkeep.firmware(command)


PARSERS: Mapping[str, Parser] = {
    "FirmwareStatusNotification": upkeep.firmware_status,
    "LogStatusNotification": upkeep.log_status,
    "SecurityEventNotification": upkeep.security_event,
}
ENCODERS: Mapping[type, Encoder] = {GetLog: upkeep.get_log, UpdateFirmware: _update_firmware}
OUTCOMES: Mapping[str, Outcome] = {"GetLog": of_upload, "UpdateFirmware": by_status}
