"""Charging states over time, from transaction events (2.x) and from connector statuses (1.6)."""

from datetime import datetime

from django.db import transaction

from apps.charging.models import Transaction, TransactionState
from apps.charging.rules.amending import amended_status
from apps.charging.rules.idle import FAULTED
from apps.charging.services.finding import open_charges_on
from apps.charging.services.grace import follow_plug
from apps.charging.services.reservation_use import follow_status
from apps.core.clock import has_assumed_zone
from apps.events.services import broadcast
from apps.stations.messages import Caller, ConnectorStatus, StatusNotification
from apps.stations.models import EVSE
from apps.stations.services.clocks import hear_clock
from apps.stations.services.quirks import amendments_of
from apps.stations.services.rows import locked_station
from apps.stations.services.status import tell_status


def note_state(charge: Transaction, state: str | None, *, at: datetime) -> None:
    """From `at` on the charge is in this state. The same said twice stands once, in whatever order it comes."""
    if state is None:
        return
    TransactionState.objects.bulk_create(
        [TransactionState(transaction=charge, at=at, state=str(state))], ignore_conflicts=True
    )
    newest = charge.states.order_by("-at", "-pk").values_list("state", flat=True).first()
    if newest != charge.charging_state:
        charge.charging_state = newest or ""
        charge.save(update_fields=["charging_state"])


@transaction.atomic
def take_status(caller: Caller, news: StatusNotification) -> None:
    """A connector's status, and what it says about the charge there: 1.6 tells charging states in no other way.

    A fault ends idle time in every version.
    """
    station = locked_station(caller.station_id)
    hear_clock(station, news.at, received_at=caller.received_at)
    if has_assumed_zone(news.at):
        news = amended_status(news, amendments_of(station))
    tell_status(caller, news)
    follow_status(caller, news)
    follow_plug(caller, news)
    state = FAULTED if news.status is ConnectorStatus.FAULTED else news.charging_state
    if state is None or news.evse == 0:
        return
    evse = EVSE.objects.filter(station_id=caller.station_id, number=news.evse).first()
    at = news.at or caller.received_at
    for charge in open_charges_on(caller.station_id, evse.pk) if evse else ():
        if charge.started_at <= at:
            note_state(charge, state, at=at)
            broadcast("transactions", id=charge.pk)
