"""One line per step, with a tick and the time it took."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

TITLE_WIDTH = 46
DONE, LEFT_OUT, FAILED = "✓", "–", "✗"


@dataclass
class Step:
    detail: str = ""
    mark: str = DONE


class Console:
    def __init__(self, out: TextIO) -> None:
        # A terminal that knows no tick shows "?" rather than ending the command.
        getattr(out, "reconfigure", lambda **_: None)(errors="replace")
        self._out = out

    @contextmanager
    def step(self, title: str) -> Iterator[Step]:
        """Announce, let it happen, tick it off. What is put into `detail` stands behind the time."""
        started = time.monotonic()
        step = Step()
        self._write(f"  {title:<{TITLE_WIDTH}} ")
        try:
            yield step
        except BaseException:
            self._write(f"{FAILED}\n")
            raise
        self._write(f"{step.mark} {time.monotonic() - started:5.1f} s  {step.detail}".rstrip() + "\n")

    def say(self, text: str) -> None:
        self._write(text + "\n")

    def _write(self, text: str) -> None:
        try:
            self._out.write(text)
            self._out.flush()
        except BrokenPipeError:  # `up | head`: the services matter more than their announcement
            self._out = Path(os.devnull).open("w")  # noqa: SIM115  lives as long as the process


def on_stdout() -> Console:
    return Console(sys.stdout)


def on_stderr() -> Console:
    """For what happens before any command: its standard output belongs to the command alone."""
    return Console(sys.stderr)
