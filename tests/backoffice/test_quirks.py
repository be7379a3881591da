"""Quirks of makes on their pages."""

from collections.abc import Callable

import pytest
from django.test import Client

from apps.accounts.messages import Role
from apps.accounts.models import AuditEntry
from apps.core.clock import now
from apps.stations.messages import Quirk
from apps.stations.models import ChargingStation, QuirkObservation, QuirkOverride, QuirkState, StationClock
from apps.stations.services.quirks import amendments_of, observe

MAKE = {"vendor": "Voltbach & Söhne", "model": "V/2"}
ADDRESS = "/quirks/make/?vendor=Voltbach+%26+S%C3%B6hne&model=V%2F2"


@pytest.fixture
def made(station: ChargingStation) -> ChargingStation:
    for name, value in (MAKE | {"firmware_version": "1.9"}).items():
        setattr(station, name, value)
    station.save()
    return station


@pytest.fixture
def seen(made: ChargingStation) -> QuirkObservation:
    return observe(made, Quirk.REGISTER_UNIT, value="kWh", charge=7, told_wh=9)


def test_makes_are_listed_with_what_waits(browser: Client, seen: QuirkObservation) -> None:
    page = browser.get("/quirks/").content.decode()

    assert "Voltbach &amp; Söhne V/2" in page
    assert browser.get(ADDRESS).status_code == 200
    assert browser.get("/quirks/make/?vendor=Nobody").status_code == 404


def test_an_observation_stands_with_its_evidence(browser: Client, seen: QuirkObservation) -> None:
    page = browser.get(ADDRESS).content.decode()

    assert "energy is told in another unit than it says" in page
    assert "&quot;told_wh&quot;: 9" in page
    assert "Stations of this make are taken at their word." in page


@pytest.mark.parametrize(
    ("scope", "firmware", "factor"),
    [("station", "", 1), ("firmware", "1.9", 1000), ("firmware", "2.0", 1), ("model", "2.0", 1000)],
)
def test_it_is_accepted_of_the_station_its_firmware_or_its_model(
    browser: Client, seen: QuirkObservation, make_station: Callable[..., ChargingStation],
    scope: str, firmware: str, factor: float,
) -> None:  # fmt: skip
    other = make_station("CS-2", firmware_version=firmware, **MAKE)

    done = browser.post(f"/quirks/{seen.pk}/accept/", {"scope": scope})

    seen.refresh_from_db()
    assert (done.status_code, seen.state, seen.decided_by) == (302, QuirkState.ACCEPTED, "owner@alpha.example")
    assert amendments_of(seen.station).register_factor == 1000
    assert amendments_of(other).register_factor == factor
    assert AuditEntry.objects.filter(action="stations.quirk.accepted").count() == 1


def test_it_is_dismissed_and_changes_nothing(browser: Client, seen: QuirkObservation) -> None:
    browser.post(f"/quirks/{seen.pk}/dismiss/")

    seen.refresh_from_db()
    assert seen.state == QuirkState.DISMISSED
    assert amendments_of(seen.station).register_factor == 1
    assert browser.post(f"/quirks/{seen.pk}/accept/", {"scope": "model"}).status_code == 409


def test_what_was_accepted_is_removed_and_asks_again(browser: Client, seen: QuirkObservation) -> None:
    browser.post(f"/quirks/{seen.pk}/accept/", {"scope": "model"})
    assert "taken at their word" not in browser.get(ADDRESS).content.decode()

    browser.post(f"/quirks/accepted/{QuirkOverride.objects.get().pk}/remove/")

    seen.refresh_from_db()
    assert seen.state == QuirkState.OPEN
    assert amendments_of(seen.station).register_factor == 1


@pytest.mark.parametrize(
    ("what", "minutes", "status"),
    [
        ("zone_offset:", "120", 302),
        ("zone_offset:", "", 409),
        ("connector_zero:yes", "", 302),
        ("clock_offset:wrong", "", 409),
        ("register_unit:MWh", "", 409),
    ],
)
def test_something_that_was_not_noticed_can_be_accepted_too(
    browser: Client, made: ChargingStation, what: str, minutes: str, status: int
) -> None:
    data = {"what": what, "minutes": minutes, "station_id": made.pk, "station_only": "on"}

    assert browser.post("/quirks/accepted/", data).status_code == status
    assert QuirkOverride.objects.count() == (status == 302)


def test_assuming_1_6_is_for_single_stations_only(browser: Client, made: ChargingStation) -> None:
    data = {"what": "assume_16:yes", "station_id": made.pk}

    assert browser.post("/quirks/accepted/", data).status_code == 409
    assert browser.post("/quirks/accepted/", data | {"station_only": "on"}).status_code == 302


@pytest.mark.parametrize(("skew_s", "words"), [(130.0, "2 min ahead"), (-90.0, "1 min behind")])
def test_a_stations_page_tells_how_wrong_its_clock_is_and_leads_to_its_make(
    browser: Client, made: ChargingStation, skew_s: float, words: str
) -> None:
    assert "ahead" not in browser.get("/stations/CS-1/").content.decode()
    StationClock.objects.create(station=made, skew_s=skew_s, heard_at=now())

    page = browser.get("/stations/CS-1/").content.decode()

    assert words in page
    assert "model=V%2F2" in page


@pytest.mark.parametrize("role", list(Role))
def test_only_those_who_care_for_stations_decide(
    browser_of: Callable[..., Client], seen: QuirkObservation, role: Role
) -> None:
    browser = browser_of(role)
    may = role in (Role.OWNER, Role.MANAGER, Role.OPERATOR, Role.INSTALLER)

    assert browser.get(ADDRESS).status_code == 200
    assert ("/accept/" in browser.get(ADDRESS).content.decode()) == may
    assert (browser.post(f"/quirks/{seen.pk}/accept/", {"scope": "station"}).status_code != 403) == may
    assert (browser.post("/quirks/accepted/", {}).status_code != 403) == may


def test_the_list_of_makes_asks_as_often_for_many_as_for_one(
    browser: Client, make_station: Callable[..., ChargingStation], django_assert_max_num_queries: Callable[..., object]
) -> None:
    for number in range(8):
        observe(make_station(f"M-{number}", vendor=f"V{number}"), Quirk.NO_BOOT)

    with django_assert_max_num_queries(8):  # type: ignore[attr-defined]
        browser.get("/quirks/")
