"""Who may call: keys, their scopes and their tenants."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from rest_framework.test import APIClient

from apps.accounts.messages import Scope
from apps.accounts.models import ApiKey, AuditEntry
from apps.accounts.services.keys import create_api_key, revoke_api_key
from apps.core.clock import now
from apps.tenants.models import Tenant
from tests.api.conftest import client_with

Program = Callable[..., APIClient]


def test_without_a_key_nothing_is_shown(alpha: Tenant) -> None:
    answer = APIClient(HTTP_HOST="alpha.localhost").get("/api/v1/stations")

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["title"] == "Unauthorized"


@pytest.mark.parametrize("key", ["", "nonsense", "ohm_" + "x" * 5000, "ümläut", "a b c"])
def test_a_key_that_nobody_issued_is_refused(alpha: Tenant, key: str) -> None:
    assert client_with(key).get("/api/v1/stations").status_code == 401


def test_a_key_of_one_tenant_is_unknown_at_another(program: Program, beta: Tenant) -> None:
    assert program().get("/api/v1/stations").status_code == 200
    assert program(name="other", host="beta.localhost").get("/api/v1/stations").status_code == 401


def test_the_public_host_has_no_api(program: Program) -> None:
    assert program(host="localhost").get("/api/v1/stations").status_code == 404


def test_an_expired_key_is_refused(alpha: Tenant) -> None:
    _key, plain = create_api_key("old", scopes=[Scope.READ], by="test", expires_at=now() - timedelta(seconds=1))

    assert client_with(plain).get("/api/v1/stations").status_code == 401


def test_a_revoked_key_is_refused(alpha: Tenant) -> None:
    key, plain = create_api_key("lost", scopes=[Scope.READ], by="test")
    assert client_with(plain).get("/api/v1/stations").status_code == 200

    revoke_api_key(key, by="test")

    assert client_with(plain).get("/api/v1/stations").status_code == 401


def test_only_a_digest_of_the_key_is_kept(alpha: Tenant) -> None:
    key, plain = create_api_key("erp", scopes=[Scope.READ], by="test")

    assert plain not in str(ApiKey.objects.filter(pk=key.pk).values().get())


def test_the_use_of_a_key_is_noted(alpha: Tenant) -> None:
    key, plain = create_api_key("erp", scopes=[Scope.READ], by="test")

    client_with(plain).get("/api/v1/stations")

    key.refresh_from_db()
    assert key.last_used_at is not None


def test_a_reading_key_reads_everything_and_writes_nothing(program: Program) -> None:
    reader = program(Scope.READ)

    assert reader.get("/api/v1/drivers").status_code == 200
    assert reader.get("/api/v1/frames").status_code == 200
    assert reader.post("/api/v1/drivers", {"name": "Ada"}, format="json").status_code == 403


def test_a_writing_key_reads_and_writes_its_own_part_alone(program: Program) -> None:
    writer = program(Scope.DRIVERS_WRITE)

    assert writer.post("/api/v1/drivers", {"name": "Ada"}, format="json").status_code == 201
    assert writer.get("/api/v1/drivers").json()["count"] == 1
    assert writer.get("/api/v1/stations").status_code == 403
    assert writer.post("/api/v1/locations", {"name": "Depot"}, format="json").status_code == 403


def test_what_a_program_changes_is_in_the_audit_trail(program: Program) -> None:
    program(name="erp").post("/api/v1/drivers", {"name": "Ada"}, format="json")

    assert AuditEntry.objects.filter(actor="api:erp", action="drivers.driver.created").count() == 1
