"""How much of what is too much; counted in the memory of one process and bounded."""

from collections import OrderedDict, deque
from dataclasses import dataclass, field

from apps.dialects.adapters.dialect import Dialect
from apps.dialects.messages import Call, Frame
from apps.stations.messages import OcppVersion

# Q64; also the limit after inflating, for all versions and everything they say.
LARGEST_MESSAGE = 2**20
LARGEST_OF_16 = 2**16
HANDSHAKE_WITHIN_S = 10.0

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


def is_oversized(raw: str | bytes, frame: Frame, dialect: Dialect) -> bool:
    """1.6 is granted 64 KiB (Q64), but a station drops a message about a charge that gets no answer.

    Hence such a message may have the full size, which a long charge needs for its transactionData, signed or not.
    """
    if dialect.version is not OcppVersion.V16 or len(raw) <= LARGEST_OF_16:
        return False
    return not (isinstance(frame, Call) and dialect.is_transaction_message(frame.action)) and not _is_signed(raw)


def _is_signed(raw: str | bytes) -> bool:
    return "SignedData" in raw if isinstance(raw, str) else b"SignedData" in raw


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
