"""Asking a station what it keeps to, and comparing (1.6 §5.7, 2.1 K08)."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
from django.db import transaction
from django.utils.translation import gettext as _

from apps.core.errors import FieldError, UnableTo
from apps.core.text import shortened
from apps.events.services import broadcast
from apps.smartcharging.models import CompositeSchedule
from apps.smartcharging.rules.drift import differences, steps_of
from apps.smartcharging.services.knowledge import DAY_S, knowledge_of, unit_at
from apps.smartcharging.services.setting import TOPIC
from apps.stations import messages
from apps.stations.messages import GetCompositeSchedule, RateUnit
from apps.stations.models import ChargingStation, CommandState, StationCommand
from apps.stations.services.command_kinds import kind_of
from apps.stations.services.commands import DEFAULT_EXPIRY_S, queue_command

# A start that lies further from our asking than this is the reading of a clock that is wrong.
PLAUSIBLE = timedelta(hours=1)


@transaction.atomic
def read_composite(
    station: ChargingStation,
    *,
    evse: int,
    by: str,
    unit: RateUnit | None = None,
    duration_s: int = DAY_S,
    expires_in_s: int = DEFAULT_EXPIRY_S,
) -> StationCommand:
    """Ask what will hold at an EVSE (0: at the grid connection) for the next day, in the unit of our limits there."""
    if evse and not station.evses.filter(number=evse).exists():
        message = _("This station has no EVSE %(evse)s.") % {"evse": evse}
        raise UnableTo(message, errors=[FieldError("$.evse", message)])
    question = GetCompositeSchedule(evse=evse, duration_s=duration_s, rate_unit=unit or unit_at(station, evse))
    return queue_command(station, question, by=by, expires_in_s=expires_in_s)


def read_back(station: ChargingStation, evse: int, *, by: str) -> None:
    """The same after a change, unless the question waits to be sent already."""
    kind = kind_of(GetCompositeSchedule(evse=evse, duration_s=DAY_S))
    waiting = StationCommand.objects.filter(station=station, kind=kind, state=CommandState.QUEUED, message__evse=evse)
    if station.archived_at is None and not waiting.exists():
        read_composite(station, evse=evse, by=by)


def take_schedule(command: StationCommand) -> None:
    """Keep what the station said, or that it said nothing; an answer older than the one we have is dropped."""
    asked = msgspec.convert(command.message, GetCompositeSchedule)
    asked_at = command.sent_at or command.created_at
    row = CompositeSchedule.objects.filter(station=command.station_id, evse=asked.evse).first()
    if command.sent_at is None or (row and row.read_at > asked_at):
        return
    row = row or CompositeSchedule(station=command.station, evse=asked.evse)
    row.read_at, row.status = asked_at, _status(command)
    row.unit, row.start_at, row.duration_s = asked.rate_unit or RateUnit.AMPERE, asked_at, asked.duration_s
    row.tell((), ())
    if command.state == CommandState.ACCEPTED and command.result is not None:
        _compare(row, command.station, command.result, asked_at)
    row.save()
    broadcast(TOPIC, id=command.station_id)


def _status(command: StationCommand) -> str:
    """The word of the answer, or what came instead of one."""
    return shortened(command.status or command.error.partition(":")[0] or command.state, 50)


def _compare(row: CompositeSchedule, station: ChargingStation, result: Any, asked_at: datetime) -> None:
    told = msgspec.convert(result, messages.CompositeSchedule)
    row.unit, row.duration_s = told.rate_unit, min(told.duration_s or row.duration_s, row.duration_s)
    if told.start_at and abs(told.start_at - asked_at) <= PLAUSIBLE:
        row.start_at = told.start_at
    theirs = steps_of(told.periods, told_in=told.rate_unit, unit=told.rate_unit)
    known = knowledge_of(station)
    ours = known.steps(row.evse, since=row.start_at, unit=told.rate_unit, duration_s=row.duration_s)
    row.tell(theirs, differences(ours, theirs, duration_s=row.duration_s, unit=told.rate_unit))
