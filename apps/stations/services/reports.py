"""Reports in parts, and events of the device model."""

from datetime import timedelta

import msgspec
from django.db import transaction

from apps.core.clock import now
from apps.core.text import shortened, storable, storable_json
from apps.events.services import broadcast
from apps.stations.messages import Caller, EventData, GetBaseReport, NotifyEvent, NotifyReport, ReportedVariable
from apps.stations.models import ChargingStation, ReportPart, StationCommand, StationEvent
from apps.stations.services.answers import go_on, note_read, unverified_of, verify
from apps.stations.services.commands import DEFAULT_EXPIRY_S, queue_command
from apps.stations.services.rows import locked_station
from apps.stations.services.variables import small, store_report

PARTS_ARE_KEPT = timedelta(days=1)
MOST_PARTS = 10_000


@transaction.atomic
def request_report(
    station: ChargingStation, *, by: str, report_base: str = "FullInventory", expires_in_s: int = DEFAULT_EXPIRY_S
) -> StationCommand:
    """Ask a 2.x station for its whole device model, under a number it was never asked with."""
    request_id = locked_station(station.pk).next_request_id()
    message = GetBaseReport(request_id=request_id, report_base=report_base)
    return queue_command(station, message, by=by, expires_in_s=expires_in_s)


@transaction.atomic
def take_report(caller: Caller, news: NotifyReport) -> None:
    """Keep one part; with the last missing one the whole is taken over (Q83). A repeated part changes nothing."""
    station = locked_station(caller.station_id)
    if news.seq_no >= MOST_PARTS:
        return
    ReportPart.objects.get_or_create(
        station=station,
        request_id=news.request_id,
        seq_no=news.seq_no,
        defaults={"more": news.more, "variables": storable_json(msgspec.to_builtins(news.variables))},
    )
    parts = list(ReportPart.objects.filter(station=station, request_id=news.request_id).order_by("seq_no"))
    if _are_complete(parts):
        _take_over(station, parts, caller)


def _are_complete(parts: list[ReportPart]) -> bool:
    """All numbers from 0 to the part that says it is the last."""
    numbers = [part.seq_no for part in parts]
    return numbers == list(range(len(parts))) and not parts[-1].more


def _take_over(station: ChargingStation, parts: list[ReportPart], caller: Caller) -> None:
    told = [msgspec.convert(entry, ReportedVariable) for part in parts for entry in part.variables]
    waiting = unverified_of(station)
    store_report(station.pk, told, at=caller.received_at)
    ReportPart.objects.filter(pk__in=[part.pk for part in parts]).delete()
    if told:
        if not _is_partial(station, parts[0].request_id):
            note_read(station)
        verify(station, waiting)
    go_on(station, was_answered=True)


def _is_partial(station: ChargingStation, request_id: int) -> bool:
    """Whether only some of the device model was asked for (B08)."""
    asked = StationCommand.objects.filter(station=station, action="GetReport", payload__requestId=request_id)
    return asked.exists()


def forget_partial_reports() -> int:
    """Drop parts whose rest never came; the device model stays as it was known. How many."""
    deleted, _by_model = ReportPart.objects.filter(received_at__lt=now() - PARTS_ARE_KEPT).delete()
    return deleted


@transaction.atomic
def take_events(caller: Caller, news: NotifyEvent) -> None:
    """Keep events of the device model, each once (Q86)."""
    StationEvent.objects.bulk_create((_event(caller, news, event) for event in news.events), ignore_conflicts=True)
    if news.events:
        broadcast("station_events", id=caller.station_id)


def _event(caller: Caller, news: NotifyEvent, event: EventData) -> StationEvent:
    return StationEvent(
        station_id=caller.station_id,
        event_id=event.event_id,
        at=event.at or news.generated_at or caller.received_at,
        trigger=shortened(event.trigger, 20),
        component=shortened(event.ref.component, 50),
        variable=shortened(event.ref.variable, 50),
        evse=small(event.ref.evse),
        connector=small(event.ref.connector),
        value=storable(event.actual_value),
        cleared=event.cleared,
        tech_code=shortened(event.tech_code, 255),
        tech_info=storable(event.tech_info),
        kind=shortened(event.event_notification_type or "", 50),
    )
