"""Firmware, logs and certificates as the CSMS asks for them, in what all versions share."""

from collections.abc import Callable
from datetime import datetime

from apps.simulator.certificates import CertificateStore
from apps.simulator.chores import Workshop, security_event, telling
from apps.simulator.diagnostics import Uploader, Wanted
from apps.simulator.dialect import Message
from apps.simulator.firmware import Update, Updater
from apps.simulator.formatting import Json
from apps.simulator.link import Answer
from apps.simulator.orders import Order
from apps.simulator.signatures import certificates_in
from apps.simulator.tokens import ACCEPTED, instant_of, read_instant

LOG = "LogStatusNotification"


class Upkeep:
    """Subclasses fill `table`, as those of Orders do."""

    # The security event of a chain that does not fit, as the version calls it.
    bad_chain = "InvalidChargingStationCertificate"

    def __init__(self, station: Workshop) -> None:
        self.station = station
        self.updater, self.uploader, self.store = Updater(station), Uploader(station), CertificateStore()
        self.table: dict[str, Order] = {"DeleteCertificate": self._delete, "InstallCertificate": self._install}

    @property
    def now(self) -> datetime:
        return self.station.clock.now()

    def begin_signed(self, update: Update) -> Answer:
        """Only with a certificate that is one and valid (S16 L01.FR.23, 2.x L01.FR.20)."""
        found = certificates_in(update.certificate)
        if update.signature is not None and not (found and found[0].not_valid_after_utc > self.now):
            event = security_event(self.station, "InvalidFirmwareSigningCertificate", update.location)
            return Answer({"status": "InvalidCertificate"}, telling(self.station, event))
        return Answer({"status": self.updater.begin(update)})

    def begin_log(self, p: Json) -> Answer:
        """GetLog, the same in all versions."""

        def say(status: str) -> Message:
            return LOG, {"status": status, "requestId": p["requestId"]}

        log, busy = p["log"], self.uploader.busy
        since, until = read_instant(log.get("oldestTimestamp")), read_instant(log.get("latestTimestamp"))
        retries, interval_s, security = p.get("retries", 0), p.get("retryInterval", 0), p["logType"] == "SecurityLog"
        wanted = Wanted(
            log["remoteLocation"], since, until, retries, interval_s, say, "UploadFailure", security_only=security
        )
        return Answer({"status": "AcceptedCanceled" if busy else ACCEPTED, "filename": self.uploader.begin(wanted)})

    def sign_request(self, use: str, organization: str) -> str:
        name = self.station.config.identity
        return self.store.request(use, name=name, organization=organization or self.station.config.make.vendor)

    def take_signed(self, use: str, chain: str) -> Answer:
        if self.store.take_signed(use, chain, self.now):
            return Answer({"status": ACCEPTED})
        event = security_event(self.station, self.bad_chain, "the chain does not fit the key, or is not valid now")
        return Answer({"status": "Rejected"}, telling(self.station, event))

    def _install(self, p: Json) -> Answer:
        return Answer({"status": self.store.install(p["certificateType"], p["certificate"], self.now)})

    def _delete(self, p: Json) -> Answer:
        return Answer({"status": self.store.delete(p["certificateHashData"])})


def update_of(p: Json, say: Callable[[str], Message]) -> Update:
    """Of SignedUpdateFirmware, and of UpdateFirmware as 2.x has it, where the signature may be missing."""
    firmware = p["firmware"]
    return Update(
        firmware["location"],
        instant_of(firmware["retrieveDateTime"]),
        read_instant(firmware.get("installDateTime")),
        p.get("retries", 0),
        p.get("retryInterval", 0),
        say,
        firmware.get("signature"),
        firmware.get("signingCertificate", ""),
    )
