"""What the page of a station's charging profiles shows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from django.core.paginator import Page, Paginator
from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.backoffice.services.profile_chart import Chart, Curve, amount, draw
from apps.core.clock import now
from apps.core.errors import UnableToFind
from apps.smartcharging.messages import Difference, Step
from apps.smartcharging.models import MAY_BE_INSTALLED, ChargingProfile, CompositeSchedule, ProfileState
from apps.smartcharging.rules.composite import WHOLE_STATION
from apps.smartcharging.rules.drift import steps_of
from apps.smartcharging.services import Knowledge, knowledge_of
from apps.stations.messages import (
    ChargingSchedulePeriod,
    ProfilePurpose,
    RateUnit,
    SetChargingProfile,
)
from apps.stations.models import ChargingStation
from apps.stations.services.wording import in_words

PER_PAGE = 20
TONES = {
    ProfileState.WANTED: ("charging", "clock"),
    ProfileState.SET: ("free", "check"),
    ProfileState.REJECTED: ("occupied", "ban"),
    ProfileState.CLEARED: ("unknown", "close"),
    ProfileState.UNKNOWN: ("faulted", "question"),
}
OURS, THEIRS = gettext_lazy("By what we set"), gettext_lazy("By what the station says")
BEFORE, AFTER = gettext_lazy("As it is"), gettext_lazy("With this profile")


@dataclass(frozen=True)
class ShownProfile:
    """A profile as the list draws it."""

    profile: ChargingProfile

    @property
    def place(self) -> str:
        return place_of(self.profile.evse)

    @property
    def tone(self) -> str:
        return TONES[ProfileState(self.profile.state)][0]

    @property
    def icon(self) -> str:
        return TONES[ProfileState(self.profile.state)][1]

    @property
    def reason(self) -> str:
        return in_words(self.profile.reason)

    @property
    def limits(self) -> str:
        """16 A · from 8:00 on 6 A (1 phase)."""
        return " · ".join(self._period(period) for period in self.profile.periods)

    def _period(self, period: dict[str, float]) -> str:
        limit = amount(period["limit"], RateUnit(self.profile.unit))
        if period["phases"]:
            limit = _("%(limit)s, phases: %(phases)s") % {"limit": limit, "phases": period["phases"]}
        if not period["start_s"]:
            return limit
        return _("from %(start)s on %(limit)s") % {"start": hours_of(int(period["start_s"])), "limit": limit}


@dataclass(frozen=True, kw_only=True)
class ShownDifference:
    since: datetime
    until: datetime
    ours: str
    theirs: str
    is_above: bool


@dataclass(frozen=True, kw_only=True)
class Place:
    """An EVSE, or the whole station, with its picture and what the station said last."""

    evse: int
    chart: Chart | None
    reading: CompositeSchedule | None
    changed_at: datetime | None = None

    @property
    def name(self) -> str:
        return place_of(self.evse)

    @property
    def is_outdated(self) -> bool:
        """Whether what holds there has changed since the station was asked."""
        return bool(self.reading and self.changed_at and self.changed_at > self.reading.read_at)

    @property
    def differences(self) -> list[ShownDifference]:
        return [_shown(self.reading, found) for found in self.reading.found] if self.reading else []

    @property
    def is_above(self) -> bool:
        return any(difference.is_above for difference in self.differences)


def _shown(reading: CompositeSchedule, found: Difference) -> ShownDifference:
    since, unit = reading.start_at + timedelta(seconds=found.start_s), RateUnit(reading.unit)
    return ShownDifference(
        since=since,
        until=since + timedelta(seconds=found.duration_s),
        ours=amount(found.ours, unit),
        theirs=_("no limit") if found.theirs is None else amount(found.theirs, unit),
        is_above=found.is_above,
    )


def place_of(evse: int) -> str:
    return _("EVSE %(evse)s") % {"evse": evse} if evse else _("the whole station")


def hours_of(seconds: int) -> str:
    """8:00, 30:15, 0:00:30."""
    minutes, rest = divmod(seconds, 60)
    text = f"{minutes // 60}:{minutes % 60:02}"
    return f"{text}:{rest:02}" if rest else text


@dataclass(frozen=True)
class ProfilePage:
    station: ChargingStation
    number: int

    @cached_property
    def installed(self) -> list[ShownProfile]:
        """What the station keeps, or may keep."""
        rows = ChargingProfile.objects.may_be_installed().filter(station=self.station)
        return [ShownProfile(row) for row in rows.order_by("evse", "purpose", "-stack_level", "-pk")]

    @cached_property
    def found(self) -> Page[ChargingProfile]:
        """What it does not keep any more, or never did."""
        rows = ChargingProfile.objects.filter(station=self.station).exclude(state__in=MAY_BE_INSTALLED)
        return Paginator(rows, PER_PAGE).get_page(self.number)

    @property
    def gone(self) -> list[ShownProfile]:
        return [ShownProfile(row) for row in self.found.object_list]

    @cached_property
    def places(self) -> list[Place]:
        """The station as a whole where somebody limits or asks it, and each EVSE."""
        known, readings, changes = knowledge_of(self.station), _readings(self.station), _changes(self.station)
        evses = list(self.station.evses.order_by("number").values_list("number", flat=True))
        limited = any(wish.profile.purpose is ProfilePurpose.STATION_MAX for wish in known.profiles)
        whole = [WHOLE_STATION] if limited or WHOLE_STATION in readings else []
        return [
            Place(
                evse=evse,
                chart=_chart(self.station, evse, known, readings.get(evse)),
                reading=readings.get(evse),
                changed_at=max(filter(None, (changes.get(WHOLE_STATION), changes.get(evse))), default=None),
            )
            for evse in [*whole, *evses]
        ]


def _changes(station: ChargingStation) -> dict[int, datetime]:
    """When a profile was last set or cleared, by EVSE."""
    settled = ChargingProfile.objects.filter(station=station, state__in=(ProfileState.SET, ProfileState.CLEARED))
    return dict(settled.order_by().values_list("evse").annotate(Max("settled_at")))


def _readings(station: ChargingStation) -> dict[int, CompositeSchedule]:
    return {row.evse: row for row in CompositeSchedule.objects.filter(station=station)}


def _chart(station: ChargingStation, evse: int, known: Knowledge, reading: CompositeSchedule | None) -> Chart | None:
    """None where nothing limits anything and the station said nothing."""
    unit, since = unit_of(known, evse, reading), this_minute()
    ours = known.steps(evse, since=since, unit=unit)
    curves = [Curve(name=OURS, steps=ours)]
    if reading and reading.periods:
        curves.append(_told(reading, since, unit))
    if len(curves) == 1 and all(step.limit is None for step in ours):
        return None
    return draw(place_of(evse), curves, since=since, unit=unit, zone=station.zone)


def this_minute() -> datetime:
    return now().replace(second=0, microsecond=0)


def unit_of(known: Knowledge, evse: int, reading: CompositeSchedule | None = None) -> RateUnit:
    """The unit of the picture: that of the limits set there, else that of the station's answer."""
    wishes = sorted((wish for wish in known.profiles if wish.evse in (0, evse)), key=lambda wish: wish.evse)
    if wishes:
        return wishes[-1].profile.schedules[0].rate_unit
    return RateUnit(reading.unit) if reading else RateUnit.AMPERE


def _told(reading: CompositeSchedule, since: datetime, unit: RateUnit) -> Curve:
    """The station's answer, moved from when it was given to now."""
    moved_s = round((reading.start_at - since).total_seconds())
    periods = [
        ChargingSchedulePeriod(start_period_s=step.start_s, limit=step.limit, number_phases=step.phases)
        for step in reading.steps
    ]
    steps = steps_of(periods, told_in=RateUnit(reading.unit), unit=unit)
    moved = [Step(start_s=step.start_s + moved_s, limit=step.limit, phases=step.phases) for step in steps]
    return Curve(name=THEIRS, steps=moved, until_s=reading.duration_s + moved_s)


def previews(
    station: ChargingStation, wish: SetChargingProfile, *, for_new_charge: bool, most: int = 4
) -> Sequence[Chart]:
    """How the limits would change wherever this profile counts."""
    known = knowledge_of(station)
    wanted = known.with_profile(wish, for_new_charge=for_new_charge)
    unit, since = wish.profile.schedules[0].rate_unit, this_minute()
    return [
        draw(
            place_of(evse),
            [
                Curve(name=AFTER, steps=wanted.steps(evse, since=since, unit=unit)),
                Curve(name=BEFORE, steps=known.steps(evse, since=since, unit=unit)),
            ],
            since=since,
            unit=unit,
            zone=station.zone,
        )
        for evse in list(_touched(station, wish))[:most]
    ]


def _touched(station: ChargingStation, wish: SetChargingProfile) -> Iterable[int]:
    if wish.evse != WHOLE_STATION or wish.profile.purpose is ProfilePurpose.STATION_MAX:
        return [wish.evse]
    return station.evses.order_by("number").values_list("number", flat=True)


def profile_by_id(profile_id: int) -> ChargingProfile:
    """One profile; raises UnableToFind."""
    found = ChargingProfile.objects.select_related("station").filter(pk=profile_id).first()
    if found is None:
        raise UnableToFind(_("There is no such charging profile."))
    return found
