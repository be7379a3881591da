"""The page of charging profiles: lists, pictures, the editor."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.accounts.messages import Role
from apps.accounts.models import AuditEntry
from apps.core.clock import now
from apps.drivers.models import IdToken
from apps.smartcharging.models import ChargingProfile, CompositeSchedule, ProfileState
from apps.smartcharging.services import set_profile
from apps.stations.models import ChargingStation, StationCommand, Variable
from tests.backoffice.conftest import begin_charge
from tests.smartcharging.conftest import HOUR, MAX, W, wish

PAGE, NEW = "/stations/CS-1/profiles/", "/stations/CS-1/profiles/new/"
HTMX = {"HX-Request": "true"}


def filled(*rows: tuple[str, ...], do: str = "send", **fields: str) -> dict[str, str]:
    """The editor as somebody fills it in; each row is (from, limit, phases)."""
    told = {
        "evse": "1", "purpose": "TxDefaultProfile", "rhythm": "daily", "start_at": "2026-03-02T00:00", "duration_s": "",
        "unit": "A", "stack_level": "0", "valid_from": "", "valid_to": "", "min_charging_rate": "", "do": do,
        "periods-TOTAL_FORMS": str(len(rows)), "periods-INITIAL_FORMS": "0",
    }  # fmt: skip
    for number, row in enumerate(rows):
        told |= {
            f"periods-{number}-{name}": value for name, value in zip(("start_s", "limit", "phases"), row, strict=False)
        }
    return told | fields


def known(station: ChargingStation, *told: Any, **options: Any) -> ChargingProfile:
    """A profile that the station has accepted."""
    row = set_profile(station, wish(*told, **options), by="olga")
    row.settle(ProfileState.SET)
    return row


def said(station: ChargingStation, evse: int = 1, **facts: Any) -> CompositeSchedule:
    told = {"unit": "A", "start_at": now(), "duration_s": 86_400, "status": "Accepted", "read_at": now()}
    return CompositeSchedule.objects.create(station=station, evse=evse, **told | facts)


def test_a_profile_is_set_with_the_editor(browser: Client, station: ChargingStation) -> None:
    answer = browser.post(NEW, filled(("0:00", "16", ""), ("8:30", "10.5", "1"), ("", "", "")))

    row = ChargingProfile.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    assert (row.state, row.by, row.evse, row.kind, row.recurrency) == (
        "wanted", "owner@alpha.example", 1, "Recurring", "Daily",
    )  # fmt: skip
    assert row.periods == [
        {"start_s": 0, "limit": 16.0, "phases": None},
        {"start_s": 30_600, "limit": 10.5, "phases": 1},
    ]
    assert row.start_at is not None
    assert row.start_at.isoformat() == "2026-03-01T23:00:00+00:00"  # midnight in Berlin
    assert StationCommand.objects.get().kind == "stations.SetChargingProfile"
    assert AuditEntry.objects.filter(action="smartcharging.profile.asked", actor="owner@alpha.example").exists()


def test_every_field_reaches_the_station(browser: Client, station: ChargingStation) -> None:
    begin_charge(station, ocpp_id="7")
    told = filled(
        ("0", "11000", "3"), purpose="TxProfile", rhythm="once", duration_s="2:30", unit="W", stack_level="3",
        valid_from="2026-03-01T10:00", valid_to="2030-03-01T10:00", min_charging_rate="1400.5",
    )  # fmt: skip
    browser.post(NEW, told)

    message = StationCommand.objects.get().message
    profile = message["profile"]
    assert (message["evse"], profile["purpose"], profile["transaction_ref"]) == (1, "TxProfile", "7")
    assert (profile["stack_level"], profile["valid_to"][:13]) == (3, "2030-03-01T09")
    (schedule,) = profile["schedules"]
    assert (schedule["rate_unit"], schedule["duration_s"], schedule["min_charging_rate"]) == ("W", 9000, 1400.5)
    assert schedule["periods"][0]["number_phases"] == 3


def test_the_next_row_is_added_without_losing_what_was_typed(browser: Client, station: ChargingStation) -> None:
    answer = browser.post(NEW, filled(("0:00", "16", ""), do="more"), headers=HTMX)

    page = answer.content.decode()
    assert answer.status_code == 200
    assert 'name="periods-1-limit"' in page
    assert 'value="16"' in page
    assert "<html" not in page
    assert not StationCommand.objects.exists()


def test_rows_can_be_added_without_a_script_too(browser: Client, station: ChargingStation) -> None:
    page = browser.post(NEW, filled(("0:00", "16", ""), do="more")).content.decode()

    assert "<html" in page
    assert 'name="periods-1-limit"' in page


def test_a_preview_shows_before_and_after_and_sends_nothing(browser: Client, station: ChargingStation) -> None:
    known(station, (0, 32))
    sent = StationCommand.objects.count()

    answer = browser.post(NEW, filled(("0:00", "16", ""), do="preview"))

    (chart,) = answer.context["charts"]
    assert [row.limits for row in chart.rows] == [("16\xa0A", "32\xa0A")]
    assert 'class="ours"' in answer.content.decode()
    assert (ChargingProfile.objects.count(), StationCommand.objects.count()) == (1, sent)


def test_a_preview_of_a_default_for_all_is_drawn_for_each_evse(browser: Client, station: ChargingStation) -> None:
    known(station, (0, 10), evse=2, level=1)

    answer = browser.post(NEW, filled(("0:00", "16", ""), do="preview", evse="0"))

    drawn = {chart.title: [row.limits[0] for row in chart.rows] for chart in answer.context["charts"]}
    assert drawn == {"EVSE 1": ["16\xa0A"], "EVSE 2": ["10\xa0A"]}


@pytest.mark.parametrize("do", ["preview", "send"])
def test_what_the_station_can_not_keep_is_said_beside_what_was_typed(
    browser: Client, station: ChargingStation, do: str
) -> None:
    Variable.objects.create(station=station, name="ChargingScheduleMaxPeriods", value="1", reported_at=now())

    answer = browser.post(NEW, filled(("0:00", "16", ""), ("1:00", "6", ""), do=do))

    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Too many periods for this station (1 at most)" in page
    assert 'value="1:00"' in page
    assert not ChargingProfile.objects.exists()


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (filled(("0:00", "16", ""), ("soon", "6", "")), "such as 8:30"),
        (filled(("0:00", "16.25", "")), "1 decimal place"),
        (filled(("0:00", "-1", "")), "greater than or equal to 0"),
        (filled(("", "16", "")), "From when on?"),
        (filled(("0:00", "", "")), "Which limit?"),
        (filled(("0:00", "16", ""), purpose="start"), "Who charges?"),
        (filled(("0:00", "16", ""), evse="9"), "Select a valid choice"),
    ],
)
def test_what_can_not_be_read_is_refused_at_its_field(
    browser: Client, station: ChargingStation, told: dict[str, str], words: str
) -> None:
    answer = browser.post(NEW, told)

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not StationCommand.objects.exists()


def test_only_units_that_the_station_takes_are_offered(browser: Client, station: ChargingStation) -> None:
    name = "ChargingScheduleAllowedChargingRateUnit"
    Variable.objects.create(station=station, name=name, value="W", reported_at=now())

    page = browser.get(NEW).content.decode()

    assert '<option value="W">' in page
    assert '<option value="A">' not in page


def test_a_charge_is_started_with_its_profile(browser: Client, station: ChargingStation, token: IdToken) -> None:
    told = filled(("0:00", "6", ""), purpose="start", rhythm="relative", start_at="", token=str(token.pk))

    answer = browser.post(NEW, told, headers=HTMX)

    command = StationCommand.objects.get()
    assert (answer.status_code, answer["HX-Redirect"]) == (204, PAGE)
    assert command.kind == "charging.RequestStartTransaction"
    assert command.message["charging_profile"]["purpose"] == "TxProfile"
    assert ChargingProfile.objects.get().transaction is None


def test_the_page_shows_profiles_pictures_and_differences(browser: Client, station: ChargingStation) -> None:
    known(station, (0, 16), (HOUR, 10))
    known(station, (0, 22_000), evse=0, purpose=MAX, unit=W)
    said(
        station,
        start_at=now().replace(second=0, microsecond=0),
        periods=[{"start_s": 0, "limit": 32.0, "phases": None}],
        differences=[{"start_s": 0, "duration_s": HOUR, "ours": 10.0, "theirs": 32.0}],
    )

    page = browser.get(PAGE).content.decode()

    assert "allows more than set" in page
    assert "we set 10\xa0A, the station says 32\xa0A" in page
    assert "22\xa0kW" in page
    assert page.count('role="img"') == 3  # the station, and what its limit means for each EVSE
    assert 'class="theirs" d="M58.0 ' in page
    assert "As a table" in page


def test_pictures_are_drawn_with_points_in_every_language(browser: Client, station: ChargingStation) -> None:
    known(station, (0, 16.5))

    page = browser.get(PAGE, headers={"Accept-Language": "de"}).content.decode()

    assert "16,5\xa0A" in page
    assert 'd="M58.0 ' in page
    assert 'd="M58,0' not in page


def test_a_station_that_told_nothing_says_why(browser: Client, station: ChargingStation) -> None:
    said(station, status="NotSupported")

    page = browser.get(PAGE).content.decode()

    assert "NotSupported" in page
    assert "The station told no schedule." in page


def test_an_answer_of_yesterday_is_no_curve_of_today(browser: Client, station: ChargingStation) -> None:
    known(station, (0, 16))
    told = [{"start_s": 0, "limit": 32.0, "phases": None}]
    said(station, periods=told, start_at=now() - timedelta(days=2))

    (place, _other) = browser.get(PAGE).context["shown"].places

    assert {row.limits for row in place.chart.rows} == {("16\xa0A", "–")}


def test_an_answer_from_before_the_last_change_is_marked(browser: Client, station: ChargingStation) -> None:
    said(station, periods=[{"start_s": 0, "limit": 32.0, "phases": None}])
    assert "agrees" in browser.get(PAGE).content.decode()

    known(station, (0, 16), evse=0)

    page = browser.get(PAGE).content.decode()
    assert "asked before the last change" in page
    assert "agrees" not in page


def test_a_station_without_smart_charging_is_said_to_be_so(browser: Client, station: ChargingStation) -> None:
    assert "may not support" not in browser.get(PAGE).content.decode()

    Variable.objects.create(station=station, name="SupportedFeatureProfiles", value="Core", reported_at=now())

    page = browser.get(PAGE).content.decode()
    assert "The station may not support charging profiles." in page
    assert "SmartCharging is not among its SupportedFeatureProfiles" in page


def test_a_profile_is_cleared_with_one_click(browser: Client, station: ChargingStation) -> None:
    row = known(station)

    answer = browser.post(f"/profiles/{row.pk}/clear/", headers=HTMX)

    assert answer.status_code == 202
    assert StationCommand.objects.latest("created_at").message["id"] == row.profile_id


def test_several_are_cleared_by_what_they_are_for(browser: Client, station: ChargingStation) -> None:
    told = {"evse": "0", "purpose": "ChargingStationMaxProfile", "stack_level": "2"}
    browser.post("/stations/CS-1/profiles/clear/", told)
    browser.post("/stations/CS-1/profiles/clear/", {})

    everything, some = (command.message for command in StationCommand.objects.order_by("-created_at"))
    assert some == {"id": None, "evse": 0, "purpose": "ChargingStationMaxProfile", "stack_level": 2}
    assert set(everything.values()) == {None}


def test_the_station_is_asked_with_one_click(browser: Client, station: ChargingStation) -> None:
    browser.post("/stations/CS-1/profiles/read/", {"evse": "2"})

    assert StationCommand.objects.get().message == {"evse": 2, "duration_s": 86_400, "rate_unit": None}


def test_who_may_set_read_and_look(browser_of: Callable[..., Client], station: ChargingStation) -> None:
    owner, manager, operator, installer, finance, support, reader = Role
    row = known(station)

    def allowed(address: str, data: dict[str, str] | None = None) -> set[Role]:
        return {role for role, one in browsers.items() if one.post(address, data or {}).status_code != 403}

    browsers = {role: browser_of(role) for role in Role}
    setters = {owner, manager, operator, installer}
    assert allowed(NEW, filled(("0:00", "16", ""), do="preview")) == setters
    assert allowed("/stations/CS-1/profiles/clear/") == setters
    assert allowed(f"/profiles/{row.pk}/clear/") == setters
    assert allowed("/stations/CS-1/profiles/read/", {"evse": "1"}) == {*setters, support}
    assert {one.get(PAGE).status_code for one in browsers.values()} == {200}
    assert "profiles/new" not in browsers[reader].get(PAGE).content.decode()
    assert browsers[finance].get(NEW).status_code == 403


def test_another_tenants_profile_is_not_there(browser: Client, station: ChargingStation) -> None:
    assert browser.post("/profiles/999999/clear/").status_code == 404
    assert browser.get("/stations/NOPE/profiles/").status_code == 404


def test_the_page_needs_no_more_queries_for_more_profiles(
    browser: Client, station: ChargingStation, make_station: Callable[..., ChargingStation]
) -> None:
    def fill(level: int) -> None:
        known(station, (0, 16), level=level)
        row = known(station, (0, 16), level=level + 100)
        row.settle(ProfileState.CLEARED)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(PAGE).status_code == 200
        return len(captured)

    fill(1)
    said(station)
    few = queries()
    for level in range(2, 7):
        fill(level)
        said(station, evse=level)

    assert queries() == few
