"""What a station's answer about its variables changes: what we know, what deviates, and what comes next."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from apps.core.clock import now
from apps.core.text import shortened
from apps.events.services import broadcast, emit
from apps.stations.messages import CommandOutcome, ConfigurationDue, VariableRef, VariableResult
from apps.stations.models import (
    ChargingStation,
    Deviation,
    StationCommand,
    StationConfiguration,
    Variable,
    VariableChange,
)
from apps.stations.rules.configuration import next_attempt, same_value
from apps.stations.services.deviations import assess, known_variables, values_to_try
from apps.stations.services.rows import locked_station
from apps.stations.services.templates import Address, address_of
from apps.stations.services.variables import SET_AFTER_REBOOT, SET_AT_ONCE, apply_results, mark_unsupported

WRITING = ("ChangeConfiguration", "SetVariables")
TAKEN = (SET_AT_ONCE, SET_AFTER_REBOOT)
UNSUPPORTED = ("UnknownVariable", "UnknownComponent", "NotSupportedAttributeType")


@transaction.atomic
def take_outcome(command: StationCommand, outcome: CommandOutcome, *, at: datetime) -> None:
    """Take over what a station answered about its variables; answers about anything else change nothing here."""
    if not (outcome.variables or outcome.unknown_keys):
        return
    locked_station(command.station_id)
    if command.action in WRITING:
        _take_written(command, outcome, at)
    else:
        _take_read(command, outcome, at)
    go_on(command.station, was_answered=True)


def _take_written(command: StationCommand, outcome: CommandOutcome, at: datetime) -> None:
    apply_results(command.station_id, outcome, at=at, written=True)
    mark_unsupported(command.station_id, _refs(outcome.variables, UNSUPPORTED), at=at)
    for result in outcome.variables:
        _note_trial(command.station, result, sent=_note_change(command, result).value)


def _take_read(command: StationCommand, outcome: CommandOutcome, at: datetime) -> None:
    waiting = unverified_of(command.station)
    apply_results(command.station_id, outcome, at=at)
    unknown = [VariableRef(component="", variable=name) for name in outcome.unknown_keys]
    mark_unsupported(command.station_id, [*unknown, *_refs(outcome.variables, UNSUPPORTED)], at=at)
    # What was asked for and not told can't be verified; asking again and again would not help.
    asked = _asked_names(command)
    Variable.objects.filter(station=command.station_id, unverified=True, name__in=asked).update(unverified=False)
    if command.action == "GetConfiguration" and not asked:
        note_read(command.station)
    verify(command.station, waiting)


def _refs(results: Iterable[VariableResult], statuses: Iterable[str]) -> list[VariableRef]:
    return [result.ref for result in results if result.status in statuses]


def _asked_names(command: StationCommand) -> list[str]:
    """The names in a request, as it was sent in either version."""
    payload = command.payload if isinstance(command.payload, dict) else {}
    keys = payload.get("key") or []
    data = payload.get("getVariableData") or []
    variables = [entry.get("variable") for entry in data if isinstance(entry, dict)]
    return [str(key) for key in keys] + [str(one.get("name")) for one in variables if isinstance(one, dict)]


def _note_change(command: StationCommand, result: VariableResult) -> VariableChange:
    """Beside who wanted it and why; a change that came as a plain command is entered now."""
    ref = result.ref
    change, _created = VariableChange.objects.update_or_create(
        command=command,
        component=shortened(ref.component, 50),
        name=shortened(ref.variable, 50),
        instance=shortened(ref.variable_instance or "", 50),
        defaults={"status": shortened(command.status or result.status, 50)},
        create_defaults={
            "station_id": command.station_id,
            "value": shortened(result.value or "", 2500),
            "by": command.by,
            "status": shortened(command.status or result.status, 50),
        },
    )
    return change


def _note_trial(station: ChargingStation, result: VariableResult, *, sent: str) -> None:
    """How a repair that is due stands after an answer: on to a shorter list, to reading back, or left alone."""
    address = address_of(result.ref.component, result.ref.variable, result.ref.variable_instance)
    row = _due(station).get(address)
    if row is None:
        return
    rungs = values_to_try(row, known_variables(station))
    if sent != next_attempt(rungs, row.tried):
        return  # someone else's value
    row.tried = sent
    if result.status not in TAKEN and next_attempt(rungs, sent) is None:
        row.tried, row.refusals, row.due_by, row.due_reason = None, row.refusals + 1, "", ""
    row.save(update_fields=["tried", "refusals", "due_by", "due_reason"])


def _due(station: ChargingStation) -> dict[Address, Deviation]:
    rows = Deviation.objects.filter(station=station).exclude(due_by="")
    return {address_of(row.component, row.name, row.instance): row for row in rows}


def unverified_of(station: ChargingStation) -> set[Address]:
    """What was accepted and not read back yet, nor waits for a restart."""
    known = known_variables(station)
    return {address for address, row in known.items() if row.unverified and not row.pending_reboot}


def verify(station: ChargingStation, waiting: set[Address]) -> None:
    """Compare what was accepted with what the station tells now: a value that did not stay was refused."""
    known = known_variables(station)
    for row in Deviation.objects.filter(station=station).exclude(tried=None):
        address = address_of(row.component, row.name, row.instance)
        variable = known.get(address)
        if address not in waiting or variable is None or variable.unverified:
            continue
        if not same_value(variable.value, row.tried or ""):
            row.tried, row.refusals, row.due_by, row.due_reason = None, row.refusals + 1, "", ""
            row.save(update_fields=["tried", "refusals", "due_by", "due_reason"])


def note_read(station: ChargingStation) -> None:
    """The station has told everything it has."""
    facts = {"read_at": now(), "read_firmware": station.firmware_version, "wants_read": False}
    StationConfiguration.objects.update_or_create(station=station, defaults=facts)


def go_on(station: ChargingStation, *, was_answered: bool = False) -> None:
    """Compare with the templates, and have the next step taken where one is due."""
    assess(station)
    row, _created = StationConfiguration.objects.get_or_create(station=station)
    if was_answered:
        row.unanswered = 0
    if row.due_at or unverified_of(station):
        row.due_at = now()
        emit(ConfigurationDue(station_id=station.pk))
    row.save(update_fields=["unanswered", "due_at"])
    broadcast("variables", id=station.pk)
