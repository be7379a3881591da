"""Charges of which numbered messages are missing (Q75): their stations are asked, and there is an end to waiting."""

from datetime import timedelta
from uuid import UUID

import msgspec
from django.db import transaction
from django.db.models import QuerySet

from apps.charging.messages import GetTransactionStatus, Hold, TransactionStatus
from apps.charging.models import Transaction
from apps.charging.services.ending import settle
from apps.charging.services.finding import charges_of
from apps.charging.services.numbers import NOTHING_QUEUED, PATIENCE, misses_messages
from apps.core.clock import now
from apps.core.errors import UnableTo
from apps.events.services import broadcast
from apps.stations.models import CommandState, StationCommand
from apps.stations.services.command_kinds import kind_of_class
from apps.stations.services.commands import queue_command
from apps.stations.services.rows import locked_station
from apps.telemetry.models import StationLive

SYSTEM = "system"
KIND = kind_of_class(GetTransactionStatus)
# What is still on its way gets a moment, and a station that has said that more will come some time to send it.
SETTLING = timedelta(minutes=1)
ASKED_EVERY = timedelta(hours=1)
MOST_AT_ONCE = 500
WAITING = (Hold.MESSAGES_MISSING, Hold.BEGIN_UNKNOWN, Hold.END_UNKNOWN)


@transaction.atomic
def ask_status(charge: Transaction, *, by: str) -> StationCommand:
    """Ask its station whether a charge goes on, and whether messages about it wait there (E14)."""
    return queue_command(charge.station, GetTransactionStatus(transaction_ref=charge.ocpp_id), by=by)


def tend_gaps() -> None:
    """Ask about charges that can't be billed for lack of messages, and decide about those that waited long enough."""
    ended = Transaction.objects.select_related("station")
    overdue = ended.filter(hold_reason=Hold.MESSAGES_MISSING, ended_received_at__lte=now() - PATIENCE)
    for charge in overdue[:MOST_AT_ONCE]:
        _decide(charge.pk, charge.station_id)
    waiting = ended.filter(hold_reason__in=WAITING, ended_received_at__range=(now() - PATIENCE, now() - SETTLING))
    for charge in waiting[:MOST_AT_ONCE]:
        if _is_worth_asking(charge):
            _ask(charge)


def _is_worth_asking(charge: Transaction) -> bool:
    if not StationLive.objects.filter(station_id=charge.station_id, connected_at__isnull=False).exists():
        return False
    return misses_messages(charge) and not _asked(charge).filter(created_at__gt=now() - ASKED_EVERY).exists()


def _asked(charge: Transaction) -> QuerySet[StationCommand]:
    return StationCommand.objects.filter(
        station_id=charge.station_id, kind=KIND, message__transaction_ref=charge.ocpp_id
    )


def _ask(charge: Transaction) -> None:
    try:
        ask_status(charge, by=SYSTEM)
    except UnableTo:
        return  # archived meanwhile; the end of waiting comes all the same


@transaction.atomic
def _decide(charge_id: int, station_id: int) -> None:
    locked_station(station_id)
    charge = charges_of(station_id).get(pk=charge_id)
    if charge.hold_reason == Hold.MESSAGES_MISSING:
        settle(charge)


@transaction.atomic
def take_status_answer(command_id: UUID | str) -> None:
    """A command has finished; where a station has told what became of a charge, that follows."""
    command = StationCommand.objects.get(pk=command_id)
    if command.kind != KIND or command.state != CommandState.ACCEPTED or command.message is None:
        return
    locked_station(command.station_id)
    named = charges_of(command.station_id).filter(ocpp_id=command.message["transaction_ref"])
    charge = named.order_by("-started_at", "-pk").first()
    if charge is not None:
        _follow(charge, msgspec.convert(command.result, TransactionStatus))
        broadcast("transactions", id=charge.pk)


def _follow(charge: Transaction, told: TransactionStatus) -> None:
    """What it says differs from what we know, or nothing more will come; else it is asked again later."""
    if told.ongoing is not None and told.ongoing != charge.is_open and not told.messages_in_queue:
        charge.note("still_ongoing" if told.ongoing else "not_ongoing")
    if not told.messages_in_queue and not charge.is_open:
        charge.note(NOTHING_QUEUED)
    charge.save(update_fields=["notes"])
    if charge.hold_reason == Hold.MESSAGES_MISSING and charge.has_note(NOTHING_QUEUED):
        settle(charge)
