from apps.certificates.services import answers
from apps.tenants.tasks import tenant_task


@tenant_task
def take_certificate_answer(command_id: str) -> None:
    """A station has answered something, perhaps about certificates."""
    answers.take_answer(command_id)
