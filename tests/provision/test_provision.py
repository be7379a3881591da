"""The shell: every kind is made once, secrets are told once, and what is missing is said in a sentence."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command

from apps.accounts.models import ApiKey, AuditEntry, User
from apps.accounts.services import keys
from apps.billing.services import complete_seller
from apps.core.clock import now
from apps.drivers.models import Driver, IdToken
from apps.stations.models import EVSE, ChargingStation, Connector, Location
from apps.stations.services import credentials
from apps.tariffs.services import terms_for
from apps.tenants.models import Tenant
from apps.tenants.scope import schema_scope
from apps.tenants.services.tenants import delete_tenant

Provision = Callable[..., dict[str, Any]]
PASSWORD = "0123456789abcdef0123"


@pytest.fixture
def provision(alpha: Tenant, capsys: pytest.CaptureFixture[str]) -> Provision:
    """`provision("station", "CS-1", "--evses", "2")` in alpha, as JSON."""

    def run(kind: str, *words: str, tenant: str = "alpha") -> dict[str, Any]:
        call_command("provision", kind, tenant, *words, "--json")
        printed: dict[str, Any] = json.loads(capsys.readouterr().out)
        return printed

    return run


def test_a_station_is_made_with_its_evses_and_a_password_that_opens_the_gateway(provision: Provision) -> None:
    provision("location", "Depot", "--city", "Berlin")

    made = provision("station", "CS-1", "--location", "Depot", "--evses", "2", "--vendor", "Voltbach", "--model", "W22")

    assert made["kind"] == "station"
    assert made["id"] == "CS-1"
    assert made["created"] is True
    assert made["url"] == "ws://localhost:9000/ocpp/alpha/CS-1"
    assert credentials.check("CS-1", made["password"]) is not None
    station = ChargingStation.objects.get(identity="CS-1")
    assert (station.location, station.vendor, station.model) == (Location.objects.get(), "Voltbach", "W22")
    assert Connector.objects.filter(evse__station=station).count() == 2


def test_a_second_time_nothing_is_made_and_the_password_is_not_told(provision: Provision) -> None:
    first = provision("station", "CS-1")

    second = provision("station", "CS-1")

    assert (second["created"], second["password"]) == (False, None)
    assert credentials.check("CS-1", first["password"]) is not None
    assert EVSE.objects.count() == 1


def test_a_password_that_is_passed_in_is_used_and_told_again(provision: Provision) -> None:
    assert provision("station", "CS-1", "--password", PASSWORD)["password"] == PASSWORD
    assert provision("station", "CS-1", "--password", PASSWORD)["password"] == PASSWORD
    assert credentials.check("CS-1", PASSWORD) is not None


def test_only_rotate_changes_a_password(provision: Provision) -> None:
    first = provision("station", "CS-1")["password"]

    assert provision("station", "CS-1", "--password", PASSWORD)["password"] is None
    assert credentials.check("CS-1", first) is not None

    rotated = provision("station", "CS-1", "--rotate")["password"]
    assert credentials.check("CS-1", first) is None
    assert credentials.check("CS-1", rotated) is not None

    assert provision("station", "CS-1", "--rotate", "--password", PASSWORD)["password"] == PASSWORD
    assert credentials.check("CS-1", PASSWORD) is not None


@pytest.mark.parametrize(("word", "status"), [("Accepted", "active"), ("blocked", "blocked"), ("lost", "lost")])
def test_a_token_has_the_status_that_is_said(provision: Provision, word: str, status: str) -> None:
    assert provision("token", "AA", "--status", word)["status"] == status


@pytest.mark.parametrize("word", ["accepted", "pending", "rejected"])
def test_a_station_is_registered_as_said(provision: Provision, word: str) -> None:
    provision("station", "CS-1", "--registration", word)

    assert ChargingStation.objects.get().registration == word.capitalize()


def test_options_that_are_not_given_change_nothing(provision: Provision) -> None:
    provision("location", "Depot", "--address", "Ringstr. 1", "--city", "Köln", "--latitude", "50.94")

    again = provision("location", "Depot", "--postal-code", "50667")

    assert again["created"] is False
    depot = Location.objects.get()
    assert (depot.address, depot.city, depot.postal_code, str(depot.latitude)) == (
        "Ringstr. 1",
        "Köln",
        "50667",
        "50.940000",
    )


def test_a_token_belongs_to_a_driver_by_name_or_number(provision: Provision) -> None:
    ada = provision("driver", "Ada", "--email", "ada@example.com", "--company", "Ada Ltd")
    assert provision("driver", "Ada")["created"] is False

    token = provision("token", "04:a2:b3:c4", "--driver", "Ada", "--group", "fleet", "--expires", "2030-01-31")
    provision("token", "DEADBEEF", "--driver", str(ada["id"]), "--status", "blocked")

    assert token["id"] == "04A2B3C4"
    assert set(Driver.objects.get().tokens.values_list("value", "status")) == {
        ("04A2B3C4", "active"), ("DEADBEEF", "blocked"),
    }  # fmt: skip
    assert provision("token", "04A2B3C4")["created"] is False
    assert IdToken.objects.get(value="04A2B3C4").group == "fleet"


def test_the_first_operator_is_the_owner_and_the_next_one_is_not(provision: Provision) -> None:
    owner = provision("operator", "owner@example.com")
    second = provision("operator", "ops@example.com", "--password", "a long enough one", "--name", "Olga")

    assert (owner["role"], second["role"]) == ("owner", "operator")
    assert User.objects.get(email="owner@example.com").check_password(owner["password"])
    assert User.objects.get(name="Olga").check_password("a long enough one")
    assert provision("operator", "OWNER@example.com")["password"] is None
    rotated = provision("operator", "owner@example.com", "--rotate")["password"]
    assert User.objects.get(email="owner@example.com").check_password(rotated)


def test_an_api_key_is_told_once_and_rotates_on_demand(provision: Provision) -> None:
    made = provision("apikey", "erp", "--scope", "read", "--scope", "stations:write")
    again = provision("apikey", "erp")

    assert (made["created"], again["created"], again["key"]) == (True, False, None)
    found = keys.find(made["key"])
    assert found is not None
    assert found.scopes == ["read", "stations:write"]
    rotated = provision("apikey", "erp", "--rotate")["key"]
    assert keys.find(made["key"]) is None
    assert keys.find(rotated) is not None
    assert ApiKey.objects.count() == 1


def test_a_tariff_applies_where_it_is_said(provision: Provision) -> None:
    provision("station", "CS-1", "--evses", "2")
    evses = {evse.number: evse for evse in EVSE.objects.all()}
    provision("tariff", "Public", "--per-kwh", "0.49", "--vat", "19", "--default")
    provision(
        "tariff", "Fast", "--per-kwh", "0.5900", "--idle-per-minute", "0.10", "--idle-grace-s", "600", "--vat", "19",
        "--no-tax-included", "--station", "CS-1", "--evse", "2",
    )  # fmt: skip

    public = terms_for(evses[1], at=now(), driver_id=None)
    fast = terms_for(evses[2], at=now(), driver_id=None)

    assert public is not None
    assert (public.tariff, str(public.price_per_kwh), public.tax_included) == ("Public", "0.490000", True)
    assert fast is not None
    assert (fast.tariff, fast.idle_grace_s, fast.tax_included) == ("Fast", 600, False)


def test_the_same_tariff_again_makes_no_version_and_another_price_does(provision: Provision) -> None:
    words = ("tariff", "Public", "--per-kwh", "0.49", "--vat", "19", "--default")
    first, same = provision(*words), provision(*words)
    dearer = provision("tariff", "Public", "--per-kwh", "0.59")

    assert [first["version"], same["version"], dearer["version"]] == [1, 1, 2]
    assert [first["created"], same["created"]] == [True, False]


def test_a_tenant_can_issue_invoices_from_the_shell_alone(
    provision: Provision, capsys: pytest.CaptureFixture[str]
) -> None:
    made = provision(
        "tenant", "--name", "Gamma", "--legal-name", "Gamma GmbH", "--address", "Ringstr. 1", "--postal-code", "10115",
        "--city", "Berlin", "--country", "DE", "--vat-id", "DE136695976", tenant="gamma",
    )  # fmt: skip

    assert (made["created"], made["url"]) == (True, "http://gamma.localhost:8000/")
    tenant = Tenant.objects.get(slug="gamma")
    with schema_scope(tenant.schema_name):
        assert complete_seller().legal_name == "Gamma GmbH"
    again = provision("tenant", tenant="gamma")
    assert (again["created"], again["name"]) == (False, "Gamma")
    delete_tenant(tenant)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("station", "nobody", "CS-1"), "There is no tenant “nobody”."),
        (("tariff", "alpha", "T", "--vat", "19", "--station", "X"), "There is no charging station “X”."),
        (("station", "alpha", "CS-1", "--location", "X"), "There is no location “X”."),
        (("token", "alpha", "AA", "--driver", "X"), "There is no driver “X”."),
    ],
)
def test_what_is_missing_is_said_in_one_sentence(
    alpha: Tenant, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], sentence: str
) -> None:
    with pytest.raises(SystemExit) as end:
        call_command("provision", *words)

    assert end.value.code == 2
    assert capsys.readouterr().err == f"{sentence}\n"


def test_a_wrong_value_is_named_and_nothing_is_made(alpha: Tenant, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        call_command("provision", "station", "alpha", "no spaces please")

    assert end.value.code == 1
    assert "identity: One to 48 characters" in capsys.readouterr().err
    assert not ChargingStation.objects.exists()


def test_what_the_shell_does_is_in_the_audit_trail(provision: Provision) -> None:
    provision("station", "CS-1")

    assert AuditEntry.objects.filter(actor="shell", action="stations.chargingstation.created").count() == 1


def test_without_json_people_read_lines(alpha: Tenant, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("provision", "station", "alpha", "CS-1", "--password", PASSWORD)

    printed = capsys.readouterr().out
    assert printed.startswith("station CS-1: created\n")
    assert f"password: {PASSWORD}" in printed
