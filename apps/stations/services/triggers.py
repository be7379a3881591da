"""Whether the message that a trigger asked for has come (Q87)."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_noop

from apps.core.clock import now
from apps.events.services import broadcast
from apps.stations.models import CommandState, StationCommand
from apps.stations.models.commands import TRIGGERS
from apps.telemetry.models import Frame

FOLLOWS_WITHIN = timedelta(seconds=60)
# Frames that change nothing are written a moment after they came.
LOGGED_WITHIN = timedelta(seconds=5)
LOOK_BACK = timedelta(days=1)
CALL = 2
MISSING = gettext_noop("The station agreed, but the message did not come within 60 seconds.")

_CERTIFICATE = ("SignCertificate",)
# What is asked for -> what may follow, where the names differ. 1.6 §4.3 of the security whitepaper; 2.1 F06.
FOLLOWERS: Mapping[str, tuple[str, ...]] = {
    "SignChargePointCertificate": _CERTIFICATE,
    "SignChargingStationCertificate": _CERTIFICATE,
    "SignV2GCertificate": _CERTIFICATE,
    "SignV2G20Certificate": _CERTIFICATE,
    "SignCombinedCertificate": _CERTIFICATE,
    "FirmwareStatusNotification": ("FirmwareStatusNotification", "SignedFirmwareStatusNotification"),
    # 2.1 stations may tell a status as an event.
    "StatusNotification": ("StatusNotification", "NotifyEvent"),
}
UNTOLD = "CustomTrigger"
# Messages that name their connector at the root.
PLACED = ("StatusNotification", "MeterValues")


def judge_triggers() -> int:
    """Decide about accepted triggers whose time is over; how many were not honoured. Each is decided once."""
    at = now()
    due = StationCommand.objects.filter(
        state=CommandState.ACCEPTED,
        action__in=TRIGGERS,
        followed_at=None,
        finished_at__range=(at - LOOK_BACK, at - FOLLOWS_WITHIN - LOGGED_WITHIN),
    )
    return sum(_judge(pk) for pk in due.order_by("finished_at").values_list("pk", flat=True))


@transaction.atomic
def _judge(command_id: Any) -> bool:
    locked = StationCommand.objects.select_for_update(no_key=True)
    command = locked.filter(pk=command_id, state=CommandState.ACCEPTED, followed_at=None).first()
    if command is None or command.finished_at is None:
        return False
    came_at = _came_at(command, command.finished_at)
    if came_at is None:
        command.dishonour(MISSING)
    else:
        command.follow(came_at)
    broadcast("commands", id=str(command.pk))
    return came_at is None


def _came_at(command: StationCommand, answered_at: datetime) -> datetime | None:
    """When the message came, which may be before the answer; null when it did not."""
    payload = command.payload or {}
    requested = str(payload.get("requestedMessage", ""))
    if requested == UNTOLD:
        return answered_at
    frames = Frame.objects.filter(
        station_id=command.station_id,
        at__range=(command.sent_at or answered_at, answered_at + FOLLOWS_WITHIN),
        incoming=True,
        kind=CALL,
        action__in=FOLLOWERS.get(requested, (requested,)),
    )
    place = _place(payload)
    told = frames.order_by("at").values_list("at", "action", "payload")
    return next((at for at, action, text in told if _is_about(place, action, text)), None)


def _place(payload: Mapping[str, Any]) -> int | None:
    """The connector (1.6) or EVSE (2.x) that was named."""
    evse = payload.get("evse")
    place = evse.get("id") if isinstance(evse, dict) else payload.get("connectorId")
    return place if isinstance(place, int) else None


def _is_about(place: int | None, action: str, text: str) -> bool:
    """What does not say where it is from counts for every place."""
    if place is None or action not in PLACED:
        return True
    try:
        told = json.loads(text)
    except ValueError:
        return True
    where = told.get("evseId", told.get("connectorId")) if isinstance(told, dict) else None
    return where is None or where == place
