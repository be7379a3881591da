"""Operators and their roles."""

import pytest

from apps.accounts.messages import Role
from apps.accounts.models import AuditEntry, User
from apps.accounts.rules import may
from apps.accounts.services.people import create_operator, save_user, set_password
from apps.core.errors import UnableTo
from apps.tenants.models import Tenant
from apps.tenants.scope import schema_scope


def test_an_operator_gets_a_password_that_works(alpha: Tenant) -> None:
    user, password = create_operator(" Ada@Example.com ", role=Role.OWNER, by="shell", name="Ada")

    stored = User.objects.get()
    assert stored == user
    assert (stored.email, stored.role) == ("ada@example.com", "owner")
    assert stored.check_password(password)
    assert password not in str(AuditEntry.objects.values())


def test_a_second_operator_with_the_same_address_is_refused(alpha: Tenant) -> None:
    create_operator("ada@example.com", role=Role.OWNER, by="x")

    with pytest.raises(UnableTo) as problem:
        create_operator("ADA@example.com", role=Role.FINANCE, by="x")
    assert problem.value.errors[0].path == "$.email"


@pytest.mark.parametrize(
    ("email", "role", "password", "path"),
    [
        ("nonsense", Role.OWNER, None, "$.email"),
        ("ada@example.com", "king", None, "$.role"),
        ("ada@example.com", Role.OWNER, "short", "$.password"),
        ("ada@example.com", Role.OWNER, "password123", "$.password"),
    ],
)
def test_wrong_fields_are_named(alpha: Tenant, email: str, role: str, password: str | None, path: str) -> None:
    with pytest.raises(UnableTo) as problem:
        create_operator(email, role=role, by="x", password=password)

    assert [error.path for error in problem.value.errors] == [path]
    assert not User.objects.exists()


def test_a_new_password_replaces_the_old_one(alpha: Tenant) -> None:
    user, old = create_operator("ada@example.com", role=Role.OWNER, by="x")
    new = set_password(user, None, by="x")

    stored = User.objects.get()
    assert (stored.check_password(old), stored.check_password(new)) == (False, True)
    assert AuditEntry.objects.order_by("-pk")[0].action == "accounts.user.password_set"


def test_the_last_owner_stays_one(alpha: Tenant) -> None:
    owner, _password = create_operator("ada@example.com", role=Role.OWNER, by="x")
    owner.role = Role.FINANCE
    with pytest.raises(UnableTo, match="last owner"):
        save_user(owner, by="x")
    owner.refresh_from_db()
    owner.is_active = False
    with pytest.raises(UnableTo, match="last owner"):
        save_user(owner, by="x")

    create_operator("bob@example.com", role=Role.OWNER, by="x")
    save_user(owner, by="x")
    assert not User.objects.get(email="ada@example.com").is_active


def test_a_user_of_one_tenant_is_unknown_in_another(alpha: Tenant, beta: Tenant) -> None:
    create_operator("ada@example.com", role=Role.OWNER, by="x")

    with schema_scope(beta.schema_name):
        assert not User.objects.exists()


@pytest.mark.parametrize(
    ("role", "permission", "granted"),
    [
        (Role.OWNER, "accounts.change_user", True),
        (Role.MANAGER, "accounts.view_user", False),
        (Role.OPERATOR, "charging.start", True),
        (Role.OPERATOR, "billing.change_invoice", False),
        (Role.FINANCE, "billing.change_invoice", True),
        (Role.FINANCE, "charging.start", False),
        (Role.READ_ONLY, "stations.view_chargingstation", True),
        (Role.READ_ONLY, "stations.change_chargingstation", False),
    ],
)
def test_a_role_grants_what_it_should(role: Role, permission: str, granted: bool) -> None:
    assert may(role, permission) is granted
