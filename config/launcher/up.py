"""`manage.py up`: from nothing to a running house, and back to nothing on Ctrl-C."""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from . import identity, pango, ports, postgres, running, valkey
from .checkout import Busy, Checkout, locked
from .console import Console
from .log_watch import last_words
from .postgres import Postgres
from .problems import Problem
from .processes import Program
from .supervisor import Stopped, Supervisor, answers_200, stoppable
from .valkey import Valkey

READY_WITHIN_S = 90
STOP_ORDER = ("stations", "gateway", "web", "worker", "beat", "dispatcher", "valkey", "postgres")
WEB_PORT, GATEWAY_PORT = 8000, 9000


@dataclass(frozen=True)
class Child:
    """One process of ours. `ready_port` names the variable and the default of the port whose /readyz tells."""

    name: str
    words: tuple[str, ...]
    ready_port: tuple[str, int] | None = None


CHILDREN = (
    Child("web", ("manage.py", "web"), ("WEB_PORT", WEB_PORT)),
    Child("gateway", ("manage.py", "gateway"), ("GATEWAY_PORT", GATEWAY_PORT)),
    Child(
        "worker", ("-m", "celery", "-A", "config", "worker", "--pool", "threads", "--concurrency", "4", "-l", "INFO")
    ),
    Child(
        "beat", ("-m", "celery", "-A", "config", "beat", "-s", "var/celerybeat-schedule", "--pidfile=", "-l", "INFO")
    ),
    Child("dispatcher", ("manage.py", "dispatcher")),
)
STATIONS = Child("stations", ("manage.py", "demo_stations"))


def up(checkout: Checkout, argv: Sequence[str], console: Console) -> int:
    options = _parse(argv)
    checkout.prepare()
    try:
        with locked(running.lock_file(checkout)):
            return _run(checkout, options, console)
    except Busy as holder:
        raise Problem(
            f"Ohmstead already runs in this checkout (process {holder}): stop it there with Ctrl-C first."
        ) from None


def _parse(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="manage.py up", description="Start everything; Ctrl-C stops it.")
    parser.add_argument("--no-demo", action="store_true", help="start empty, without demo tenant and demo stations")
    parser.add_argument("--reset", action="store_true", help="delete the data of this checkout first (asks)")
    return parser.parse_args(argv)


def _run(checkout: Checkout, options: argparse.Namespace, console: Console) -> int:
    if options.reset and not _reset(checkout, console):
        return 1
    supervisor = Supervisor(console, stop_order=STOP_ORDER)
    try:
        with stoppable():
            House(checkout, console, supervisor).start(demo=not options.no_demo)
            supervisor.watch()
    except Stopped:
        console.say("")
        return 0
    finally:
        with console.step("Stopping everything, in order"):
            supervisor.stop()
            running.retract(checkout)
    return 0


class House:
    """The steps of a start, in order. Each may raise a Problem; what was started by then is the supervisor's."""

    def __init__(self, checkout: Checkout, console: Console, supervisor: Supervisor) -> None:
        self._checkout = checkout
        self._console = console
        self._supervisor = supervisor
        self._env: dict[str, str] = {**os.environ, "PYTHONUNBUFFERED": "1"}
        self._migrated: Path | None = None
        self._host = self._env.get("HOST", ports.LOCALHOST)

    def start(self, *, demo: bool) -> None:
        began = time.monotonic()
        for child in CHILDREN:
            self._require_port(child)
        self._env.update(pango.provide(self._checkout, self._console))
        self._start_servers()
        self._migrate()
        people = self._demo() if demo else {}
        for child in CHILDREN:
            self._start_child(child)
        self._wait_until_ready()
        if demo:
            self._start_child(STATIONS)
        self._console.say(greeting(self._env, people, seconds=time.monotonic() - began))

    def _require_port(self, child: Child) -> None:
        if child.ready_port:
            ports.require(self._port(child.ready_port), child.ready_port[0], self._host)

    def _port(self, named: tuple[str, int]) -> int:
        variable, default = named
        return _as_port(variable, self._env.get(variable, str(default)))

    def _start_servers(self) -> None:
        for variable in ("DATABASE_URL", "REDIS_URL"):
            if self._env.get(variable):
                continue
            if self._env.get("EMBEDDED") == "0":
                raise Problem(f"EMBEDDED=0 forbids a server of our own: set {variable}, or unset EMBEDDED.")
            self._env[variable] = self._start_postgres() if variable == "DATABASE_URL" else self._start_valkey()
        self._env.setdefault("SECRET_KEY", running.secret_key(self._checkout))
        running.announce(self._checkout, self._env)

    def _start_postgres(self) -> str:
        log = self._checkout.log / "postgres.log"
        with self._console.step("PostgreSQL") as step:
            server = Postgres(postgres.find(log), self._checkout.var / "postgres", log=log)
            self._supervisor.start(server)
            self._migrated = server.home / "migrated"
            step.detail = f"{server.version}, port {server.port}"
        return server.url

    def _start_valkey(self) -> str:
        log = self._checkout.log / "valkey.log"
        with self._console.step("Valkey") as step:
            server = Valkey(valkey.find(), self._checkout.var / "valkey", log=log)
            self._supervisor.start(server)
            step.detail = f"port {server.port}"
        return server.url

    def _migrate(self) -> None:
        """An embedded database remembers, beside its data, which migrations it had; any other is always asked."""
        stamp = self._migrated
        wanted = migrations_digest(self._checkout.root)
        with self._console.step("Database schema") as step:
            if stamp and stamp.exists() and stamp.read_text() == wanted:
                step.detail = "up to date"
                return
            self._manage("migrate")
            if stamp:
                stamp.write_text(wanted)

    def _demo(self) -> dict[str, Any]:
        with self._console.step("Demo tenant") as step:
            people: dict[str, Any] = json.loads(self._manage("demo", "--json").splitlines()[-1])
            step.detail = people["tenant"]
        return people

    def _manage(self, *words: str) -> str:
        log = self._checkout.log / f"{words[0]}.log"
        with log.open("wb") as file:
            done = subprocess.run(
                [self._checkout.python, "manage.py", *words], cwd=self._checkout.root, env=self._env,
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=file, text=True, check=False,
            )  # fmt: skip
        if done.returncode:
            raise Problem(f"`manage.py {' '.join(words)}` failed ({last_words(log)}): see {log}.")
        return done.stdout

    def _start_child(self, child: Child) -> None:
        command = [str(self._checkout.python), *child.words]
        log = self._checkout.log / f"{child.name}.log"
        self._supervisor.start(Program(child.name, command, log=log, env=self._env, cwd=self._checkout.root))

    def _wait_until_ready(self) -> None:
        for child in CHILDREN:
            if child.ready_port:
                port = self._port(child.ready_port)
                with self._console.step(f"{child.name.capitalize()}") as step:
                    is_ready = partial(answers_200, ports.reachable(self._host), port, "/readyz")
                    self._supervisor.wait_for(is_ready, within_s=READY_WITHIN_S, what=child.name)
                    step.detail = f"port {port}"


def _as_port(variable: str, text: str) -> int:
    if text.isdecimal() and 0 < int(text) < 65_536:
        return int(text)
    raise Problem(f"{variable} is {text!r}, and a port is a number between 1 and 65535: set it right and start again.")


def migrations_digest(root: Path) -> str:
    """Changes with any migration of ours, and with the packages that bring their own."""
    digest = hashlib.sha256((root / "requirements.lock").read_bytes())
    for file in sorted(root.glob("apps/*/migrations/**/*")):
        if file.suffix in (".py", ".sql"):
            digest.update(str(file.relative_to(root)).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def greeting(env: Mapping[str, str], people: Mapping[str, Any], *, seconds: float) -> str:
    domain, web = env.get("BASE_DOMAIN", "localhost"), env.get("WEB_PORT", WEB_PORT)
    gateway = env.get("GATEWAY_URL", f"ws://{domain}:{env.get('GATEWAY_PORT', GATEWAY_PORT)}")
    lines = ["", f"  Ohmstead is ready ({seconds:.0f} s).", ""]
    if people:
        lines += [
            f"  Back office   {people['url']}",
            f"  log in with   {people['email']}   {people.get('password') or '(the password you gave it)'}",
            f"  Platform      http://{domain}:{web}/admin/",
            f"  log in with   {people['platform_email']}   (the same password)",
            f"  API           {people['url']}api/docs/",
            f"  with the key  {people.get('api_key') or '(the one you made)'}",
            "",
            "  Look first at the live board: six simulated stations charge, and within three minutes the first",
            "  charge has its invoice. Then open a station and start a charge with one click.",
        ]
    else:
        lines += [
            f"  Pages         http://<tenant>.{domain}:{web}/",
            "  Begin with    python3 manage.py provision tenant mine --name 'My company'",
            "                python3 manage.py provision operator mine me@example.com --role owner",
        ]
    return "\n".join([
        *lines, "", f"  Stations      {gateway}/ocpp/<tenant>/<identity>", "  Logs          var/log/",
        "  Stop          Ctrl-C", "",
    ])  # fmt: skip


def _reset(checkout: Checkout, console: Console) -> bool:
    """Delete what `up` keeps. The packages, the test databases and a server given by address stay untouched."""
    if os.environ.get("DATABASE_URL"):
        raise Problem("--reset deletes only data under var/, and DATABASE_URL points elsewhere: unset it to reset.")
    home = checkout.var / "postgres"
    doomed = [home, identity.shared_home(home), checkout.var / "valkey", checkout.var / "blobs", checkout.log]
    doomed += [checkout.var / "secret_key", *checkout.var.glob("celerybeat-schedule*")]
    console.say(f"This deletes every charge, invoice and user under {checkout.var}.")
    if _answer("Type yes to go on: ") != "yes":
        console.say("Nothing was deleted.")
        return False
    for path in doomed:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    checkout.prepare()
    return True


def _answer(question: str) -> str:
    try:
        return input(question).strip()
    except EOFError:
        return ""
