from apps.drivers.services import local_lists
from apps.tenants.tasks import tenant_task


@tenant_task
def keep_local_lists() -> None:
    """After a token has changed, and every minute: expiry, offline stations and the daily check announce themselves
    to nobody."""
    local_lists.keep_all()


@tenant_task
def take_local_list_answer(command_id: str) -> None:
    local_lists.take_answer(command_id)


@tenant_task
def note_local_list_boot(station_id: int) -> None:
    local_lists.note_boot(station_id)
