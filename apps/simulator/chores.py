"""Work that a station does beside charging: it takes its time, and goes on through a lost connection."""

import asyncio
from collections.abc import Coroutine
from datetime import datetime
from typing import Any, Protocol

from apps.simulator.clock import Clock
from apps.simulator.control import Control
from apps.simulator.dialect import Message
from apps.simulator.formatting import stamp
from apps.simulator.knobs import Knobs
from apps.simulator.link import FollowUp
from apps.simulator.log import EventLog
from apps.simulator.makes import StationConfig

POLL_S = 1
SECURITY_EVENT = "security_event"


class Workshop(Protocol):
    """The station as its chores see it."""

    config: StationConfig
    clock: Clock
    control: Control
    log: EventLog

    @property
    def online(self) -> bool: ...

    def knobs(self) -> Knobs: ...

    def tell(self, *messages: Message, asked_for: bool = False) -> None: ...

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]: ...

    def reboot_into(self, version: str, *news: Message) -> None: ...


async def report(station: Workshop, message: Message) -> None:
    """Tell it as soon as somebody listens."""
    while not station.online:
        await station.clock.sleep(POLL_S)
    station.tell(message)


def telling(station: Workshop, *messages: Message) -> FollowUp:
    """Tell it after the answer has left."""

    async def follow_up() -> None:
        station.tell(*messages, asked_for=True)

    return follow_up


async def wait_until(station: Workshop, at: datetime) -> None:
    await station.clock.sleep((at - station.clock.now()).total_seconds())


def security_event(station: Workshop, kind: str, info: str) -> Message:
    """Noted at once, for the security log; told by whoever asks for the message."""
    station.log(SECURITY_EVENT, type=kind, info=info)
    at = stamp(station.config.make, station.clock.now())
    return "SecurityEventNotification", {"type": kind, "timestamp": at, "techInfo": info[:255]}
