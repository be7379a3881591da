"""Certification titles of 2.0.1 about the local authorisation list (block D), over a real socket; 2.1 has them, too."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from apps.core.clock import now
from apps.drivers.models import IdToken, Keeping, LocalList
from apps.drivers.services import local_lists
from apps.drivers.services.tokens import block_token, save_token
from apps.stations.models import ChargingStation, StationCommand, Variable
from tests.plugged import RawStation
from tests.stories.certifying import unlawful_frames
from tests.stories.certifying_2 import Station2, became

CARD, OTHER = "04A2B3C4", "04000001"


@pytest.fixture(params=["2.0.1", "2.1"])
def point(
    request: Any, plug: Callable[..., RawStation], depot: ChargingStation, run_outbox: Callable[[], None]
) -> Iterator[Station2]:
    """CS-1 with a local list that is empty yet, of two entries a message."""
    for name, value in (("Enabled", "true"), ("ItemsPerMessage", "2")):
        Variable.objects.create(
            station=depot, component="LocalAuthListCtrlr", name=name, value=value, reported_at=now()
        )
    made = Station2(plug(request.param))
    assert made.boot()["status"] == "Accepted"
    yield made
    assert unlawful_frames(request.param) == []


@pytest.fixture
def in_step(point: Station2, run_outbox: Callable[[], None]) -> Station2:
    """It has taken the depot's card as version 1."""
    run_outbox()
    local_lists.keep_all()
    point.obey("GetLocalListVersion", {"versionNumber": 0})
    run_outbox()
    point.obey("SendLocalList", {"status": "Accepted"})
    run_outbox()
    assert the_list().state == "in_step"
    forget_the_hurry()
    return point


def the_list() -> LocalList:
    return LocalList.objects.get()


def forget_the_hurry() -> None:
    """As if half a minute had gone by, in which changes are gathered."""
    LocalList.objects.update(asked_at=None)


def verdicts(payload: dict[str, Any]) -> dict[str, str | None]:
    """What an update says of each token; null takes it out."""
    entries = payload.get("localAuthorizationList", [])
    return {entry["idToken"]["idToken"]: entry.get("idTokenInfo", {}).get("status") for entry in entries}


def head(payload: dict[str, Any]) -> tuple[str, int]:
    return payload["updateType"], payload["versionNumber"]


def test_tc_d_01_a_full_list_replaces_what_is_there(point, run_outbox):
    local_lists.keep_all()
    point.obey("GetLocalListVersion", {"versionNumber": 7})
    run_outbox()

    sent = point.obey("SendLocalList", {"status": "Accepted"})
    run_outbox()

    assert (head(sent), verdicts(sent)) == (("Full", 8), {CARD: "Accepted"})
    assert (the_list().state, the_list().version) == ("in_step", 8)


@pytest.mark.parametrize("status", ["Failed", "VersionMismatch"])
def test_tc_d_01_a_full_list_that_is_refused_is_not_said_to_be_there(point, run_outbox, status):
    local_lists.keep_all()
    point.obey("GetLocalListVersion", {"versionNumber": 0})
    run_outbox()
    for _attempt in range(2):
        point.obey("SendLocalList", {"status": status})
        run_outbox()
        if the_list().state == "updating":
            point.obey("GetLocalListVersion", {"versionNumber": 0})
            run_outbox()

    assert (the_list().state, the_list().status, the_list().size) == ("failed", status, 0)


def test_tc_d_02_a_token_that_is_new_is_added_without_the_others(in_step, run_outbox):
    save_token(IdToken(value=OTHER), by="story")
    run_outbox()

    sent = in_step.obey("SendLocalList", {"status": "Accepted"})
    run_outbox()

    assert (head(sent), verdicts(sent)) == (("Differential", 2), {OTHER: "Accepted"})
    assert (the_list().state, the_list().size) == ("in_step", 2)


def test_tc_d_02_a_token_that_was_blocked_is_told_to_be_blocked(in_step, run_outbox):
    block_token(IdToken.objects.get(), by="story")
    run_outbox()

    sent = in_step.obey("SendLocalList", {"status": "Accepted"})

    assert (head(sent), verdicts(sent)) == (("Differential", 2), {CARD: "Blocked"})


def test_tc_d_02_a_change_above_no_known_version_is_repaired_by_a_full_list(in_step, run_outbox):
    save_token(IdToken(value=OTHER), by="story")
    run_outbox()
    in_step.obey("SendLocalList", {"status": "VersionMismatch"})
    run_outbox()
    in_step.obey("GetLocalListVersion", {"versionNumber": 12})
    run_outbox()

    repair = in_step.obey("SendLocalList", {"status": "Accepted"})

    assert (head(repair), verdicts(repair)) == (("Full", 13), {CARD: "Accepted", OTHER: "Accepted"})


def test_tc_d_03_a_token_that_is_gone_is_taken_out(in_step, run_outbox):
    IdToken.objects.all().delete()
    local_lists.keep_all()

    sent = in_step.obey("SendLocalList", {"status": "Accepted"})
    run_outbox()

    assert (head(sent), verdicts(sent)) == (("Differential", 2), {CARD: None})
    assert (the_list().state, the_list().size) == ("in_step", 0)


def test_tc_d_03_a_removal_that_failed_is_not_said_to_have_happened(in_step, run_outbox):
    IdToken.objects.all().delete()
    local_lists.keep_all()

    in_step.obey("SendLocalList", {"status": "Failed"})
    run_outbox()

    assert the_list().size == 1
    assert the_list().state != "in_step"


def test_tc_d_04_a_list_that_is_no_longer_kept_is_emptied(in_step, run_outbox, depot):
    local_lists.set_keeping(depot, Keeping.OFF, by="olga")

    sent = in_step.obey("SendLocalList", {"status": "Accepted"})
    run_outbox()

    assert (head(sent), "localAuthorizationList" in sent) == (("Full", 2), False)
    assert (the_list().state, the_list().size) == ("off", 0)


def test_tc_d_04_a_list_that_could_not_be_emptied_is_not_said_to_be_empty(in_step, run_outbox, depot):
    local_lists.set_keeping(depot, Keeping.OFF, by="olga")

    in_step.obey("SendLocalList", {"status": "Failed"})
    run_outbox()

    assert the_list().size == 1


def test_tc_d_08_the_version_that_was_acknowledged_is_left_as_it_is(in_step, run_outbox, depot):
    command = local_lists.read_version(depot, by="olga")
    assert in_step.obey("GetLocalListVersion", {"versionNumber": 1}) == {}
    run_outbox()

    assert became(command)[0] == "accepted"
    assert (command.result, the_list().told_version, the_list().state) == (1, 1, "in_step")
    assert in_step.is_left_alone()


def test_tc_d_08_another_version_is_repaired_by_a_full_list(in_step, run_outbox, depot):
    local_lists.read_version(depot, by="olga")
    in_step.obey("GetLocalListVersion", {"versionNumber": 5})
    run_outbox()

    assert head(in_step.obey("SendLocalList", {"status": "Accepted"})) == ("Full", 6)


def test_tc_d_09_a_station_without_a_list_says_0_and_is_sent_one(point, run_outbox):
    run_outbox()  # it has booted, so it is asked by itself
    point.obey("GetLocalListVersion", {"versionNumber": 0})
    command = StationCommand.objects.get(kind="drivers.GetLocalListVersion")
    assert (became(command)[0], command.result) == ("accepted", 0)

    run_outbox()

    assert head(point.obey("SendLocalList", {"status": "Accepted"})) == ("Full", 1)


def test_tc_d_09_a_station_that_has_switched_its_lists_off_is_sent_none(point, run_outbox, depot):
    Variable.objects.filter(station=depot, name="Enabled").update(value="false")
    local_lists.read_version(depot, by="olga")
    point.obey("GetLocalListVersion", {"versionNumber": 0})
    run_outbox()
    local_lists.keep_all()

    assert not StationCommand.objects.filter(kind="drivers.SendLocalList").exists()
