"""Firmware, logs and certificates in 1.6: as it was at first, and as the security whitepaper has it."""

from apps.simulator.chores import Workshop
from apps.simulator.diagnostics import Wanted
from apps.simulator.dialect import Message
from apps.simulator.dialect16 import Dialect16
from apps.simulator.firmware import Update
from apps.simulator.formatting import Json
from apps.simulator.link import Answer
from apps.simulator.tokens import instant_of, read_instant
from apps.simulator.upkeep import LOG, Upkeep, update_of

IDLE = {"status": "Idle"}
PLAIN_WORDS = ("Downloading", "Downloaded", "DownloadFailed", "Installing", "Installed", "InstallationFailed")
PLAIN, SIGNED = "FirmwareStatusNotification", "SignedFirmwareStatusNotification"
DIAGNOSTICS = "DiagnosticsStatusNotification"
CHARGE_POINT = "ChargePointCertificate"


class Upkeep16(Upkeep):
    bad_chain = "InvalidChargePointCertificate"

    def __init__(self, station: Workshop, dialect: Dialect16) -> None:
        super().__init__(station)
        self._keys = dialect.keys
        self.table |= {
            "CertificateSigned": lambda p: self.take_signed(CHARGE_POINT, p["certificateChain"]),
            "GetDiagnostics": self._get_diagnostics,
            "GetInstalledCertificateIds": self._get_installed,
            "GetLog": self.begin_log,
            "SignedUpdateFirmware": self._signed_update_firmware,
            "UpdateFirmware": self._update_firmware,
        }

    def plain_news(self, wanted: str) -> list[Message]:
        """What TriggerMessage can ask for here; empty for all else."""
        if wanted == PLAIN:
            return [self._current(self.updater.news, PLAIN)]
        return [self._current(self.uploader.news, DIAGNOSTICS)] if wanted == DIAGNOSTICS else []

    def secure_news(self, wanted: str) -> list[Message]:
        """The same of ExtendedTriggerMessage."""
        if wanted == PLAIN:
            return [self._current(self.updater.news, SIGNED)]
        if wanted == "SignChargePointCertificate":
            csr = self.sign_request(CHARGE_POINT, self._keys.text("CpoName"))
            return [("SignCertificate", {"csr": csr})]
        return [self._current(self.uploader.news, LOG)] if wanted == LOG else []

    def _current(self, news: Message | None, action: str) -> Message:
        """Idle also where what goes on has been asked for in the other way."""
        return news if news and news[0] == action else (action, IDLE)

    def _update_firmware(self, p: Json) -> Answer:
        def say(status: str) -> Message | None:
            return (PLAIN, {"status": status}) if status in PLAIN_WORDS else None

        update = Update(
            p["location"], instant_of(p["retrieveDate"]), None, p.get("retries", 0), p.get("retryInterval", 0), say
        )
        self.updater.begin(update)
        return Answer()

    def _signed_update_firmware(self, p: Json) -> Answer:
        def say(status: str) -> Message:
            return SIGNED, {"status": status, "requestId": p["requestId"]}

        return self.begin_signed(update_of(p, say))

    def _get_diagnostics(self, p: Json) -> Answer:
        def say(status: str) -> Message:
            return DIAGNOSTICS, {"status": status}

        since, until = read_instant(p.get("startTime")), read_instant(p.get("stopTime"))
        retries, interval_s = p.get("retries", 0), p.get("retryInterval", 0)
        wanted = Wanted(p["location"], since, until, retries, interval_s, say, "UploadFailed")
        return Answer({"fileName": self.uploader.begin(wanted)})

    def _get_installed(self, p: Json) -> Answer:
        found = [hash_data for _, hash_data in self.store.named([p["certificateType"]])]
        return Answer({"status": "Accepted", "certificateHashData": found} if found else {"status": "NotFound"})
