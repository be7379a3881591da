"""Keeping the lists in step: from "tokens have changed" or "time has passed" to the next message of each station."""

from datetime import timedelta
from enum import Enum
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef

from apps.core.clock import now
from apps.drivers.messages import GetLocalListVersion
from apps.drivers.models import Keeping, LocalList, LocalListPolicy, LocalListState
from apps.drivers.rules.local_lists import digest_of, next_message, next_version
from apps.drivers.services.local_lists.answers import READ, SEND, SEND_KIND, note_version, settle, told_version
from apps.drivers.services.local_lists.contents import NOTHING, Catalogue, Contents
from apps.drivers.services.local_lists.limits import ASK_LIMITS, Limits, limits_of
from apps.events.services import broadcast
from apps.stations.messages import RegistrationStatus
from apps.stations.models import ChargingStation, CommandState, StationCommand
from apps.stations.services.commands import queue_command
from apps.telemetry.models import StationLive

BY = "local list"
COMMAND_LASTS_S = 300
# Changes that come one after another, as in an import, go out together.
GATHERED_FOR = timedelta(seconds=30)
CHECKED_EVERY = timedelta(hours=24)
CONFLICT = "LocalListConflict"


class Purpose(Enum):
    """What is to become of a station's list. One that was switched off is emptied: no stale entry stays valid there."""

    KEPT = "kept"
    EMPTIED = "emptied"
    LEFT_ALONE = "left alone"


def purpose_of(found: LocalList, limits: Limits, *, is_kept: bool) -> Purpose:
    """`is_kept` is the tenant's switch."""
    if found.keep == Keeping.ON:
        return Purpose.KEPT
    if found.keep == Keeping.OFF or not is_kept:
        return Purpose.EMPTIED if found.size else Purpose.LEFT_ALONE
    return Purpose.KEPT if limits.is_offered else Purpose.LEFT_ALONE


def lists_are_kept() -> bool:
    """The tenant's switch; on until somebody switches it off."""
    policy = LocalListPolicy.objects.first()
    return policy is None or policy.is_kept


def keep_all() -> None:
    """Send every connected station what its list lacks, unless it is busy with that, or had something just now.

    An offline one is noted as waiting. Where one can't be kept the others are, and then it is raised.
    """
    stations, problems = _stations(), []
    limits, is_kept, catalogue = limits_of(stations), lists_are_kept(), Catalogue()
    for station in stations:
        if _needs_a_step(station, limits[station.pk], catalogue, is_kept=is_kept):
            try:
                keep_one(station.pk, catalogue)
            except Exception as problem:
                problems.append(problem)
    if problems:
        raise ExceptionGroup("Some local lists could not be kept.", problems)


def _stations() -> list[ChargingStation]:
    """All that may have a list, without the entries, which are long."""
    connected = StationLive.objects.filter(station_id=OuterRef("pk"), connected_at__isnull=False)
    stations = ChargingStation.objects.filter(archived_at=None, registration=RegistrationStatus.ACCEPTED)
    return list(
        stations.select_related("local_list").defer("local_list__entries").annotate(is_online=Exists(connected))
    )


def list_of(station: ChargingStation) -> LocalList:
    """The station's list; one that nobody has saved yet where there is none."""
    found: LocalList | None = getattr(station, "local_list", None)
    return found or LocalList(station=station)


def _needs_a_step(station: Any, limits: Limits, catalogue: Catalogue, *, is_kept: bool) -> bool:
    found = list_of(station)
    purpose = purpose_of(found, limits, is_kept=is_kept)
    if purpose is Purpose.LEFT_ALONE:
        return found.state != LocalListState.OFF
    if found.is_unsupported:
        return _may_be_forgiven(found)
    if _is_gathering(found) or _is_pausing(found):
        return False
    if found.state not in (LocalListState.IN_STEP, LocalListState.OFF):
        return bool(station.is_online)
    if purpose is Purpose.EMPTIED or _is_unread(found) or _is_in_conflict(found):
        return True
    return found.digest != catalogue.digest(limits)


def _is_gathering(found: LocalList) -> bool:
    return found.asked_at is not None and now() - found.asked_at < GATHERED_FOR


def _is_pausing(found: LocalList) -> bool:
    return found.retry_at is not None and found.retry_at > now()


def _is_unread(found: LocalList) -> bool:
    """Whether the station must be asked which list it has: at first, after a boot or a failure, and once a day."""
    return found.asks_version or found.told_at is None or now() - found.told_at >= CHECKED_EVERY


def _is_in_conflict(found: LocalList) -> bool:
    """The station says that its list contradicts a verdict of ours (S16 §3.5.2), and has had no update since."""
    station = found.station
    if station.error_code != CONFLICT or station.status_at is None:
        return False
    return found.updated_at is None or station.status_at > found.updated_at


def _may_be_forgiven(found: LocalList) -> bool:
    """Another firmware may know lists."""
    return found.is_unsupported and found.unsupported_firmware != found.station.firmware_version


@transaction.atomic
def keep_one(station_id: int, catalogue: Catalogue | None = None) -> None:
    """Take the next step for one station, if there is one and it may be taken now."""
    found, ended = _locked(station_id), None
    if found.command and not found.command.is_open:
        ended = found.command
        settle(found, ended)
    _advance(found, catalogue or Catalogue(), ended=ended)


def _locked(station_id: int) -> LocalList:
    LocalList.objects.get_or_create(station_id=station_id)
    lists = LocalList.objects.select_for_update(of=("self",)).select_related("station", "command")
    return lists.get(station_id=station_id)


def _advance(found: LocalList, catalogue: Catalogue, *, ended: StationCommand | None) -> None:
    """The next step, after the command that has `ended` if one has."""
    station = found.station
    limits = limits_of([station])[station.pk]
    purpose = purpose_of(found, limits, is_kept=lists_are_kept())
    contents = catalogue.contents(limits) if purpose is Purpose.KEPT else NOTHING
    found.left_out = contents.left_out
    if _may_be_forgiven(found):
        _forgive(found)
    found.needs_full = found.needs_full or _is_in_conflict(found)
    if purpose is not Purpose.LEFT_ALONE and _may_ask(found, goes_on=_goes_on(ended, limits)):
        _ask(found, _next(found, contents, limits))
    found.state = _state(found, contents, purpose)
    found.save()
    broadcast("local_lists", id=station.pk)


def _forgive(found: LocalList) -> None:
    found.unsupported_firmware, found.problem = None, ""
    found.asks_version, found.needs_full, found.asked_limits = True, True, False


def _goes_on(ended: StationCommand | None, limits: Limits) -> bool:
    """Whether the next message belongs to the one before: the rest of a long update, a repair, or after a question."""
    if ended is None:
        return False
    is_whole = ended.kind == SEND_KIND and ended.state == CommandState.ACCEPTED
    return not (is_whole and len((ended.message or {}).get("entries", ())) < limits.per_message)


def _may_ask(found: LocalList, *, goes_on: bool) -> bool:
    if found.command or found.is_unsupported or found.station.archived_at or _is_pausing(found):
        return False
    return (goes_on or not _is_gathering(found)) and is_connected(found.station_id)


def is_connected(station_id: int) -> bool:
    return StationLive.objects.filter(station_id=station_id, connected_at__isnull=False).exists()


def _next(found: LocalList, contents: Contents, limits: Limits) -> object | None:
    """Limits, then the version, then the entries: each question saves an update that would be refused."""
    if limits.is_16 and limits.are_unknown and not found.asked_limits:
        found.asked_limits = True
        return ASK_LIMITS
    if _is_unread(found):
        return GetLocalListVersion()
    return next_message(
        there=found.there,
        wanted=contents.entries,
        version=next_version(found.version, found.told_version),
        needs_full=found.needs_full,
        per_message=limits.per_message,
    )


def _ask(found: LocalList, message: object | None) -> None:
    if message is None:
        found.failures, found.retry_at = 0, None
        return
    found.command = queue_command(found.station, message, by=BY, expires_in_s=COMMAND_LASTS_S)
    found.asked_at = now()


def _state(found: LocalList, contents: Contents, purpose: Purpose) -> LocalListState:
    if purpose is Purpose.LEFT_ALONE:
        return LocalListState.OFF
    if found.is_unsupported:
        return LocalListState.UNSUPPORTED
    if found.command:
        return LocalListState.UPDATING
    if _is_pausing(found):
        return LocalListState.FAILED
    is_done = not found.needs_full and not _is_unread(found) and found.digest == digest_of(contents.entries)
    if is_done:
        return LocalListState.IN_STEP if purpose is Purpose.KEPT else LocalListState.OFF
    return LocalListState.WAITING


@transaction.atomic
def take_answer(command_id: UUID | str) -> None:
    """A command has ended. Whoever asked, an answer about the list is taken over; then comes the next step."""
    command = StationCommand.objects.filter(pk=command_id).first()
    if command is None or not _concerns_a_list(command):
        return
    found = _locked(command.station_id)
    if found.command_id == command.pk:
        settle(found, command)
        _advance(found, Catalogue(), ended=command)
    elif command.by != BY or command.late_answer:
        _note_foreign(found, command)
        _advance(found, Catalogue(), ended=None)


def _concerns_a_list(command: StationCommand) -> bool:
    return command.action in (SEND, READ) or command.by == BY


def _note_foreign(found: LocalList, command: StationCommand) -> None:
    """Somebody has asked by hand, or an answer came too late: what is there now has to be read."""
    version = told_version(command)
    if command.action == READ and version is not None:
        note_version(found, version, at=command.finished_at or now())
    else:
        found.asks_version = True


@transaction.atomic
def note_boot(station_id: int) -> None:
    """A station has booted: it may have lost its list, or learnt to keep one."""
    LocalList.objects.filter(station_id=station_id).update(asks_version=True)
    station = ChargingStation.objects.get(pk=station_id)
    found = list_of(station)
    if purpose_of(found, limits_of([station])[station_id], is_kept=lists_are_kept()) is not Purpose.LEFT_ALONE:
        keep_one(station_id)
