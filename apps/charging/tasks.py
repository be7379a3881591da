from apps.charging.services import gaps, grace, interruptions, reservation_calls
from apps.tenants.tasks import tenant_task


@tenant_task
def note_interruption(station_id: int) -> None:
    """A station has booted while it was charging."""
    interruptions.note_interruption(station_id)


@tenant_task
def close_overdue() -> None:
    """Cars have gone without a stop, and nothing more was heard."""
    grace.close_overdue()


@tenant_task
def renew_reservations(station_id: int) -> None:
    """A station has booted that should hold some."""
    reservation_calls.renew_reservations(station_id)


@tenant_task
def take_reservation_answer(command_id: str) -> None:
    """A command has finished that may be about one."""
    reservation_calls.take_reservation_answer(command_id)


@tenant_task
def tend_reservations() -> None:
    """Some begin and some end all the time."""
    reservation_calls.tend_reservations()


@tenant_task
def take_status_answer(command_id: str) -> None:
    """A command has finished that may have asked what became of a charge."""
    gaps.take_status_answer(command_id)


@tenant_task
def tend_gaps() -> None:
    """Messages are waited for, and not for ever."""
    gaps.tend_gaps()
