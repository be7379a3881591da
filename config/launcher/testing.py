"""`manage.py test`: pytest against servers of its own."""

import os
import secrets
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from . import chromium, pango, postgres, valkey
from .checkout import Busy, Checkout, locked
from .console import Console
from .postgres import TEST_SETTINGS, Postgres
from .problems import Problem
from .processes import bound_to_us
from .supervisor import Stopped, stoppable
from .valkey import Valkey

# Several runs at once, in one checkout: each has a folder, and with it servers, of its own.
PLACES = 9
STOP_WITHIN_S = 5
# What a fault test says of itself, for docs/reliability.md.
SHOW_RECORD = ("-rP", "--show-capture=stdout")


def test(checkout: Checkout, argv: Sequence[str], console: Console) -> int:
    """pytest's own exit code. `--faults N` leaves everything else out and asks the fault tests for their long form."""
    checkout.prepare()
    rounds, argv = _fault_rounds(argv)
    env = {**os.environ, **pango.provide(checkout, console), **rounds}
    chromium.provide(checkout, console)
    if env.get("EMBEDDED") == "0":
        return _pytest(checkout, argv, _given(env))
    with _place(checkout) as place:
        return _with_servers(checkout, argv, env, place, console)


def _fault_rounds(argv: Sequence[str]) -> tuple[Mapping[str, str], Sequence[str]]:
    """What `--faults N` means: that many kills of a gateway, told by a variable, and everything else in proportion."""
    if "--faults" not in argv:
        return {}, argv
    place = argv.index("--faults")
    number = argv[place + 1] if place + 1 < len(argv) else ""
    if not number.isdecimal() or int(number) < 1:
        raise Problem("Say how many gateways shall be killed: `python3 manage.py test --faults 200`.")
    return {"FAULT_ROUNDS": number}, ["tests/faults", *SHOW_RECORD, *argv[:place], *argv[place + 2 :]]


def _given(env: Mapping[str, str]) -> Mapping[str, str]:
    missing = [name for name in ("DATABASE_URL", "REDIS_URL") if not env.get(name)]
    if missing:
        raise Problem(f"EMBEDDED=0 forbids servers of our own: set {' and '.join(missing)}, or unset EMBEDDED.")
    return env


@contextmanager
def _place(checkout: Checkout) -> Iterator[Path]:
    """The first folder under var/test that no other run uses."""
    for number in range(1, PLACES + 1):
        place = checkout.var / "test" / str(number)
        place.mkdir(parents=True, exist_ok=True)
        lock = locked(place / "lock")
        try:
            lock.__enter__()
        except Busy:
            continue
        try:
            yield place
        finally:
            lock.__exit__(None, None, None)
        return
    raise Problem(f"{PLACES} test runs are under way in this checkout: wait for one to end.")


def _with_servers(
    checkout: Checkout, argv: Sequence[str], env: Mapping[str, str], place: Path, console: Console
) -> int:
    log = place / "servers.log"
    database = Postgres(postgres.find(log), place / "postgres", log=log, settings=TEST_SETTINGS)
    cache = Valkey(valkey.find(), place / "valkey", log=log, durable=False)
    try:
        with stoppable():
            with console.step("PostgreSQL and Valkey for tests") as step:
                database.start()
                cache.start()
                step.detail = f"ports {database.port} and {cache.port}"
            addresses = {"DATABASE_URL": database.url, "REDIS_URL": cache.url, "SECRET_KEY": secrets.token_urlsafe(50)}
            return _pytest(checkout, argv, {**env, **addresses})
    except Stopped as stopped:
        return 128 + stopped.number
    finally:
        cache.stop(STOP_WITHIN_S)
        database.stop(STOP_WITHIN_S)


def _pytest(checkout: Checkout, argv: Sequence[str], env: Mapping[str, str]) -> int:
    command = [str(checkout.python), "-m", "pytest", "-p", "tests.plugins.browser_guard", *_workers(argv), *argv]
    process = subprocess.Popen(
        command,
        cwd=checkout.root,
        env=env,
        preexec_fn=bound_to_us(signal.SIGTERM),
    )
    try:
        return process.wait()
    except Stopped as stopped:
        if stopped.number != signal.SIGINT:  # a terminal's Ctrl-C has reached pytest by itself
            process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOP_WITHIN_S)
        raise
    finally:
        process.kill()


def _workers(argv: Sequence[str]) -> list[str]:
    """Two, unless asked otherwise or nothing to gain; a debugger needs the terminal for itself."""
    chosen = any(word.startswith(("-n", "--numprocesses", "-p", "--pdb", "--trace")) for word in argv)
    return [] if chosen or (os.cpu_count() or 1) < 2 else ["-n", "2"]
