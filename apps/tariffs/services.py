"""Making tariffs, assigning them to places, and finding the terms a charge runs under."""

from datetime import datetime
from decimal import Decimal

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import transaction
from django.db.models import Max, Q
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from apps.accounts.services import audit
from apps.core.clock import now
from apps.core.errors import FieldError, UnableTo
from apps.core.units import SECONDS_PER_MINUTE
from apps.core.wording import percent, unit_price
from apps.stations.models import EVSE, ChargingStation, Location
from apps.tariffs.messages import Prices, TariffTerms
from apps.tariffs.models import Tariff, TariffAssignment, TariffVersion
from apps.tariffs.rules import gross_price


@transaction.atomic
def save_tariff(
    name: str,
    prices: Prices,
    *,
    by: str,
    tariff: Tariff | None = None,
    valid_from: datetime | None = None,
    valid_to: datetime | None = None,
) -> Tariff:
    """Make a tariff, or a new version of one; without `tariff` the name tells which. Equal prices make no version.

    Charges in progress keep the version they started under (P9).
    """
    saved = _named(name, tariff)
    begin = valid_from or now()
    current = saved.version_at(begin)
    if current is None or (current.prices, current.valid_to) != (prices, valid_to):
        _add_version(saved, prices, valid_from=begin, valid_to=valid_to)
        audit.record(by, "tariffs.tariff.priced", audit.target_of(saved), name=saved.name, since=begin.isoformat())
    elif tariff and tariff.name != saved.name:
        audit.record(by, "tariffs.tariff.renamed", audit.target_of(saved), name=saved.name)
    return saved


def _named(name: str, tariff: Tariff | None) -> Tariff:
    """The tariff's row, locked, under its possibly new name."""
    wanted = name.strip()
    if not wanted:
        raise UnableTo(_("A tariff needs a name."), errors=[FieldError("$.name", _("A tariff needs a name."))])
    if tariff is None:
        Tariff.objects.get_or_create(name=wanted, archived_at=None)
        return Tariff.objects.select_for_update().get(name=wanted, archived_at=None)
    if Tariff.objects.filter(name=wanted, archived_at=None).exclude(pk=tariff.pk).exists():
        message = _("Another tariff already has this name.")
        raise UnableTo(message, errors=[FieldError("$.name", message)])
    Tariff.objects.filter(pk=tariff.pk).update(name=wanted)
    return Tariff.objects.select_for_update().get(pk=tariff.pk)


def _add_version(tariff: Tariff, prices: Prices, *, valid_from: datetime, valid_to: datetime | None) -> None:
    newest = tariff.versions.aggregate(newest=Max("number"))["newest"] or 0
    version = TariffVersion(tariff=tariff, number=newest + 1, valid_from=valid_from, valid_to=valid_to, **vars(prices))
    try:
        version.full_clean(exclude=["tariff"])
    except ValidationError as problem:
        raise UnableTo(_("These prices can't be used."), errors=_field_errors(problem)) from problem
    version.save()


def _field_errors(problem: ValidationError) -> list[FieldError]:
    """Django's errors as paths; what belongs to no field stands at the root."""
    by_field = problem.message_dict
    return [
        FieldError("$" if field == NON_FIELD_ERRORS else f"$.{field}", message)
        for field, messages in by_field.items()
        for message in messages
    ]


@transaction.atomic
def assign_tariff(
    tariff: Tariff,
    *,
    by: str,
    location: Location | None = None,
    station: ChargingStation | None = None,
    evse: EVSE | None = None,
) -> TariffAssignment:
    """Let a tariff apply at one place, or, without a place, wherever nothing narrower is assigned."""
    if sum(place is not None for place in (location, station, evse)) > 1:
        raise UnableTo(_("A tariff is assigned to a location, a station or an EVSE, not to several at once."))
    if tariff.archived_at:
        raise UnableTo(_("This tariff is archived."))
    existing = TariffAssignment.objects.filter(location=location, station=station, evse=evse, tariff=tariff).first()
    if existing:
        return existing
    assignment, _created = TariffAssignment.objects.update_or_create(
        location=location, station=station, evse=evse, defaults={"tariff": tariff}
    )
    audit.record(by, "tariffs.tariff.assigned", audit.target_of(tariff), assignment=str(assignment))
    return assignment


@transaction.atomic
def unassign_tariff(assignment: TariffAssignment, *, by: str) -> None:
    """The next wider assignment applies from the next charge on."""
    deleted, _by_model = TariffAssignment.objects.filter(pk=assignment.pk).delete()
    if deleted:
        target = audit.target_of(assignment.tariff)
        audit.record(by, "tariffs.tariff.unassigned", target, assignment=str(assignment))


@transaction.atomic
def archive_tariff(tariff: Tariff, *, by: str) -> None:
    """Take a tariff out of use everywhere; charges in progress and the past keep its prices."""
    TariffAssignment.objects.filter(tariff=tariff).delete()
    if tariff.archived_at is None:
        audit.record(by, "tariffs.tariff.archived", audit.target_of(tariff), name=tariff.name)
    tariff.archive()


def terms_for(evse: EVSE, *, at: datetime, driver_id: int | None) -> TariffTerms | None:
    """The terms of a charge that starts at this EVSE at an instant; none means that it is free of charge.

    The narrowest assignment whose tariff is valid at that instant wins: EVSE, station, location, everywhere.
    """
    for assignment in _assignments_at(evse):
        version = assignment.tariff.version_at(at)
        if version is not None:
            return _terms(assignment.tariff, version, time_zone=evse.station.zone.key)
    return None


def _assignments_at(evse: EVSE) -> list[TariffAssignment]:
    """Those that cover an EVSE, the narrowest first."""
    place = Q(evse=evse) | Q(station=evse.station_id) | Q(evse=None, station=None, location=None)
    if evse.station.location_id:
        place |= Q(location=evse.station.location_id)
    found = TariffAssignment.objects.filter(place, tariff__archived_at=None).select_related("tariff")
    return sorted(found, key=lambda assignment: assignment.precision, reverse=True)


def _terms(tariff: Tariff, version: TariffVersion, *, time_zone: str) -> TariffTerms:
    return TariffTerms(
        **vars(version.prices),
        tariff=tariff.name,
        version_id=version.pk,
        version_number=version.number,
        time_zone=time_zone,
    )


def describe(terms: Prices | None) -> list[str]:
    """The prices in words, VAT included, in the order AFIR Art. 5(4) wants: kWh, minute, charge, then idle time."""
    if terms is None:
        return [_("Charging is free of charge.")]
    described = [text % {"price": _shown(price, terms)} for price, text in _components(terms) if price]
    if not described:
        return [_("Charging is free of charge.")]
    return [*described, _("Prices include %(percent)s VAT.") % {"percent": percent(terms.vat_percent, _language())}]


def _components(terms: Prices) -> tuple[tuple[Decimal, str], ...]:
    return (
        (terms.price_per_kwh, _("%(price)s per kWh")),
        (terms.price_per_minute, _("%(price)s per minute of charging")),
        (terms.price_per_session, _("%(price)s per charge")),
        (terms.idle_per_minute, _idle_sentence(terms.idle_grace_s // SECONDS_PER_MINUTE)),
    )


def _idle_sentence(free_minutes: int) -> str:
    if not free_minutes:
        return _("%(price)s per minute connected without charging")
    sentence = ngettext(
        "%(price)s per minute connected without charging, after the first minute",
        "%(price)s per minute connected without charging, after the first {count} minutes",
        free_minutes,
    )
    return sentence.replace("{count}", str(free_minutes))


def _shown(price: Decimal, terms: Prices) -> str:
    return unit_price(gross_price(price, terms), terms.currency, _language())


def _language() -> str:
    return get_language() or "en"
