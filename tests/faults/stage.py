"""A house of its own for fault tests: PostgreSQL with fsync, Valkey, two gateways, a worker and a dispatcher."""

import json
import os
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import redis

from config.launcher import ports, postgres, valkey
from config.launcher.postgres import Postgres
from config.launcher.problems import Problem
from config.launcher.valkey import Valkey
from tests.faults.forge import Forge

UP_WITHIN_S = 60.0
STOP_WITHIN_S = 10.0
SECRET = "fault-tests-only-fault-tests-only-fault-tests-only"


def until(holds: Callable[[], Any], *, seconds: float = UP_WITHIN_S, what: str = "it") -> Any:
    """Look again and again until it holds."""
    deadline = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < deadline, f"{what} did not happen within {seconds:.0f} s"
        time.sleep(0.02)
    return found


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


class Role:
    """One of our processes. It is killed, stopped and started again, as often as it takes."""

    def __init__(self, stage: "Stage", name: str, job: str, *, port: int = 0) -> None:
        self.name = name
        self.port = port
        self.pid = 0
        self._stage = stage
        self._job = job

    def start(self, **arguments: Any) -> None:
        if self.port:
            arguments["port"] = self.port
        self.pid = self._stage.fork(self._job, log=self._stage.home / f"{self.name}.log", **arguments)

    def answers(self) -> bool:
        with suppress(OSError), urlopen(f"http://127.0.0.1:{self.port}/livez", timeout=1) as answer:
            return bool(answer.status == 200)
        return False

    def is_alive(self) -> bool:
        return bool(self.pid) and is_alive(self.pid)

    def kill(self) -> None:
        """Does nothing to one that does not run."""
        if not self.pid:
            return
        self.signal(signal.SIGKILL)
        until(lambda: not self.is_alive(), what=f"the end of {self.name}")

    def signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)


class Stage:
    """Everything in one folder. `with Stage(folder, stations=…)` provisions one tenant with these stations."""

    def __init__(self, home: Path, *, stations: Sequence[str]) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self.home = home
        self.stations = list(stations)
        log = home / "servers.log"
        self.database = Postgres(postgres.find(log), home / "postgres", log=log)
        self.cache = Valkey(valkey.find(), home / "valkey", log=log)
        self.gateways = [
            Role(self, f"gateway{number}", "tests.faults.jobs:gateway", port=ports.any_free()) for number in (1, 2)
        ]
        self.worker = Role(self, "worker", "tests.faults.jobs:worker")
        self.dispatcher = Role(self, "dispatcher", "tests.faults.jobs:dispatcher")
        self._forge: Forge | None = None

    def __enter__(self) -> "Stage":
        try:
            self.database.start()
            self.cache.start()
            self._forge = Forge(self._environment(), self.home / "forge.log")
            self.run("tests.faults.jobs:provision", stations=self.stations)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_exception: object) -> None:
        if self._forge:
            self._forge.end()
        self.cache.stop(STOP_WITHIN_S)
        self.database.stop(STOP_WITHIN_S)

    def _environment(self) -> dict[str, str]:
        return {
            "DATABASE_URL": self.database.url, "REDIS_URL": self.cache.url, "SECRET_KEY": SECRET, "HOST": "127.0.0.1",
            "DJANGO_SETTINGS_MODULE": "config.settings", "BLOB_ROOT": str(self.home / "blobs"),
        }  # fmt: skip

    # --- processes ------------------------------------------------------------------------------------------

    def fork(self, job: str, **arguments: Any) -> int:
        assert self._forge
        return self._forge.fork(job, **arguments)

    def run(self, job: str, *, within_s: float = 240.0, **arguments: Any) -> None:
        """Do it in a process that has the stage's database, and wait for its end."""
        pid = self.fork(job, **arguments)
        until(lambda: not is_alive(pid), seconds=within_s, what=job)

    def ask(self, job: str, **arguments: Any) -> Any:
        """As `run`, for a job that writes what it found into the file it is given."""
        answer = self.home / "answer.json"
        answer.unlink(missing_ok=True)
        self.run(job, answer=str(answer), **arguments)
        assert answer.exists(), f"{job} failed: see {self.home / 'forge.log'}"
        return json.loads(answer.read_text())

    def start_roles(self, *roles: Role) -> None:
        for role in roles or (*self.gateways, self.worker, self.dispatcher):
            if not role.is_alive():
                role.start()
        for role in roles or self.gateways:
            if role.port:
                until(role.answers, what=f"the start of {role.name}")

    def end_roles(self) -> None:
        for role in (*self.gateways, self.worker, self.dispatcher):
            role.kill()

    def extra_gateway(self, name: str, *, job: str = "tests.faults.jobs:gateway") -> Role:
        return Role(self, name, job, port=ports.any_free())

    def revive(self) -> None:
        """Start whatever does not run, as a supervisor does."""
        for server in (self.database, self.cache):
            self.revive_server(server)
        for role in (*self.gateways, self.worker, self.dispatcher):
            if not role.is_alive():
                role.start()

    def revive_server(self, server: Postgres | Valkey) -> None:
        if server.poll() is not None:
            until(lambda: _started(server), what=f"the start of {server.name}")

    # --- the servers' own processes -------------------------------------------------------------------------

    def kill_postmaster(self) -> None:
        pid = int((self.database.data / "postmaster.pid").read_text().splitlines()[0])
        os.kill(pid, signal.SIGKILL)
        until(lambda: self.database.poll() is not None, what="the end of the postmaster")

    def backends(self) -> list[int]:
        """Processes that serve a client."""
        postmaster = (self.database.data / "postmaster.pid").read_text().splitlines()[0]
        children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
        return [int(pid) for pid in children if b"[local]" in _title(pid) or b"127.0.0.1" in _title(pid)]

    def kill_cache(self) -> None:
        pid = int(self.redis().info("server")["process_id"])
        os.kill(pid, signal.SIGKILL)
        until(lambda: self.cache.poll() is not None, what="the end of Valkey")

    def redis(self) -> redis.Redis:
        return redis.Redis.from_url(self.cache.url, socket_timeout=5)


def _started(server: Postgres | Valkey) -> bool:
    try:
        server.start()
    except Problem:
        return False
    return True


def _title(pid: str) -> bytes:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""
