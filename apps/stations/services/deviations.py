"""Where stations are not as their templates want them, and the repair of it."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from apps.accounts.services import audit
from apps.core.clock import now
from apps.core.errors import UnableTo
from apps.core.text import shortened
from apps.events.services import broadcast, emit
from apps.stations.messages import ConfigurationDue
from apps.stations.models import (
    ChargingStation,
    ConfigurationTemplate,
    Deviation,
    DeviationState,
    StationConfiguration,
    Variable,
)
from apps.stations.rules.configuration import attempts, list_items, same_value
from apps.stations.services.known_keys import KeyKind, known_key
from apps.stations.services.rows import locked_station
from apps.stations.services.templates import Address, Wanted, address_of, stations_of, wanted_of

# A variable that was refused so often is left to people.
MOST_REFUSALS = 2
READ_ONLY = "ReadOnly"
AUTOMATIC = "configuration"  # how trails and logs name us where no person asked
# By itself only what differs is written again; people may insist on the rest.
REPAIRABLE = (DeviationState.DIFFERS, DeviationState.REFUSED, DeviationState.REDUCED, DeviationState.UNSUPPORTED)


def known_variables(station: ChargingStation) -> dict[Address, Variable]:
    """What we know of a station's own variables, not those of one EVSE, by address."""
    rows = Variable.objects.filter(station=station, evse=None, component_instance=None, attribute="Actual")
    return {address_of(row.component, row.name, row.instance): row for row in rows}


@transaction.atomic
def assess(station: ChargingStation) -> None:
    """Compare what the station told with what its templates want. Nothing is known before it was read once."""
    if not StationConfiguration.objects.filter(station=station).exclude(read_at=None).exists():
        return
    station = locked_station(station.pk)
    wanted, known = wanted_of(station), known_variables(station)
    rows = {address_of(row.component, row.name, row.instance): row for row in Deviation.objects.filter(station=station)}
    for address, row in rows.items():
        if address not in wanted:
            row.delete()
    for address, one in wanted.items():
        _compare(station, one, known.get(address), rows.get(address))


def _compare(station: ChargingStation, one: Wanted, variable: Variable | None, row: Deviation | None) -> None:
    if variable and _is_right(variable, one.setting.value):
        if row:
            row.delete()
        return
    row = row or Deviation(
        station=station, component=one.setting.component, name=one.setting.name, instance=one.setting.instance
    )
    if row.wanted != one.setting.value:
        row.wanted, row.tried, row.refusals = one.setting.value, None, 0
        row.due_by = row.due_reason = ""
    row.template, row.actual = one.template, variable.value if variable else None
    row.state = _state(row, variable)
    if row.state != DeviationState.DIFFERS:
        row.due_by = row.due_reason = ""
    row.save()


def _is_right(variable: Variable, wanted: str) -> bool:
    """An accepted value counts once it was read back."""
    return same_value(variable.value, wanted) and not (variable.pending_reboot or variable.unverified)


def _state(row: Deviation, variable: Variable | None) -> DeviationState:
    if variable and variable.unsupported_at:
        return DeviationState.UNSUPPORTED
    if variable and variable.mutability == READ_ONLY:
        return DeviationState.READ_ONLY
    if variable and variable.pending_reboot:
        return DeviationState.PENDING
    if variable and row.tried and not variable.unverified and same_value(variable.value, row.tried):
        return DeviationState.REDUCED
    return DeviationState.REFUSED if row.refusals >= MOST_REFUSALS else DeviationState.DIFFERS


def values_to_try(row: Deviation, known: dict[Address, Variable]) -> list[str]:
    """What to offer the station, the best first: lists of measurands may be shortened."""
    key = known_key(row.component, row.name)
    if key is None or key.kind is not KeyKind.MEASURANDS:
        return [row.wanted]
    limit = known.get(address_of("", f"{key.name}MaxLength", ""))
    told = (limit and limit.value) or ""
    at_most = int(told) if told.isascii() and told.isdecimal() and len(told) < 5 else 0
    return attempts(row.wanted, at_most=at_most) if list_items(row.wanted) else [row.wanted]


def mark_at_boot(station: ChargingStation) -> int:
    """After a boot, what differs from templates that are applied then is due; what was refused twice is not."""
    differing = Deviation.objects.filter(
        station=station, state=DeviationState.DIFFERS, template__at_boot=True, due_by=""
    ).select_related("template")
    for row in differing:
        row.due_by, row.due_reason, row.tried = AUTOMATIC, row.template.name, None
        row.save(update_fields=["due_by", "due_reason", "tried"])
    return len(differing)


def repair_station(station: ChargingStation, *, by: str, reason: str = "") -> int:
    """Have everything that differs written again; how many variables."""
    return _repair(Q(station=station), by=by, reason=reason)


def repair_template(template: ConfigurationTemplate, *, by: str, reason: str = "") -> int:
    """The same for all stations where this template is not fulfilled."""
    return _repair(Q(template=template), by=by, reason=reason)


def repair(numbers: Iterable[int], *, by: str, reason: str = "") -> int:
    """The same for single deviations, by their numbers."""
    return _repair(Q(pk__in=list(numbers)), by=by, reason=reason)


def _repair(which: Q, *, by: str, reason: str) -> int:
    """Station by station, so that a large fleet is not held up as a whole."""
    chosen = Deviation.objects.filter(which, state__in=REPAIRABLE, station__archived_at=None)
    stations = list(chosen.order_by("station").values_list("station", flat=True).distinct())
    if not stations:
        raise UnableTo(_("There is nothing here that could be repaired."))
    return sum(_repair_one(number, which, by=by, reason=reason) for number in stations)


@transaction.atomic
def _repair_one(station_id: int, which: Q, *, by: str, reason: str) -> int:
    """People may insist: what was refused before is tried again, once."""
    station = locked_station(station_id)
    rows = list(Deviation.objects.filter(which, station=station, state__in=REPAIRABLE).select_related("template"))
    for row in rows:
        row.due_by, row.due_reason = shortened(by, 254), shortened(reason or row.template.name, 200)
        row.tried, row.refusals, row.state = None, min(row.refusals, MOST_REFUSALS - 1), DeviationState.DIFFERS
        row.save(update_fields=["due_by", "due_reason", "tried", "refusals", "state"])
    names = [row.name for row in rows]
    Variable.objects.filter(station=station, name__in=names).update(unsupported_at=None)
    audit.record(by, "stations.configuration.repair", audit.target_of(station), keys=names, reason=reason)
    begin(station)
    return len(rows)


def begin(station: ChargingStation) -> None:
    """There is something to do for this station's configuration, now."""
    StationConfiguration.objects.update_or_create(station=station, defaults={"due_at": now(), "unanswered": 0})
    emit(ConfigurationDue(station_id=station.pk))
    broadcast("variables", id=station.pk)


def assess_stations_of(template_id: int) -> None:
    """A template was changed or deleted: compare every station it applies to, or applied to until now."""
    template = ConfigurationTemplate.objects.filter(pk=template_id).first()
    stations = stations_of(template) if template else ChargingStation.objects.filter(archived_at=None)
    formerly = Q(deviations__template=template_id)
    for station in ChargingStation.objects.filter(Q(pk__in=stations) | formerly).distinct().iterator(chunk_size=500):
        assess(station)
