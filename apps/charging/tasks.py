from apps.charging.services import interruptions
from apps.tenants.tasks import tenant_task


@tenant_task
def note_interruption(station_id: int) -> None:
    """A station has booted while it was charging."""
    interruptions.note_interruption(station_id)
