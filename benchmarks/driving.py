"""Running the load generator against servers, and reading what it costs them meanwhile."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db import connection

from benchmarks import costs
from benchmarks.fleet import PASSWORD
from benchmarks.players import Facts
from benchmarks.servers import ROOT, Server
from config.launcher.processes import bound_to_us

Event = dict[str, Any]


class LoadGenerator:
    """The generator's process: events are read from it, words are said to it."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def until(self, *wanted: str) -> Event:
        """The next event of these names; the others are passed over."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            event: Event = json.loads(line)
            if event["event"] in wanted:
                return event
        raise SystemExit("The load generator ended before its time.")

    def say(self, word: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(word + "\n")
        self._process.stdin.flush()


@contextmanager
def generating(load: str, fleet: Sequence[Facts], **plan: Any) -> Iterator[LoadGenerator]:
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.generator"],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        preexec_fn=bound_to_us(signal.SIGKILL),
    )  # fmt: skip
    try:
        generator = LoadGenerator(process)
        stations = [asdict(facts) for facts in fleet]
        generator.say(json.dumps({"load": load, "password": PASSWORD, "stations": stations, **plan}))
        yield generator
    finally:
        process.kill()
        process.wait()


@dataclass
class Meter:
    """CPU time of servers and of PostgreSQL between `start` and `stop`, and what PostgreSQL wrote ahead."""

    servers: Sequence[Server]
    servers_s: float = 0.0
    postgres_s: float | None = None
    wal_bytes: int = 0
    _postmaster: int | None = None
    _before: list[float] = field(default_factory=list)

    def start(self) -> None:
        self._postmaster = _postmaster()
        self._before = self._read()

    def stop(self) -> None:
        servers_s, postgres_s, wal = (now - then for now, then in zip(self._read(), self._before, strict=True))
        self.servers_s, self.wal_bytes = servers_s, int(wal)
        self.postgres_s = postgres_s if self._postmaster else None

    def _read(self) -> list[float]:
        servers = sum(costs.cpu_s(server.pid) for server in self.servers)
        postgres = costs.postgres_cpu_s(self._postmaster) if self._postmaster else 0.0
        return [servers, postgres, _wal_position()]


def _postmaster() -> int | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return costs.postmaster_of(cursor.fetchone()[0])


def _wal_position() -> float:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')")
        return float(cursor.fetchone()[0])
