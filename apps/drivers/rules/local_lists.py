"""Local lists: which tokens go on one, and the next message that brings a station's list in step (S16 §3.5.2)."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import msgspec

from apps.drivers.messages import (
    AuthorizationData,
    AuthorizationStatus,
    IdTokenInfo,
    IdTokenSeen,
    SendLocalList,
    TokenType,
    UpdateType,
)

UNSUPPORTED, EMPTY = -1, 0  # what GetLocalListVersion may tell instead of a version (S16 §5.10)
LARGEST_VERSION = 2**31 - 1
PAUSES = (timedelta(0), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=6), timedelta(hours=24))
MOST_FAILURES = len(PAUSES)


@dataclass(frozen=True, kw_only=True)
class Listed:
    """What a list says of one token."""

    type: TokenType
    status: AuthorizationStatus
    expires_at: datetime | None = None
    group: str | None = None

    @property
    def is_accepted(self) -> bool:
        return self.status is AuthorizationStatus.ACCEPTED


# By the token's canonical number.
Entries = dict[str, Listed]


def entries_stored(entries: Entries) -> dict[str, Any]:
    stored: dict[str, Any] = msgspec.to_builtins(entries)
    return stored


def entries_from(stored: Any) -> Entries:
    return msgspec.convert(stored, Entries)


def digest_of(entries: Entries) -> str:
    """Equal for lists that say the same."""
    return hashlib.sha256(msgspec.json.encode(sorted(entries.items()))).hexdigest()


def selected(ranked: Iterable[tuple[str, Listed]], *, most: int) -> Entries:
    """The first that fit, in the order given; tokens that may charge come before all that may not."""
    known = list(ranked)
    first = [pair for pair in known if pair[1].is_accepted]
    rest = [pair for pair in known if not pair[1].is_accepted]
    return dict(islice((*first, *rest), most))


def next_message(
    *, there: Entries, wanted: Entries, version: int, needs_full: bool, per_message: int
) -> SendLocalList | None:
    """The next update, none when nothing differs. A full list that is too long goes on as changes to its first part."""
    if needs_full:
        first = tuple(_entry(number, listed) for number, listed in islice(wanted.items(), per_message))
        return SendLocalList(version=version, update_type=UpdateType.FULL, entries=first)
    changes = differences(there, wanted)
    if not changes:
        return None
    return SendLocalList(version=version, update_type=UpdateType.DIFFERENTIAL, entries=changes[:per_message])


def differences(there: Entries, wanted: Entries) -> tuple[AuthorizationData, ...]:
    """What must be changed: removals first, for the room they make, then refusals, which are urgent, then the rest.

    A token whose type changed is removed, and comes back with the next message: 2.x takes it for another one.
    """
    gone = [number for number, listed in there.items() if number not in wanted or wanted[number].type != listed.type]
    changed = [pair for pair in wanted.items() if pair[0] not in gone and there.get(pair[0]) != pair[1]]
    changed.sort(key=lambda pair: pair[1].is_accepted)
    return (*(_removal(number, there[number]) for number in gone), *(_entry(*pair) for pair in changed))


def _entry(number: str, listed: Listed) -> AuthorizationData:
    info = IdTokenInfo(status=listed.status, expires_at=listed.expires_at, group=listed.group)
    return AuthorizationData(id_token=IdTokenSeen(value=number, type=listed.type), id_token_info=info)


def _removal(number: str, listed: Listed) -> AuthorizationData:
    return AuthorizationData(id_token=IdTokenSeen(value=number, type=listed.type))


def applied(there: Entries, update: SendLocalList) -> Entries:
    """The list after the station has taken an update."""
    after = {} if update.update_type is UpdateType.FULL else dict(there)
    for entry in update.entries:
        after.pop(entry.id_token.value, None)
        if entry.id_token_info is not None:
            after[entry.id_token.value] = _listed(entry.id_token, entry.id_token_info)
    return after


def _listed(token: IdTokenSeen, info: IdTokenInfo) -> Listed:
    return Listed(type=token.type, status=info.status, expires_at=info.expires_at, group=info.group)


def next_version(*known: int | None) -> int:
    """Above every version known of; 0 and -1 mean something else (E16 §3.52)."""
    highest = max((version for version in known if version is not None), default=EMPTY)
    return highest + 1 if EMPTY <= highest < LARGEST_VERSION else 1


def has_drifted(told: int, version: int | None) -> bool:
    """Whether the station holds another list than it acknowledged; one we never wrote: unless it is empty."""
    return told != (version or EMPTY)


def pause_after(failures: int) -> timedelta:
    """How long to wait for the next attempt: the first repair follows at once, a station that refuses is left alone."""
    return PAUSES[min(failures, len(PAUSES)) - 1] if failures else timedelta(0)
