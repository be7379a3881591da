from apps.smartcharging.services import answers, charges
from apps.tenants.tasks import tenant_task


@tenant_task
def take_answer(command_id: str) -> None:
    """A station has answered something, perhaps about its profiles."""
    answers.take_answer(command_id)


@tenant_task
def adopt_profile(transaction_id: int) -> None:
    """A charge has begun, perhaps with a profile."""
    charges.adopt_profile(transaction_id)


@tenant_task
def forget_profiles(transaction_id: int) -> None:
    """A charge has ended."""
    charges.forget_profiles(transaction_id)
