"""Errors in the logs of our children, told on the console: one line each, not too many."""

import re
from dataclasses import dataclass, field
from pathlib import Path

ALARM = re.compile(r"\b(ERROR|CRITICAL)\b|\"level\": ?\"(error|critical)\"|^Traceback ", re.MULTILINE)
# Django's checks name their errors first and their warnings last; a traceback ends with its error.
TELLING = re.compile(r"\w(Error|Exception)\b|\(\w+\.E\d{3}\)|^[\w.]*(ImproperlyConfigured|UnableTo\w*):")
QUIET_S = 30
WIDTH = 140


@dataclass
class LogWatch:
    """Follows one file from where it ends now."""

    path: Path
    _position: int = field(init=False)
    _quiet_until: float = field(default=0, init=False)

    def __post_init__(self) -> None:
        self._position = self._size()

    def news(self, now: float) -> str | None:
        """The first alarming line since the last call; at most one per half minute, the file has them all."""
        lines = [line for line in self._fresh().splitlines() if ALARM.search(line)]
        if not lines or now < self._quiet_until:
            return None
        self._quiet_until = now + QUIET_S
        return lines[0].strip()[:WIDTH]

    def _fresh(self) -> str:
        size = self._size()
        if size <= self._position:
            self._position = size
            return ""
        with self.path.open("rb") as file:
            file.seek(self._position)
            fresh = file.read()
        self._position += len(fresh)
        return fresh.decode(errors="replace")

    def _size(self) -> int:
        return self.path.stat().st_size if self.path.exists() else 0


def last_words(path: Path) -> str:
    """The last line that tells of an error, else the last line."""
    if not path.exists():
        return "it said nothing"
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 4096))
        lines = [line.strip() for line in file.read().decode(errors="replace").splitlines() if line.strip()]
    telling = [line for line in lines if TELLING.search(line)]
    return (telling or lines or ["it said nothing"])[-1][:WIDTH]
