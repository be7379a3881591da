"""A charge's facts before a decision, and putting them back."""

from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime

from apps.charging.models import Decision, DecisionKind, OrphanStop, Transaction

INSTANTS = ("ended_at", "ended_received_at", "grace_until")
FACTS = (
    "end_key", "meter_start_wh", "meter_stop_wh", "energy_wh", "energy_source", "idle_s", "stopped_reason",
    "hold_reason", "needs_look",
)  # fmt: skip


def facts_of(charge: Transaction) -> dict[str, Any]:
    """What a decision may change, as JSON."""
    instants = {name: _text(getattr(charge, name)) for name in INSTANTS}
    return instants | {name: getattr(charge, name) for name in FACTS}


def put_back(charge: Transaction, facts: dict[str, Any]) -> None:
    for name in INSTANTS:
        setattr(charge, name, parse_datetime(facts[name]) if facts[name] else None)
    for name in FACTS:
        setattr(charge, name, facts[name])
    charge.save(update_fields=[*INSTANTS, *FACTS])


def record_decision(
    kind: DecisionKind,
    *,
    by: str,
    charge: Transaction | None = None,
    before: dict[str, Any] | None = None,
    orphan: OrphanStop | None = None,
) -> Decision:
    return Decision.objects.create(kind=kind, by=by, transaction=charge, orphan=orphan, before=before or {})


def _text(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
