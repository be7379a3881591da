"""How stations log in."""

import pytest
from django.test import override_settings

from apps.accounts.models import AuditEntry
from apps.core.errors import UnableTo
from apps.stations.models import ChargingStation, RefusedConnection
from apps.stations.services import credentials
from apps.stations.services.credentials import check, note_refused, set_password
from apps.stations.services.hardware import archive_station, restore_station
from apps.tenants.models import Tenant
from apps.tenants.scope import schema_scope


def test_a_made_up_password_logs_the_station_in(station: ChargingStation) -> None:
    password = set_password(station, by="ada@example.com")

    login = check("CS-1", password)
    assert len(password) == 40
    assert login is not None
    assert (login.station_id, login.identity, login.registration) == (station.pk, "CS-1", "Accepted")
    assert password not in str(AuditEntry.objects.values())
    assert password not in ChargingStation.objects.get().password_digest


@pytest.mark.parametrize("form", [bytes.fromhex, str.encode, lambda text: bytes.fromhex(text.upper())])
def test_a_hex_password_is_accepted_as_digits_and_as_bytes(station: ChargingStation, form: object) -> None:
    password = set_password(station, by="x")

    assert callable(form)
    assert check("CS-1", form(password)) is not None


@pytest.mark.parametrize(
    ("identity", "password"),
    [
        ("CS-1", "0" * 40), ("CS-1", ""), ("cs-1", None), ("NOBODY", "0" * 40), ("NOBODY", None), ("CS-1\0", None),
        ("x" * 5000, None), ("CS-1", b"\xff\xfe\x00"),
    ],
)  # fmt: skip
def test_wrong_identities_and_passwords_are_refused(
    station: ChargingStation, identity: str, password: str | bytes | None
) -> None:
    right = set_password(station, by="x")

    assert check(identity, right if password is None else password) is None


def test_a_station_without_a_password_can_not_log_in(station: ChargingStation) -> None:
    assert check("CS-1", "") is None
    assert check("CS-1", "0" * 64) is None


def test_an_archived_station_can_not_log_in(station: ChargingStation) -> None:
    password = set_password(station, by="x")
    archive_station(station, by="x")
    assert check("CS-1", password) is None
    restore_station(station, by="x")

    assert check("CS-1", password) is not None


def test_an_unknown_identity_costs_as_many_digests_as_a_wrong_password(
    station: ChargingStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_password(station, by="x")
    work: list[bytes] = []
    compute = credentials.possible_digests
    monkeypatch.setattr(
        credentials,
        "possible_digests",
        lambda secret, *, purpose: work.append(secret) or compute(secret, purpose=purpose),
    )

    check("CS-1", "wrong")
    known = len(work)
    check("NOBODY", "wrong")

    assert len(work) == 2 * known > 0


@pytest.mark.parametrize("password", ["short", "x" * 15, "x" * 65, "with\nnewline-0123456789"])
def test_a_weak_password_given_by_hand_is_refused(station: ChargingStation, password: str) -> None:
    with pytest.raises(UnableTo) as problem:
        set_password(station, password, by="x")

    assert problem.value.errors[0].path == "$.password"


def test_a_long_password_given_by_hand_is_accepted(station: ChargingStation) -> None:
    assert set_password(station, "correct horse battery", by="x") == "correct horse battery"
    assert check("CS-1", "correct horse battery") is not None


def test_a_password_survives_a_change_of_the_secret_key(station: ChargingStation) -> None:
    with override_settings(SECRET_KEY="old"):
        password = set_password(station, by="x")
    with override_settings(SECRET_KEY="new", SECRET_KEY_FALLBACKS=["old"]):
        assert check("CS-1", bytes.fromhex(password)) is not None
    with override_settings(SECRET_KEY="new", SECRET_KEY_FALLBACKS=[]):
        assert check("CS-1", bytes.fromhex(password)) is not None
        assert check("CS-1", password) is not None


def test_a_station_of_another_tenant_is_unknown_here(station: ChargingStation, beta: Tenant) -> None:
    password = set_password(station, by="x")

    with schema_scope(beta.schema_name):
        assert check("CS-1", password) is None


def test_refused_connections_are_counted(station: ChargingStation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credentials, "MOST_REFUSED_ROWS", 2)
    for identity in ("A\0", "A\0", "x" * 5000, "C"):
        note_refused(identity, "wrong password", "10.0.0.1", "ocpp1.6")

    kept = RefusedConnection.objects.order_by("pk")
    assert [(row.identity[:2], row.count) for row in kept] == [("A\ufffd", 2), ("xx", 1)]
