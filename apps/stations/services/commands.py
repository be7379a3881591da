"""Commands to stations: queued by anyone, claimed by the gateway that holds the station, finished by the answer."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from psycopg import sql

from apps.accounts.services import audit
from apps.core.clock import now
from apps.core.errors import UnableTo, UnableToReach
from apps.core.text import shortened, storable, storable_json
from apps.events.adapters.live import publish_channel
from apps.events.services import broadcast, emit
from apps.stations.messages import ClaimedCommand, CommandFinished, CommandOutcome
from apps.stations.models import ChargingStation, CommandState, StationCommand
from apps.stations.services.answers import take_outcome
from apps.stations.services.command_kinds import kind_of, message_from, stored_form
from apps.stations.services.masking import message_without_secrets, payload_without_secrets
from apps.stations.services.network import refuse_slot_in_use
from apps.stations.services.told_passwords import settle_password
from apps.telemetry.models import StationLive
from apps.tenants.scope import current_schema

DEFAULT_EXPIRY_S = 60
LONGEST_EXPIRY_S = 7 * 24 * 3600
# The gateway gives up on a call after 30 s; a row that is still "sent" long after that was left behind by it.
LEFT_BEHIND_AFTER = timedelta(minutes=2)
# Stored as it is written here: whoever reads it later may read another language (services/wording.py).
LOST = gettext_noop("The connection was lost before the station answered.")
UNREADABLE = gettext_noop("This command was queued by another release and can't be read any more. Give it again.")

LOCKED = """
SELECT id, station_id, kind, message, action, payload, state, epoch, expires_at FROM stations_stationcommand
WHERE id = %s FOR NO KEY UPDATE
"""
HAS_OPEN = """
SELECT EXISTS (SELECT FROM stations_stationcommand WHERE station_id = %s AND state IN ('queued', 'sent'))
"""
# A few at a time, in case thousands wait. A sent one comes first, whatever clock gave it its place in the queue.
NEXT_OPEN = """
SELECT c.id, c.station_id, c.kind, c.message, c.action, c.payload, c.state, c.epoch, c.expires_at
FROM stations_stationcommand c JOIN stations_chargingstation s ON s.id = c.station_id
JOIN station_live live ON live.station_id = c.station_id AND live.epoch = %(epoch)s
WHERE c.station_id = %(station)s AND c.state IN ('queued', 'sent') AND s.registration <> 'Rejected'
ORDER BY c.state DESC, c.created_at, c.id LIMIT 10 FOR NO KEY UPDATE OF c
"""
WAITING = "SELECT %s, station_id FROM {}.stations_stationcommand WHERE state = 'queued' GROUP BY station_id"


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
    """Ask something in the words of the station's OCPP version; the caller has checked them against its schema.

    Raises UnableTo where the station might never be heard of again.
    """
    if action == "SetNetworkProfile":
        refuse_slot_in_use(station, payload)
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


def has_open_commands(station_id: int) -> bool:
    """Whether `claim_next` can find anything; in most cases it can't, and need not lock to see it."""
    with connection.cursor() as cursor:
        cursor.execute(HAS_OPEN, [station_id])
        return bool(cursor.fetchone()[0])


def waiting_stations(schemas: Sequence[str]) -> set[tuple[str, int]]:
    """Stations of these tenants with something queued, as (schema, station id)."""
    if not schemas:
        return set()
    statement = sql.SQL(" UNION ALL ").join(sql.SQL(WAITING).format(sql.Identifier(schema)) for schema in schemas)
    with connection.cursor() as cursor:
        cursor.execute(statement, list(schemas))
        return set(cursor.fetchall())


@transaction.atomic(savepoint=False)
def claim_next(station_id: int, *, epoch: int) -> ClaimedCommand | None:
    """The oldest queued command, nobody else's until the transaction ends; `record_sent` then makes it a sent one.

    None while another is unanswered or a newer socket speaks. What an earlier socket left unanswered times out; what
    is overdue expires instead of being sent. A rejected station is left alone (2.1 B03.FR.03).
    """
    while commands := list(StationCommand.objects.raw(NEXT_OPEN, {"station": station_id, "epoch": epoch})):
        for command in commands:
            if command.state == CommandState.SENT and command.epoch == epoch:
                return None
            if claimed := _claimed(command, epoch=epoch):
                return claimed
    return None


def _claimed(command: StationCommand, *, epoch: int) -> ClaimedCommand | None:
    """None for one that can't be sent any more: it is closed, and holds up no other."""
    if command.state == CommandState.SENT:
        _close(command, CommandState.TIMED_OUT, error=LOST)
        return None
    if command.expires_at <= now():
        _close(command, CommandState.EXPIRED)
        return None
    try:
        message = None if command.message is None else message_from(command.kind, command.message)
    except (msgspec.ValidationError, ImportError, ValueError):  # ValueError: a kind without a dot
        _close(command, CommandState.FAILED, error=UNREADABLE)
        return None
    return ClaimedCommand(
        id=command.pk,
        message=message,
        action=command.action,
        payload=command.payload,
        expires_at=command.expires_at,
        epoch=epoch,
        kept=message_without_secrets(command.kind, command.message),
    )


@transaction.atomic(savepoint=False)
def record_sent(claimed: ClaimedCommand, *, action: str, payload: dict[str, Any], message_id: str) -> None:
    """Keep the call as it goes out. From now on nobody can read the secrets in it."""
    StationCommand.objects.filter(pk=claimed.id).update(
        state=CommandState.SENT,
        sent_at=now(),
        epoch=claimed.epoch,
        action=action,
        message_id=message_id,
        payload=payload_without_secrets(action, payload),
        message=claimed.kept,
    )
    broadcast("commands", id=str(claimed.id))


@transaction.atomic(savepoint=False)
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
        settle_password(command, outcome)
        take_outcome(command, outcome, at=now())


@transaction.atomic(savepoint=False)
def fail_command(command_id: UUID | str, *, error: str, answer: Any = None) -> None:
    """It could not be said in the station's version, or the station answered with an error."""
    _close(_locked(command_id), CommandState.FAILED, error=storable(error), answer=storable_json(answer))


@transaction.atomic(savepoint=False)
def time_out_command(command_id: UUID | str, *, error: str = "") -> None:
    """The station has not answered in time."""
    command = _locked(command_id)
    if command.is_open:
        _close(command, CommandState.TIMED_OUT, error=error)


def _locked(command_id: UUID | str) -> StationCommand:
    return StationCommand.objects.raw(LOCKED, [command_id])[0]


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
