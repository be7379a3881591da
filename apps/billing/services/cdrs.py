"""From an ended charge to its price, for good."""

from decimal import Decimal

from django.db import transaction

from apps.billing.messages import CdrIssued, ChargePlace
from apps.billing.models import Cdr
from apps.charging.models import Transaction
from apps.charging.services import usage_of
from apps.core.identifiers import masked_token
from apps.events.services import broadcast, emit
from apps.tariffs.messages import Quote, TariffTerms
from apps.tariffs.rules import price


@transaction.atomic
def issue_cdr(transaction_id: int) -> Cdr | None:
    """Price an ended charge, once, under the terms it started with. None while it is open or held back."""
    charges = Transaction.objects.select_related("station__location", "evse")
    charge = charges.select_for_update(of=("self",), no_key=True).get(pk=transaction_id)
    existing = Cdr.objects.filter(transaction=charge).first()
    if existing or not charge.is_billable:
        return existing
    cdr = _make_cdr(charge)
    emit(CdrIssued(cdr_id=cdr.pk))
    broadcast("transactions", id=charge.pk)
    return cdr


def _make_cdr(charge: Transaction) -> Cdr:
    usage = usage_of(charge)
    terms = charge.terms
    quote = _free() if terms is None else price(usage, terms)
    return Cdr.objects.create(
        transaction=charge,
        started_at=usage.started_at,
        ended_at=usage.ended_at,
        energy_wh=usage.energy_wh,
        duration_s=usage.duration_s,
        idle_s=usage.idle_s,
        tariff=charge.tariff,
        place_snapshot=_place_of(charge, terms).to_json(),
        currency=quote.currency,
        net=quote.net,
        vat=quote.vat,
        gross=quote.gross,
        lines=[line.to_json() for line in quote.lines],
    )


def _free() -> Quote:
    zero = Decimal(0)
    return Quote(currency="", vat_percent=zero, tax_included=True, lines=(), net=zero, vat=zero)


def _place_of(charge: Transaction, terms: TariffTerms | None) -> ChargePlace:
    """The identity that the station logs in with is not for drivers' eyes; the EVSE-ID or the sticker's slug is."""
    location, evse = charge.station.location, charge.evse
    return ChargePlace(
        location=location.name if location else "",
        address=location.one_line_address if location else "",
        country=location.country if location else "",
        time_zone=terms.time_zone if terms else charge.station.zone.key,
        station=charge.station.name,
        evse_id=(evse.evse_id or evse.slug) if evse else "",
        token=masked_token(charge.token_value),
    )
