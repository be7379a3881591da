"""`manage.py bench`: the benchmarks, against servers of their own that write as safely as those of a real house."""

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from . import identity, pango, postgres, running, valkey
from .checkout import Busy, Checkout, locked
from .console import Console
from .log_watch import last_words
from .postgres import SETTINGS, Postgres
from .problems import Problem
from .processes import bound_to_us
from .supervisor import Stopped, stoppable
from .up import migrations_digest
from .valkey import Valkey

# Stated, though both are PostgreSQL's own: a figure without them would mean nothing.
BENCH_SETTINGS = (*SETTINGS, "fsync=on", "synchronous_commit=on", "full_page_writes=on")
STOP_WITHIN_S = 10


def bench(checkout: Checkout, argv: Sequence[str], console: Console) -> int:
    """The exit code of `python -m benchmarks`."""
    checkout.prepare()
    place = checkout.var / "bench"
    place.mkdir(parents=True, exist_ok=True)
    try:
        with locked(place / "lock"):
            return _with_servers(checkout, argv, place, console)
    except Busy as holder:
        raise Problem(
            f"A bench runs in this checkout (process {holder}): two at once would measure each other."
        ) from None


def _with_servers(checkout: Checkout, argv: Sequence[str], place: Path, console: Console) -> int:
    log = place / "servers.log"
    _forget_other_schema(checkout, place)
    database = Postgres(postgres.find(log), place / "postgres", log=log, settings=BENCH_SETTINGS)
    cache = Valkey(valkey.find(), place / "valkey", log=log, durable=False)
    try:
        with stoppable():
            with console.step("PostgreSQL and Valkey for benches") as step:
                database.start()
                cache.start()
                step.detail = f"{database.version}, ports {database.port} and {cache.port}"
            env = {**os.environ, **pango.provide(checkout, console), "DATABASE_URL": database.url,
                   "REDIS_URL": cache.url, "SECRET_KEY": running.secret_key(checkout)}  # fmt: skip
            _migrate(checkout, env, place, console)
            return _wait(subprocess.Popen(
                [checkout.python, "-m", "benchmarks", *argv], cwd=checkout.root, env=env,
                preexec_fn=bound_to_us(signal.SIGTERM),
            ))  # fmt: skip
    except Stopped as stopped:
        return 128 + stopped.number
    finally:
        cache.stop(STOP_WITHIN_S)
        database.stop(STOP_WITHIN_S)


def _forget_other_schema(checkout: Checkout, place: Path) -> None:
    """Nobody misses the rows of a bench: another set of migrations begins with an empty database."""
    stamp = place / "migrated"
    if not stamp.exists() or stamp.read_text() != migrations_digest(checkout.root):
        home = place / "postgres"
        for folder in (home, identity.shared_home(home)):
            shutil.rmtree(folder, ignore_errors=True)
        stamp.unlink(missing_ok=True)


def _migrate(checkout: Checkout, env: Mapping[str, str], place: Path, console: Console) -> None:
    stamp = place / "migrated"
    if stamp.exists():
        return
    log = place / "migrate.log"
    with console.step("Database schema"), log.open("wb") as file:
        command = [str(checkout.python), "manage.py", "migrate"]
        done = subprocess.run(command, cwd=checkout.root, env=env, stdout=file, stderr=file, check=False)
        if done.returncode:
            raise Problem(f"`manage.py migrate` failed ({last_words(log)}): see {log}.")
        stamp.write_text(migrations_digest(checkout.root))


def _wait(process: subprocess.Popen[bytes]) -> int:
    """Its children end with it: each server is asked to stop when the bench ends."""
    try:
        return process.wait()
    except Stopped as stopped:
        if stopped.number != signal.SIGINT:  # a terminal's Ctrl-C has reached it by itself
            process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOP_WITHIN_S)
        raise
    finally:
        process.kill()
