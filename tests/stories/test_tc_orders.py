"""Certification titles of the 1.6 core profile that we begin: starts, stops, resets and unlocking, over a real socket.

Each is tried with what must happen and with what must not.
"""

from collections.abc import Callable, Iterator

import pytest

from apps.billing.models import Cdr, Invoice
from apps.charging.models import Transaction
from apps.charging.services.requests import request_start, request_stop
from apps.core.errors import UnableTo
from apps.core.identifiers import canonical_token
from apps.drivers.models import IdToken
from apps.stations.messages import Reset, ResetType, UnlockConnector
from apps.stations.models import ChargingStation, Connector, StationCommand
from apps.stations.services.commands import queue_command
from tests.plugged import RawStation
from tests.stories.certifying import Point, unlawful_frames
from tests.stories.conftest import CARD

STRANGER = "C0FFEE01"


@pytest.fixture
def point(plug: Callable[..., RawStation], depot: ChargingStation, run_outbox: Callable[[], None]) -> Iterator[Point]:
    made = Point(plug("1.6"))
    made.boot()
    made.status("Available")
    run_outbox()
    yield made
    assert unlawful_frames() == []


@pytest.fixture
def ask(depot: ChargingStation) -> Callable[[], StationCommand]:
    """Ask for a charge with the driver's card."""
    return lambda: request_start(depot.evses.get(number=1), token=IdToken.objects.get(), by="olga")


@pytest.fixture
def number(point: Point) -> int:
    """Of a charge in progress."""
    point.status("Preparing")
    started: int = point.start()["transactionId"]
    point.status("Charging")
    return started


def the_charge() -> Transaction:
    return Transaction.objects.get()


def became(command: StationCommand) -> tuple[str, str]:
    command.refresh_from_db()
    return command.state, command.status


# --- starts ----------------------------------------------------------------------------------------------


def test_tc_010_a_start_from_here_when_the_cable_is_plugged_in(point, ask, run_outbox):
    point.status("Preparing")
    command = ask()
    asked = point.obey("RemoteStartTransaction", {"status": "Accepted"})
    assert (canonical_token(asked["idTag"]), asked["connectorId"]) == (canonical_token(CARD), 1)
    assert became(command) == ("accepted", "Accepted")
    assert not Transaction.objects.exists(), "what is accepted has not begun"

    started = point.start(asked["idTag"])
    assert started["idTagInfo"]["status"] == "Accepted"
    point.status("Charging")
    run_outbox()

    assert the_charge().driver.name == "Erika Mustermann"
    assert point.is_left_alone(), "asked once"


def test_tc_010_where_somebody_charges_no_start_is_asked_for(point, number, ask):
    with pytest.raises(UnableTo, match="charging already"):
        ask()

    assert not StationCommand.objects.filter(kind__endswith="RequestStartTransaction").exists()
    assert point.is_left_alone()


def test_tc_010_who_starts_with_another_card_pays_with_that(point, ask):
    ask()
    point.obey("RemoteStartTransaction", {"status": "Accepted"})
    IdToken.objects.create(value=STRANGER)

    point.start(STRANGER)

    assert (the_charge().token_value, the_charge().driver) == (STRANGER, None)


def test_tc_011_1_a_start_from_here_before_the_cable_is_plugged_in(point, ask, run_outbox):
    command = ask()
    asked = point.obey("RemoteStartTransaction", {"status": "Accepted"})
    point.status("Preparing")
    assert not Transaction.objects.exists()
    assert point.start(asked["idTag"])["idTagInfo"]["status"] == "Accepted"
    point.status("Charging")
    run_outbox()

    assert became(command) == ("accepted", "Accepted")
    assert (the_charge().is_open, the_charge().evse.number) == (True, 1)


def test_tc_011_1_with_a_card_that_is_blocked_nothing_is_asked(point, ask):
    IdToken.objects.update(status="blocked")

    with pytest.raises(UnableTo, match="blocked"):
        ask()
    assert point.is_left_alone()


def test_tc_011_2_a_start_from_here_that_nobody_plugs_in_for_charges_nothing(point, ask, run_outbox):
    command = ask()
    point.obey("RemoteStartTransaction", {"status": "Accepted"})
    point.status("Preparing", "Available")
    run_outbox()

    assert became(command) == ("accepted", "Accepted")
    assert not Transaction.objects.exists()
    assert not Cdr.objects.exists()
    assert point.is_left_alone(), "it is neither asked again nor stopped"
    ask()
    assert point.obey("RemoteStartTransaction", {"status": "Accepted"})["connectorId"] == 1, "people may ask again"


def test_tc_026_a_start_that_the_station_rejects_is_shown_as_rejected(point, ask, run_outbox):
    command = ask()
    point.obey("RemoteStartTransaction", {"status": "Rejected"})
    run_outbox()

    assert became(command) == ("rejected", "Rejected")
    assert not Transaction.objects.exists()
    assert point.is_left_alone(), "it is not asked again by itself"


# --- stops -----------------------------------------------------------------------------------------------


def test_tc_012_a_stop_from_here(point, number, run_outbox):
    command = request_stop(the_charge(), by="olga")
    assert point.obey("RemoteStopTransaction", {"status": "Accepted"}) == {"transactionId": number}
    run_outbox()
    assert (the_charge().is_open, Cdr.objects.count()) == (True, 0), "what is accepted has not ended"

    assert point.stop(number, reason="Remote") == {}
    point.status("Finishing", "Available")
    run_outbox()

    assert became(command) == ("accepted", "Accepted")
    assert (the_charge().stopped_reason, the_charge().energy_wh) == ("Remote", 2500)
    assert Invoice.objects.count() == 1


def test_tc_012_what_is_over_is_not_stopped_again(point, number):
    point.stop(number, reason="Local")

    with pytest.raises(UnableTo, match="already over"):
        request_stop(the_charge(), by="olga")
    assert point.is_left_alone()


def test_tc_028_a_stop_that_the_station_rejects_leaves_the_charge_open(point, number, run_outbox):
    command = request_stop(the_charge(), by="olga")
    point.obey("RemoteStopTransaction", {"status": "Rejected"})
    run_outbox()

    assert became(command) == ("rejected", "Rejected")
    assert the_charge().is_open
    assert not Cdr.objects.exists()
    assert point.is_left_alone(), "neither asked again nor unlocked"


# --- resets ----------------------------------------------------------------------------------------------


def reset(point, plug, number, run_outbox, *, kind: ResetType, word: str, reason: str):
    """What hard and soft have in common: the station stops its charge, restarts and is accepted again."""
    command = queue_command(ChargingStation.objects.get(), Reset(type=kind), by="olga")
    assert point.obey("Reset", {"status": "Accepted"}) == {"type": word}
    assert became(command) == ("accepted", "Accepted")
    assert the_charge().is_open, "the order alone ends no charge"

    point.stop(number, reason=reason)
    point.raw.unplug()
    back = Point(plug("1.6"))
    assert back.boot()["status"] == "Accepted"
    back.status("Available")
    run_outbox()

    assert (the_charge().stopped_reason, Invoice.objects.count()) == ("ImmediateReset", 1)
    assert back.is_left_alone(), "it is not reset twice"


def test_tc_013_a_hard_reset(point, plug, number, run_outbox):
    reset(point, plug, number, run_outbox, kind=ResetType.IMMEDIATE, word="Hard", reason="HardReset")


def test_tc_014_a_soft_reset(point, plug, number, run_outbox):
    reset(point, plug, number, run_outbox, kind=ResetType.ON_IDLE, word="Soft", reason="SoftReset")


@pytest.mark.parametrize("kind", ResetType)
def test_tc_013_014_a_reset_that_is_rejected_is_not_said_to_have_happened(point, depot, number, kind):
    command = queue_command(depot, Reset(type=kind), by="olga")
    point.obey("Reset", {"status": "Rejected"})

    assert became(command) == ("rejected", "Rejected")
    assert the_charge().is_open
    assert point.is_left_alone()


# --- unlocking -------------------------------------------------------------------------------------------


def unlock(point: Point, status: str, *, evse: int = 1) -> tuple[str, str]:
    command = queue_command(ChargingStation.objects.get(), UnlockConnector(evse=evse), by="olga")
    assert point.obey("UnlockConnector", {"status": status}) == {"connectorId": evse}
    return became(command)


def test_tc_017_1_a_connector_that_nobody_charges_at_is_unlocked(point):
    assert unlock(point, "Unlocked") == ("accepted", "Unlocked")

    assert not Transaction.objects.exists()
    assert Connector.objects.get(evse__number=1).status == "Available"
    assert point.is_left_alone()


def test_tc_017_2_a_fixed_cable_can_t_be_unlocked_and_that_is_shown(point):
    assert unlock(point, "NotSupported") == ("rejected", "NotSupported")

    assert not Transaction.objects.exists()
    assert point.is_left_alone()


def test_tc_018_1_a_connector_that_is_unlocked_ends_its_charge_when_the_station_says_so(point, number, run_outbox):
    assert unlock(point, "Unlocked") == ("accepted", "Unlocked")
    run_outbox()
    assert (the_charge().is_open, Cdr.objects.count()) == (True, 0), "unlocked is not yet stopped"

    assert point.stop(number, reason="UnlockCommand") == {}
    point.status("Finishing", "Available")
    run_outbox()

    assert (the_charge().stopped_reason, the_charge().hold_reason) == ("Other", "")
    assert Invoice.objects.count() == 1


def test_tc_030_a_lock_that_does_not_open_is_not_said_to_be_open(point, number):
    assert unlock(point, "UnlockFailed") == ("rejected", "UnlockFailed")

    assert the_charge().is_open
    assert point.is_left_alone(), "it is not tried again by itself"


def test_tc_031_a_connector_that_the_station_does_not_have_is_not_said_to_be_open(point):
    assert unlock(point, "NotSupported", evse=9) == ("rejected", "NotSupported")

    assert not Connector.objects.filter(evse__number=9).exists(), "asking makes no connector"
    assert point.is_left_alone()
