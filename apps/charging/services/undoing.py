"""Taking a decision back. Whether the charge has its price already is for those to say who make prices."""

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.services import audit
from apps.charging.models import Decision, DecisionKind, OrphanStop, Transaction
from apps.charging.services.finding import charges_of, open_charges_on
from apps.charging.services.snapshots import put_back
from apps.core.clock import now
from apps.core.errors import UnableTo
from apps.events.services import broadcast
from apps.stations.services.rows import locked_station


@transaction.atomic
def undo_decision(decision: Decision, *, by: str) -> None:
    """Put everything back as it was before the decision. Raises UnableTo where something has followed from it."""
    found = Decision.objects.select_for_update(of=("self",)).select_related("transaction", "orphan").get(pk=decision.pk)
    if found.undone_at:
        raise UnableTo(_("This decision was taken back already."))
    about = found.transaction or found.orphan
    assert about is not None  # the database says so
    locked_station(about.station_id)
    if found.transaction is not None:
        _restore_charge(found, charges_of(about.station_id).get(pk=found.transaction.pk))
    if found.orphan is not None:
        _restore_stop(found, found.orphan)
    found.undone_at, found.undone_by = now(), by
    found.save(update_fields=["undone_at", "undone_by"])
    audit.record(by, "charging.decision.undone", audit.target_of(about), kind=found.kind)


def _restore_charge(decision: Decision, charge: Transaction) -> None:
    """Only the last decision about a charge can be taken back, and none that the station has overtaken."""
    if charge.decisions.filter(undone_at=None, pk__gt=decision.pk).exists():
        raise UnableTo(_("Take back the later decisions about this charge first."))
    if decision.kind == DecisionKind.CLOSED and not charge.end_is_ours:
        raise UnableTo(_("Meanwhile the station has told its own end of this charge."))
    facts = decision.before["charge"] if decision.kind == DecisionKind.MATCHED else decision.before
    if facts["ended_at"] is None and charge.evse_id and open_charges_on(charge.station_id, charge.evse_id):
        raise UnableTo(_("Another charge runs at this EVSE now."))
    put_back(charge, facts)
    charge.note("decision_undone", kind=decision.kind, decision=decision.pk)
    charge.save(update_fields=["notes"])
    broadcast("transactions", id=charge.pk)


def _restore_stop(decision: Decision, orphan: OrphanStop) -> None:
    orphan.dismissed_at = None
    if decision.kind == DecisionKind.MATCHED:
        orphan.matched_id = decision.before["matched"]
        if decision.before["shadow"] is not None and orphan.matched_id:
            put_back(charges_of(orphan.station_id).get(pk=orphan.matched_id), decision.before["shadow"])
    orphan.save(update_fields=["dismissed_at", "matched"])
    broadcast("orphan_stops", id=orphan.pk)
