"""Bringing a station's configuration to what its templates want, one step after the other.

Every step looks at what is known and what is due, asks the station one thing and ends; its answer, a boot or a person
starts the next. Nothing is remembered beside the rows, so a step may come too often, too late or not at all.
"""

from datetime import timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from apps.core.clock import now
from apps.core.errors import UnableTo
from apps.events.services import emit
from apps.stations.messages import (
    ConfigurationDue,
    GetBaseReport,
    GetVariables,
    RegistrationStatus,
    SetVariables,
    VariableRef,
)
from apps.stations.models import (
    ChargingStation,
    Deviation,
    DeviationState,
    StationCommand,
    StationConfiguration,
    Variable,
)
from apps.stations.models.commands import OPEN_STATES
from apps.stations.rules.configuration import next_attempt
from apps.stations.services.changes import change_variable, read_everything, read_some, refs_of
from apps.stations.services.command_kinds import kind_of_class
from apps.stations.services.deviations import (
    AUTOMATIC,
    assess,
    known_variables,
    mark_at_boot,
    values_to_try,
)
from apps.stations.services.rows import locked_station
from apps.stations.services.templates import Address, address_of
from apps.telemetry.models import StationLive

# A station that boots again and again is left in peace until it has come to rest (Q47).
AFTER_BOOT = timedelta(seconds=30)
# By then a request has been answered or has expired.
LOOK_AGAIN = timedelta(minutes=2)
READ_IS_FRESH = timedelta(hours=1)
MOST_UNANSWERED = 3
KINDS = tuple(kind_of_class(cls) for cls in (GetVariables, SetVariables, GetBaseReport))
ACTIONS = ("GetConfiguration", "ChangeConfiguration", "GetVariables", "SetVariables", "GetBaseReport")


@transaction.atomic
def plan_after_boot(station_id: int) -> None:
    """Half a minute after its last boot a station is read, if that was not done lately, and the templates applied.

    With another firmware it may take what it refused before.
    """
    station = locked_station(station_id)
    row, _created = StationConfiguration.objects.get_or_create(station=station)
    row.booted, row.unanswered, row.due_at = True, 0, now() + AFTER_BOOT
    if row.read_at is None or row.read_at < now() - READ_IS_FRESH or row.read_firmware != station.firmware_version:
        row.wants_read = True
    if row.read_firmware != station.firmware_version:
        Variable.objects.filter(station=station).exclude(unsupported_at=None).update(unsupported_at=None)
        Deviation.objects.filter(station=station).update(refusals=0)
    row.save()
    emit(ConfigurationDue(station_id=station_id), after=AFTER_BOOT)


@transaction.atomic
def configure(station_id: int) -> None:
    """Take the next step, if one is due and nothing is under way. Who is offline is gone on with later.

    Pending stations may be asked (S16 §4.2), rejected ones not.
    """
    station = locked_station(station_id)
    row = StationConfiguration.objects.select_for_update(no_key=True).filter(station=station).first()
    if row is None or row.due_at is None or row.due_at > now() or _is_under_way(station):
        return
    if station.archived_at or station.registration == RegistrationStatus.REJECTED or row.unanswered >= MOST_UNANSWERED:
        _rest(row)
    elif _online().filter(station_id=station.pk).exists():
        _take_step(station, row)


def go_on_where_due() -> None:
    """Take up what got stuck: an answer that never came, a station that came back without booting."""
    due = StationConfiguration.objects.filter(due_at__lte=now(), station__in=_online().values("station_id"))
    for station_id in due.values_list("station", flat=True):
        configure(station_id)


def _online() -> "QuerySet[StationLive]":
    return StationLive.objects.filter(connected_at__isnull=False)


def _take_step(station: ChargingStation, row: StationConfiguration) -> None:
    """An answer makes the next one due at once; without one it is looked at again when this request has expired."""
    if _ask(station, row):
        row.due_at, row.unanswered = now() + LOOK_AGAIN, row.unanswered + 1
        row.save()
    else:
        _rest(row)


def _is_under_way(station: ChargingStation) -> bool:
    """A question about variables is open; its answer, or its end, leads here again."""
    about_variables = Q(kind__in=KINDS) | Q(action__in=ACTIONS)
    return StationCommand.objects.filter(about_variables, station=station, state__in=OPEN_STATES).exists()


def _rest(row: StationConfiguration) -> None:
    row.due_at = None
    row.save(update_fields=["due_at", "booted", "wants_read"])


def _ask(station: ChargingStation, row: StationConfiguration) -> bool:
    """Ask the one thing that comes next; False when all is done."""
    if row.wants_read:
        read_everything(station, by=AUTOMATIC)
        return True
    assess(station)
    if row.booted:
        if _read_back(station):  # what the restart should have made effective
            return True
        row.booted = False
        mark_at_boot(station)
    known = known_variables(station)
    return _write_next(station, known) or _read_back(station)


def _write_next(station: ChargingStation, known: dict[Address, Variable]) -> bool:
    """Write one variable that is due and not waiting to be read back; several at once 1.6 can't."""
    due = Deviation.objects.filter(station=station, state=DeviationState.DIFFERS).exclude(due_by="")
    for deviation in due.select_related("template"):
        variable = known.get(address_of(deviation.component, deviation.name, deviation.instance))
        value = next_attempt(values_to_try(deviation, known), deviation.tried)
        if (variable is None or not variable.unverified) and value is not None and _write(deviation, value):
            return True
    return False


def _write(deviation: Deviation, value: str) -> bool:
    """False for what can't even be asked; people see it as refused."""
    ref = VariableRef(
        component=deviation.component, variable=deviation.name, variable_instance=deviation.instance or None
    )
    try:
        change_variable(deviation.station, ref, value, by=deviation.due_by, reason=deviation.due_reason)
    except UnableTo:
        deviation.state, deviation.due_by = DeviationState.REFUSED, ""
        deviation.save(update_fields=["state", "due_by"])
        return False
    return True


def _read_back(station: ChargingStation) -> bool:
    """Ask for what was written and accepted (Q72). What waits for a restart is read after it."""
    written = Variable.objects.filter(station=station, unverified=True, pending_reboot=False).order_by("pk")
    return bool(read_some(station, refs_of(written), by=AUTOMATIC))
