"""What stations answered to requests about profiles, in our rows."""

from collections.abc import Callable, Mapping

import msgspec
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_noop

from apps.core.clock import now
from apps.events.services import broadcast
from apps.smartcharging.models import ChargingProfile, ChargingProfileQuerySet, ProfileState
from apps.smartcharging.services.reading import read_back, take_schedule
from apps.smartcharging.services.setting import TOPIC
from apps.stations.messages import ClearChargingProfile, ProfilePurpose
from apps.stations.models import ChargingStation, CommandState, StationCommand
from apps.stations.services.rows import locked_station

# Stored as it is written here: whoever reads it later may read another language.
REPLACED = gettext_noop("Another profile has taken its place.")
NOT_THERE = gettext_noop("The station knew of no such profile.")
NOT_SENT = gettext_noop("The station was not connected in time.")
NO_ANSWER = gettext_noop("The station did not answer; it may keep the profile or not.")
NOT_OURS = gettext_noop("Somebody has cleared profiles with a request in the station's own words.")

SETTLED_AS = {
    CommandState.ACCEPTED: ProfileState.SET,
    CommandState.NOT_HONOURED: ProfileState.UNKNOWN,
    CommandState.REJECTED: ProfileState.REJECTED,
    CommandState.FAILED: ProfileState.REJECTED,
    CommandState.EXPIRED: ProfileState.REJECTED,
    CommandState.TIMED_OUT: ProfileState.UNKNOWN,
}


@transaction.atomic
def take_answer(command_id: str) -> None:
    """A command is finished; whether it was about profiles, and what that changes. A second call changes nothing."""
    command = StationCommand.objects.select_related("station").get(pk=command_id)
    take = TAKERS.get(command.kind or command.action)
    if take and not command.is_open:
        locked_station(command.station_id)
        take(command)
        broadcast(TOPIC, id=command.station_id)


def _take_set(command: StationCommand) -> None:
    for row in ChargingProfile.objects.filter(command=command).select_related("station", "transaction"):
        if row.state == ProfileState.WANTED or (row.state == ProfileState.UNKNOWN and command.late_answer):
            _settle(row, command)


def _settle(row: ChargingProfile, command: StationCommand) -> None:
    state = SETTLED_AS[CommandState(command.state)]
    if state is not ProfileState.SET:
        row.settle(state, reason=_reason(command))
        return
    mates = ChargingProfile.objects.may_be_installed().in_slot_of(row).exclude(pk=row.pk)
    if mates.filter(state=ProfileState.SET, command__sent_at__gt=command.sent_at).exists():
        row.settle(ProfileState.CLEARED, reason=REPLACED)
        return
    for mate in mates.filter(command__sent_at__lt=command.sent_at):
        mate.settle(ProfileState.CLEARED, reason=REPLACED)
    row.settle(ProfileState.SET)
    for evse in _evses_of(row):
        read_back(row.station, evse, by=row.by)


def _reason(command: StationCommand) -> str:
    if command.state == CommandState.EXPIRED:
        return NOT_SENT
    if command.state == CommandState.TIMED_OUT:
        return NO_ANSWER
    return " ".join(part for part in (command.status, command.error) if part)


def _evses_of(row: ChargingProfile) -> list[int]:
    """Where it may change what holds: one for all EVSEs at each of them, a remote start's only with its charge."""
    if row.purpose == ProfilePurpose.TX and row.transaction is None:
        return []
    touched = _touched(row.station, row.evse)
    return touched if row.purpose == ProfilePurpose.STATION_MAX else [evse for evse in touched if evse]


def _touched(station: ChargingStation, evse: int) -> list[int]:
    """What is limited for the whole station is so at each EVSE too."""
    return [evse] if evse else [0, *station.evses.order_by("number").values_list("number", flat=True)]


def _take_clear(command: StationCommand) -> None:
    """`Unknown` says that there was nothing that matches: then our rows were wrong, and are gone all the same."""
    which = msgspec.convert(command.message, ClearChargingProfile)
    rows = _matching(command, which)
    if command.state == CommandState.TIMED_OUT and command.sent_at:
        for row in rows.filter(state=ProfileState.SET):
            row.settle(ProfileState.UNKNOWN, reason=NO_ANSWER)
    is_unknown = command.state == CommandState.REJECTED and command.status.casefold() == "unknown"
    if command.state != CommandState.ACCEPTED and not is_unknown:
        return
    evses: set[int] = set() if which.evse is None else {which.evse}
    for row in rows:
        row.settle(ProfileState.CLEARED, reason=NOT_THERE if is_unknown else "")
        evses.update(_evses_of(row))
    for evse in sorted(evses):
        read_back(command.station, evse, by=command.by)


def _matching(command: StationCommand, which: ClearChargingProfile) -> ChargingProfileQuerySet:
    """What it was about: all that match and were asked for before it (1.6 errata §3.25)."""
    rows = ChargingProfile.objects.may_be_installed().filter(
        station=command.station_id, command__sent_at__lt=command.sent_at or now()
    )
    rows = rows.select_related("station", "transaction")
    if which.id is not None:
        return rows.filter(profile_id=which.id)
    match = Q()
    for name, value in (("evse", which.evse), ("purpose", which.purpose), ("stack_level", which.stack_level)):
        match &= Q(**{name: value}) if value is not None else Q()
    return rows.filter(match)


def _take_raw_clear(command: StationCommand) -> None:
    """Somebody used words of their own: we can't be sure of anything that was set before."""
    if command.state != CommandState.ACCEPTED:
        return
    rows = ChargingProfile.objects.known().filter(station=command.station_id, command__sent_at__lt=command.sent_at)
    for row in rows.select_related("station"):
        row.settle(ProfileState.UNKNOWN, reason=NOT_OURS)
        for evse in _evses_of(row):
            read_back(row.station, evse, by=command.by)


def _take_raw_set(command: StationCommand) -> None:
    """Somebody set a profile that we don't know: what the station says of it shows the difference."""
    payload = command.payload or {}
    evse = payload.get("connectorId", payload.get("evseId"))
    if command.state == CommandState.ACCEPTED and isinstance(evse, int):
        for touched in _touched(command.station, evse):
            read_back(command.station, touched, by=command.by)


TAKERS: Mapping[str, Callable[[StationCommand], None]] = {
    "stations.SetChargingProfile": _take_set,
    "charging.RequestStartTransaction": _take_set,
    "stations.ClearChargingProfile": _take_clear,
    "stations.GetCompositeSchedule": take_schedule,
    "ClearChargingProfile": _take_raw_clear,
    "SetChargingProfile": _take_raw_set,
}
