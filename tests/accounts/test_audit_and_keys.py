"""The audit trail, API keys, and saving with both."""

from datetime import timedelta

import pytest
import time_machine
from django.db import DatabaseError, transaction
from django.test import override_settings

from apps.accounts.messages import Scope
from apps.accounts.models import ApiKey, AuditEntry
from apps.accounts.services import audit, keys
from apps.core.clock import now
from apps.core.errors import UnableTo
from apps.tenants.models import Tenant
from apps.tenants.scope import schema_scope


def test_an_entry_says_who_did_what_to_which(alpha: Tenant) -> None:
    entry = audit.record("ada@example.com", "stations.reset", "stations.chargingstation:1", kind="hard")

    entry.refresh_from_db()
    assert (entry.actor, entry.action, entry.detail) == ("ada@example.com", "stations.reset", {"kind": "hard"})


def test_text_of_any_length_is_entered(alpha: Tenant) -> None:
    entry = audit.record("x" * 50_000, "y\0" * 50_000, "z" * 50_000)

    assert (len(entry.actor), len(entry.action), len(entry.target)) == (254, 100, 200)


@pytest.mark.parametrize("change", [lambda rows: rows.update(actor="nobody"), lambda rows: rows.delete()])
def test_nobody_can_change_an_entry(alpha: Tenant, change: object) -> None:
    audit.record("ada@example.com", "stations.reset")

    assert callable(change)
    with pytest.raises(DatabaseError), transaction.atomic():
        change(AuditEntry.objects.all())
    assert AuditEntry.objects.get().actor == "ada@example.com"


def test_a_key_is_shown_once_and_found_by_its_text(alpha: Tenant) -> None:
    key, plain = keys.create_api_key("CI", scopes=[Scope.READ, Scope.COMMANDS_WRITE], by="ada@example.com")

    assert keys.find(plain) == key
    assert key.scopes == ["commands:write", "read"]
    assert plain not in str(ApiKey.objects.values()) + str(AuditEntry.objects.values())
    assert plain.startswith(key.prefix)
    assert AuditEntry.objects.get().action == "accounts.apikey.created"


@pytest.mark.parametrize("wrong", ["", "ohm_", "ohm_wrong", "\0", "\ud800", "x" * 50_000])
def test_a_wrong_key_is_not_found(alpha: Tenant, wrong: str) -> None:
    keys.create_api_key("CI", scopes=[Scope.READ], by="x")

    assert keys.find(wrong) is None


def test_a_revoked_key_is_not_found(alpha: Tenant) -> None:
    key, plain = keys.create_api_key("CI", scopes=[Scope.READ], by="x")
    keys.revoke_api_key(key, by="x")
    keys.revoke_api_key(key, by="x")

    assert keys.find(plain) is None
    assert AuditEntry.objects.filter(action="accounts.apikey.revoked").count() == 1


def test_an_expired_key_is_not_found(alpha: Tenant) -> None:
    _key, plain = keys.create_api_key("CI", scopes=[Scope.READ], by="x", expires_at=now() + timedelta(hours=1))
    assert keys.find(plain) is not None

    with time_machine.travel(now() + timedelta(hours=2)):
        assert keys.find(plain) is None


def test_a_rotated_key_has_a_new_text(alpha: Tenant) -> None:
    key, old = keys.create_api_key("CI", scopes=[Scope.READ], by="x")
    new = keys.rotate_api_key(key, by="x")

    assert keys.find(old) is None
    assert keys.find(new) == key


def test_a_key_of_another_tenant_is_unknown_here(alpha: Tenant, beta: Tenant) -> None:
    _key, plain = keys.create_api_key("CI", scopes=[Scope.READ], by="x")

    with schema_scope(beta.schema_name):
        assert keys.find(plain) is None


def test_a_key_survives_a_change_of_the_secret_key(alpha: Tenant) -> None:
    with override_settings(SECRET_KEY="old"):
        key, plain = keys.create_api_key("CI", scopes=[Scope.READ], by="x")
    with override_settings(SECRET_KEY="new", SECRET_KEY_FALLBACKS=["old"]):
        assert keys.find(plain) == key
    with override_settings(SECRET_KEY="new", SECRET_KEY_FALLBACKS=[]):
        assert keys.find(plain) == key


def test_the_last_use_is_noted_to_the_minute(alpha: Tenant) -> None:
    _key, plain = keys.create_api_key("CI", scopes=[Scope.READ], by="x")
    start = now()
    for seconds, noted in ((0, 0), (30, 0), (61, 61)):
        with time_machine.travel(start + timedelta(seconds=seconds), tick=False):
            found = keys.find(plain)
        assert found is not None
        assert found.last_used_at == start + timedelta(seconds=noted)


@pytest.mark.parametrize("scopes", [[], ["everything"], ["read", "nonsense"]])
def test_unknown_scopes_are_refused(alpha: Tenant, scopes: list[str]) -> None:
    with pytest.raises(UnableTo, match="stations:write") as problem:
        keys.create_api_key("CI", scopes=scopes, by="x")

    assert problem.value.errors[0].path == "$.scopes"


def test_two_keys_have_two_names(alpha: Tenant) -> None:
    keys.create_api_key("CI", scopes=[Scope.READ], by="x")

    with pytest.raises(UnableTo) as problem:
        keys.create_api_key(" CI ", scopes=[Scope.READ], by="x")
    assert problem.value.errors[0].path == "$.name"
