"""A process that has loaded the product once and forks its roles from there.

Two hundred kills need two hundred starts, and most of a start is Python reading modules. What is forked runs the same
command as `manage.py` does. Requests are lines of JSON on standard input, each answered with the child's pid; when the
input ends, the kernel ends the children.
"""

import json
import os
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


class Forge:
    """The near end: `fork("module:function", …)` answers the pid of a process that runs it."""

    def __init__(self, env: Mapping[str, str], log: Path) -> None:
        self._log = log
        command = [sys.executable, "-m", "tests.faults.forge"]
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                command, cwd=ROOT, env={**os.environ, **env}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                stderr=errors,
            )  # fmt: skip
        self._answer()

    def fork(self, job: str, *, log: Path | None = None, **arguments: Any) -> int:
        assert self._process.stdin
        request = {"job": job, "arguments": arguments, "log": str(log or self._log)}
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return int(self._answer())

    def _answer(self) -> str:
        assert self._process.stdout
        line = self._process.stdout.readline()
        assert line, f"the forge has ended: see {self._log}"
        return line

    def end(self) -> None:
        self._process.communicate(timeout=20)


def _serve() -> None:
    # Children that end are nobody's zombies: whether a pid exists tells whether it still runs.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    bind = import_module("config.launcher.processes").bound_to_us(signal.SIGKILL)
    print("0", flush=True)  # noqa: T201
    for line in sys.stdin:
        request = json.loads(line)
        pid = os.fork()
        if not pid:
            _become(bind, **request)
        print(pid, flush=True)  # noqa: T201


def _become(bind: Callable[[], None] | None, job: str, arguments: Mapping[str, Any], log: str) -> None:
    """Never returns."""
    code = 1
    try:
        os.setsid()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        if bind:
            bind()
        output = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        for end in (1, 2):
            os.dup2(output, end)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        module, name = job.split(":")
        getattr(import_module(module), name)(**arguments)
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    import django

    django.setup()
    import_module("tests.faults.jobs")
    _serve()
