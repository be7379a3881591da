"""How a station comes by other firmware: fetched, checked, installed while nobody charges, told step by step."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from apps.simulator.chores import POLL_S, Workshop, report, security_event, wait_until
from apps.simulator.dialect import Message
from apps.simulator.files import Fetched, TransferFailed, fetch
from apps.simulator.signatures import is_signed_by

DOWNLOAD_S = 5
VERIFY_S = 2
INSTALL_S = 12
IDLE = "Idle"
INSTALLED = "Installed"
# From then on there is no way back.
INSTALLING = ("Installing", "InstallRebooting")


@dataclass(frozen=True)
class Update:
    """`say` makes the message of a status, None where the version has no word for it (plain 1.6 has few)."""

    location: str
    retrieve_at: datetime
    install_at: datetime | None
    retries: int
    retry_interval_s: int
    say: Callable[[str], Message | None]
    signature: str | None = None
    certificate: str = ""


class Updater:
    """One update at a time; `status` is the last that was told."""

    def __init__(self, station: Workshop) -> None:
        self._station = station
        self._task: asyncio.Task[None] | None = None
        self._update: Update | None = None
        self.status = IDLE

    def begin(self, update: Update) -> str:
        """The status to answer with. A newer update takes the place of one that is not being installed yet."""
        busy = self._task is not None and not self._task.done()
        if busy and self.status in INSTALLING:
            return "Rejected"
        if self._task:
            self._task.cancel()
        self._update, self.status = update, IDLE
        self._task = self._station.spawn(self._carry_out(update))
        return "AcceptedCanceled" if busy else "Accepted"

    @property
    def news(self) -> Message | None:
        """The last status once more, None when there is nothing but Idle to tell (S16 L01.FR.28, 29)."""
        return self._update.say(self.status) if self._update and self.status not in (IDLE, INSTALLED) else None

    async def _carry_out(self, update: Update) -> None:
        station = self._station
        await self._wait_for(update.retrieve_at, "DownloadScheduled")
        file = await self._fetched(update)
        if file is None:
            await self._tell("DownloadFailed")
            return
        await self._tell("Downloaded")
        if not await self._is_genuine(update, file):
            return
        await self._wait_for(update.install_at, "InstallScheduled")
        closed = [evse for evse in station.control.evses.values() if evse.operative]
        station.control.set_operative(closed, False)
        try:
            await self._install(update, file)
        finally:
            station.control.set_operative(closed, True)

    async def _install(self, update: Update, file: Fetched) -> None:
        """Once the last charge has ended; meanwhile nobody begins another (S16 and 2.x L01.FR.06, 07)."""
        while any(evse.charge for evse in self._station.control.evses.values()):
            await self._station.clock.sleep(POLL_S)
        await self._tell("Installing")
        await self._station.clock.sleep(INSTALL_S)
        await self._finish(update, file)

    async def _fetched(self, update: Update) -> Fetched | None:
        for attempt in range(update.retries + 1):
            if attempt:
                await self._station.clock.sleep(update.retry_interval_s)
            await self._tell("Downloading")
            try:
                file = await fetch(update.location)
            except TransferFailed as failed:
                self._station.log("download_failed", problem=str(failed), attempt=attempt)
                continue
            self._station.log("downloaded", name=file.name, size=file.size)
            await self._station.clock.sleep(DOWNLOAD_S)
            return file
        return None

    async def _is_genuine(self, update: Update, file: Fetched) -> bool:
        if update.signature is None:
            return True
        await self._station.clock.sleep(VERIFY_S)
        genuine = is_signed_by(update.certificate, update.signature, file.sha256)
        await self._tell("SignatureVerified" if genuine else "InvalidSignature")
        if not genuine:
            await report(self._station, security_event(self._station, "InvalidFirmwareSignature", file.name))
        return genuine

    async def _finish(self, update: Update, file: Fetched) -> None:
        if self._station.knobs().install_fails:
            await self._tell("InstallationFailed")
            return
        await self._tell("InstallRebooting")
        # The reboot takes what is still to be sent with it.
        await self._station.clock.sleep(POLL_S)
        self.status = INSTALLED
        done, event = update.say(INSTALLED), security_event(self._station, "FirmwareUpdated", file.version)
        self._station.reboot_into(file.version, event, *([done] if done else []))
        while self._station.online:
            await self._station.clock.sleep(POLL_S)

    async def _wait_for(self, at: datetime | None, meanwhile: str) -> None:
        if at and at > self._station.clock.now():
            await self._tell(meanwhile)
            await wait_until(self._station, at)

    async def _tell(self, status: str) -> None:
        message = self._update.say(status) if self._update else None
        if message:
            self.status = status
            self._station.log("firmware", status=status)
            await report(self._station, message)
