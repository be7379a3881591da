"""How right stations' clocks are, by what their live messages say (Q35, Q38)."""

from datetime import datetime, timedelta

from django.db import transaction

from apps.core.clock import has_assumed_zone
from apps.events.services import broadcast
from apps.stations.messages import Quirk
from apps.stations.models import ChargingStation, StationClock
from apps.stations.rules.quirks import SKEWED_S, WRONG_S, skew_of, with_sample, zone_offset_of
from apps.stations.services.quirks import amendments_of, clock_of, observe, offset_text

# A clock that was always right needs no row.
UNREMARKABLE_S = 30
# Of messages that come in a row the newest is live, the others may have waited.
BURST = timedelta(seconds=60)


@transaction.atomic
def hear_clock(station: ChargingStation, told_at: datetime | None, *, received_at: datetime) -> None:
    """A live message has shown what time it is for the station, which is locked; `told_at` as it was told."""
    if told_at is None:
        return
    raw_s = (told_at - received_at).total_seconds()
    clock = clock_of(station)
    if clock is None and abs(raw_s) < UNREMARKABLE_S:
        return
    clock = clock or StationClock(station=station, heard_at=received_at)
    is_burst = clock.skews_s != [] and received_at - clock.heard_at < BURST
    clock.heard_at = received_at
    if has_assumed_zone(told_at):
        _learn_zone(clock, raw_s, is_burst=is_burst)
        raw_s -= 60 * amendments_of(station).zone_offset_min
    clock.skews_s = _sampled(clock.skews_s, raw_s, is_burst=is_burst)
    clock.skew_s = skew_of(clock.skews_s)
    clock.save()
    _note(clock)


def _sampled(samples: list[float], skew_s: float, *, is_burst: bool) -> list[float]:
    if is_burst and samples:
        return [*samples[:-1], round(max(samples[-1], skew_s), 1)]
    return with_sample(samples, skew_s)


def _learn_zone(clock: StationClock, raw_s: float, *, is_burst: bool) -> None:
    clock.zoneless_skews_s = _sampled(clock.zoneless_skews_s, raw_s, is_burst=is_burst)
    offset_min = zone_offset_of(clock.zoneless_skews_s)
    if offset_min == clock.zone_offset_min:
        return
    clock.zone_offset_min, clock.skews_s = offset_min, []
    clock.save()
    if offset_min:
        observe(clock.station, Quirk.ZONE_OFFSET, value=offset_text(offset_min), samples_s=clock.zoneless_skews_s)


def _note(clock: StationClock) -> None:
    """Tell people about a clock that is more than a minute off, once per state of things and not per message."""
    if clock.skew_s is None or abs(clock.skew_s) <= SKEWED_S:
        return
    grade = "wrong" if abs(clock.skew_s) > WRONG_S else "skewed"
    observe(clock.station, Quirk.CLOCK_OFFSET, value=grade, skew_s=round(clock.skew_s))
    broadcast("stations", id=clock.station_id)


def is_clock_wrong(station: ChargingStation) -> bool:
    """Whether no price that depends on time may be billed by itself (Q38)."""
    clock = clock_of(station)
    return clock is not None and clock.skew_s is not None and abs(clock.skew_s) > WRONG_S
