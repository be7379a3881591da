"""Finding the charge that a station speaks of, always among that station's own (Q11)."""

from collections.abc import Sequence

from django.db.models import QuerySet

from apps.accounts.services import audit
from apps.charging.models import Transaction
from apps.charging.services.heard import Heard, stored_ref
from apps.stations.models import ChargingStation


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
    return Transaction.objects.filter(ocpp_id=stored_ref(ref)).exclude(station_id=station_id).exists()


def note_foreign(station: ChargingStation, ref: str, **facts: object) -> None:
    """A station spoke of another's charge. It has no effect but this entry (Q11)."""
    audit.record(
        f"station:{station.identity}", "charging.foreign_transaction", audit.target_of(station), number=ref, **facts
    )
