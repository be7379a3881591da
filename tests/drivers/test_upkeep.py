"""Drivers and tokens as people and programs set them up."""

from datetime import timedelta

import pytest

from apps.accounts.models import AuditEntry
from apps.core.clock import now
from apps.core.errors import UnableTo
from apps.drivers.models import Driver, IdToken
from apps.drivers.services.drivers import archive_driver, restore_driver, save_driver
from apps.drivers.services.tokens import block_token, report_token_lost, save_token, token_for, unblock_token
from apps.tenants.models import Tenant


def test_a_token_is_saved_in_canonical_form(alpha: Tenant) -> None:
    token = save_token(IdToken(value="04:a1:b2:c3"), by="ada@example.com")

    assert IdToken.objects.get().value == "04A1B2C3"
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.action, entry.target) == (
        "ada@example.com", "drivers.idtoken.created", f"drivers.idtoken:{token.pk}",
    )  # fmt: skip


def test_the_same_token_written_otherwise_is_refused(alpha: Tenant) -> None:
    save_token(IdToken(value="04A1B2C3"), by="x")

    with pytest.raises(UnableTo) as problem:
        save_token(IdToken(value="04:a1:b2:c3"), by="x")
    assert problem.value.errors[0].path == "$.value"


def test_the_audit_trail_holds_no_token_numbers(alpha: Tenant) -> None:
    token = save_token(IdToken(value="04A1B2C3"), by="x")
    block_token(token, by="x")

    assert "04A1B2C3" not in str(list(AuditEntry.objects.values()))


def test_blocking_losing_and_unblocking_leave_an_entry_each(alpha: Tenant) -> None:
    token = save_token(IdToken(value="04A1B2C3"), by="x")
    for change in (block_token, block_token, report_token_lost, unblock_token):
        change(token, by="x")

    token.refresh_from_db()
    assert token.status == "active"
    assert list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))[1:] == [
        "drivers.idtoken.blocked", "drivers.idtoken.lost", "drivers.idtoken.active",
    ]  # fmt: skip


def test_a_driver_is_checked(alpha: Tenant) -> None:
    with pytest.raises(UnableTo) as problem:
        save_driver(Driver(name="", email="nonsense"), by="x")

    assert {error.path for error in problem.value.errors} == {"$.name", "$.email"}


def test_a_drivers_number_elsewhere_is_unique_and_may_be_missing(alpha: Tenant) -> None:
    save_driver(Driver(name="Ada", country="de"), by="x")
    save_driver(Driver(name="Bob"), by="x")
    save_driver(Driver(name="Cyd", external_id="7"), by="x")

    with pytest.raises(UnableTo):
        save_driver(Driver(name="Dan", external_id="7"), by="x")
    assert Driver.objects.get(name="Ada").country == "DE"


def test_a_driver_is_archived_and_restored_once(alpha: Tenant) -> None:
    driver = save_driver(Driver(name="Ada"), by="x")
    for _ in range(2):
        archive_driver(driver, by="x")
    assert Driver.objects.get().archived_at is not None
    restore_driver(driver, by="x")

    assert Driver.objects.get().archived_at is None
    assert AuditEntry.objects.count() == 3


def test_the_newest_token_that_may_charge_is_the_drivers(alpha: Tenant) -> None:
    driver = save_driver(Driver(name="Ada"), by="x")
    good = save_token(IdToken(value="AA", driver=driver), by="x")
    save_token(IdToken(value="BB", driver=driver, expires_at=now() - timedelta(days=1)), by="x")
    block_token(save_token(IdToken(value="CC", driver=driver), by="x"), by="x")

    assert token_for(driver) == good
