"""Drivers and their upkeep."""

from django.db import transaction

from apps.accounts.services import audit
from apps.accounts.services.saving import save_checked
from apps.core.clock import now
from apps.drivers.messages import TokensChanged
from apps.drivers.models import Driver
from apps.events.services import emit


def save_driver(driver: Driver, *, by: str) -> Driver:
    """Save a new or edited driver; raises UnableTo with the errors of each field."""
    driver.country = driver.country.strip().upper()
    return save_checked(driver, by=by)


@transaction.atomic
def archive_driver(driver: Driver, *, by: str) -> None:
    """Take a driver out of use: their tokens are refused, their papers stay. A second call changes nothing."""
    if Driver.objects.filter(pk=driver.pk, archived_at=None).update(archived_at=now()):
        audit.record(by, "drivers.driver.archived", audit.target_of(driver))
        emit(TokensChanged())


@transaction.atomic
def restore_driver(driver: Driver, *, by: str) -> None:
    """Bring an archived driver back; their tokens count again."""
    if Driver.objects.filter(pk=driver.pk).exclude(archived_at=None).update(archived_at=None):
        audit.record(by, "drivers.driver.restored", audit.target_of(driver))
        emit(TokensChanged())
