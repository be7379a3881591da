"""Readings outside transaction events."""

from django.db import transaction

from apps.charging.messages import MeterValues
from apps.charging.models import Transaction
from apps.charging.rules.amending import amended_values
from apps.charging.rules.readings import meter_rows
from apps.charging.services.ending import settle_if_curable
from apps.charging.services.finding import is_foreign, note_foreign
from apps.charging.services.heard import stored_ref
from apps.charging.services.metering import LARGEST_EVSE, store_rows
from apps.events.services import broadcast
from apps.stations.messages import Caller, Quirk
from apps.stations.models import ChargingStation
from apps.stations.services.quirks import YES, amendments_of, observe
from apps.stations.services.rows import locked_station


@transaction.atomic
def take_meter_values(caller: Caller, news: MeterValues) -> None:
    """Store readings, with the charge they belong to if that is certain (Q29); a repeated reading stands once."""
    station = ChargingStation.objects.select_related("clock").get(pk=caller.station_id)
    _note_connector_zero(station, news)
    news = amended_values(news, amendments_of(station))
    charge = _charge_of(caller, news)
    rows = meter_rows(
        news.readings,
        station_id=caller.station_id,
        evse=news.evse if news.evse <= LARGEST_EVSE else 0,
        received_at=caller.received_at,
        transaction_id=charge.pk if charge else None,
    )
    store_rows(charge, rows)
    if charge is not None:
        _note_number(charge, news)
        if not charge.is_open:
            locked_station(caller.station_id)
            charge.refresh_from_db()
            settle_if_curable(charge)
        broadcast("transactions", id=charge.pk)


def _note_connector_zero(station: ChargingStation, news: MeterValues) -> None:
    """The main meter belongs to no charge, so who names one means its only connector (Q30)."""
    if news.evse == 0 and news.transaction_ref is not None:
        observe(station, Quirk.CONNECTOR_ZERO, value=YES, message="MeterValues", number=news.transaction_ref)


def _note_number(charge: Transaction, news: MeterValues) -> None:
    if news.transaction_ref is not None and not charge.number_was_used:
        Transaction.objects.filter(pk=charge.pk).update(number_was_used=True)


def _charge_of(caller: Caller, news: MeterValues) -> Transaction | None:
    """The charge named, or the only open one at the EVSE. Another station's number means nothing (Q11)."""
    own = Transaction.objects.filter(station_id=caller.station_id).select_related("evse")
    if news.transaction_ref is None:
        at_evse = list(own.filter(ended_at=None, evse__number=news.evse)[:2]) if news.evse else []
        return at_evse[0] if len(at_evse) == 1 else None
    named = own.filter(ocpp_id=stored_ref(news.transaction_ref)).order_by("-started_at").first()
    if named is None and is_foreign(caller.station_id, news.transaction_ref):
        note_foreign(ChargingStation.objects.get(pk=caller.station_id), news.transaction_ref, message="MeterValues")
    return named
