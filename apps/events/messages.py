"""How the outbox stands."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Backlog:
    """Rows that are not done; `failing` have told of an error, `oldest_s` is the age of the oldest."""

    open: int
    failing: int
    oldest_s: float
