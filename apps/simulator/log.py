"""One structured line per event of a station."""

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime

Write = Callable[[str], None]


def print_line(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def discard_line(_: str) -> None:
    """For those who watch the station itself."""


class EventLog:
    def __init__(self, identity: str, write: Write, now: Callable[[], datetime]) -> None:
        self._identity, self._write, self._now = identity, write, now

    def __call__(self, event: str, **fields: object) -> None:
        at = self._now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        said = {name: value for name, value in fields.items() if value is not None}
        line = {"at": at, "station": self._identity, "event": event} | said
        self._write(json.dumps(line, default=str, ensure_ascii=False))
