"""The processes that are measured, started as anybody would start them."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from config.launcher.processes import bound_to_us

ROOT = Path(__file__).resolve().parents[1]
READY_WITHIN_S = 60.0
STOP_WITHIN_S = 30.0
BASELINE = {"DJANGO_SETTINGS_MODULE": "benchmarks.baseline.settings", "LOG_LEVEL": "WARNING"}


@dataclass(frozen=True)
class System:
    """Something to load: its name in reports, the command that serves a port, and what its environment adds."""

    name: str
    command: tuple[str, ...]
    environment: tuple[tuple[str, str], ...] = ()
    http: bool = False


GATEWAY = System("gateway", ("manage.py", "gateway", "--port", "{port}"), http=True)
DAPHNE = System("baseline", ("-m", "daphne", "-p", "{port}", "benchmarks.baseline.asgi:application"),
                tuple(BASELINE.items()))  # fmt: skip
LIMIT = System("limit", ("-m", "benchmarks.limit", "{port}"))


@dataclass(frozen=True)
class Server:
    system: System
    port: int
    pid: int


@contextmanager
def running(system: System, log: Path) -> Iterator[Server]:
    """A server that takes connections; it is asked to stop at the end, and then made to."""
    port = free_port()
    words = [word.format(port=port) for word in system.command]
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, *words], cwd=ROOT, env={**os.environ, **dict(system.environment)},
            stdin=subprocess.DEVNULL, stdout=output, stderr=output, preexec_fn=bound_to_us(signal.SIGKILL),
        )  # fmt: skip
    try:
        _wait(process, system, port, log)
        yield Server(system, port, process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as trial:
        return int(trial.getsockname()[1])


def _wait(process: subprocess.Popen[bytes], system: System, port: int, log: Path) -> None:
    give_up = time.monotonic() + READY_WITHIN_S
    while not _answers(port, http=system.http):
        if process.poll() is not None or time.monotonic() > give_up:
            raise SystemExit(f"{system.name} does not start: see {log}.")
        time.sleep(0.1)


def _answers(port: int, *, http: bool) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as trial:
            if not http:
                return True
            trial.sendall(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            return trial.recv(64).startswith(b"HTTP/1.1 200")
    except OSError:
        return False


def make_baseline_tables(log: Path) -> None:
    """The baseline's table in every tenant, empty."""
    with log.open("ab") as output:
        subprocess.run(
            [sys.executable, "-m", "benchmarks.baseline.tables"], cwd=ROOT, env={**os.environ, **BASELINE},
            stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=True,
        )  # fmt: skip
