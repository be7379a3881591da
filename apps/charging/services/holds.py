"""Stuck and held charges: what people decide about them, to be undone until there is a price."""

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.services import audit
from apps.charging.messages import Hold, TransactionEnded
from apps.charging.models import DecisionKind, Transaction
from apps.charging.services.ending import close_unheard
from apps.charging.services.finding import charges_of
from apps.charging.services.snapshots import facts_of, record_decision
from apps.core.clock import now
from apps.core.errors import FieldError, UnableTo
from apps.events.services import broadcast, emit
from apps.stations.services.rows import locked_station


@transaction.atomic
def close_charge(charge: Transaction, *, by: str) -> Transaction:
    """Close a charge of a station that will not say so any more (Q17). Held; a stop that comes after all wins."""
    stuck = _locked(charge)
    if not stuck.is_open:
        raise UnableTo(_("This charge is already over."))
    record_decision(DecisionKind.CLOSED, by=by, charge=stuck, before=facts_of(stuck))
    stuck.note("closed_by_operator")
    close_unheard(stuck, at=max(now(), stuck.started_at))
    audit.record(by, "charging.transaction.closed", audit.target_of(stuck))
    return stuck


@transaction.atomic
def release_hold(charge: Transaction, *, by: str, energy_wh: int | None = None) -> Transaction:
    """Let a held charge be billed, with the energy that a person has found out where it was unknown."""
    held = _held(charge)
    if energy_wh is not None and energy_wh < 0:
        message = _("Energy can't be negative.")
        raise UnableTo(message, errors=[FieldError("$.energy_wh", message)])
    record_decision(DecisionKind.RELEASED, by=by, charge=held, before=facts_of(held))
    before = held.hold_reason
    if energy_wh is not None:
        held.energy_wh, held.energy_source = energy_wh, "person"
    held.hold_reason = Hold.NONE
    held.note("released", reason=before, energy_wh=held.energy_wh)
    held.save(update_fields=["energy_wh", "energy_source", "hold_reason", "notes"])
    audit.record(by, "charging.transaction.released", audit.target_of(held), reason=before, energy_wh=held.energy_wh)
    emit(TransactionEnded(transaction_id=held.pk))
    broadcast("transactions", id=held.pk)
    return held


@transaction.atomic
def waive_charge(charge: Transaction, *, by: str) -> Transaction:
    """Never bill a held charge."""
    held = _held(charge)
    if held.hold_reason == Hold.WAIVED:
        raise UnableTo(_("This charge is not billed already."))
    record_decision(DecisionKind.WAIVED, by=by, charge=held, before=facts_of(held))
    before, held.hold_reason = held.hold_reason, Hold.WAIVED
    held.save(update_fields=["hold_reason"])
    audit.record(by, "charging.transaction.waived", audit.target_of(held), reason=before)
    broadcast("transactions", id=held.pk)
    return held


@transaction.atomic
def keep_as_it_is(charge: Transaction, *, by: str) -> Transaction:
    """Of messages that contradict each other the first was right, and the charge stays as it is."""
    found = _locked(charge)
    if not found.needs_look:
        raise UnableTo(_("There is nothing to decide about this charge."))
    record_decision(DecisionKind.KEPT, by=by, charge=found, before=facts_of(found))
    found.needs_look = False
    found.save(update_fields=["needs_look"])
    audit.record(by, "charging.transaction.kept", audit.target_of(found))
    broadcast("transactions", id=found.pk)
    return found


def _locked(charge: Transaction) -> Transaction:
    locked_station(charge.station_id)
    return charges_of(charge.station_id).get(pk=charge.pk)


def _held(charge: Transaction) -> Transaction:
    held = _locked(charge)
    if held.is_open or not held.hold_reason:
        raise UnableTo(_("This charge is not held."))
    return held
