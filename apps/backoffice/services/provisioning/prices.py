"""Tariffs and where they apply."""

from dataclasses import fields
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from apps.backoffice.services.provisioning.hardware import find_location, find_station
from apps.backoffice.services.provisioning.results import BY, Given, Provisioned
from apps.billing.services import seller
from apps.core.clock import EARLIEST
from apps.core.errors import UnableTo, UnableToFind
from apps.stations.models import EVSE, ChargingStation
from apps.tariffs.messages import Prices
from apps.tariffs.models import Tariff, TariffVersion
from apps.tariffs.services import assign_tariff, save_tariff

PRICE_FIELDS = tuple(field.name for field in fields(Prices))


@transaction.atomic
def provision_tariff(name: str, given: Given) -> Provisioned:
    """The tariff with this name, at these prices, applied at these places."""
    existing = Tariff.objects.filter(name=name.strip(), archived_at=None).first()
    newest = existing.versions.order_by("-number").first() if existing else None
    # A new tariff holds from the beginning: a charge that an offline station tells late would be free otherwise.
    begin = given.get("valid_from") or (None if newest else EARLIEST)
    tariff = save_tariff(name, _prices(newest, given), by=BY, tariff=existing, valid_from=begin)
    places = [assign_tariff(tariff, by=BY, **place) for place in _places(given)]
    version = tariff.versions.order_by("-number").first()
    facts = {
        "name": tariff.name,
        "version": version.number if version else None,
        "currency": version.currency if version else None,
        "assignments": [str(place) for place in places],
    }
    return Provisioned(kind="tariff", id=tariff.pk, created=existing is None, facts=facts)


def _prices(newest: TariffVersion | None, given: Given) -> Prices:
    """What is not given stays as it is; a new tariff needs to know its VAT."""
    known: dict[str, Any] = vars(newest.prices) if newest else {"currency": seller().currency}
    wanted = known | {name: given[name] for name in PRICE_FIELDS if name in given}
    if "vat_percent" not in wanted:
        raise UnableTo(_("A new tariff needs its VAT rate: add --vat, for example --vat 19."))
    return Prices(**wanted)


def _places(given: Given) -> list[dict[str, Any]]:
    places: list[dict[str, Any]] = []
    if given.get("everywhere"):
        places.append({})
    if "location" in given:
        places.append({"location": find_location(given["location"])})
    if "station" in given:
        station = find_station(given["station"])
        places.append({"evse": _evse(station, given["evse"])} if "evse" in given else {"station": station})
    elif "evse" in given:
        raise UnableTo(_("Name the station of the EVSE too: --station CS-1 --evse 2."))
    return places


def _evse(station: ChargingStation, number: int) -> EVSE:
    evse = station.evses.filter(number=number).first()
    if evse is None:
        message = _("The charging station “%(identity)s” has no EVSE %(number)d.")
        raise UnableToFind(message % {"identity": station.identity, "number": number})
    return evse
