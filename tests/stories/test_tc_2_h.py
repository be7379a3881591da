"""Certification titles of 2.0.1 about reservations (block H), over a real socket; 2.1 has them, too."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from apps.charging.messages import ReserveNow
from apps.charging.models import Reservation, Transaction
from apps.charging.services.reservation_calls import tend_reservations
from apps.charging.services.reservations import cancel_reservation, reserve
from apps.core.clock import now
from apps.core.errors import UnableTo
from apps.core.identifiers import canonical_token
from apps.drivers.messages import IdTokenSeen
from apps.drivers.models import IdToken
from apps.stations.models import ChargingStation, Connector, StationCommand, Variable
from apps.stations.services.commands import queue_command
from tests.plugged import RawStation
from tests.stories.certifying import unlawful_frames
from tests.stories.certifying_2 import Station2, became
from tests.stories.conftest import CARD

STRANGER, SIBLING = "C0FFEE01", "C0FFEE02"
HOUR = timedelta(hours=1)


@pytest.fixture(params=["2.0.1", "2.1"])
def point(
    request: Any, plug: Callable[..., RawStation], depot: ChargingStation, run_outbox: Callable[[], None]
) -> Iterator[Station2]:
    """CS-1 with cards: the driver's, one of the same group, and a stranger's."""
    IdToken.objects.update(group="FLEET")
    IdToken.objects.create(value=SIBLING, group="FLEET")
    IdToken.objects.create(value=STRANGER, group="OTHERS")
    made = Station2(plug(request.param))
    made.boot()
    made.status("Available")
    run_outbox()
    yield made
    assert unlawful_frames(request.param) == []


@pytest.fixture
def book(depot: ChargingStation) -> Callable[..., Reservation]:
    def make(*, evse: int | None = 1) -> Reservation:
        place = depot.evses.get(number=evse) if evse else None
        token = IdToken.objects.get(value=canonical_token(CARD))
        return reserve(depot, place, token=token, begins_at=None, ends_at=now() + HOUR, by="olga")

    return make


@pytest.fixture
def takes_any(depot: ChargingStation) -> None:
    Variable.objects.create(
        station=depot, component="ReservationCtrlr", name="NonEvseSpecific", value="true", reported_at=now()
    )


@pytest.fixture
def settled(run_outbox: Callable[[], None]) -> Callable[[Reservation], Reservation]:
    """A reservation once the news about it have been worked off."""

    def look(reservation: Reservation) -> Reservation:
        run_outbox()
        reservation.refresh_from_db()
        return reservation

    return look


@pytest.fixture
def held(point: Station2, book: Callable[..., Reservation], settled: Callable[..., Reservation]) -> Reservation:
    """EVSE 1 is reserved, and the station shows it."""
    made = book()
    point.obey("ReserveNow", {"status": "Accepted"})
    point.status("Reserved")
    assert settled(made).state == "active"
    return made


def codes(row: Reservation | Transaction) -> list[str]:
    row.refresh_from_db()
    return [note["code"] for note in row.notes]


def is_over(point: Station2, made: Reservation, word: str) -> None:
    """The station says that it keeps nothing any more."""
    said = {"reservationId": made.number, "reservationUpdateStatus": word}
    assert point.raw.call("ReservationStatusUpdate", said) == {}


def test_tc_h_01_a_reserved_evse_is_used_by_the_token_it_is_reserved_for(point, book, settled):
    made = book()
    asked = point.obey("ReserveNow", {"status": "Accepted"})
    assert (asked["id"], asked["evseId"]) == (made.number, 1)
    assert (canonical_token(asked["idToken"]["idToken"]), asked["idToken"]["type"]) == (
        canonical_token(CARD),
        "ISO14443",
    )
    assert datetime.fromisoformat(asked["expiryDateTime"]) == made.ends_at
    point.status("Reserved")
    assert (settled(made).state, Connector.objects.get().status) == ("active", "Reserved")

    assert point.start(reservationId=made.number)["idTokenInfo"]["status"] == "Accepted"

    assert (settled(made).state, made.transaction) == ("used", Transaction.objects.get())
    assert (codes(made), codes(made.transaction)) == ([], [])
    assert point.is_left_alone()


def test_tc_h_01_a_stranger_does_not_use_up_a_reservation(point, held, settled):
    point.start(STRANGER)

    assert (settled(held).state, codes(held)) == ("active", ["used_by_other"])
    assert codes(Transaction.objects.get()) == ["reserved_for_other"]


def test_tc_h_07_a_reservation_that_nobody_used_is_over_by_our_clock_too(point, held, settled):
    tend_reservations()
    assert settled(held).state == "active", "not before its end"

    Reservation.objects.update(begins_at=now() - HOUR, ends_at=now() - timedelta(seconds=1))
    tend_reservations()
    is_over(point, held, "Expired")
    point.status("Available")

    assert (settled(held).state, codes(held)) == ("expired", [])
    assert point.is_left_alone()


def test_tc_h_08_a_station_is_reserved_and_used_at_any_evse(point, takes_any, depot, book, settled):
    depot.evses.create(number=2).connectors.create(number=1)
    made = book(evse=None)
    asked = point.obey("ReserveNow", {"status": "Accepted"})
    assert "evseId" not in asked
    assert settled(made).state == "active"

    point.start(evse=2, reservationId=made.number)

    assert (settled(made).state, made.transaction.evse.number) == ("used", 2)


def test_tc_h_08_a_station_that_does_not_say_it_can_is_not_asked(point, book):
    with pytest.raises(UnableTo, match="any of its EVSEs"):
        book(evse=None)

    assert not StationCommand.objects.filter(kind__endswith="ReserveNow").exists()


def test_tc_h_14_the_last_evse_left_is_kept_for_whom_it_is_reserved(point, takes_any, book, settled):
    made = book(evse=None)
    point.obey("ReserveNow", {"status": "Accepted"})
    point.status("Reserved")
    assert (settled(made).state, Connector.objects.get().status) == ("active", "Reserved")

    point.start(reservationId=made.number)

    assert settled(made).state == "used"


def test_tc_h_14_no_more_is_reserved_than_there_is(point, takes_any, book, settled):
    made = book(evse=None)
    point.obey("ReserveNow", {"status": "Accepted"})
    settled(made)

    for evse in (1, None):
        with pytest.raises(UnableTo, match="reserved already"):
            book(evse=evse)
    assert point.is_left_alone()


@pytest.mark.parametrize(("status", "state"), [("Accepted", "accepted"), ("Occupied", "rejected")])
def test_tc_h_15_a_connector_of_a_type_is_reserved(point, depot, status, state):
    token = IdTokenSeen(value=canonical_token(CARD), raw=CARD)
    wanted = ReserveNow(id=7, id_token=token, expires_at=now() + HOUR, connector_type="cCCS2")
    command = queue_command(depot, wanted, by="olga")

    asked = point.obey("ReserveNow", {"status": status})

    assert (asked["connectorType"], "evseId" in asked) == ("cCCS2", False)
    assert became(command) == (state, status)


def test_tc_h_17_a_reservation_is_cancelled_when_the_station_agrees(point, held, book, settled):
    cancel_reservation(held, by="olga")
    assert settled(held).state == "active", "not before the station has agreed"

    assert point.obey("CancelReservation", {"status": "Accepted"}) == {"reservationId": held.number}
    point.status("Available")

    assert (settled(held).state, codes(held)) == ("cancelled", [])
    assert book().number != held.number, "the time is free again"


def test_tc_h_17_a_reservation_whose_cancelling_is_rejected_is_not_said_to_be_cancelled(point, held, settled):
    cancel_reservation(held, by="olga")
    point.obey("CancelReservation", {"status": "Rejected"})

    assert (settled(held).state, codes(held)) == ("active", ["cancel_rejected"])
    assert point.is_left_alone(), "people decide, nothing is repeated by itself"


def test_tc_h_19_a_token_of_the_same_group_uses_the_reservation(point, book, settled):
    made = book()
    asked = point.obey("ReserveNow", {"status": "Accepted"})
    assert asked["groupIdToken"] == {"idToken": "FLEET", "type": "Central"}
    point.status("Reserved")
    settled(made)

    assert point.authorize(SIBLING)["groupIdToken"] == asked["groupIdToken"]
    point.start(SIBLING, reservationId=made.number)

    assert (settled(made).state, codes(made)) == ("used", [])
    assert Transaction.objects.get().id_token.value == SIBLING, "who charges pays"


def test_tc_h_19_a_token_of_another_group_does_not_pass_for_it(point, held, settled):
    assert point.authorize(STRANGER)["groupIdToken"]["idToken"] == "OTHERS"
    point.start(STRANGER)

    assert (settled(held).state, codes(held)) == ("active", ["used_by_other"])


def test_tc_h_20_a_reservation_is_lost_with_its_evse(point, held, settled):
    point.status("Faulted")
    is_over(point, held, "Removed")

    assert settled(held).state == "cancelled"
    assert Connector.objects.get().status == "Faulted"
    assert point.is_left_alone(), "it is not reserved again by itself"


def test_tc_h_20_another_reservations_end_ends_nothing_here(point, held, settled):
    said = {"reservationId": held.number + 1, "reservationUpdateStatus": "Removed"}
    assert point.raw.call("ReservationStatusUpdate", said) == {}

    assert settled(held).state == "active"


@pytest.mark.parametrize("status", ["Rejected", "Occupied", "Faulted", "Unavailable"])
def test_tc_h_22_a_station_that_takes_no_reservation_holds_none(point, book, settled, status):
    made = book()
    point.obey("ReserveNow", {"status": status})

    assert (settled(made).state, made.status) == ("refused", status)
    tend_reservations()
    assert point.is_left_alone(), "it is neither asked again nor cancelled"
    point.start(STRANGER)
    assert codes(Transaction.objects.get()) == [], "nobody stands in the way"
