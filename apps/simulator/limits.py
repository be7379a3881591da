"""Which charging limit counts: stacking, combining of purposes, the composite schedule."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from apps.simulator.profiles import MAX, TX, TX_DEFAULT, Limit, Profile

WHOLE_STATION = 0


@dataclass(frozen=True)
class Step:
    """One period of a composite schedule, `limit` in the unit asked for."""

    start_s: int
    limit: float


@dataclass(frozen=True)
class Criteria:
    """Which profiles to clear. An id alone decides; of the rest, what is None fits all."""

    id: int | None = None
    evse_id: int | None = None
    purpose: str | None = None
    stack_level: int | None = None

    def fits(self, evse_id: int, profile: Profile) -> bool:
        if self.id is not None:
            return profile.id == self.id
        asked = (self.evse_id, self.purpose, self.stack_level)
        given = (evse_id, profile.purpose, profile.stack_level)
        return all(wanted in (None, has) for wanted, has in zip(asked, given, strict=True))


@dataclass
class ProfileBook:
    """Installed profiles by EVSE (0 = the station). One per EVSE, purpose and stack level, and one per id."""

    installed: dict[int, list[Profile]] = field(default_factory=dict)

    def install(self, evse_id: int, profile: Profile) -> None:
        for kept in self.installed.values():
            kept[:] = [p for p in kept if p.id != profile.id]
        here = self.installed.setdefault(evse_id, [])
        slot = (profile.purpose, profile.stack_level)
        here[:] = [p for p in here if (p.purpose, p.stack_level) != slot]
        here.append(profile)

    def clear(self, matches: Callable[[int, Profile], bool]) -> int:
        """Remove all that match and say how many there were."""
        before = sum(map(len, self.installed.values()))
        for evse_id, kept in self.installed.items():
            kept[:] = [p for p in kept if not matches(evse_id, p)]
        return before - sum(map(len, self.installed.values()))

    def forget_charge(self, evse_id: int) -> None:
        """A TxProfile lives as long as its transaction."""
        self.clear(lambda evse, p: evse == evse_id and p.purpose == TX)

    def station_limit(self, at: datetime) -> Limit | None:
        return _prevailing(self._of(WHOLE_STATION, MAX), at, None)

    def charge_limit(self, evse_id: int, at: datetime, started_at: datetime | None) -> Limit | None:
        """TxProfile overrules TxDefaultProfile; a default of the EVSE overrules one of the station."""
        for candidates in (self._of(evse_id, TX), self._of(evse_id, TX_DEFAULT), self._of(WHOLE_STATION, TX_DEFAULT)):
            limit = _prevailing(candidates, at, started_at)
            if limit is not None:
                return limit
        return None

    def boundaries(self, evse_id: int, since: datetime, until: datetime, started_at: datetime | None) -> list[datetime]:
        relevant = self.installed.get(evse_id, []) + self.installed.get(WHOLE_STATION, [])
        found = [profile.boundaries(since, until, started_at) for profile in relevant]
        return sorted({since}.union(*found))

    def _of(self, evse_id: int, purpose: str) -> list[Profile]:
        return [p for p in self.installed.get(evse_id, []) if p.purpose == purpose]


def _prevailing(profiles: list[Profile], at: datetime, started_at: datetime | None) -> Limit | None:
    for profile in sorted(profiles, key=lambda p: -p.stack_level):
        limit = profile.limit_at(at, started_at)
        if limit is not None:
            return limit
    return None


def composite(
    book: ProfileBook,
    evse_id: int,
    since: datetime,
    duration_s: int,
    *,
    started_at: datetime | None,
    limit_at: Callable[[datetime], float],
) -> list[Step]:
    """Steps of the limit over the time asked for, without steps that change nothing."""
    until = since + timedelta(seconds=duration_s)
    steps: list[Step] = []
    for at in book.boundaries(evse_id, since, until, started_at):
        limit = limit_at(at)
        if not steps or steps[-1].limit != limit:
            steps.append(Step(int((at - since).total_seconds()), limit))
    return steps
