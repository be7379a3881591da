"""Stations that talk without ever having told who they are (Q46)."""

from datetime import timedelta

from django.db.models import Q

from apps.core.clock import now
from apps.core.errors import UnableTo
from apps.stations.messages import Quirk, TriggerMessage
from apps.stations.models import ChargingStation, CommandState, StationCommand
from apps.stations.services.commands import queue_command
from apps.stations.services.quirks import observe
from apps.telemetry.models import StationLive

BY = "introduction"
PATIENCE = timedelta(seconds=60)
MOST_AT_ONCE = 500


def ask_for_boot() -> int:
    """Ask each connected station that has never told its make for a BootNotification, once ever. How many."""
    connected = StationLive.objects.filter(connected_at__lt=now() - PATIENCE).values("station_id")
    silent = ChargingStation.objects.filter(pk__in=connected, booted_at=None, archived_at=None)
    # One that expired unsent was never asked.
    asked = StationCommand.objects.filter(by=BY).exclude(Q(state=CommandState.EXPIRED, sent_at=None))
    return sum(_ask(station) for station in silent.exclude(pk__in=asked.values("station_id"))[:MOST_AT_ONCE])


def _ask(station: ChargingStation) -> bool:
    try:
        command = queue_command(station, TriggerMessage(requested="BootNotification"), by=BY)
    except UnableTo:
        return False
    observe(station, Quirk.NO_BOOT, command=str(command.pk))
    return True
