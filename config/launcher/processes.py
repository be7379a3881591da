"""Child processes that end when we do."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

PR_SET_PDEATHSIG = 1
LOG_LIMIT_BYTES = 20_000_000


class Service(Protocol):
    """Something that runs until it is stopped, and can be started again when it ended by itself."""

    name: str
    log: Path
    watched: bool  # whether an error in its log is news; servers log every mistake of their clients

    def start(self) -> None: ...

    def poll(self) -> int | None:
        """The exit code once it has ended."""

    def stop(self, within_s: float) -> None: ...


def spawn(
    command: Sequence[str],
    *,
    log: Path,
    dies_with_us: signal.Signals,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    user: int | None = None,
) -> subprocess.Popen[bytes]:
    """Start it with its output in a log of its own.

    A session of its own keeps Ctrl-C away from it, so that we can stop everything in order. If we are killed, the
    kernel sends it `dies_with_us` instead.
    """
    _rotate(log)
    with log.open("ab") as output:
        return subprocess.Popen(
            command, env=env, cwd=cwd, user=user, group=user, extra_groups=None if user is None else [],
            stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
            preexec_fn=bound_to_us(dies_with_us),
        )  # fmt: skip


def bound_to_us(dies_with: signal.Signals) -> Callable[[], None] | None:
    """Only Linux has this; elsewhere a killed launcher leaves its children, and the next start finds their ports."""
    if sys.platform != "linux":
        return None
    parent = os.getpid()
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def bind() -> None:
        prctl(PR_SET_PDEATHSIG, dies_with)
        if os.getppid() != parent:  # it went before the kernel could know whom to tell
            os._exit(1)

    return bind


def _rotate(log: Path) -> None:
    """Keep one older log beside a big one."""
    if log.exists() and log.stat().st_size > LOG_LIMIT_BYTES:
        log.replace(log.with_suffix(".1.log"))


def end(process: subprocess.Popen[bytes], *, ask: signal.Signals, within_s: float) -> None:
    """Ask it to stop; after that time kill it with everything it started. Does nothing to one that has ended."""
    if process.poll() is not None:
        return
    process.send_signal(ask)
    try:
        process.wait(max(within_s, 0.1))
    except subprocess.TimeoutExpired:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


class Program:
    """A service of ours: a command whose output goes to var/log/<name>.log."""

    watched = True

    def __init__(self, name: str, command: Sequence[str], *, log: Path, env: Mapping[str, str], cwd: Path) -> None:
        self.name = name
        self.log = log
        self._command = command
        self._env = env
        self._cwd = cwd
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def start(self) -> None:
        # Without us its servers end as well: a polite end would wait for answers that no longer come.
        self._process = spawn(self._command, log=self.log, dies_with_us=signal.SIGKILL, env=self._env, cwd=self._cwd)

    def poll(self) -> int | None:
        return self._process.poll() if self._process else None

    def stop(self, within_s: float) -> None:
        if self._process:
            end(self._process, ask=signal.SIGTERM, within_s=within_s)
