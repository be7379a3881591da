"""Statuses of connectors and of whole stations."""

from datetime import datetime

import structlog
from django.db import transaction

from apps.events.services import broadcast, emit
from apps.stations.messages import Caller, ConnectorStatusChanged, StatusNotification
from apps.stations.models import ChargingStation
from apps.stations.services.rows import connector_of, locked_station

log = structlog.get_logger(__name__)


@transaction.atomic
def tell_status(caller: Caller, news: StatusNotification) -> None:
    """Take over a status unless a newer one is known; EVSE 0 is the station alone (Q41, Q43)."""
    station = locked_station(caller.station_id)
    at = _effective(news.at, caller)
    if news.evse == 0:
        _tell_station(station, news, at=at)
        return
    connector = connector_of(station, news.evse, news.connector)
    if connector is None:
        log.warning("status of an impossible connector", station=station.identity, evse=news.evse)
    elif connector.tell_status(news, at=at):
        emit(ConnectorStatusChanged(connector_id=connector.pk))
        broadcast("connectors", id=connector.pk)


def _tell_station(station: ChargingStation, news: StatusNotification, *, at: datetime) -> None:
    if station.tell_status(news, at=at):
        broadcast("stations", id=station.pk)


def _effective(at: datetime | None, caller: Caller) -> datetime:
    """A status from the future counts as of now: it must not outlive the ones that are still to come."""
    return caller.received_at if at is None else min(at, caller.received_at)
