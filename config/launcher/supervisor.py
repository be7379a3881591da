"""Keeps services running, and stops them in order."""

import http.client
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType

from .console import Console
from .log_watch import LogWatch, last_words
from .problems import Problem
from .processes import Service

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0
# Who has run this long starts afresh when it falls.
STEADY_S = 60.0
HOPELESS_AFTER = 4
STOP_ALL_WITHIN_S = 14.0
TICK_S = 0.2
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(BaseException):
    """Somebody wants it to end: Ctrl-C, or another signal."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


@contextmanager
def stoppable() -> Iterator[None]:
    """Inside, the first signal raises Stopped; from then on, and afterwards, further ones change nothing."""

    def on_signal(number: int, frame: FrameType | None) -> None:
        ignore_signals()
        raise Stopped(number)

    for number in SIGNALS:
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup means what it says
            signal.signal(number, on_signal)
    try:
        yield
    finally:
        ignore_signals()


def ignore_signals() -> None:
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)


@dataclass
class _Kept:
    """A service under supervision."""

    service: Service
    watch: LogWatch
    started_at: float
    pause_s: float = FIRST_PAUSE_S
    falls: int = 0
    again_at: float | None = field(default=None)

    def fell(self, now: float) -> float:
        """How long to wait before the next try; longer each time."""
        if now - self.started_at > STEADY_S:
            self.pause_s, self.falls = FIRST_PAUSE_S, 0
        self.falls += 1
        pause_s = self.pause_s
        self.again_at = now + pause_s
        self.pause_s = min(pause_s * 2, LONGEST_PAUSE_S)
        return pause_s

    def rise(self, now: float) -> None:
        self.again_at = None
        self.started_at = now


class Supervisor:
    def __init__(self, console: Console, *, stop_order: Sequence[str]) -> None:
        """`stop_order` names services; those it does not name stop last."""
        self._console = console
        self._stop_order = stop_order
        self._kept: list[_Kept] = []

    def start(self, service: Service) -> None:
        """Start it and keep it running."""
        kept = _Kept(service, LogWatch(service.log), time.monotonic())
        # Listed first: one that is interrupted while it starts is stopped all the same.
        self._kept.append(kept)
        service.start()

    def watch(self) -> None:
        """Until a signal says otherwise."""
        while True:
            self.tick()
            time.sleep(TICK_S)

    def wait_for(self, is_ready: Callable[[], bool], *, within_s: float, what: str) -> None:
        give_up = time.monotonic() + within_s
        while not is_ready():
            self.tick()
            self._raise_if_hopeless()
            if time.monotonic() > give_up:
                raise Problem(f"{what} did not get ready within {within_s:.0f} s: see the files in var/log.")
            time.sleep(TICK_S)

    def tick(self) -> None:
        now = time.monotonic()
        for kept in self._kept:
            self._look_after(kept, now)
            self._tell_errors(kept, now)

    def stop(self) -> None:
        """In order, and all of them within the time: each has an equal share of what those before it left."""
        give_up = time.monotonic() + STOP_ALL_WITHIN_S
        order = self._in_stop_order()
        for number, kept in enumerate(order):
            kept.service.stop((give_up - time.monotonic()) / (len(order) - number))

    def _in_stop_order(self) -> list[_Kept]:
        rank = {name: number for number, name in enumerate(self._stop_order)}
        return sorted(self._kept, key=lambda kept: rank.get(kept.service.name, len(rank)))

    def _look_after(self, kept: _Kept, now: float) -> None:
        if kept.again_at is not None:
            if now >= kept.again_at:
                self._start_again(kept, now)
        elif (code := kept.service.poll()) is not None:
            pause_s = kept.fell(now)
            self._tell(kept, f"ended ({_manner(code)}), starts again in {pause_s:.1f} s")

    def _start_again(self, kept: _Kept, now: float) -> None:
        kept.rise(now)
        try:
            kept.service.start()
        except Problem as problem:
            kept.fell(now)
            self._tell(kept, str(problem))

    def _tell_errors(self, kept: _Kept, now: float) -> None:
        if kept.service.watched and (error := kept.watch.news(now)):
            self._tell(kept, error)

    def _tell(self, kept: _Kept, what: str) -> None:
        self._console.say(f"  ! {kept.service.name}: {what}  (var/log/{kept.service.log.name})")

    def _raise_if_hopeless(self) -> None:
        for kept in self._kept:
            if kept.falls >= HOPELESS_AFTER:
                raise Problem(
                    f"{kept.service.name} does not stay up ({last_words(kept.service.log)}): see {kept.service.log}."
                )


def _manner(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"killed by {signal.Signals(-code).name}"


def answers_200(host: str, port: int, path: str) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
