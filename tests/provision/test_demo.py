"""The demo tenant: complete enough to look at, made once, and its stations can be played."""

import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from apps.accounts.models import User
from apps.accounts.services import keys, people
from apps.backoffice.management.commands.demo_stations import gateway_url, read_fleet
from apps.backoffice.services.demo import Demo, secrets_file, seed_demo
from apps.backoffice.services.demo_data import PASSWORD
from apps.billing.services import complete_seller
from apps.core.clock import now
from apps.drivers.messages import AuthorizationStatus, IdTokenSeen
from apps.drivers.services import authorize
from apps.simulator.fleet import demo_plans
from apps.stations.models import EVSE, ChargingStation, Location
from apps.stations.services import credentials
from apps.tariffs.services import terms_for
from apps.tenants.models import Tenant
from apps.tenants.scope import schema_scope


@pytest.fixture(autouse=True)
def own_folder(settings: Any, tmp_path: Path) -> None:
    settings.BASE_DIR = tmp_path


@pytest.fixture
def demo(db: None) -> Demo:
    return seed_demo()


@pytest.fixture
def inside(demo: Demo) -> Iterator[Demo]:
    with schema_scope(Tenant.objects.get(slug="demo").schema_name):
        yield demo


def test_the_log_ins_that_are_printed_open_the_doors(inside: Demo) -> None:
    assert (inside.tenant, inside.url, inside.email) == ("demo", "http://demo.localhost:8000/", "owner@demo.example")
    assert inside.password is not None
    assert User.objects.get(email=inside.email).check_password(inside.password)
    assert set(User.objects.values_list("role", flat=True)) == {"owner", "operator", "finance", "support"}
    assert inside.api_key is not None
    assert keys.find(inside.api_key) is not None


def test_platform_staff_live_in_the_public_schema(demo: Demo) -> None:
    assert User.objects.get(email=demo.platform_email).check_password(PASSWORD)


def test_there_are_six_stations_of_two_makes_in_three_versions(inside: Demo) -> None:
    assert len(inside.stations) == 6
    assert {station["version"] for station in inside.stations} == {"1.6", "2.0.1", "2.1"}
    assert {station["make"] for station in inside.stations} == {"voltbach", "nordlys"}
    assert {station["kind"] for station in inside.stations} == {"ac", "dc"}
    for station in inside.stations:
        assert credentials.check(station["identity"], station["password"]) is not None
        assert EVSE.objects.filter(station__identity=station["identity"]).count() == station["evses"]


def test_every_charge_has_a_price_and_the_seller_may_invoice_it(inside: Demo) -> None:
    assert complete_seller().country == "DE"
    terms = {evse.station.identity: terms_for(evse, at=now(), driver_id=None) for evse in EVSE.objects.all()}
    assert {identity: term and (term.tariff, str(term.vat_percent)) for identity, term in terms.items()} == {
        "LF-01": ("Motorway", "19.00"), "LF-02": ("Motorway", "19.00"), "MS-01": ("City", "19.00"),
        "MS-02": ("City", "19.00"), "AM-01": ("Amsterdam", "21.00"), "AM-02": ("Amsterdam", "21.00"),
    }  # fmt: skip


def test_every_card_of_the_simulator_may_charge(inside: Demo) -> None:
    station = ChargingStation.objects.get(identity="LF-01")
    for value in inside.stations[0]["tokens"]:
        verdict = authorize(IdTokenSeen(value=value), station_id=station.pk, evse=1)
        assert verdict.status is AuthorizationStatus.ACCEPTED


def test_a_second_time_everything_is_left_as_people_changed_it(inside: Demo) -> None:
    Location.objects.filter(name="Laadplein Zuidas").update(name="Zuidas")
    ChargingStation.objects.filter(identity="AM-02").update(archived_at=now())
    people.set_password(User.objects.get(email=inside.email), "something else", by="test")

    again = seed_demo()

    assert not Location.objects.filter(name="Laadplein Zuidas").exists()
    assert again.password is None
    assert again.api_key == inside.api_key
    assert again.stations == inside.stations[:-1]


def test_lost_secrets_are_made_anew(inside: Demo) -> None:
    secrets_file().unlink()

    again = seed_demo()

    assert again.api_key != inside.api_key
    assert keys.find(again.api_key or "") is not None
    for before, after in zip(inside.stations, again.stations, strict=True):
        assert before["password"] != after["password"]
        assert credentials.check(after["identity"], after["password"]) is not None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"stations": 7}', '{"stations": [{}]}'])
def test_a_broken_file_is_like_a_lost_one(inside: Demo, text: str) -> None:
    secrets_file().write_text(text)

    again = seed_demo()

    assert credentials.check("LF-01", again.stations[0]["password"]) is not None


def test_the_secrets_are_for_their_owner_alone(demo: Demo) -> None:
    assert stat.S_IMODE(secrets_file().stat().st_mode) == 0o600


def test_the_simulator_can_play_the_fleet(demo: Demo, settings: Any) -> None:
    settings.HOST, settings.GATEWAY_PORT = "0.0.0.0", 9123

    fleet = read_fleet()

    assert [station.identity for station in fleet] == [station["identity"] for station in demo.stations]
    assert len(demo_plans(fleet)) == 6
    assert gateway_url() == "ws://127.0.0.1:9123/ocpp/demo"


def test_without_a_demo_the_stations_say_what_to_do() -> None:
    with pytest.raises(CommandError, match=r"run `manage\.py demo` first"):
        call_command("demo_stations")


def test_the_command_prints_one_object_or_lines(db: None, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("demo", "--json")
    printed = json.loads(capsys.readouterr().out)
    assert {"tenant", "url", "email", "password", "api_key", "stations"} <= set(printed)

    call_command("demo")
    assert "owner@demo.example" in capsys.readouterr().out
