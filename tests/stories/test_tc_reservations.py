"""Reservations as the certification cases want them (TC_046 to TC_053), over a real socket."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from apps.charging.models import Reservation, Transaction
from apps.charging.services.reservation_calls import tend_reservations
from apps.charging.services.reservations import cancel_reservation, reserve
from apps.core.clock import now
from apps.core.errors import UnableTo
from apps.core.identifiers import canonical_token
from apps.drivers.models import IdToken
from apps.stations.models import ChargingStation, StationCommand, Variable
from tests.plugged import RawStation, wait_for
from tests.stories.certifying import Point, unlawful_frames
from tests.stories.conftest import CARD

STRANGER, SIBLING = "C0FFEE01", "C0FFEE02"
HOUR = timedelta(hours=1)


@pytest.fixture
def point(plug: Callable[..., RawStation], depot: ChargingStation, run_outbox: Callable[[], None]) -> Iterator[Point]:
    """CS-1 with two connectors, and cards: the driver's, one of the same group, and a stranger's."""
    depot.evses.create(number=2).connectors.create(number=1)
    IdToken.objects.update(group="FLEET")
    IdToken.objects.create(value=SIBLING, group="FLEET")
    IdToken.objects.create(value=STRANGER, group="OTHERS")
    made = Point(plug("1.6"))
    made.boot()
    made.status("Available", connector=1)
    made.status("Available", connector=2)
    run_outbox()
    yield made
    assert unlawful_frames() == []


@pytest.fixture
def book(depot: ChargingStation) -> Callable[..., Reservation]:
    def make(*, evse: int | None = 1, ends_at: datetime | None = None) -> Reservation:
        place = depot.evses.get(number=evse) if evse else None
        token = IdToken.objects.get(value=canonical_token(CARD))
        return reserve(depot, place, token=token, begins_at=None, ends_at=ends_at or now() + HOUR, by="olga")

    return make


@pytest.fixture
def settled(run_outbox: Callable[[], None]) -> Callable[[Reservation], Reservation]:
    """A reservation once the news about it have been worked off."""

    def look(reservation: Reservation) -> Reservation:
        run_outbox()
        reservation.refresh_from_db()
        return reservation

    return look


def codes(row: Reservation | Transaction) -> list[str]:
    row.refresh_from_db()
    return [note["code"] for note in row.notes]


def test_tc_046_a_reserved_connector_is_used_by_the_card_it_is_reserved_for(point, book, settled):
    made = book()
    asked = point.obey("ReserveNow", {"status": "Accepted"})
    assert asked["connectorId"] == 1
    assert (asked["reservationId"], canonical_token(asked["idTag"])) == (made.number, canonical_token(CARD))
    assert datetime.fromisoformat(asked["expiryDate"]) == made.ends_at
    point.status("Reserved")
    assert settled(made).state == "active"

    assert point.authorize()["status"] == "Accepted"
    point.status("Preparing")
    assert settled(made).state == "active", "only a charge uses it"
    assert point.start(reservationId=made.number)["idTagInfo"]["status"] == "Accepted"
    point.status("Charging")

    charge = Transaction.objects.get()
    assert (settled(made).state, made.transaction) == ("used", charge)
    assert (codes(made), codes(charge)) == ([], [])
    assert point.is_left_alone()


def test_tc_046_a_stranger_on_a_reserved_connector_does_not_use_it_up(point, book, settled):
    made = book()
    point.obey("ReserveNow", {"status": "Accepted"})
    point.status("Reserved")
    settled(made)

    point.start(STRANGER)

    assert (settled(made).state, codes(made)) == ("active", ["used_by_other"])
    assert codes(Transaction.objects.get()) == ["reserved_for_other"]


def test_tc_046_a_number_of_nobodys_reservation_opens_nothing_but_the_charge(point, book, settled):
    made = book()
    point.obey("ReserveNow", {"status": "Accepted"})

    assert point.start(STRANGER, connector=2, reservationId=made.number + 77)["idTagInfo"]["status"] == "Accepted"

    assert settled(made).state == "active"
    assert codes(Transaction.objects.get()) == ["reservation_unknown"]


def test_tc_047_a_reservation_expires_when_the_station_says_so(point, book, settled):
    made = book(ends_at=now() + timedelta(seconds=90))
    point.obey("ReserveNow", {"status": "Accepted"})
    point.status("Reserved")
    assert settled(made).state == "active"

    point.status("Available")

    assert settled(made).state == "expired"
    assert point.is_left_alone()
    point.start(STRANGER)
    assert (settled(made).state, codes(Transaction.objects.get())) == ("expired", [])


def test_tc_047_a_reservation_expires_by_our_clock_though_the_station_keeps_silent(point, book, settled):
    made = book()
    point.obey("ReserveNow", {"status": "Accepted"})
    point.status("Reserved")
    settled(made)
    tend_reservations()
    assert settled(made).state == "active", "not before its end"

    Reservation.objects.update(begins_at=now() - HOUR, ends_at=now() - timedelta(seconds=1))
    tend_reservations()

    assert settled(made).state == "expired"
    point.start(reservationId=made.number)
    assert settled(made).state == "expired", "a charge begun after the end does not use it"
    assert codes(Transaction.objects.get()) == ["reservation_over"]


def refuse(point: Point, book: Any, settled: Any, status: str) -> None:
    """What all four refusals have in common."""
    made = book()
    point.obey("ReserveNow", {"status": status})

    assert (settled(made).state, made.status) == ("refused", status)
    assert made.closed_at is not None
    tend_reservations()
    assert point.is_left_alone(), "it is neither asked again nor cancelled"
    point.start(STRANGER)
    assert codes(Transaction.objects.get()) == [], "nobody stands in the way"
    with pytest.raises(UnableTo, match="over already"):
        cancel_reservation(made, by="olga")


def test_tc_048_1_a_faulted_connector_is_not_reserved(point, book, settled):
    point.status("Faulted", error="GroundFailure")
    refuse(point, book, settled, "Faulted")


def test_tc_048_2_an_occupied_connector_is_not_reserved(point, book, settled):
    point.status("Preparing")
    refuse(point, book, settled, "Occupied")


def test_tc_048_3_an_unavailable_connector_is_not_reserved(point, book, settled):
    point.status("Unavailable")
    refuse(point, book, settled, "Unavailable")


def test_tc_048_4_a_station_that_rejects_reservations_holds_none(point, book, settled):
    refuse(point, book, settled, "Rejected")


def test_tc_049_a_charge_point_is_reserved_and_used_at_any_connector(point, book, settled, depot):
    Variable.objects.create(station=depot, name="ReserveConnectorZeroSupported", value="true", reported_at=now())
    made = book(evse=None)
    asked = point.obey("ReserveNow", {"status": "Accepted"})
    assert asked["connectorId"] == 0
    assert settled(made).state == "active"

    with pytest.raises(UnableTo, match="reserved already"):
        book(evse=2)
    point.start(STRANGER, connector=1)
    assert (settled(made).state, codes(made)) == ("active", []), "another may use what is not needed"
    assert point.start(connector=2, reservationId=made.number)["idTagInfo"]["status"] == "Accepted"

    assert (settled(made).state, made.transaction.evse.number) == ("used", 2)


def test_tc_049_a_charge_point_that_does_not_say_it_can_is_not_asked(point, book):
    with pytest.raises(UnableTo, match="any of its EVSEs"):
        book(evse=None)

    assert not StationCommand.objects.exists()
    assert point.is_left_alone()


def test_tc_051_a_reservation_is_cancelled_when_the_station_agrees(point, book, settled):
    made = book()
    point.obey("ReserveNow", {"status": "Accepted"})
    point.status("Reserved")
    cancel_reservation(settled(made), by="olga")
    assert settled(made).state == "active", "not before the station has agreed"

    assert point.obey("CancelReservation", {"status": "Accepted"}) == {"reservationId": made.number}
    point.status("Available")

    assert (settled(made).state, codes(made)) == ("cancelled", [])
    assert book().number != made.number, "the time is free again"


def test_tc_052_a_reservation_whose_cancelling_is_rejected_is_not_said_to_be_cancelled(point, book, settled):
    made = book()
    point.obey("ReserveNow", {"status": "Accepted"})
    cancel_reservation(settled(made), by="olga")

    assert point.obey("CancelReservation", {"status": "Rejected"}) == {"reservationId": made.number}

    assert (settled(made).state, codes(made)) == ("active", ["cancel_rejected"])
    with pytest.raises(UnableTo, match="reserved already"):
        book()
    assert point.is_left_alone(), "people decide, nothing is repeated by itself"


def test_tc_053_a_card_of_the_same_group_uses_the_reservation(point, book, settled):
    made = book()
    assert point.obey("ReserveNow", {"status": "Accepted"})["parentIdTag"] == "FLEET"
    point.status("Reserved")

    assert point.authorize(SIBLING) == {"status": "Accepted", "parentIdTag": "FLEET"}
    answer = point.start(SIBLING, reservationId=made.number)

    assert answer["idTagInfo"] == {"status": "Accepted", "parentIdTag": "FLEET"}
    assert (settled(made).state, codes(made)) == ("used", [])
    assert Transaction.objects.get().id_token.value == SIBLING, "who charges pays"


def test_tc_053_a_card_of_another_group_does_not_pass_for_it(point, book, settled):
    made = book()
    point.obey("ReserveNow", {"status": "Accepted"})
    point.status("Reserved")

    assert point.authorize(STRANGER)["parentIdTag"] == "OTHERS"
    point.start(STRANGER)

    assert (settled(made).state, codes(made)) == ("active", ["used_by_other"])


def test_a_station_that_has_rebooted_is_asked_once_more(point, book, settled):
    made = book()
    first = point.obey("ReserveNow", {"status": "Accepted"})
    settled(made)
    point.boot()
    point.status("Available")
    settled(made)

    again = point.obey("ReserveNow", {"status": "Accepted"})

    assert (again, settled(made).state) == (first, "active")
    assert point.is_left_alone()


def test_what_waited_for_a_station_is_asked_again_once_it_has_booted(plug, book, settled):
    """It goes out when the station connects; before its boot the station rejects everything."""
    made = book()
    point = Point(plug("1.6"))
    point.obey("ReserveNow", {"status": "Rejected"})
    assert settled(made).state == "requested"
    point.boot()
    settled(made)

    point.obey("ReserveNow", {"status": "Accepted"})

    assert settled(made).state == "active"
    assert point.is_left_alone()


@pytest.mark.parametrize("version", ["2.0.1", "2.1"])
@pytest.mark.parametrize(("word", "state"), [("Expired", "expired"), ("Removed", "cancelled")])
def test_tc_h_07_a_2x_station_tells_by_itself_what_is_over(plug, depot, settled, run_outbox, version, word, state):
    raw, token = plug(version), IdToken.objects.get()
    raw.call("BootNotification", {"reason": "PowerUp", "chargingStation": {"vendorName": "V", "model": "M"}})
    made = reserve(depot, depot.evses.get(), token=token, begins_at=None, ends_at=now() + HOUR, by="olga")
    asked = raw.obey("ReserveNow", {"status": "Accepted"})
    assert (asked["id"], asked["evseId"], "groupIdToken" in asked) == (made.number, 1, False)
    wait_for(lambda: settled(made).state == "active")

    assert (
        raw.call("ReservationStatusUpdate", {"reservationId": made.number + 1, "reservationUpdateStatus": word}) == {}
    )
    assert settled(made).state == "active"
    assert raw.call("ReservationStatusUpdate", {"reservationId": made.number, "reservationUpdateStatus": word}) == {}

    assert settled(made).state == state
    assert unlawful_frames(version) == []
