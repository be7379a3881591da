"""Commands to stations: queued by anyone, claimed by the gateway that holds the station, finished by the answer."""

from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import msgspec
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from apps.accounts.services import audit
from apps.core.clock import now
from apps.core.errors import UnableTo, UnableToReach
from apps.core.text import shortened, storable, storable_json
from apps.events.adapters.live import publish_channel
from apps.events.services import broadcast, emit
from apps.stations.messages import ClaimedCommand, CommandFinished, CommandOutcome, RegistrationStatus
from apps.stations.models import ChargingStation, CommandState, StationCommand
from apps.stations.services.command_kinds import kind_of, message_from, stored_form
from apps.stations.services.masking import message_without_secrets, payload_without_secrets
from apps.stations.services.rows import locked_station
from apps.stations.services.variables import apply_results
from apps.telemetry.models import StationLive
from apps.telemetry.services.leases import holds_lease
from apps.tenants.scope import current_schema

DEFAULT_EXPIRY_S = 60
LONGEST_EXPIRY_S = 7 * 24 * 3600
# The gateway gives up on a call after 30 s; a row that is still "sent" long after that was left behind by it.
LEFT_BEHIND_AFTER = timedelta(minutes=2)
# Stored as it is written here: whoever reads it later may read another language (services/wording.py).
LOST = gettext_noop("The connection was lost before the station answered.")
UNREADABLE = gettext_noop("This command was queued by another release and can't be read any more. Give it again.")


@transaction.atomic
def queue_command(
    station: ChargingStation, message: object, *, by: str, expires_in_s: int = DEFAULT_EXPIRY_S
) -> StationCommand:
    """Ask something of a station, in our words. With `expires_in_s` 0 only if it is connected now."""
    return _queue(
        StationCommand(station=station, kind=kind_of(message), message=stored_form(message), by=by), expires_in_s
    )


@transaction.atomic
def queue_raw(
    station: ChargingStation, action: str, payload: dict[str, Any], *, by: str, expires_in_s: int = DEFAULT_EXPIRY_S
) -> StationCommand:
    """Ask something in the words of the station's OCPP version; the caller has checked them against its schema."""
    return _queue(StationCommand(station=station, action=action, payload=payload, by=by), expires_in_s)


def _queue(command: StationCommand, expires_in_s: int) -> StationCommand:
    station = command.station
    if station.archived_at:
        raise UnableTo(_("The station %(name)s is archived.") % {"name": station.identity})
    if expires_in_s <= 0 and not _gateway_of(station.pk):
        raise UnableToReach(_("The station %(name)s is not connected.") % {"name": station.identity})
    lasts_s = min(expires_in_s, LONGEST_EXPIRY_S) if expires_in_s > 0 else DEFAULT_EXPIRY_S
    command.expires_at = now() + timedelta(seconds=lasts_s)
    command.save(force_insert=True)
    what = command.action or command.kind
    audit.record(command.by, "stations.command.queued", audit.target_of(station), command=str(command.pk), what=what)
    broadcast("commands", id=str(command.pk))
    transaction.on_commit(partial(wake_gateway, station.pk))
    return command


def wake_gateway(station_id: int) -> None:
    """Tell the process that holds the station's socket to look for commands. Lost wake-ups cost 15 s at most."""
    gateway = _gateway_of(station_id)
    if gateway:
        publish_channel(gateway, {"type": "wake", "schema": current_schema(), "station_id": station_id})


def _gateway_of(station_id: int) -> str:
    """The channel of the gateway that the station is connected to, empty when it is offline."""
    live = StationLive.objects.filter(station_id=station_id, connected_at__isnull=False).first()
    return live.gateway if live else ""


@transaction.atomic
def claim_next(station_id: int, *, epoch: int) -> ClaimedCommand | None:
    """The oldest queued command, now marked as sent; none while another is unanswered or a newer socket speaks.

    What an earlier socket left unanswered has timed out with it; what is overdue expires instead of being sent.
    A rejected station is left alone (2.1 B03.FR.03).
    """
    station = locked_station(station_id)
    if station.registration == RegistrationStatus.REJECTED or not holds_lease(station_id, epoch=epoch):
        return None
    open_commands = StationCommand.objects.filter(station=station_id)
    for left in open_commands.filter(state=CommandState.SENT).exclude(epoch=epoch):
        _close(left, CommandState.TIMED_OUT, error=LOST)
    for overdue in open_commands.filter(state=CommandState.QUEUED, expires_at__lte=now()):
        _close(overdue, CommandState.EXPIRED)
    if open_commands.filter(state=CommandState.SENT).exists():
        return None
    queued = open_commands.filter(state=CommandState.QUEUED).order_by("created_at", "pk")
    return next((claimed for command in queued if (claimed := _claim(command, epoch=epoch))), None)


def _claim(command: StationCommand, *, epoch: int) -> ClaimedCommand | None:
    """None for one that this release can't read any more; it has failed, and holds up no other."""
    try:
        message = None if command.message is None else message_from(command.kind, command.message)
    except (msgspec.ValidationError, ImportError, ValueError):  # ValueError: a kind without a dot
        _close(command, CommandState.FAILED, error=UNREADABLE)
        return None
    command.state, command.sent_at, command.epoch = CommandState.SENT, now(), epoch
    command.save(update_fields=["state", "sent_at", "epoch"])
    broadcast("commands", id=str(command.pk))
    return ClaimedCommand(
        id=command.pk,
        message=message,
        action=command.action,
        payload=command.payload,
        expires_at=command.expires_at,
    )


@transaction.atomic
def record_sent(command_id: UUID | str, *, action: str, payload: dict[str, Any], message_id: str) -> None:
    """Keep the call as it goes out. From now on nobody can read the secrets in it."""
    command = _locked(command_id)
    command.action, command.message_id = action, message_id
    command.payload = payload_without_secrets(action, payload)
    command.message = message_without_secrets(command.kind, command.message)
    command.save(update_fields=["action", "message_id", "payload", "message"])


@transaction.atomic
def finish_command(command_id: UUID | str, *, outcome: CommandOutcome, answer: Any = None) -> None:
    """The station has answered. An answer after the time-out is taken too, and marked as late (Q56)."""
    command = _locked(command_id)
    state = CommandState.ACCEPTED if outcome.accepted else CommandState.REJECTED
    if _close(
        command,
        state,
        status=shortened(outcome.status, 50),
        error=storable(outcome.reason),
        answer=storable_json(answer),
        result=storable_json(msgspec.to_builtins(outcome.data)),
    ):
        apply_results(command.station_id, outcome, at=now())


@transaction.atomic
def fail_command(command_id: UUID | str, *, error: str, answer: Any = None) -> None:
    """It could not be said in the station's version, or the station answered with an error."""
    _close(_locked(command_id), CommandState.FAILED, error=storable(error), answer=storable_json(answer))


@transaction.atomic
def time_out_command(command_id: UUID | str, *, error: str = "") -> None:
    """The station has not answered in time."""
    command = _locked(command_id)
    if command.is_open:
        _close(command, CommandState.TIMED_OUT, error=error)


def _locked(command_id: UUID | str) -> StationCommand:
    return StationCommand.objects.select_for_update(no_key=True).get(pk=command_id)


def _close(command: StationCommand, state: CommandState, **facts: Any) -> bool:
    """Finish a row and tell everyone; nothing happens to one that is finished. Its secrets are forgotten."""
    masked = {
        "message": message_without_secrets(command.kind, command.message),
        "payload": payload_without_secrets(command.action, command.payload),
    }
    if not command.finish(state, **facts, **masked):
        return False
    emit(CommandFinished(command_id=str(command.pk)))
    broadcast("commands", id=str(command.pk))
    return True


@transaction.atomic
def cancel_command(command: StationCommand, *, by: str) -> None:
    """Take back what has not been sent yet."""
    locked = _locked(command.pk)
    if locked.state != CommandState.QUEUED:
        raise UnableTo(_("The command has been sent already."))
    _close(locked, CommandState.EXPIRED, error=_("Taken back by %(by)s.") % {"by": by})
    audit.record(by, "stations.command.cancelled", audit.target_of(locked.station), command=str(locked.pk))


@transaction.atomic
def expire_commands() -> int:
    """Close what is overdue or was left behind by a gateway that died; how many."""
    overdue = StationCommand.objects.filter(state=CommandState.QUEUED, expires_at__lte=now())
    left = StationCommand.objects.filter(state=CommandState.SENT, sent_at__lte=now() - LEFT_BEHIND_AFTER)
    closed = 0
    for commands, state in ((overdue, CommandState.EXPIRED), (left, CommandState.TIMED_OUT)):
        for command in commands.select_for_update(skip_locked=True, no_key=True):
            closed += _close(command, state)
    return closed
