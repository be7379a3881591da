"""Certification titles of 2.0.1, block E: what became of a charge, asked over a real socket in both versions of OCPP 2.

Each is tried with what must happen and with what must not.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from apps.accounts.messages import Role
from apps.accounts.models import User
from apps.charging.messages import GetTransactionStatus
from apps.charging.models import HoldReason
from apps.charging.services.gaps import ask_status
from apps.stations.models import ChargingStation, StationCommand
from apps.stations.services.commands import queue_command
from tests.plugged import RawStation
from tests.stories.certifying import unlawful_frames
from tests.stories.tellers import Teller, billed, the_charge

ASKED = {"transactionId": "tx-1"}


@pytest.fixture(params=["2.0.1", "2.1"])
def teller(
    request: Any, plug: Callable[..., RawStation], depot: ChargingStation, run_outbox: Callable[[], None]
) -> Iterator[Teller]:
    made = Teller(plug(request.param))
    made.boot()
    made.status("Available", "Occupied")
    run_outbox()
    yield made
    assert unlawful_frames(request.param) == []


@pytest.fixture
def held(teller: Teller) -> Teller:
    """Its begin and end are told by nothing but plain readings, and a message between them is missing."""
    teller.starts(meterValue=teller.reads(1000, "Sample.Periodic"))
    teller.goes_on()
    teller.seq_no += 1
    teller.ends(meterValue=teller.reads(3500, "Sample.Periodic"))
    assert the_charge().hold_reason == HoldReason.MESSAGES_MISSING
    return teller


def ask(teller: Teller, run_outbox: Callable[[], None], **answer: bool) -> StationCommand:
    command = ask_status(the_charge(), by="olga")
    assert teller.obey("GetTransactionStatus", answer) == ASKED
    run_outbox()
    command.refresh_from_db()
    return command


def test_tc_e_29_a_charge_that_goes_on_with_messages_waiting(teller, run_outbox):
    teller.starts()
    command = ask(teller, run_outbox, ongoingIndicator=True, messagesInQueue=True)

    assert (command.state, command.result) == ("accepted", {"ongoing": True, "messages_in_queue": True})
    assert (the_charge().is_open, the_charge().notes) == (True, [])
    assert teller.is_left_alone(), "what waits comes by itself"


def test_tc_e_30_a_charge_that_goes_on_with_nothing_waiting(teller, run_outbox):
    teller.starts()
    command = ask(teller, run_outbox, ongoingIndicator=True, messagesInQueue=False)

    assert command.result == {"ongoing": True, "messages_in_queue": False}
    assert (the_charge().is_open, the_charge().notes) == (True, [])


def test_tc_e_30_what_the_station_no_longer_knows_is_shown_and_not_closed(teller, run_outbox):
    teller.starts()
    ask(teller, run_outbox, ongoingIndicator=False, messagesInQueue=False)

    assert the_charge().has_note("not_ongoing")
    assert the_charge().is_open, "people decide"


def test_tc_e_31_a_charge_that_is_over_with_messages_waiting(held, run_outbox):
    ask(held, run_outbox, ongoingIndicator=False, messagesInQueue=True)
    assert the_charge().hold_reason == HoldReason.MESSAGES_MISSING
    assert billed(run_outbox) == (0, 0), "what waits may change it"

    held.seq_no = 2
    held.told = 2
    held.goes_on("MeterValuePeriodic", "Charging", meterValue=held.reads(2000, "Sample.Periodic"), offline=True)
    assert the_charge().hold_reason == ""
    assert billed(run_outbox) == (1, 1)


def test_tc_e_31_when_nothing_waits_any_more_it_is_billed_as_it_stands(held, run_outbox):
    ask(held, run_outbox, ongoingIndicator=False, messagesInQueue=False)

    assert (the_charge().hold_reason, the_charge().energy_wh) == ("", 2500)
    assert the_charge().has_note("nothing_queued")
    assert billed(run_outbox) == (1, 1)


@pytest.mark.parametrize(
    ("number", "is_waiting"), [("33", True), ("34", False)], ids=["tc_e_33_some_wait", "tc_e_34_none_waits"]
)
def test_tc_e_33_34_asked_about_no_charge_it_tells_of_all(held, depot, run_outbox, number, is_waiting):
    command = queue_command(depot, GetTransactionStatus(), by="olga")
    assert held.obey("GetTransactionStatus", {"messagesInQueue": is_waiting}) == {}
    run_outbox()

    command.refresh_from_db()
    assert command.result == {"ongoing": None, "messages_in_queue": is_waiting}
    assert the_charge().hold_reason == HoldReason.MESSAGES_MISSING, "nobody spoke of this charge"


@pytest.mark.parametrize(("role", "status"), [(Role.OPERATOR, 202), (Role.FINANCE, 403)])
def test_tc_e_29_operators_ask_on_the_page_of_the_charge(teller, live_tenant, role, status):
    teller.starts()
    client = Client(HTTP_HOST=f"{live_tenant.slug}.localhost")
    client.force_login(User.objects.create(email="olga@example.com", role=role))
    url = f"/charges/{the_charge().pk}/status/"

    assert (url in client.get(f"/charges/{the_charge().pk}/").content.decode()) == (status == 202)
    answer = client.post(url)
    assert answer.status_code == status
    if status == 202:
        assert "Ask what became of a charge" in answer.content.decode()
        assert teller.obey("GetTransactionStatus", {"ongoingIndicator": True, "messagesInQueue": False}) == ASKED
