"""What a station has noted, brought to an address as a text file."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from apps.simulator.chores import SECURITY_EVENT, Workshop, report
from apps.simulator.dialect import Message
from apps.simulator.files import TransferFailed, bring

UPLOAD_S = 4
IDLE = "Idle"


@dataclass(frozen=True)
class Wanted:
    """`failed` is the word of the version for an upload that came to nothing."""

    location: str
    since: datetime | None
    until: datetime | None
    retries: int
    retry_interval_s: int
    say: Callable[[str], Message]
    failed: str
    security_only: bool = False


class Uploader:
    """One upload at a time; `status` is the last that was told."""

    def __init__(self, station: Workshop) -> None:
        self._station = station
        self._task: asyncio.Task[None] | None = None
        self._wanted: Wanted | None = None
        self.status = IDLE

    @property
    def busy(self) -> bool:
        return self._task is not None and not self._task.done()

    def begin(self, wanted: Wanted) -> str:
        """The name of the file that will come. A newer upload takes the place of one that is under way."""
        if self._task:
            self._task.cancel()
        at = self._station.clock.now()
        name = f"{self._station.config.identity}-{at:%Y%m%d-%H%M%S}.log"
        self._wanted, self.status = wanted, IDLE
        self._task = self._station.spawn(self._carry_out(wanted, name))
        return name

    @property
    def news(self) -> Message | None:
        """The status once more while an upload goes on, None when there is nothing but Idle to tell."""
        return self._wanted.say(self.status) if self._wanted and self.busy and self.status != IDLE else None

    async def _carry_out(self, wanted: Wanted, name: str) -> None:
        text = self._station.log.text(wanted.since, wanted.until, event=SECURITY_EVENT if wanted.security_only else "")
        for attempt in range(wanted.retries + 1):
            if attempt:
                await self._station.clock.sleep(wanted.retry_interval_s)
            await self._tell(wanted, "Uploading")
            await self._station.clock.sleep(UPLOAD_S)
            try:
                await bring(wanted.location, name, text.encode())
            except TransferFailed as failed:
                self._station.log("upload_failed", problem=str(failed), attempt=attempt)
                continue
            await self._tell(wanted, "Uploaded")
            return
        await self._tell(wanted, wanted.failed)

    async def _tell(self, wanted: Wanted, status: str) -> None:
        self.status = status
        self._station.log("upload", status=status)
        await report(self._station, wanted.say(status))
