"""Messages about charges that could not be used: acknowledged, kept and shown."""

from django.db import transaction

from apps.accounts.services import audit
from apps.core.clock import now
from apps.core.text import shortened, storable
from apps.events.services import broadcast
from apps.stations.messages import Caller
from apps.stations.models import QuarantinedMessage

TOO_LARGE = "A message of more than 1 MiB was refused unread, and the station may give it up: look at its own records."


@transaction.atomic
def quarantine(caller: Caller, *, action: str, message_id: str, payload: str, problem: str) -> QuarantinedMessage:
    """Keep a message word by word. It was acknowledged, or will be, so nobody sends it again."""
    kept = QuarantinedMessage.objects.create(
        station_id=caller.station_id,
        action=shortened(action, 50),
        message_id=shortened(message_id, 100),
        payload=storable(payload),
        problem=storable(problem),
    )
    broadcast("quarantine", id=kept.pk)
    return kept


@transaction.atomic
def list_too_large(caller: Caller) -> None:
    """A message was refused for its size alone. The station may send it again and again: one open row is enough."""
    open_rows = QuarantinedMessage.objects.filter(station_id=caller.station_id, settled_at=None, problem=TOO_LARGE)
    if not open_rows.exists():
        quarantine(caller, action="unknown", message_id="", payload="", problem=TOO_LARGE)


@transaction.atomic
def settle(kept: QuarantinedMessage, *, by: str) -> None:
    """Someone has dealt with it; a second call changes nothing."""
    at = now()
    if QuarantinedMessage.objects.filter(pk=kept.pk, settled_at=None).update(settled_at=at, settled_by=by):
        audit.record(by, "stations.quarantinedmessage.settled", audit.target_of(kept))
        broadcast("quarantine", id=kept.pk)
