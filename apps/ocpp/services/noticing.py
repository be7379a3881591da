"""Oddities that show on the wire alone."""

from datetime import timedelta

from django.db import transaction

from apps.accounts.models import AuditEntry
from apps.accounts.services import audit
from apps.core.clock import now
from apps.core.text import shortened
from apps.ocpp.messages import Link
from apps.stations.messages import Quirk
from apps.stations.models import ChargingStation
from apps.stations.services.quirks import observe

TWO_SOCKETS = "ocpp.two_sockets"
MOST_NOTED_AN_HOUR = 20


@transaction.atomic
def note_two_sockets(station_id: int, *, addresses: tuple[str, ...]) -> None:
    """Somebody may be shadowing the station (Q54): the newest wins all the same, and people are told."""
    station = ChargingStation.objects.get(pk=station_id)
    observe(station, Quirk.TWO_SOCKETS, addresses=list(addresses))
    target = audit.target_of(station)
    recent = AuditEntry.objects.filter(target=target, action=TWO_SOCKETS, at__gte=now() - timedelta(hours=1))
    if recent.count() < MOST_NOTED_AN_HOUR:
        audit.record(f"station:{station.identity}", TWO_SOCKETS, target, addresses=list(addresses))


def note_half_dead(link: Link, *, action: str) -> None:
    """It talks, but three requests in a row were not answered (Q52)."""
    observe(_station(link), Quirk.CALLS_UNANSWERED, last_request=action)


def note_pings_unanswered(link: Link) -> None:
    """It talks, but does not answer pings: from now on its heartbeats have to do (Q51)."""
    observe(_station(link), Quirk.PINGS_UNANSWERED)


def note_odd_action(link: Link, action: str, *, spelled: str) -> None:
    """It spells an action in its own way, and is understood (Q61)."""
    observe(_station(link), Quirk.ODD_ACTION, value=action, spelled=shortened(spelled, 50))


def note_reused_id(link: Link, *, action: str, message_id: str) -> None:
    """Two different messages under one number: both count (Q19)."""
    observe(_station(link), Quirk.REUSED_MESSAGE_ID, action=action, message_id=shortened(message_id, 50))


def _station(link: Link) -> ChargingStation:
    return ChargingStation.objects.get(pk=link.station_id)
