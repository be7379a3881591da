"""Local lists recover from whatever a station answers, forgets or never says."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine

from apps.core.clock import now
from apps.drivers.messages import UpdateType
from apps.drivers.models import LocalList, LocalListState
from apps.drivers.services import local_lists
from apps.stations.models import ChargingStation, CommandState, StationCommand
from apps.stations.services.commands import expire_commands, queue_raw, time_out_command
from apps.telemetry.services.leases import release_lease
from tests.drivers.listing import (
    KNOWS_LISTS,
    Run,
    add,
    answer,
    asked,
    is_asked,
    list_of,
    numbers_of,
    plug_in,
    refuse,
    tell,
    update_asked,
)


@pytest.mark.parametrize("status", ["Failed", "VersionMismatch"])
def test_a_refused_change_is_repaired_by_a_full_list_above_the_stations_version(
    in_step: ChargingStation, run_outbox: Run, status: str
) -> None:
    add("A4")
    run_outbox()
    answer(in_step, status)
    run_outbox()
    assert asked(in_step).kind == "drivers.GetLocalListVersion"
    answer(in_step, data=9)
    run_outbox()

    update = update_asked(in_step)
    assert (update.update_type, update.version, len(update.entries)) == (UpdateType.FULL, 10, 4)

    answer(in_step)
    run_outbox()
    assert (list_of(in_step).state, list_of(in_step).version) == (LocalListState.IN_STEP, 10)


def test_a_station_that_refuses_full_lists_too_is_left_alone_for_ever_longer(
    in_step: ChargingStation, run_outbox: Run, clock: time_machine.Traveller
) -> None:
    add("A4")
    run_outbox()
    for _attempt in range(2):
        answer(in_step, "Failed")
        run_outbox()
        if is_asked(in_step):
            answer(in_step, data=1)
            run_outbox()

    found = list_of(in_step)
    assert (found.state, found.status, found.retry_at) == (
        LocalListState.FAILED,
        "Failed",
        now() + timedelta(minutes=5),
    )
    clock.shift(240)
    local_lists.keep_all()
    assert not is_asked(in_step)

    clock.shift(61)
    local_lists.keep_all()
    assert asked(in_step).kind == "drivers.GetLocalListVersion"


def test_an_update_that_was_never_answered_is_followed_by_a_full_list(
    in_step: ChargingStation, run_outbox: Run
) -> None:
    """Nobody knows whether the station took it."""
    add("A4")
    run_outbox()
    time_out_command(asked(in_step).pk)
    run_outbox()
    answer(in_step, data=2)
    run_outbox()

    assert (update_asked(in_step).update_type, update_asked(in_step).version) == (UpdateType.FULL, 3)


@pytest.mark.parametrize("how", ["status", "NotSupported", "NotImplemented", "version -1"])
def test_a_station_that_knows_no_lists_is_not_asked_again_until_its_firmware_changes(
    station: ChargingStation, run_outbox: Run, clock: time_machine.Traveller, how: str
) -> None:
    add("A1")
    run_outbox()
    if how == "version -1":
        answer(station, data=-1)
    elif how == "status":
        answer(station, data=0)
        run_outbox()
        answer(station, "NotSupported")
    else:
        refuse(station, how)
    run_outbox()
    found = list_of(station)
    assert found.state == LocalListState.UNSUPPORTED
    assert "does not support local lists" in found.problem

    clock.shift(timedelta(days=3))
    add("A2")
    run_outbox()
    local_lists.keep_all()
    assert not is_asked(station)

    ChargingStation.objects.update(firmware_version="2.0")
    local_lists.note_boot(station.pk)
    assert asked(station).kind == "drivers.GetLocalListVersion"


def test_a_station_that_lost_its_list_gets_it_anew(in_step: ChargingStation, run_outbox: Run) -> None:
    local_lists.note_boot(in_step.pk)
    answer(in_step, data=0)
    run_outbox()

    assert update_asked(in_step).update_type == UpdateType.FULL
    assert "another version" in list_of(in_step).problem


def test_a_station_that_kept_its_list_is_left_alone_after_a_boot(in_step: ChargingStation, run_outbox: Run) -> None:
    local_lists.note_boot(in_step.pk)
    answer(in_step, data=1)
    run_outbox()

    assert not is_asked(in_step)
    assert list_of(in_step).state == LocalListState.IN_STEP


def test_a_list_that_contradicts_our_verdicts_is_sent_anew_once(
    in_step: ChargingStation, run_outbox: Run, clock: time_machine.Traveller
) -> None:
    ChargingStation.objects.update(error_code="LocalListConflict", status_at=now())
    local_lists.keep_all()
    assert update_asked(in_step).update_type == UpdateType.FULL

    clock.shift(1)
    answer(in_step)
    run_outbox()
    clock.shift(60)
    local_lists.keep_all()
    assert not is_asked(in_step)
    assert list_of(in_step).state == LocalListState.IN_STEP


def test_another_error_of_the_station_is_no_conflict(in_step: ChargingStation) -> None:
    ChargingStation.objects.update(error_code="InternalError", status_at=now())
    local_lists.keep_all()

    assert not is_asked(in_step)


def test_a_list_that_can_not_be_kept_holds_up_no_other(
    in_step: ChargingStation, make_station: Callable[..., ChargingStation]
) -> None:
    LocalList.objects.update(entries={"A1": "nonsense"}, digest="")
    other = make_station("CS-2", ocpp_version="1.6")
    tell(other, **KNOWS_LISTS)
    plug_in(other)

    with pytest.raises(ExceptionGroup, match="could not be kept") as raised:
        local_lists.keep_all()

    assert len(raised.value.exceptions) == 1
    assert is_asked(other)
    assert not is_asked(in_step)


def test_the_version_is_read_once_a_day(
    in_step: ChargingStation, run_outbox: Run, clock: time_machine.Traveller
) -> None:
    clock.shift(timedelta(hours=23))
    local_lists.keep_all()
    assert not is_asked(in_step)

    clock.shift(timedelta(hours=1))
    local_lists.keep_all()
    assert asked(in_step).kind == "drivers.GetLocalListVersion"


def test_a_list_sent_by_hand_is_noticed_and_repaired(in_step: ChargingStation, run_outbox: Run) -> None:
    queue_raw(in_step, "SendLocalList", {"listVersion": 77, "updateType": "Full"}, by="ada@example.com")
    answer(in_step)
    run_outbox()
    assert asked(in_step).kind == "drivers.GetLocalListVersion"
    answer(in_step, data=77)
    run_outbox()

    assert (update_asked(in_step).update_type, update_asked(in_step).version) == (UpdateType.FULL, 78)


def test_an_offline_station_waits_and_is_sent_what_it_missed_when_it_is_back(
    in_step: ChargingStation, run_outbox: Run
) -> None:
    release_lease(in_step.pk, epoch=1)
    add("A4")
    run_outbox()
    assert not is_asked(in_step)
    assert list_of(in_step).state == LocalListState.WAITING

    plug_in(in_step)
    local_lists.keep_all()
    assert [entry.id_token.value for entry in update_asked(in_step).entries] == ["A4"]


def test_an_update_that_expired_unsent_is_queued_anew_by_the_sweep(
    in_step: ChargingStation, run_outbox: Run, clock: time_machine.Traveller
) -> None:
    add("A4")
    run_outbox()
    clock.shift(301)
    expire_commands()
    run_outbox()
    if not is_asked(in_step):
        local_lists.keep_all()

    update = update_asked(in_step)
    assert (update.update_type, update.version) == (UpdateType.DIFFERENTIAL, 2)
    assert StationCommand.objects.filter(state=CommandState.EXPIRED).count() == 1


def test_news_that_was_lost_is_taken_over_by_the_sweep(
    in_step: ChargingStation, run_outbox: Run, clock: time_machine.Traveller
) -> None:
    add("A4")
    run_outbox()
    answer(in_step)
    clock.shift(60)
    local_lists.keep_all()

    assert numbers_of(in_step) == ["A1", "A2", "A3", "A4"]
    run_outbox()
    assert (list_of(in_step).state, list_of(in_step).version) == (LocalListState.IN_STEP, 2)
