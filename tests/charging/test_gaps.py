"""Messages of a charge that never came: how long they are waited for (Q75)."""

from datetime import timedelta

import pytest

from apps.charging.messages import GetTransactionStatus
from apps.charging.models import HoldReason
from apps.charging.services.gaps import ask_status, take_status_answer, tend_gaps
from apps.dialects.adapters.registry import dialect_for
from apps.stations.messages import OcppVersion
from apps.stations.models import StationCommand
from apps.telemetry.models import StationLive
from apps.telemetry.services.leases import take_lease
from tests.charging.conftest import Talker, end, minutes, reading, the_charge


@pytest.fixture
def gapped(talker2: Talker, clock) -> Talker:
    """A charge that plain readings alone tell of, with a message missing; its station is connected."""
    take_lease(talker2.station.pk, gateway="g", version="2.0.1", address="127.0.0.1")
    talker2.started(readings=(reading(minutes(0), 1000),))
    talker2.updated(at=minutes(30), seq_no=1, readings=(reading(minutes(30), 7000),))
    clock.move_to(minutes(60))
    talker2.ended(seq_no=3, readings=(reading(minutes(60), 13000),))
    assert the_charge().hold_reason == HoldReason.MESSAGES_MISSING
    return talker2


def asked() -> int:
    return StationCommand.objects.filter(kind="charging.GetTransactionStatus").count()


def answer(*, waiting: bool, ongoing: bool = False) -> None:
    command = ask_status(the_charge(), by="olga")
    told = {"messages_in_queue": waiting, "ongoing": ongoing}
    StationCommand.objects.filter(pk=command.pk).update(state="accepted", result=told)
    take_status_answer(command.pk)


def test_q75_the_station_is_asked_after_a_moment_and_then_once_an_hour(gapped, clock):
    tend_gaps()
    assert asked() == 0, "what is under way comes first"

    clock.shift(timedelta(minutes=2))
    tend_gaps()
    tend_gaps()
    assert asked() == 1
    clock.shift(timedelta(minutes=61))
    tend_gaps()
    assert asked() == 2


def test_q75_a_station_that_is_away_is_not_asked(gapped, clock):
    StationLive.objects.update(connected_at=None)
    clock.shift(timedelta(minutes=2))
    tend_gaps()

    assert asked() == 0


def test_q75_the_missing_message_settles_the_charge(gapped):
    gapped.updated(at=minutes(40), seq_no=2, offline=True, readings=(reading(minutes(40), 9000),))

    assert (the_charge().is_billable, the_charge().energy_wh) == (True, 12000)


def test_q75_while_messages_wait_there_it_is_held(gapped):
    answer(waiting=True)

    assert the_charge().hold_reason == HoldReason.MESSAGES_MISSING


def test_q75_when_nothing_waits_the_readings_there_are_decide(gapped):
    answer(waiting=False)

    assert (the_charge().is_billable, the_charge().energy_wh) == (True, 12000)
    assert the_charge().has_note("nothing_queued")


def test_q75_after_three_days_the_readings_there_are_decide(gapped, clock):
    clock.shift(timedelta(hours=71))
    tend_gaps()
    assert not the_charge().is_billable
    clock.shift(timedelta(hours=1))
    tend_gaps()

    assert (the_charge().is_billable, the_charge().energy_wh) == (True, 12000)


def test_q75_without_an_end_reading_people_decide_even_then(talker2, clock):
    talker2.started()
    clock.move_to(minutes(60))
    talker2.ended(seq_no=5, readings=())
    answer(waiting=False)
    clock.shift(timedelta(hours=73))
    tend_gaps()

    assert the_charge().hold_reason == HoldReason.END_UNKNOWN


def test_q75_begin_and_end_readings_need_no_wait(talker2, clock):
    clock.move_to(minutes(60))
    talker2.started(seq_no=0)
    talker2.ended(seq_no=5, readings=(end(13000),))
    clock.shift(timedelta(minutes=2))
    tend_gaps()

    assert (the_charge().is_billable, asked()) == (True, 0)


def test_q75_a_charge_that_goes_on_after_its_end_is_shown(gapped):
    answer(waiting=False, ongoing=True)

    assert the_charge().has_note("still_ongoing")


@pytest.mark.parametrize(
    ("told", "accepted"),
    [({"messagesInQueue": False}, True), ({}, False), (None, False), ({"messagesInQueue": "yes"}, False)],
)
def test_an_answer_without_its_one_fact_is_none(told, accepted):
    found = dialect_for(OcppVersion.V21).outcome("GetTransactionStatus", {}, told)

    assert (found.accepted, found.data is not None) == (accepted, accepted)


def test_a_status_is_asked_of_one_charge_or_of_all():
    dialect = dialect_for(OcppVersion.V201)

    assert dialect.encode(GetTransactionStatus()) == ("GetTransactionStatus", {})
    assert dialect.encode(GetTransactionStatus(transaction_ref="a")) == (
        "GetTransactionStatus", {"transactionId": "a"},
    )  # fmt: skip
