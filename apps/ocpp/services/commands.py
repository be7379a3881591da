"""What we ask of a station: claim a command, say it in the station's dialect, record what came back."""

import uuid
from datetime import datetime
from typing import Any

import structlog
from django.db import transaction
from django.utils.translation import gettext_noop

from apps.core.errors import UnableTo
from apps.dialects.adapters.frames import CALL, encode_call
from apps.dialects.adapters.registry import dialect_for
from apps.dialects.messages import CallError, CallResult
from apps.ocpp import metrics
from apps.ocpp.messages import Link, OutgoingCall
from apps.ocpp.services.frames import error_content, incoming_row, log_frames, outgoing_row
from apps.stations.messages import ClaimedCommand
from apps.stations.models import CommandState, StationCommand
from apps.stations.services.commands import (
    LOST,
    claim_next,
    fail_command,
    finish_command,
    has_open_commands,
    record_sent,
    time_out_command,
)
from apps.stations.services.told_passwords import offer_password
from apps.telemetry.services.writing import store_frames

log = structlog.get_logger(__name__)
Answer = CallResult | CallError


def claim_call(link: Link) -> OutgoingCall | None:
    """The next command for this station, encoded and recorded as sent; what its version can't say fails on the way."""
    while has_open_commands(link.station_id):
        with transaction.atomic():
            claimed = claim_next(link.station_id, epoch=link.epoch)
            if claimed is None:
                return None
            call = _encoded(link, claimed)
            if call is not None:
                offer_password(link.station_id, call.action, call.payload)
                record_sent(claimed, action=call.action, payload=call.payload, message_id=call.message_id)
                store_frames([outgoing_row(link, CALL, call.message_id, call.action, call.payload)])
                return call
    return None


def _encoded(link: Link, claimed: ClaimedCommand) -> OutgoingCall | None:
    try:
        action, payload = _action_and_payload(link, claimed)
    except UnableTo as problem:
        fail_command(claimed.id, error=str(problem))
        return None
    except Exception:
        log.exception("command can't be encoded", station=link.identity, schema=link.schema, command=str(claimed.id))
        fail_command(claimed.id, error=gettext_noop("This command could not be put into words."))
        return None
    message_id = str(uuid.uuid4())
    return OutgoingCall(
        command_id=str(claimed.id),
        message_id=message_id,
        action=action,
        payload=payload,
        frame=encode_call(message_id, action, payload),
    )


def _action_and_payload(link: Link, claimed: ClaimedCommand) -> tuple[str, dict[str, Any]]:
    if claimed.message is None:
        return claimed.action, claimed.payload or {}
    return dialect_for(link.version).encode(claimed.message)


@transaction.atomic
def record_answer(link: Link, call: OutgoingCall, answer: Answer, *, received_at: datetime) -> None:
    """The station has answered: the command is finished."""
    log_frames(link, [incoming_row(link, answer, at=received_at, action=call.action)])
    _finish(link, call.command_id, call.action, call.payload, answer)


@transaction.atomic
def record_silence(link: Link, call: OutgoingCall) -> None:
    """No answer within the time."""
    metrics.commands("timed_out").inc()
    time_out_command(call.command_id, error=gettext_noop("The station did not answer within 30 seconds."))


@transaction.atomic
def take_stray_answer(link: Link, answer: Answer, *, received_at: datetime) -> None:
    """An answer nobody waits for: a late one completes its own command, never another; the rest is only logged."""
    command = StationCommand.objects.filter(station_id=link.station_id, message_id=answer.message_id).first()
    action = command.action if command else ""
    note = "late answer" if command else "answer to nothing we asked"
    log_frames(link, [incoming_row(link, answer, at=received_at, action=action, note=note)])
    if command:
        _finish(link, str(command.pk), action, command.payload or {}, answer)


def _finish(link: Link, command_id: str, action: str, payload: dict[str, Any], answer: Answer) -> None:
    if isinstance(answer, CallError):
        content = error_content(answer.raw_code or answer.code, answer.description, answer.details)
        metrics.commands("failed").inc()
        fail_command(command_id, error=f"{answer.raw_code or answer.code}: {answer.description}", answer=content)
        return
    dialect = dialect_for(link.version)
    outcome = dialect.outcome(action, payload, answer.payload)
    metrics.commands("accepted" if outcome.accepted else "rejected").inc()
    finish_command(command_id, outcome=outcome, answer=dialect.masked(action, answer.payload))


def give_up_sent(link: Link) -> None:
    """The socket is gone: what was sent through it can't be answered any more."""
    if not has_open_commands(link.station_id):
        return
    sent = StationCommand.objects.filter(station_id=link.station_id, state=CommandState.SENT, epoch=link.epoch)
    for command in sent:
        time_out_command(command.pk, error=LOST)
