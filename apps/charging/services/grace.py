"""Charges whose car has gone without a stop: they get some time, then they are closed at their last reading."""

from datetime import timedelta

from django.db import transaction

from apps.charging.models import Transaction
from apps.charging.services.ending import close_unheard
from apps.charging.services.finding import charges_of
from apps.core.clock import now
from apps.events.services import broadcast
from apps.stations.messages import Caller, ConnectorStatus, StatusNotification
from apps.stations.models import Connector
from apps.stations.services.rows import locked_station
from apps.telemetry.models import MeterValue

GRACE = timedelta(minutes=10)
MOST_AT_ONCE = 500


def follow_plug(caller: Caller, news: StatusNotification) -> None:
    """Available while a charge is open is a sign, not a proof (Q17, Q18): it may still be stopped from a queue.

    Any other status of its connector says that the car is still there. Old news says nothing.
    """
    if news.evse == 0:
        return
    there = charges_of(caller.station_id).filter(evse__number=news.evse, ended_at=None)
    concerned = [charge for charge in there if charge.connector_number in (None, news.connector)]
    if concerned and _is_newest(caller, news):
        for charge in concerned:
            _follow(charge, caller, news)


def _follow(charge: Transaction, caller: Caller, news: StatusNotification) -> None:
    has_gone = news.status is ConnectorStatus.AVAILABLE and charge.started_at <= (news.at or caller.received_at)
    if has_gone == (charge.grace_until is not None):
        return
    charge.grace_until = caller.received_at + GRACE if has_gone else None
    charge.save(update_fields=["grace_until"])
    broadcast("transactions", id=charge.pk)


def _is_newest(caller: Caller, news: StatusNotification) -> bool:
    """Whether this news has become the connector's status (Q41)."""
    at = min(news.at or caller.received_at, caller.received_at)
    told = Connector.objects.filter(evse__station_id=caller.station_id, evse__number=news.evse, told_at=at)
    return told.filter(number=news.connector).exists()


def close_overdue() -> int:
    """Close the charges whose grace is over; held, and what their stations say later wins. How many."""
    overdue = Transaction.objects.filter(ended_at=None, grace_until__lte=now()).values_list("pk", "station_id")
    return sum(_close(charge_id, station_id) for charge_id, station_id in overdue[:MOST_AT_ONCE])


@transaction.atomic
def _close(charge_id: int, station_id: int) -> bool:
    locked_station(station_id)
    charge = charges_of(station_id).filter(pk=charge_id, ended_at=None, grace_until__lte=now()).first()
    if charge is None or charge.grace_until is None:
        return False
    gone_at = charge.grace_until - GRACE
    if MeterValue.objects.filter(transaction_id=charge.pk, received_at__gt=gone_at).exists():
        charge.grace_until = None
        charge.save(update_fields=["grace_until"])
        return False
    charge.note("grace_over")
    close_unheard(charge, at=max(gone_at, charge.started_at))
    return True
