"""A station's local list as people look at it: what is there, what is wanted, what differs."""

from collections.abc import Iterable
from dataclasses import dataclass

from apps.drivers.models import LocalList
from apps.drivers.rules.local_lists import Entries, Listed, next_version
from apps.drivers.services.local_lists.contents import NOTHING, Catalogue, Contents
from apps.drivers.services.local_lists.keeping import Purpose, list_of, lists_are_kept, purpose_of
from apps.drivers.services.local_lists.limits import Limits, limits_of
from apps.stations.models import ChargingStation

SAME, TO_ADD, TO_CHANGE, TO_REMOVE = "same", "add", "change", "remove"


@dataclass(frozen=True, kw_only=True)
class Line:
    """One token: what the station holds of it and what it should; null where it is on the one list only."""

    number: str
    there: Listed | None
    wanted: Listed | None

    @property
    def shown(self) -> Listed:
        return self.wanted or self.there  # type: ignore[return-value]

    @property
    def change(self) -> str:
        if self.there is None:
            return TO_ADD
        if self.wanted is None:
            return TO_REMOVE
        return SAME if self.there == self.wanted else TO_CHANGE


@dataclass(frozen=True, kw_only=True)
class Picture:
    found: LocalList
    limits: Limits
    purpose: Purpose
    contents: Contents
    lines: tuple[Line, ...]

    @property
    def is_kept(self) -> bool:
        return self.purpose is Purpose.KEPT

    @property
    def differing(self) -> int:
        return sum(line.change != SAME for line in self.lines)

    @property
    def wanted_version(self) -> int | None:
        """The version that the station will have after the next message; the one it has where nothing differs."""
        if not self.differing and not self.found.needs_full:
            return self.found.version
        return next_version(self.found.version, self.found.told_version)


def picture_of(station: ChargingStation) -> Picture:
    found, limits = list_of(station), limits_of([station])[station.pk]
    purpose = purpose_of(found, limits, is_kept=lists_are_kept())
    contents = Catalogue().contents(limits) if purpose is Purpose.KEPT else NOTHING
    is_left_alone = purpose is Purpose.LEFT_ALONE
    wanted = found.there if is_left_alone else contents.entries
    return Picture(
        found=found,
        limits=limits,
        purpose=purpose,
        contents=contents,
        lines=tuple(_lines(found.there, wanted)),
    )


def _lines(there: Entries, wanted: Entries) -> Iterable[Line]:
    """What differs first, by number."""
    lines = [Line(number=one, there=there.get(one), wanted=wanted.get(one)) for one in sorted(there | wanted)]
    return sorted(lines, key=lambda line: line.change == SAME)
