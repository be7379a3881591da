"""A station has booted."""

from django.db import transaction

from apps.core.clock import now
from apps.events.services import broadcast, emit
from apps.stations.messages import BootAnswer, BootNotification, Caller, RegistrationStatus, StationBooted
from apps.stations.models import Connector
from apps.stations.services.rows import locked_station
from apps.stations.services.templates import heartbeat_of


@transaction.atomic
def boot(caller: Caller, news: BootNotification) -> BootAnswer:
    """Take over what it says of itself and answer with its registration. Charges go on (Q17).

    After a boot every status is told anew, so a clock that was set back must not make them look old (Q41).
    """
    station = locked_station(caller.station_id)
    station.tell_boot(news, version=caller.version, at=caller.received_at)
    station.variables.filter(pending_reboot=True).update(pending_reboot=False, unverified=True)
    Connector.objects.filter(evse__station=station).update(told_at=None)
    emit(StationBooted(station_id=station.pk))
    broadcast("stations", id=station.pk)
    return BootAnswer(
        status=RegistrationStatus(station.registration), current_time=now(), interval_s=heartbeat_of(station)
    )
