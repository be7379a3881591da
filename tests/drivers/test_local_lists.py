"""Local lists follow the tokens, as far as a station has room, and as people switch them."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine

from apps.accounts.models import AuditEntry
from apps.core.clock import now
from apps.core.errors import UnableTo
from apps.drivers.messages import UpdateType
from apps.drivers.models import Driver, IdToken, Keeping, LocalListState, TokenAlias
from apps.drivers.services import local_lists
from apps.drivers.services.drivers import archive_driver
from apps.drivers.services.tokens import block_token, note_use, save_token
from apps.stations.models import ChargingStation
from apps.stations.services.hardware import archive_station
from apps.tenants.models import Tenant
from tests.drivers.listing import (
    KNOWS_LISTS,
    NOON,
    Run,
    add,
    answer,
    asked,
    is_asked,
    list_of,
    numbers_of,
    plug_in,
    tell,
    update_asked,
)


def test_a_station_is_asked_for_its_version_and_then_sent_the_whole_list(
    station: ChargingStation, run_outbox: Run
) -> None:
    add("A1", "A2")
    run_outbox()
    assert asked(station).kind == "drivers.GetLocalListVersion"

    answer(station, data=4)
    run_outbox()
    update = update_asked(station)
    assert (update.update_type, update.version) == (UpdateType.FULL, 5)
    assert {entry.id_token.value for entry in update.entries} == {"A1", "A2"}

    answer(station)
    run_outbox()
    found = list_of(station)
    assert (found.state, found.version, found.size, found.problem) == (LocalListState.IN_STEP, 5, 2, "")
    assert not is_asked(station)


def test_a_blocked_token_is_told_at_once_and_alone(in_step: ChargingStation, run_outbox: Run) -> None:
    block_token(IdToken.objects.get(value="A2"), by="ada@example.com")
    run_outbox()

    update = update_asked(in_step)
    assert (update.update_type, update.version) == (UpdateType.DIFFERENTIAL, 2)
    assert [(entry.id_token.value, entry.id_token_info.status) for entry in update.entries] == [("A2", "Blocked")]

    answer(in_step)
    run_outbox()
    assert list_of(in_step).there["A2"].status == "Blocked"
    assert list_of(in_step).state == LocalListState.IN_STEP


@pytest.mark.parametrize("change", ["group", "expiry", "driver", "deleted"])
def test_whatever_changes_the_verdict_changes_the_list(in_step: ChargingStation, run_outbox: Run, change: str) -> None:
    token = IdToken.objects.get(value="A2")
    if change == "group":
        token.group = "FLEET"
        save_token(token, by="ada@example.com")
    elif change == "expiry":
        token.expires_at = NOON + timedelta(days=9)
        save_token(token, by="ada@example.com")
    elif change == "driver":
        token.driver = Driver.objects.create(name="Ada")
        save_token(token, by="ada@example.com")
        archive_driver(token.driver, by="ada@example.com")
    else:
        token.delete()
        local_lists.keep_all()
    run_outbox()

    [entry] = update_asked(in_step).entries
    assert entry.id_token.value == "A2"
    info = entry.id_token_info
    assert (info and (info.status, info.group, info.expires_at)) == {
        "group": ("Accepted", "FLEET", None),
        "expiry": ("Accepted", None, NOON + timedelta(days=9)),
        "driver": ("Blocked", None, None),
        "deleted": None,
    }[change]


def test_a_token_that_expires_is_noticed_by_the_sweep(
    in_step: ChargingStation, run_outbox: Run, clock: time_machine.Traveller
) -> None:
    token = IdToken.objects.get(value="A2")
    token.expires_at = now() + timedelta(hours=1)
    save_token(token, by="ada@example.com")
    run_outbox()
    answer(in_step)
    run_outbox()

    clock.shift(3601)
    local_lists.keep_all()

    [entry] = update_asked(in_step).entries
    assert entry.id_token_info.status == "Expired"


def test_what_changes_no_verdict_sends_nothing(in_step: ChargingStation, run_outbox: Run) -> None:
    token = IdToken.objects.get(value="A2")
    token.label = "Spare"
    save_token(token, by="ada@example.com")
    run_outbox()

    assert not is_asked(in_step)


def test_an_import_of_forty_cards_makes_a_few_messages(
    in_step: ChargingStation, run_outbox: Run, clock: time_machine.Traveller
) -> None:
    """One goes out at once; what follows within half a minute goes together, ten a message."""
    sent = 0
    for number in range(40):
        add(f"B{number:02}")
        run_outbox()
        if is_asked(in_step):
            sent += 1
            answer(in_step)
            run_outbox()
        clock.shift(0.1)
    assert sent == 1

    clock.shift(30)
    local_lists.keep_all()
    while is_asked(in_step):
        sent += 1
        answer(in_step)
        run_outbox()

    assert sent == 5
    assert len(numbers_of(in_step)) == 43
    assert list_of(in_step).version == 6


def test_a_list_longer_than_a_message_goes_on_as_changes(station: ChargingStation, run_outbox: Run) -> None:
    add(*(f"{number:02}" for number in range(23)))
    run_outbox()
    answer(station, data=0)
    run_outbox()
    sent = []
    while is_asked(station):
        update = update_asked(station)
        sent.append((update.update_type.value, update.version, len(update.entries)))
        answer(station)
        run_outbox()

    assert sent == [("Full", 1, 10), ("Differential", 2, 10), ("Differential", 3, 3)]
    assert len(numbers_of(station)) == 23


def test_a_short_list_holds_the_tokens_used_last_and_says_how_many_are_left_out(
    station: ChargingStation, run_outbox: Run, clock: time_machine.Traveller
) -> None:
    tell(station, LocalAuthListMaxLength="2")
    for number in ("OLD", "USED", "NEW"):
        add(number)
        clock.shift(1)
    note_use(IdToken.objects.get(value="USED"), on=now().date())
    run_outbox()
    answer(station, data=0)
    run_outbox()

    assert [entry.id_token.value for entry in update_asked(station).entries] == ["USED", "NEW"]
    assert list_of(station).left_out == 1


def test_tokens_too_long_for_1_6_are_left_out(station: ChargingStation, run_outbox: Run) -> None:
    add("A1", "X" * 21)
    run_outbox()
    answer(station, data=0)
    run_outbox()

    assert [entry.id_token.value for entry in update_asked(station).entries] == ["A1"]
    assert list_of(station).left_out == 1


def test_q73_a_card_stands_there_under_every_number_it_is_shown_with(station: ChargingStation, run_outbox: Run) -> None:
    [token] = add("04A2B3C4")
    TokenAlias.objects.create(value="C4B3A204", id_token=token, approved_by="ada@example.com")
    run_outbox()
    answer(station, data=0)
    run_outbox()

    assert {entry.id_token.value for entry in update_asked(station).entries} == {"04A2B3C4", "C4B3A204"}


@pytest.mark.parametrize(
    ("told", "is_kept"),
    [
        ({"LocalAuthListEnabled": "true"}, True),
        ({"SupportedFeatureProfiles": "Core, LocalAuthListManagement"}, True),
        ({"LocalAuthListEnabled": "false", "SupportedFeatureProfiles": "LocalAuthListManagement"}, False),
        ({"SupportedFeatureProfiles": "Core,SmartCharging"}, False),
        ({}, False),
    ],
)
def test_a_list_is_kept_by_itself_only_where_the_station_offers_one(
    alpha: Tenant, make_station: Callable[..., ChargingStation], run_outbox: Run, told: dict[str, str], is_kept: bool
) -> None:
    station = make_station("CS-2", ocpp_version="1.6")
    tell(station, **told)
    plug_in(station)
    add("A1")
    run_outbox()

    assert is_asked(station) is is_kept


def test_a_station_that_told_no_lengths_is_asked_for_them_and_else_taken_to_bear_little(
    alpha: Tenant, make_station: Callable[..., ChargingStation], run_outbox: Run
) -> None:
    station = make_station("CS-2", ocpp_version="1.6")
    tell(station, LocalAuthListEnabled="true")
    plug_in(station)
    add(*(f"{number:03}" for number in range(120)))
    run_outbox()
    command = asked(station)
    assert command.kind == "stations.GetVariables"
    assert "SendLocalListMaxLength" in {ref["variable"] for ref in command.message["refs"]}

    answer(station)
    run_outbox()
    answer(station, data=0)
    run_outbox()

    assert len(update_asked(station).entries) == 20
    assert list_of(station).left_out == 20


def test_a_list_that_is_switched_off_is_emptied_at_the_station(in_step: ChargingStation, run_outbox: Run) -> None:
    local_lists.set_keeping(in_step, Keeping.OFF, by="ada@example.com")
    update = update_asked(in_step)
    assert (update.update_type, update.entries) == (UpdateType.FULL, ())
    answer(in_step)
    run_outbox()

    assert (list_of(in_step).state, list_of(in_step).size) == (LocalListState.OFF, 0)
    add("A4")
    run_outbox()
    assert not is_asked(in_step)

    entry = AuditEntry.objects.get(action="drivers.locallist.switched")
    assert (entry.actor, entry.detail) == ("ada@example.com", {"name": "CS-1", "keep": "off"})


def test_the_tenants_switch_empties_all_lists_but_those_that_are_always_kept(
    in_step: ChargingStation, make_station: Callable[..., ChargingStation], run_outbox: Run
) -> None:
    always = make_station("CS-2", ocpp_version="1.6")
    tell(always, **KNOWS_LISTS)
    plug_in(always)
    local_lists.set_keeping(always, Keeping.ON, by="ada@example.com")

    local_lists.set_policy(is_kept=False, by="ada@example.com")
    run_outbox()

    assert update_asked(in_step).entries == ()
    answer(always, data=0)
    run_outbox()
    assert len(update_asked(always).entries) == 3
    assert AuditEntry.objects.filter(action="drivers.locallistpolicy.switched").count() == 1


def test_a_full_list_asked_for_by_hand_is_sent_whatever_was_refused_before(
    station: ChargingStation, run_outbox: Run
) -> None:
    add("A1")
    run_outbox()
    answer(station, data=-1)
    run_outbox()

    local_lists.send_full(station, by="ada@example.com")
    answer(station, data=0)
    run_outbox()

    assert update_asked(station).update_type == UpdateType.FULL
    assert AuditEntry.objects.filter(action="drivers.locallist.sent", actor="ada@example.com").count() == 1


def test_a_full_list_is_refused_where_none_is_kept(alpha: Tenant, make_station: Callable[..., ChargingStation]) -> None:
    station = make_station("CS-2", ocpp_version="1.6")
    with pytest.raises(UnableTo, match="No local list is kept"):
        local_lists.send_full(station, by="ada@example.com")


def test_an_archived_station_is_left_alone(in_step: ChargingStation, run_outbox: Run) -> None:
    archive_station(in_step, by="ada@example.com")
    add("A4")
    run_outbox()

    assert not is_asked(in_step)
    with pytest.raises(UnableTo, match="archived"):
        local_lists.set_keeping(ChargingStation.objects.get(), Keeping.ON, by="ada@example.com")


def test_a_station_that_is_not_accepted_yet_gets_no_list(station: ChargingStation, run_outbox: Run) -> None:
    ChargingStation.objects.update(registration="Pending")
    add("A1")
    run_outbox()

    assert not is_asked(station)
