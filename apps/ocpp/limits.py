"""Counting what goes wrong, in the memory of one process and bounded."""

from collections import OrderedDict, deque
from dataclasses import dataclass, field

LOGIN_FAILURES = 10
LOGIN_REFILL_S = 6.0
MOST_SOURCES = 20_000
BAD_FRAMES = 20
BAD_FRAMES_WITHIN_S = 60.0

Source = tuple[str, str]


@dataclass
class LoginLimiter:
    """Ten wrong log-ins at once, then one every six seconds, per source address and path.

    Never per identity alone: an attacker would lock the real station out, wherever it calls from.
    """

    failures: OrderedDict[Source, tuple[float, float]] = field(default_factory=OrderedDict)

    def is_full(self, source: Source, *, now: float) -> bool:
        return self._level(source, now) > LOGIN_FAILURES - 1

    def note_failure(self, source: Source, *, now: float) -> None:
        self.failures[source] = (self._level(source, now) + 1, now)
        self.failures.move_to_end(source)
        if len(self.failures) > MOST_SOURCES:
            self.failures.popitem(last=False)

    def _level(self, source: Source, now: float) -> float:
        level, since = self.failures.get(source, (0.0, now))
        return max(0.0, level - (now - since) / LOGIN_REFILL_S)


@dataclass
class BadFrames:
    """Twenty unusable frames within a minute are enough of a station (Q59)."""

    times: deque[float] = field(default_factory=deque)

    def note(self, *, now: float) -> bool:
        """Count one more; whether it was the one too many."""
        self.times.append(now)
        while now - self.times[0] > BAD_FRAMES_WITHIN_S:
            self.times.popleft()
        return len(self.times) >= BAD_FRAMES
