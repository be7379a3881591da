"""Firmware, logs and certificates in 2.0.1 and 2.1."""

from apps.simulator.chores import Workshop
from apps.simulator.dialect import Message
from apps.simulator.dialect2x import Dialect2x
from apps.simulator.formatting import Json
from apps.simulator.link import Answer
from apps.simulator.upkeep import LOG, Upkeep, update_of

FIRMWARE = "FirmwareStatusNotification"
STATION = "ChargingStationCertificate"
SIGNINGS = {"SignChargingStationCertificate": STATION, "SignV2GCertificate": "V2GCertificate"}


class Upkeep2x(Upkeep):
    def __init__(self, station: Workshop, dialect: Dialect2x) -> None:
        super().__init__(station)
        self._model = dialect.model
        self.table |= {
            "CertificateSigned": lambda p: self.take_signed(p.get("certificateType", STATION), p["certificateChain"]),
            "GetInstalledCertificateIds": self._get_installed,
            "GetLog": self.begin_log,
            "UpdateFirmware": self._update_firmware,
        }

    def news(self, wanted: str) -> list[Message]:
        """What TriggerMessage can ask for here; empty for all else."""
        if wanted == FIRMWARE:
            return [self.updater.news or (FIRMWARE, {"status": "Idle"})]
        if wanted == LOG:
            return [self.uploader.news or (LOG, {"status": "Idle"})]
        use = SIGNINGS.get(wanted)
        if use is None:
            return []
        csr = self.sign_request(use, self._model.text("SecurityCtrlr", "OrganizationName"))
        return [("SignCertificate", {"csr": csr, "certificateType": use})]

    def _update_firmware(self, p: Json) -> Answer:
        def say(status: str) -> Message:
            return FIRMWARE, {"status": status, "requestId": p["requestId"]}

        return self.begin_signed(update_of(p, say))

    def _get_installed(self, p: Json) -> Answer:
        found = [
            {"certificateType": use, "certificateHashData": hash_data}
            for use, hash_data in self.store.named(p.get("certificateType") or [])
        ]
        return Answer({"status": "Accepted", "certificateHashDataChain": found} if found else {"status": "NotFound"})
