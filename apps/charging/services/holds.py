"""Held charges: what people decide about them."""

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.services import audit
from apps.charging.messages import Hold, TransactionEnded
from apps.charging.models import Transaction
from apps.charging.services.ending import close_unheard
from apps.charging.services.finding import charges_of
from apps.core.clock import now
from apps.core.errors import FieldError, UnableTo
from apps.events.services import broadcast, emit
from apps.stations.services.rows import locked_station


@transaction.atomic
def close_charge(charge: Transaction, *, by: str) -> Transaction:
    """Close a charge of a station that will not say so any more (Q17). Held; a stop that comes after all wins."""
    locked_station(charge.station_id)
    stuck = charges_of(charge.station_id).get(pk=charge.pk)
    if not stuck.is_open:
        raise UnableTo(_("This charge is already over."))
    stuck.note("closed_by_operator")
    close_unheard(stuck, at=max(now(), stuck.started_at))
    audit.record(by, "charging.transaction.closed", audit.target_of(stuck))
    return stuck


@transaction.atomic
def release_hold(charge: Transaction, *, by: str, energy_wh: int | None = None) -> Transaction:
    """Let a held charge be billed, with the energy that a person has found out where it was unknown."""
    held = Transaction.objects.select_for_update(of=("self",), no_key=True).get(pk=charge.pk)
    if held.is_open or not held.hold_reason:
        raise UnableTo(_("This charge is not held."))
    if energy_wh is not None and energy_wh < 0:
        message = _("Energy can't be negative.")
        raise UnableTo(message, errors=[FieldError("$.energy_wh", message)])
    before = held.hold_reason
    held.energy_wh = held.energy_wh if energy_wh is None else energy_wh
    held.hold_reason = Hold.NONE
    held.note("released", reason=before, energy_wh=held.energy_wh)
    held.save(update_fields=["energy_wh", "hold_reason", "notes"])
    audit.record(by, "charging.transaction.released", audit.target_of(held), reason=before, energy_wh=held.energy_wh)
    emit(TransactionEnded(transaction_id=held.pk))
    broadcast("transactions", id=held.pk)
    return held
