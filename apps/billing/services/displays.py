"""Prices and costs on the displays of stations: for a token, during a charge, and at its end.

Everything is told by the one pricing function, and only to stations that report that they show it.
"""

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from apps.billing.adapters import costmsg
from apps.billing.models import Cdr
from apps.billing.services.sellers import seller
from apps.charging.models import Transaction
from apps.charging.services import usage_of
from apps.core import wording
from apps.core.clock import now
from apps.core.money import round_money
from apps.core.units import WH_PER_KWH
from apps.drivers.models import Driver, IdToken
from apps.stations.messages import Caller, ChargingState, DataTransfer, DataTransferAnswer
from apps.stations.models import ChargingStation, StationCommand
from apps.stations.services.commands import queue_command
from apps.stations.services.displays import has_display, stations_with_display
from apps.stations.services.rows import locked_station
from apps.tariffs.messages import TariffTerms
from apps.tariffs.rules import price
from apps.tariffs.services import describe, terms_for
from apps.telemetry.models import ChargeLive, StationLive

BY = "display"
RUNNING_EVERY = timedelta(minutes=5)
PRICE_LASTS = timedelta(minutes=5)
PRICE_WAITS_S, COST_WAITS_S, FINAL_WAITS_S = 30, 60, 600
NEWEST = 20


@transaction.atomic
def show_price(station_id: int, id_token_id: int) -> None:
    """A token was accepted: what a charge is going to cost, at each EVSE if they differ."""
    station = locked_station(station_id)
    token = IdToken.objects.select_related("driver").get(pk=id_token_id)
    with _language_of(token.driver):
        _tell_price(station, token.value, _prices_of(station, token.driver_id))


@transaction.atomic
def show_start(transaction_id: int) -> None:
    """A charge has begun: its price in words, unless the display has just shown it, and the cost so far."""
    charge = Transaction.objects.select_related("station__location", "driver").get(pk=transaction_id)
    if charge.is_open and has_display(charge.station_id):
        station = locked_station(charge.station_id)
        with _language_of(charge.driver):
            _tell_price(station, charge.token_value, _sentence(charge.terms))
        _tell_running(charge)


def show_running_costs() -> None:
    """Every few minutes, and when a car begins or ceases to take energy, for charges at stations that are connected."""
    online = StationLive.objects.filter(connected_at__isnull=False).values("station_id")
    shown = stations_with_display().filter(pk__in=online)
    for charge_id in Transaction.objects.filter(ended_at=None, station__in=shown).values_list("pk", flat=True):
        _show_running_cost(charge_id)


@transaction.atomic
def _show_running_cost(charge_id: int) -> None:
    charge = Transaction.objects.select_related("station__location").get(pk=charge_id)
    locked_station(charge.station_id)
    if charge.is_open:
        _tell_running(charge)


@transaction.atomic
def show_final_cost(cdr_id: int) -> None:
    """A charge has its price. Long after its end nobody stands before the display any more."""
    cdr = Cdr.objects.select_related("transaction__station", "transaction__driver").get(pk=cdr_id)
    charge = cdr.transaction
    is_late = now() - cdr.ended_at > timedelta(seconds=FINAL_WAITS_S)
    if is_late or _number(charge) is None or not has_display(charge.station_id):
        return
    station = locked_station(charge.station_id)
    if any(data.get("transactionId") == _number(charge) for _row, data in _said(station, costmsg.FINAL)):
        return
    with _language_of(charge.driver):
        text = _final_text(cdr)
    message = costmsg.final_cost(number=int(charge.ocpp_id), cost=cdr.gross, text=text)
    _queue(station, message, expires_in_s=FINAL_WAITS_S)


def take_unplugged(caller: Caller, data: Any) -> DataTransferAnswer:
    """ConnectorUnplugged: the cable is out, said in a way that is queued while offline. It is noted, not billed."""
    said = costmsg.object_in(data)
    number, at = said.get("transactionId"), said.get("timestamp")
    own = Transaction.objects.filter(station=caller.station_id, ocpp_id=str(number))
    with transaction.atomic():
        charge = own.select_for_update(no_key=True).first()
        if charge is None:
            return DataTransferAnswer(status="Rejected")
        charge.note("connector_unplugged", told_at=str(at)[:40])
        charge.save(update_fields=["notes"])
    return DataTransferAnswer(status="Accepted")


def _tell_price(station: ChargingStation, token: str, text: str) -> None:
    """Not twice within minutes: a start follows the token that was shown for it."""
    for command, data in _said(station, costmsg.USER_PRICE):
        if data == {"idToken": token, "priceText": text} and command.created_at > now() - PRICE_LASTS:
            return
    _queue(station, costmsg.user_price(token, text), expires_in_s=PRICE_WAITS_S)


def _prices_of(station: ChargingStation, driver_id: int | None) -> str:
    """With 1.6 a token is shown to the station as a whole, so each EVSE is named where their prices differ."""
    at = now()
    texts = {
        evse.number: _sentence(terms_for(evse, at=at, driver_id=driver_id))
        for evse in station.evses.select_related("station__location").order_by("number")
    }
    if len(set(texts.values())) == 1:
        return next(iter(texts.values()))
    return " ".join(_("EVSE %(evse)s: %(price)s") % {"evse": number, "price": text} for number, text in texts.items())


def _sentence(terms: TariffTerms | None) -> str:
    *prices, sentence = describe(terms)
    return f"{', '.join(prices)}. {sentence}" if prices else sentence


def _tell_running(charge: Transaction) -> None:
    """One message, if there is something new to say; without a number nothing can be said."""
    number = _number(charge)
    reading = ChargeLive.objects.filter(transaction_id=charge.pk).first()
    if number is None:
        return
    usage, terms = usage_of(charge), charge.terms
    message = costmsg.running_cost(
        number=number,
        at=reading.at if reading else charge.started_at,
        meter_wh=(charge.meter_start_wh or 0) + usage.energy_wh,
        cost=price(usage, terms).gross if terms else Decimal(0),
        is_idle=_is_idle(charge),
        prices=terms,
    )
    if _is_due(message, _said(charge.station, costmsg.RUNNING), number):
        _queue(charge.station, message, expires_in_s=COST_WAITS_S)


def _is_idle(charge: Transaction) -> bool:
    """Whether its seconds count as idle now (charging.rules.idle)."""
    if charge.charging_state == ChargingState.EV_CONNECTED:
        return charge.states.filter(state=ChargingState.CHARGING).exists()
    return charge.charging_state == ChargingState.SUSPENDED_EV


def _is_due(message: DataTransfer, said: Iterable[tuple[StationCommand, dict[str, Any]]], number: int) -> bool:
    last = next(((row, data) for row, data in said if data.get("transactionId") == number), None)
    if last is None:
        return True
    row, data = last
    wanted = costmsg.object_in(message.data)
    return data.get("state") != wanted["state"] or (row.created_at <= now() - RUNNING_EVERY and data != wanted)


def _said(station: ChargingStation, name: str) -> list[tuple[StationCommand, dict[str, Any]]]:
    """What the station was last told of this kind, the newest first."""
    rows = StationCommand.objects.filter(station=station, kind="stations.DataTransfer", message__message_id=name)
    return [(row, costmsg.data_in(row.message)) for row in rows.order_by("-created_at")[:NEWEST]]


def _queue(station: ChargingStation, message: DataTransfer, *, expires_in_s: int) -> None:
    queue_command(station, message, by=BY, expires_in_s=expires_in_s)


def _number(charge: Transaction) -> int | None:
    return int(charge.ocpp_id) if charge.ocpp_id.isascii() and charge.ocpp_id.isdecimal() else None


def _final_text(cdr: Cdr) -> str:
    language = translation.get_language() or settings.LANGUAGE_CODE
    energy = wording.number(Decimal(cdr.energy_wh) / WH_PER_KWH, language, digits=2)
    if not cdr.currency:
        return _("%(energy)s kWh, free of charge.") % {"energy": energy}
    cost = wording.money(round_money(cdr.gross, cdr.currency), cdr.currency, language)
    return _("%(energy)s kWh, %(cost)s in total, VAT included.") % {"energy": energy, "cost": cost}


def _language_of(driver: Driver | None) -> Any:
    return translation.override((driver.language if driver else "") or seller().language)
