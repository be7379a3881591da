"""Finding the charge that a station speaks of, always among that station's own (Q11)."""

from collections.abc import Sequence
from datetime import timedelta

from django.db.models import QuerySet

from apps.accounts.models import AuditEntry
from apps.accounts.services import audit
from apps.charging.models import Transaction
from apps.charging.services.heard import Heard, stored_ref
from apps.core.clock import now
from apps.stations.models import ChargingStation

FOREIGN = "charging.foreign_transaction"
MOST_NOTED_AN_HOUR = 20
LONGEST_NUMBER = 19


def charges_of(station_id: int) -> QuerySet[Transaction]:
    """A station's charges, to be changed."""
    locked = Transaction.objects.select_for_update(of=("self",), no_key=True)
    return locked.filter(station_id=station_id).select_related("evse", "id_token", "driver")


def charge_named(heard: Heard) -> Transaction | None:
    """The charge with the number an event names; of several (ids are reused, Q77) the newest begun before the event."""
    if heard.event.transaction_ref is None:
        return None
    named = charges_of(heard.station.pk).filter(ocpp_id=stored_ref(heard.event.transaction_ref))
    found = list(named.order_by("-started_at", "-pk"))
    begun = [charge for charge in found if charge.started_at <= heard.at]
    return next(iter(begun or found), None)


def open_charges_on(station_id: int, evse_id: int) -> Sequence[Transaction]:
    """Open charges at one EVSE of a station."""
    return list(charges_of(station_id).filter(evse_id=evse_id, ended_at=None).order_by("started_at", "pk"))


def is_foreign(station_id: int, ref: str) -> bool:
    """Whether this is the number of another station's charge (1.6: our own number)."""
    if not (ref.isascii() and ref.isdigit() and len(ref) < LONGEST_NUMBER):
        return False
    return Transaction.objects.filter(pk=int(ref), ocpp_id=ref).exclude(station_id=station_id).exists()


def note_foreign(station: ChargingStation, ref: str, **facts: object) -> None:
    """A station spoke of another's charge: no effect but this entry (Q11), which an attacker can't repeat for ever."""
    target = audit.target_of(station)
    recent = AuditEntry.objects.filter(target=target, action=FOREIGN, at__gte=now() - timedelta(hours=1))
    if recent.count() < MOST_NOTED_AN_HOUR:
        audit.record(f"station:{station.identity}", FOREIGN, target, number=ref, **facts)
