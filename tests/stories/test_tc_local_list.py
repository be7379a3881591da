"""Certification titles of 1.6 about the local list and the cache, over a real socket: TC_042, TC_043, TC_061."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from apps.accounts.messages import Role
from apps.accounts.models import User
from apps.core.clock import now
from apps.drivers.models import Driver, IdToken, LocalList, LocalListState
from apps.drivers.services import local_lists
from apps.drivers.services.tokens import block_token, save_token
from apps.stations.models import ChargingStation, CommandState, StationCommand, Variable
from apps.stations.models.commands import OPEN_STATES
from tests.plugged import CALL, CALL_ERROR, CALL_RESULT, RawStation, wait_for

KEYS = {
    "SupportedFeatureProfiles": "Core,LocalAuthListManagement",
    "LocalAuthListEnabled": "true",
    "LocalAuthListMaxLength": "100",
    "SendLocalListMaxLength": "2",
}
CARD = "04A2B3C4"  # the depot's
Json = dict[str, Any]


@pytest.fixture
def settle(run_outbox: Callable[[], None]) -> Callable[[], None]:
    """Wait until what the station has just answered is recorded, and let the worker do what follows."""

    def done() -> None:
        wait_for(lambda: not is_asked(CommandState.SENT))
        run_outbox()

    return done


@pytest.fixture
def plugged(depot: ChargingStation, plug: Callable[..., RawStation]) -> RawStation:
    """CS-1, connected, with a local list of at most a hundred entries, two a message."""
    raw = plug("1.6")
    raw.call("BootNotification", {"chargePointVendor": "V", "chargePointModel": "M", "firmwareVersion": "1.0"})
    for name, value in KEYS.items():
        Variable.objects.create(station=depot, component="", name=name, value=value, reported_at=now())
    return raw


def is_asked(*states: str) -> bool:
    """Whether there is a request of the kinds that matter here in one of these states."""
    kinds = [f"drivers.{action}" for action in ("ClearCache", "GetLocalListVersion", "SendLocalList")]
    return StationCommand.objects.filter(kind__in=kinds, state__in=states or OPEN_STATES).exists()


def obey(raw: RawStation, action: str, answer: Json) -> Json:
    """Answer when the station is asked for this; whatever else it is asked meanwhile it does not know."""
    while True:
        frame = raw.frame(lambda frame: frame[0] == CALL)
        if frame[2] == action:
            raw.socket.send(json.dumps([CALL_RESULT, frame[1], answer]))
            payload: Json = frame[3]
            return payload
        raw.socket.send(json.dumps([CALL_ERROR, frame[1], "NotImplemented", "", {}]))


def the_list() -> LocalList:
    return LocalList.objects.get(station__identity="CS-1")


def shown(payload: Json) -> dict[str, str | None]:
    """What an update says of each idTag; null takes it out."""
    entries = payload.get("localAuthorizationList", [])
    return {entry["idTag"]: entry.get("idTagInfo", {}).get("status") for entry in entries}


def add(*numbers: str) -> None:
    for number in numbers:
        save_token(IdToken(value=number), by="story")


def get_in_step(raw: RawStation, settle: Callable[[], None]) -> None:
    """The station takes its first list: the depot's card, as version 1."""
    local_lists.keep_all()
    obey(raw, "GetLocalListVersion", {"listVersion": 0})
    settle()
    obey(raw, "SendLocalList", {"status": "Accepted"})
    settle()
    assert the_list().state == LocalListState.IN_STEP
    forget_the_hurry()


def forget_the_hurry() -> None:
    """As if half a minute had gone by, in which changes are gathered."""
    LocalList.objects.update(asked_at=None)


def test_tc_042_1_a_station_without_local_lists_says_so_and_is_sent_none(
    plugged: RawStation, settle: Callable[[], None]
) -> None:
    local_lists.keep_all()
    obey(plugged, "GetLocalListVersion", {"listVersion": -1})
    settle()

    assert (the_list().state, the_list().told_version) == (LocalListState.UNSUPPORTED, -1)
    forget_the_hurry()
    add("04000001")
    settle()
    local_lists.keep_all()
    assert not is_asked()


def test_tc_042_1_a_station_that_does_not_know_the_question_has_no_local_lists_either(
    plugged: RawStation, settle: Callable[[], None]
) -> None:
    local_lists.keep_all()
    frame = plugged.frame(lambda frame: frame[0] == CALL and frame[2] == "GetLocalListVersion")
    plugged.socket.send(json.dumps([CALL_ERROR, frame[1], "NotImplemented", "", {}]))
    settle()

    assert (the_list().state, the_list().status) == (LocalListState.UNSUPPORTED, "NotImplemented")


def test_tc_042_2_an_empty_list_is_filled(plugged: RawStation, settle: Callable[[], None]) -> None:
    local_lists.keep_all()
    obey(plugged, "GetLocalListVersion", {"listVersion": 0})
    settle()

    payload = obey(plugged, "SendLocalList", {"status": "Accepted"})
    assert payload == {
        "listVersion": 1,
        "updateType": "Full",
        "localAuthorizationList": [{"idTag": CARD, "idTagInfo": {"status": "Accepted"}}],
    }


def test_tc_042_2_a_list_that_has_become_empty_is_sent_anew(plugged: RawStation, settle: Callable[[], None]) -> None:
    get_in_step(plugged, settle)

    local_lists.read_version(the_list().station, by="story")
    obey(plugged, "GetLocalListVersion", {"listVersion": 0})
    settle()

    assert obey(plugged, "SendLocalList", {"status": "Accepted"})["updateType"] == "Full"


def test_tc_042_2_a_version_as_acknowledged_is_left_as_it_is(plugged: RawStation, settle: Callable[[], None]) -> None:
    get_in_step(plugged, settle)

    local_lists.read_version(the_list().station, by="story")
    obey(plugged, "GetLocalListVersion", {"listVersion": 1})
    settle()

    assert not is_asked()
    assert the_list().state == LocalListState.IN_STEP


def test_tc_043_1_a_station_that_does_not_support_it_is_not_asked_again_until_its_firmware_changes(
    plugged: RawStation, settle: Callable[[], None]
) -> None:
    local_lists.keep_all()
    obey(plugged, "GetLocalListVersion", {"listVersion": 0})
    settle()
    obey(plugged, "SendLocalList", {"status": "NotSupported"})
    settle()
    assert (the_list().state, the_list().status) == (LocalListState.UNSUPPORTED, "NotSupported")

    forget_the_hurry()
    boot = {"chargePointVendor": "V", "chargePointModel": "M"}
    plugged.call("BootNotification", boot | {"firmwareVersion": "1.0"})
    settle()
    assert not is_asked()

    plugged.call("BootNotification", boot | {"firmwareVersion": "2.0"})
    settle()
    obey(plugged, "GetLocalListVersion", {"listVersion": 0})
    settle()
    assert obey(plugged, "SendLocalList", {"status": "Accepted"})["updateType"] == "Full"


def test_tc_043_3_a_failed_change_is_repaired_by_a_full_list(plugged: RawStation, settle: Callable[[], None]) -> None:
    get_in_step(plugged, settle)
    add("04000001")
    settle()
    assert obey(plugged, "SendLocalList", {"status": "Failed"})["updateType"] == "Differential"
    settle()
    obey(plugged, "GetLocalListVersion", {"listVersion": 1})
    settle()

    repair = obey(plugged, "SendLocalList", {"status": "Accepted"})
    settle()

    assert (repair["updateType"], repair["listVersion"]) == ("Full", 2)
    assert shown(repair) == {CARD: "Accepted", "04000001": "Accepted"}
    assert (the_list().state, the_list().version) == (LocalListState.IN_STEP, 2)


def test_tc_043_3_a_list_that_fails_again_is_shown_and_not_sent_for_ever(
    plugged: RawStation, settle: Callable[[], None]
) -> None:
    local_lists.keep_all()
    obey(plugged, "GetLocalListVersion", {"listVersion": 0})
    settle()
    for _attempt in range(2):
        obey(plugged, "SendLocalList", {"status": "Failed"})
        settle()
        if the_list().state == LocalListState.UPDATING:
            obey(plugged, "GetLocalListVersion", {"listVersion": 0})
            settle()

    found = the_list()
    assert (found.state, found.status, found.size) == (LocalListState.FAILED, "Failed", 0)
    assert found.retry_at is not None
    assert not is_asked()


def test_tc_043_4_a_full_list_goes_in_parts_that_the_station_bears(
    plugged: RawStation, settle: Callable[[], None]
) -> None:
    add("04000001", "04000002", "04000003", "04000004")
    block_token(IdToken.objects.get(value="04000004"), by="story")
    settle()
    obey(plugged, "GetLocalListVersion", {"listVersion": 41})
    settle()
    taken: list[Json] = []
    for _part in range(3):
        taken.append(obey(plugged, "SendLocalList", {"status": "Accepted"}))
        settle()

    assert [(part["updateType"], part["listVersion"]) for part in taken] == [
        ("Full", 42),
        ("Differential", 43),
        ("Differential", 44),
    ]
    assert [len(part["localAuthorizationList"]) for part in taken] == [2, 2, 1]
    entries = {tag: status for part in taken for tag, status in shown(part).items()}
    assert entries.pop("04000004") == "Blocked"
    assert entries == dict.fromkeys([CARD, "04000001", "04000002", "04000003"], "Accepted")


def test_tc_043_4_a_part_that_was_refused_starts_the_list_anew(plugged: RawStation, settle: Callable[[], None]) -> None:
    add("04000001", "04000002")
    settle()
    obey(plugged, "GetLocalListVersion", {"listVersion": 0})
    settle()
    obey(plugged, "SendLocalList", {"status": "Accepted"})
    settle()
    assert obey(plugged, "SendLocalList", {"status": "VersionMismatch"})["updateType"] == "Differential"
    settle()
    obey(plugged, "GetLocalListVersion", {"listVersion": 7})
    settle()

    again = obey(plugged, "SendLocalList", {"status": "Accepted"})
    assert (again["updateType"], again["listVersion"]) == ("Full", 8)


def test_tc_043_5_changes_name_only_what_has_changed(plugged: RawStation, settle: Callable[[], None]) -> None:
    get_in_step(plugged, settle)
    driver = Driver.objects.create(name="Ada")
    save_token(IdToken(value="04000001", driver=driver, group="FLEET", expires_at=now().replace(2031)), by="story")
    settle()

    change = obey(plugged, "SendLocalList", {"status": "Accepted"})
    settle()

    assert (change["updateType"], change["listVersion"]) == ("Differential", 2)
    [entry] = change["localAuthorizationList"]
    assert entry["idTag"] == "04000001"
    assert entry["idTagInfo"]["parentIdTag"] == "FLEET"
    assert entry["idTagInfo"]["expiryDate"].startswith("2031-")
    assert the_list().state == LocalListState.IN_STEP


def test_tc_043_5_a_token_that_is_gone_is_taken_out(plugged: RawStation, settle: Callable[[], None]) -> None:
    add("04000001")
    settle()
    obey(plugged, "GetLocalListVersion", {"listVersion": 0})
    settle()
    obey(plugged, "SendLocalList", {"status": "Accepted"})
    settle()
    forget_the_hurry()
    IdToken.objects.filter(value="04000001").delete()
    local_lists.keep_all()

    change = obey(plugged, "SendLocalList", {"status": "Accepted"})
    assert (change["updateType"], shown(change)) == ("Differential", {"04000001": None})


def test_tc_043_5_a_change_above_no_known_version_is_repaired(plugged: RawStation, settle: Callable[[], None]) -> None:
    """VersionMismatch: the station has a newer list than ours."""
    get_in_step(plugged, settle)
    add("04000001")
    settle()
    obey(plugged, "SendLocalList", {"status": "VersionMismatch"})
    settle()
    obey(plugged, "GetLocalListVersion", {"listVersion": 12})
    settle()

    repair = obey(plugged, "SendLocalList", {"status": "Accepted"})
    assert (repair["updateType"], repair["listVersion"]) == ("Full", 13)


@pytest.fixture
def browser(depot: ChargingStation, live_tenant: Any) -> Client:
    user = User.objects.create(email="ada@example.com", role=Role.OPERATOR)
    client = Client(HTTP_HOST=f"{live_tenant.slug}.localhost")
    client.force_login(user)
    return client


@pytest.mark.parametrize(("status", "state"), [("Accepted", "accepted"), ("Rejected", "rejected")])
def test_tc_061_an_operator_clears_the_cache_and_sees_what_came_of_it(
    plugged: RawStation, browser: Client, settle: Callable[[], None], status: str, state: str
) -> None:
    answer = browser.post("/stations/CS-1/commands/clear-cache/", {})
    assert answer.status_code == 202
    assert obey(plugged, "ClearCache", {"status": status}) == {}
    settle()

    command = StationCommand.objects.get(kind="drivers.ClearCache")
    assert (command.state, command.status, command.by) == (state, status, "ada@example.com")
    assert LocalList.objects.filter(station__identity="CS-1", size__gt=0).count() == 0
