"""Security events: each kept once, and people told of those that they should look at."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from apps.accounts.services import audit
from apps.core.clock import now
from apps.core.text import shortened
from apps.events.services import broadcast, emit
from apps.stations.messages import Caller, SecurityEventNotification, SecurityEventRaised
from apps.stations.models import SecurityEvent, Variable
from apps.stations.rules.security import is_critical, lowers_profile, needs_attention
from apps.stations.services.rows import locked_station

TYPE_LENGTH = 50
INFO_LENGTH = 500
PROFILE, LOWERED = "securityprofile", "SecurityProfileLowered"


@transaction.atomic
def take_security_event(caller: Caller, news: SecurityEventNotification) -> None:
    """Keep what a station reports; the same words once more are counted, not kept twice."""
    alarming = needs_attention(news.type)
    event = SecurityEvent(
        station_id=caller.station_id,
        type=shortened(news.type, TYPE_LENGTH),
        at=news.at,
        tech_info=shortened(news.tech_info, INFO_LENGTH),
        is_critical=is_critical(news.type),
        needs_attention=alarming,
    )
    _keep(event, heard_at=caller.received_at)


@transaction.atomic
def raise_own_event(station_id: int, event_type: str, *, at: datetime, info: str) -> None:
    """Keep what we noticed about a station ourselves; somebody should look at it."""
    event = SecurityEvent(
        station_id=station_id, type=event_type, at=at, tech_info=shortened(info, INFO_LENGTH), is_critical=True,
        needs_attention=True, is_ours=True,
    )  # fmt: skip
    _keep(event, heard_at=at)


def _keep(event: SecurityEvent, *, heard_at: datetime) -> None:
    locked_station(event.station_id)
    known = SecurityEvent.objects.filter(
        station=event.station_id, type=event.type, at=event.at, tech_info=event.tech_info
    ).first()
    event.first_at = event.last_at = heard_at
    if known is None:
        event.save(force_insert=True)
    is_news, kept = (known.repeat(at=heard_at), known) if known else (True, event)
    if is_news and kept.needs_attention:
        emit(SecurityEventRaised(security_event_id=kept.pk))
    broadcast("security_events", id=kept.station_id)


def note_lowered_profile(station_id: int, told: Iterable[Variable], *, at: datetime) -> None:
    """Before what a station tells is taken over: a security profile that is lower than the one we know is an event."""
    for row in told:
        if row.name.casefold() != PROFILE:
            continue
        known = Variable.objects.filter(station=station_id, component=row.component, name__iexact=row.name).first()
        if known and lowers_profile(row.name, known.value, row.value):
            raise_own_event(station_id, LOWERED, at=at, info=f"{known.value} → {row.value}")


@transaction.atomic
def see_events(event_ids: Iterable[int], *, by: str) -> int:
    """Somebody has looked at these events; how many of them nobody had seen."""
    events = SecurityEvent.objects.filter(pk__in=list(event_ids), seen_at=None).order_by("pk")
    fresh = [event for event in events.select_for_update(no_key=True) if event.see(by=by, at=now())]
    for event in fresh:
        audit.record(by, "stations.security_event.seen", audit.target_of(event), event=event.type)
    for station_id in {event.station_id for event in fresh}:
        broadcast("security_events", id=station_id)
    return len(fresh)
