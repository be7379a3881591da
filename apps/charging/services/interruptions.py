"""Charges that a reboot interrupted."""

from django.db import transaction

from apps.charging.services.finding import charges_of
from apps.events.services import broadcast


@transaction.atomic
def note_interruption(station_id: int) -> None:
    """Mark the open charges of a station that has booted. They stay open: it may go on, or stop them later (Q17)."""
    for charge in charges_of(station_id).filter(ended_at=None):
        charge.note("interrupted")
        charge.save(update_fields=["notes"])
        broadcast("transactions", id=charge.pk)
