"""Real processes in scratch checkouts; only the programs that the launcher starts are stand-ins."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from config.launcher.checkout import Checkout

ROOT = Path(__file__).resolve().parents[2]
DEADLINE_S = 60.0  # nothing takes this long, except on a machine that does much else

# Plays every program of ours: notes what it was asked and in which order it was told to stop.
STAND_IN = """
import http.server, os, signal, sys, threading, time
name = next(word for word in sys.argv[1:] + ["celery"] if word in
            ("web", "gateway", "worker", "beat", "dispatcher", "demo_stations", "migrate", "demo"))
def note(what):
    with open("notes", "a") as file:
        file.write(f"{what} {name} {os.getpid()}\\n")
def stop(*_):
    note("stopped")
    os._exit(0)
signal.signal(signal.SIGTERM, stop)
note("started")
if name == "demo":
    print('{"tenant": "demo", "url": "http://demo.localhost:8000/", "email": "owner@demo.example", "password": "pw-1", '
          '"platform_email": "platform@demo.example", "api_key": null}')
elif name in ("web", "gateway"):
    class Ready(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200 if self.path == "/readyz" else 404)
            self.end_headers()
        def log_message(self, *_):
            pass
    port = int(os.environ[f"{name.upper()}_PORT"])
    http.server.ThreadingHTTPServer(("127.0.0.1", port), Ready).serve_forever()
elif name != "migrate":
    while True:
        time.sleep(60)
"""

# Runs one command of the launcher in the scratch checkout, as manage.py would after entering .venv.
DRIVER = """
import sys
from pathlib import Path
sys.path.insert(0, {root!r})
import manage
launcher = manage.load_launcher()
sys.exit(launcher.entry.run(launcher.entry.Checkout(Path.cwd()), sys.argv[1:]))
"""


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


class Scratch:
    """A checkout of its own in which launcher commands run as processes."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.checkout = Checkout(root)
        self.ports = {"WEB_PORT": str(free_port()), "GATEWAY_PORT": str(free_port())}
        self.environment: dict[str, str] = {}
        self.launched: list[subprocess.Popen[str]] = []

    def launch(self, *words: str, **environment: str) -> subprocess.Popen[str]:
        inherited = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "REDIS_URL", "SECRET_KEY")}
        process = subprocess.Popen(
            [sys.executable, "-c", DRIVER.format(root=str(ROOT)), *words],
            cwd=self.root, env={**inherited, **self.ports, **self.environment, **environment}, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        self.launched.append(process)
        return process

    def notes(self, what: str) -> list[str]:
        """Names of the stand-ins that noted this, in order."""
        return [name for kind, name, _ in self._noted() if kind == what]

    def pids(self, name: str) -> list[int]:
        return [int(pid) for kind, noted, pid in self._noted() if (kind, noted) == ("started", name)]

    def all_pids(self) -> set[int]:
        return {int(pid) for _, _, pid in self._noted()}

    def _noted(self) -> list[list[str]]:
        file = self.root / "notes"
        return [line.split() for line in file.read_text().splitlines()] if file.exists() else []


@pytest.fixture
def scratch(tmp_path: Path) -> Iterator[Scratch]:
    made = Scratch(tmp_path)
    made.checkout.python.parent.mkdir(parents=True)
    made.checkout.python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    made.checkout.python.chmod(0o755)
    for name in ("manage.py", "celery.py"):
        (tmp_path / name).write_text(STAND_IN)
    for name in ("requirements.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path / name)
    yield made
    for process in made.launched:
        process.kill()
        process.wait()


@pytest.fixture
def until() -> Callable[..., None]:
    """Wait for something that another process does, with a deadline."""

    def wait(is_so: Callable[[], object], within_s: float = DEADLINE_S) -> None:
        give_up = time.monotonic() + within_s
        while not is_so():
            assert time.monotonic() < give_up, "it did not happen in time"
            time.sleep(0.02)

    return wait


@pytest.fixture
def is_alive() -> Callable[[int], bool]:
    def alive(pid: int) -> bool:
        try:
            # A zombie waits for a parent that reaps; it runs no more.
            return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
        except (FileNotFoundError, ProcessLookupError):
            return False

    return alive


@pytest.fixture
def read_until() -> Callable[[subprocess.Popen[str], str], str]:
    """What a process prints, up to and with the line that holds a text."""

    def read(process: subprocess.Popen[str], text: str) -> str:
        signal.alarm(int(DEADLINE_S))
        said = ""
        assert process.stdout
        for line in process.stdout:
            said += line
            if text in line:
                signal.alarm(0)
                return said
        signal.alarm(0)
        raise AssertionError(f"it never said {text!r}: {said}")

    return read
