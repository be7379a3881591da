"""One structured line per event of a station."""

import json
import sys
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime

Write = Callable[[str], None]
MOST_LINES = 400


def print_line(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def discard_line(_: str) -> None:
    """For those who watch the station itself."""


class EventLog:
    """Remembers the last lines, for those who ask the station for its log."""

    def __init__(self, identity: str, write: Write, now: Callable[[], datetime]) -> None:
        self._identity, self._write, self._now = identity, write, now
        self._recent: deque[tuple[datetime, str, str]] = deque(maxlen=MOST_LINES)

    def __call__(self, event: str, **fields: object) -> None:
        now = self._now()
        at = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        said = {name: value for name, value in fields.items() if value is not None}
        line = {"at": at, "station": self._identity, "event": event} | said
        text = json.dumps(line, default=str, ensure_ascii=False)
        self._recent.append((now, event, text))
        self._write(text)

    def text(self, since: datetime | None = None, until: datetime | None = None, *, event: str = "") -> str:
        """The remembered lines of a span of time, of one kind of event or of all; never empty."""
        fitting = [
            text
            for at, kind, text in self._recent
            if event in ("", kind) and (since is None or at >= since) and (until is None or at <= until)
        ]
        return "\n".join([f"# {self._identity}: {len(fitting)} events", *fitting, ""])
