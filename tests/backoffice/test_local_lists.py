"""The pages of local lists."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.accounts.messages import Role
from apps.backoffice.services.live import Changes, Watch, fragments
from apps.core.clock import now
from apps.drivers.models import IdToken, Keeping, LocalList, LocalListPolicy
from apps.drivers.services import local_lists
from apps.stations.models import ChargingStation, StationCommand
from tests.backoffice.conftest import CARD, connected
from tests.drivers.listing import KNOWS_LISTS, answer, tell, update_asked

PAGE = "/stations/CS-1/local-list/"
O, M, P, I, F, S, R = Role  # noqa: E741


@pytest.fixture
def kept(station: ChargingStation, token: IdToken, run_outbox: Callable[[], None]) -> ChargingStation:
    """CS-1 holds Ada's card as version 1."""
    tell(station, **KNOWS_LISTS)
    local_lists.keep_all()
    answer(station, data=0)
    run_outbox()
    answer(station)
    run_outbox()
    return station


def text_of(browser: Client, address: str = PAGE) -> str:
    answer = browser.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_station_shows_its_version_its_entries_and_that_nothing_differs(
    browser: Client, kept: ChargingStation
) -> None:
    page = text_of(browser)

    assert "in step" in page
    assert "nothing differs" in page
    assert CARD in page
    assert "Ada Amper" in page
    assert "1 there, 1 wanted" in page


def test_what_differs_is_shown_with_what_is_to_become_of_it(browser: Client, kept: ChargingStation) -> None:
    IdToken.objects.create(value="04FFFFFF")
    IdToken.objects.filter(value=CARD).update(status="blocked")

    page = text_of(browser)

    assert "2 entries differ" in page
    assert "to be added" in page
    assert "to be changed" in page


@pytest.mark.parametrize(("role", "sees"), [(S, True), (P, True), (F, False), (R, False), (I, False)])
def test_numbers_are_masked_for_those_who_may_not_see_them(
    browser_of: Callable[..., Client], kept: ChargingStation, role: Role, sees: bool
) -> None:
    tell(kept, LocalAuthListMaxLength="1")
    IdToken.objects.create(value="04EEEEEE99", last_used_on=now().date() - timedelta(days=900))

    page = text_of(browser_of(role))

    assert (CARD in page, "04EEEEEE99" in page) == (sees, sees)
    assert "Left out" in page
    assert CARD[-4:] in page


def test_lengths_that_the_station_has_not_told_are_called_assumed(browser: Client, station: ChargingStation) -> None:
    tell(station, LocalAuthListEnabled="true")

    assert text_of(browser).count("assumed, the station has not said") == 2


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({}, "has not said that it supports one"),
        ({"LocalAuthListEnabled": "false"}, "LocalAuthListEnabled"),
    ],
)
def test_a_page_says_why_no_list_is_kept(
    browser: Client, station: ChargingStation, told: dict[str, str], reason: str
) -> None:
    tell(station, **told)

    assert reason in text_of(browser)


def test_a_failed_list_says_what_the_station_answered_and_when_it_is_tried_again(
    browser: Client, kept: ChargingStation
) -> None:
    LocalList.objects.update(state="failed", status="Failed", retry_at=now() + timedelta(minutes=5))

    page = text_of(browser)
    assert "The next attempt is made at" in page
    assert "Failed" in page


def test_the_version_is_read_by_a_button(browser: Client, kept: ChargingStation) -> None:
    answered = browser.post(f"{PAGE}read/")

    assert (answered.status_code, answered["Location"]) == (302, PAGE)
    command = StationCommand.objects.get(state="queued")
    assert (command.kind, command.by) == ("drivers.GetLocalListVersion", "owner@alpha.example")


def test_a_full_list_is_sent_by_a_button(
    browser: Client, kept: ChargingStation, run_outbox: Callable[[], None]
) -> None:
    assert browser.post(f"{PAGE}send/").status_code == 302
    answer(kept, data=1)
    run_outbox()

    assert update_asked(kept).update_type == "Full"


def test_a_full_list_for_a_station_that_keeps_none_is_refused_in_words(
    browser: Client, station: ChargingStation
) -> None:
    answered = browser.post(f"{PAGE}send/")

    assert answered.status_code == 409
    assert "No local list is kept" in answered.content.decode()


def test_a_station_is_switched_and_nonsense_is_not(browser: Client, kept: ChargingStation) -> None:
    assert browser.post(f"{PAGE}switch/", {"keep": "off"}).status_code == 302
    assert LocalList.objects.get().keep == Keeping.OFF

    assert browser.post(f"{PAGE}switch/", {"keep": "sometimes"}).status_code == 409


def test_all_stations_are_switched_at_once(browser: Client, kept: ChargingStation) -> None:
    assert "Switch off for all stations" in text_of(browser, "/local-lists/")
    browser.post("/local-lists/switch/", {"keep": "no"})

    assert not LocalListPolicy.objects.get().is_kept
    assert "Keep local lists" in text_of(browser, "/local-lists/")
    browser.post("/local-lists/switch/", {"keep": "yes"})
    assert LocalListPolicy.objects.get().is_kept


ALLOWED = {
    "show": set(Role),
    "overview": set(Role),
    "read": {O, M, P, I, S},
    "send": {O, M, P, I, S},
    "switch": {O, M, P, I},
    "switch all": {O, M, P, I},
}


@pytest.mark.parametrize("role", list(Role))
def test_a_role_may_do_what_it_is_for(browser_of: Callable[..., Client], kept: ChargingStation, role: Role) -> None:
    browser = browser_of(role)
    answers = {
        "show": browser.get(PAGE),
        "overview": browser.get("/local-lists/"),
        "read": browser.post(f"{PAGE}read/"),
        "send": browser.post(f"{PAGE}send/"),
        "switch": browser.post(f"{PAGE}switch/", {"keep": "auto"}),
        "switch all": browser.post("/local-lists/switch/", {"keep": "yes"}),
    }

    assert {name for name, found in answers.items() if found.status_code != 403} == {
        name for name, roles in ALLOWED.items() if role in roles
    }


def test_buttons_that_would_be_refused_are_not_shown(browser_of: Callable[..., Client], kept: ChargingStation) -> None:
    page = text_of(browser_of(R))

    assert "local-list/send/" not in page
    assert "local-list/switch/" not in page


def test_the_overview_shows_what_needs_people_first_and_can_be_narrowed(
    browser: Client, kept: ChargingStation, make_station: Callable[..., ChargingStation]
) -> None:
    LocalList.objects.create(station=make_station("CS-2"), state="failed", status="VersionMismatch")
    make_station("CS-3")

    page = text_of(browser, "/local-lists/")
    assert page.index("CS-2") < page.index("CS-1") < page.index("CS-3")
    assert "VersionMismatch" in page

    narrowed = text_of(browser, "/local-lists/?state=in_step")
    assert "CS-1" in narrowed
    assert "CS-3" not in narrowed
    assert "CS-3" in text_of(browser, "/local-lists/?state=off&q=cs-3")


def test_neither_page_asks_more_for_more_rows(
    browser: Client, kept: ChargingStation, make_station: Callable[..., ChargingStation]
) -> None:
    def queries(address: str) -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            browser.get(address)
        return len(asked)

    browser.get(PAGE)
    before = [queries(address) for address in (PAGE, "/local-lists/")]
    for number in range(5):
        IdToken.objects.create(value=f"04AA{number}")
        LocalList.objects.create(station=connected(make_station(f"CS-1{number}")), state="waiting")

    assert [queries(address) for address in (PAGE, "/local-lists/")] == before


def test_an_open_page_is_told_when_its_list_changes(browser: Client, kept: ChargingStation) -> None:
    changes = Changes()
    changes.add("local_lists", kept.pk)

    def drawn(page: str) -> list[str]:
        watch, session_key = Watch(page=page, identity="CS-1"), browser.cookies["sessionid"].value
        return fragments(watch, changes, session_key=session_key, language="en")

    assert ["refresh" in part for part in drawn("local-list")] == [True]
    assert ["refresh" in part for part in drawn("local-lists")] == [True]
    changes.by_topic.clear()
    assert drawn("local-list") == drawn("local-lists") == []


def test_a_list_in_the_log_of_commands_tells_no_numbers_to_those_who_may_not_see_them(
    browser_of: Callable[..., Client], kept: ChargingStation
) -> None:
    StationCommand.objects.filter(kind="drivers.SendLocalList").update(
        payload={"listVersion": 1, "localAuthorizationList": [{"idTag": CARD}]}
    )
    pages: dict[str, Any] = {role: text_of(browser_of(role)) for role in (F, S)}

    assert "Send local list" in pages[F]
    assert "1 entry" in pages[F]
    assert CARD not in pages[F]
    assert CARD in pages[S]
