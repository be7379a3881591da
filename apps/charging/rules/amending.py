"""What a station said, read as people have accepted that it means it."""

from dataclasses import replace
from datetime import datetime, timedelta

from apps.charging.messages import MeterReading, MeterValues, SampledValue, TransactionEvent
from apps.charging.rules.readings import ENERGY
from apps.core.clock import has_assumed_zone
from apps.stations.messages import Amendments, StatusNotification

DIGITS_KEPT = 6


def amended_event(event: TransactionEvent, amendments: Amendments) -> TransactionEvent:
    """The event with its place, times and registers as they are meant."""
    if not amendments.changes_messages:
        return event
    factor = amendments.register_factor
    return replace(
        event,
        at=amended_instant(event.at, amendments),
        evse=_evse(event.evse, amendments),
        connector=1 if event.evse == 0 and amendments.connector_zero_is_one else event.connector,
        meter_wh=None if event.meter_wh is None else int(event.meter_wh * factor),
        readings=_readings(event.readings, amendments),
    )


def amended_values(news: MeterValues, amendments: Amendments) -> MeterValues:
    """The readings with their place, times and registers as they are meant."""
    if not amendments.changes_messages:
        return news
    evse = _evse(news.evse, amendments)
    return replace(news, evse=evse or 0, readings=_readings(news.readings, amendments))


def amended_status(news: StatusNotification, amendments: Amendments) -> StatusNotification:
    """The status with its time as it is meant; connector 0 is the station whatever is accepted of it."""
    return replace(news, at=amended_instant(news.at, amendments)) if amendments.zone_offset_min else news


def amended_instant(at: datetime | None, amendments: Amendments) -> datetime | None:
    """An instant that was told without a zone is the station's local time."""
    if at is None or not has_assumed_zone(at):
        return at
    return at - timedelta(minutes=amendments.zone_offset_min)


def _evse(evse: int | None, amendments: Amendments) -> int | None:
    return 1 if evse == 0 and amendments.connector_zero_is_one else evse


def _readings(readings: tuple[MeterReading, ...], amendments: Amendments) -> tuple[MeterReading, ...]:
    factor = amendments.reading_factor if amendments.reading_factor != 1 else amendments.register_factor
    return tuple(
        MeterReading(
            at=amended_instant(reading.at, amendments),
            samples=tuple(_sample(sample, factor) for sample in reading.samples),
        )
        for reading in readings
    )


def _sample(sample: SampledValue, factor: float) -> SampledValue:
    if factor == 1 or sample.measurand != ENERGY or sample.unit != "Wh":
        return sample
    return replace(sample, value=round(sample.value * factor, DIGITS_KEPT))
