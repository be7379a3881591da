"""What becomes of reservations: answers, use, the clock, the station's own word, and boots."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.charging.messages import ReservationStatusUpdate, ReservationUpdateStatus
from apps.charging.models import Transaction
from apps.charging.services.requests import request_start
from apps.charging.services.reservation_calls import renew_reservations, take_reservation_answer, tend_reservations
from apps.charging.services.reservation_use import take_reservation_update
from apps.charging.services.reservations import cancel_reservation
from apps.core.errors import UnableTo
from apps.drivers.models import IdToken
from apps.stations.messages import BootNotification, CommandOutcome, ConnectorStatus, OcppVersion
from apps.stations.models import StationCommand, Variable
from apps.stations.services.boot import boot
from apps.stations.services.commands import fail_command, finish_command, time_out_command
from tests.charging.conftest import NOON, Talker, minutes
from tests.charging.reserving import BY, active, answer, book, codes, commands, evse_of, kept, takes_any

pytestmark = pytest.mark.usefixtures("clock")


@pytest.mark.parametrize("status", ["Faulted", "Occupied", "Unavailable", "Rejected"])
def test_a_refusal_is_kept_with_its_word_and_frees_the_place(talker: Talker, card: IdToken, status: str) -> None:
    made = book(talker, card)
    answer(commands(made)[0], status)

    assert (kept(made).state, made.status, made.closed_at) == ("refused", status, NOON)
    assert book(talker, card).state == "requested"


def test_a_station_that_does_not_know_the_message_refuses(talker: Talker, card: IdToken) -> None:
    made = book(talker, card)
    [command] = commands(made)
    fail_command(command.pk, error="NotSupported: no profile")
    take_reservation_answer(command.pk)

    assert (kept(made).state, made.error) == ("refused", "NotSupported: no profile")


def test_a_station_that_keeps_silent_is_asked_again_and_at_last_given_up(
    talker: Talker, card: IdToken, clock: Any
) -> None:
    made = book(talker, card)
    for number in range(1, 6):
        assert len(commands(made)) == number
        clock.shift(timedelta(minutes=3))
        tend_reservations()
        assert len(commands(made)) == number, "a command that is open is not doubled"
        time_out_command(commands(made)[-1].pk)
        take_reservation_answer(commands(made)[-1].pk)
        assert kept(made).state == "requested"
        tend_reservations()

    assert (kept(made).state, len(commands(made))) == ("refused", 5)
    assert "did not answer" in made.error


def test_an_answer_that_comes_late_counts(talker: Talker, card: IdToken) -> None:
    made = book(talker, card)
    [command] = commands(made)
    time_out_command(command.pk)
    take_reservation_answer(command.pk)
    finish_command(command.pk, outcome=CommandOutcome(accepted=True, status="Accepted"))
    take_reservation_answer(command.pk)

    assert kept(made).state == "active"


def test_the_next_waits_for_the_one_before_and_bears_its_late_release(
    talker: Talker, card: IdToken, clock: Any
) -> None:
    first, second = active(talker, card, end=30), book(talker, card, begin=30, end=60)
    clock.move_to(minutes(29.5))
    tend_reservations()
    assert commands(second) == []

    clock.move_to(minutes(30))
    tend_reservations()
    assert (kept(first).state, len(commands(second))) == ("expired", 1)
    answer(commands(second)[0], "Occupied")
    assert kept(second).state == "requested"

    clock.move_to(minutes(33))
    tend_reservations()
    answer(commands(second)[1], "Accepted")
    assert kept(second).state == "active"


def test_a_charge_that_names_it_uses_it(talker: Talker, card: IdToken) -> None:
    made = active(talker, card)
    talker.start(reservation_id=made.number)
    talker.start(reservation_id=made.number)

    charge = Transaction.objects.get()
    assert (kept(made).state, made.transaction) == ("used", charge)
    assert codes(charge) == []


def test_a_charge_with_its_token_uses_it_without_naming_it(talker: Talker, card: IdToken) -> None:
    made = active(talker, card)
    talker.start(evse=2)
    assert kept(made).state == "active", "another EVSE"

    talker.start(evse=1)

    assert kept(made).state == "used"


def test_a_token_of_its_group_uses_it(talker: Talker, card: IdToken) -> None:
    IdToken.objects.update(group="FLEET")
    card.refresh_from_db()
    IdToken.objects.create(value="C0FFEE", group="FLEET")
    made = active(talker, card)

    talker.start(token="C0FFEE", reservation_id=made.number)

    assert (kept(made).state, codes(made)) == ("used", [])


def test_a_stranger_on_a_reserved_evse_is_shown_on_both(talker: Talker, card: IdToken) -> None:
    IdToken.objects.create(value="C0FFEE")
    made = active(talker, card)

    talker.start(token="C0FFEE")

    assert (kept(made).state, codes(made)) == ("active", ["used_by_other"])
    assert codes(Transaction.objects.get()) == ["reserved_for_other"]


def test_any_evse_is_used_by_its_token_and_by_no_other(talker: Talker, card: IdToken) -> None:
    takes_any(talker.station)
    IdToken.objects.create(value="C0FFEE")
    made = active(talker, card, evse=None)

    talker.start(evse=1, token="C0FFEE")
    assert (kept(made).state, codes(made)) == ("active", [])
    talker.start(evse=2)

    assert kept(made).state == "used"


def test_a_number_nobody_gave_is_noted_and_nothing_is_used(talker: Talker, talker2: Talker, card: IdToken) -> None:
    book(talker2, card, end=10)
    foreign = book(talker2, card, begin=10, end=20)

    talker.start(reservation_id=foreign.number)
    talker.start(reservation_id=0, at=minutes(2), evse=2)

    assert codes(Transaction.objects.get(evse__number=1)) == ["reservation_unknown"]
    assert codes(Transaction.objects.get(evse__number=2)) == []
    assert kept(foreign).state == "planned"


def test_use_that_is_told_late_counts_though_our_clock_has_ended_it(talker: Talker, card: IdToken, clock: Any) -> None:
    made = active(talker, card, end=30)
    clock.move_to(minutes(45))
    tend_reservations()
    assert kept(made).state == "expired"

    talker.start(at=minutes(10), reservation_id=made.number)

    assert kept(made).state == "used"


def test_a_driver_who_came_early_and_charges_already_needs_no_asking(talker: Talker, card: IdToken, clock: Any) -> None:
    made = book(talker, card, begin=30)
    talker.start(at=minutes(20))
    assert kept(made).state == "planned"

    clock.move_to(minutes(30))
    tend_reservations()

    assert (kept(made).state, commands(made)) == ("used", [])


def test_in_2x_a_later_event_may_tell_whose_reservation_it_was(talker2: Talker, card: IdToken) -> None:
    made = active(talker2, card)
    talker2.started(id_token=None)
    assert kept(made).state == "active"

    talker2.updated(at=minutes(1), reservation_id=made.number)

    assert kept(made).state == "used"


def test_a_start_from_here_does_not_take_a_reserved_evse(talker: Talker, card: IdToken) -> None:
    stranger = IdToken.objects.create(value="C0FFEE")
    active(talker, card)

    with pytest.raises(UnableTo, match="reserved for another"):
        request_start(evse_of(talker), token=stranger, by=BY)
    assert request_start(evse_of(talker), token=card, by=BY).state == "queued"


def test_our_clock_ends_what_nobody_used(talker: Talker, card: IdToken, clock: Any) -> None:
    asked, planned = active(talker, card, end=30), book(talker, card, begin=40, end=50)
    clock.move_to(minutes(29))
    tend_reservations()
    assert kept(asked).state == "active"

    clock.move_to(minutes(51))
    tend_reservations()

    assert [kept(asked).state, kept(planned).state] == ["expired", "expired"]
    assert commands(planned) == []


@pytest.mark.parametrize(("minute", "expected"), [(29, []), (10, ["lifted_early"])])
def test_a_connector_that_is_available_again_ends_it(
    talker: Talker, card: IdToken, clock: Any, minute: float, expected: list[str]
) -> None:
    made = active(talker, card, end=30)
    talker.status("Available", at=minutes(1), status=ConnectorStatus.AVAILABLE)
    assert kept(made).state == "active", "it never said that it was reserved"
    talker.status("Reserved", at=minutes(2), status=ConnectorStatus.RESERVED)
    assert (kept(made).state, made.held_at) == ("active", minutes(2))

    talker.status("Available", at=minutes(minute), status=ConnectorStatus.AVAILABLE)

    assert (kept(made).state, codes(made)) == ("expired", expected)


def test_a_connector_that_is_available_before_the_answer_was_looked_at_was_cancelled(
    talker: Talker, card: IdToken
) -> None:
    made = active(talker, card)
    talker.status("Reserved", at=minutes(2), status=ConnectorStatus.RESERVED)
    cancel_reservation(made, by=BY)
    StationCommand.objects.filter(kind="charging.CancelReservation").update(state="sent")

    talker.status("Available", at=minutes(3), status=ConnectorStatus.AVAILABLE)

    assert (kept(made).state, codes(made)) == ("cancelled", [])


@pytest.mark.parametrize("evse", [1, 0])
def test_a_fault_ends_it_and_says_so(talker: Talker, card: IdToken, evse: int) -> None:
    made, other = active(talker, card), active(talker, card, evse=2)
    talker.status("Faulted", at=minutes(1), evse=evse, status=ConnectorStatus.FAULTED)

    assert (kept(made).state, made.status) == ("cancelled", "Faulted")
    assert kept(other).state == ("active" if evse else "cancelled")


@pytest.mark.parametrize(
    ("word", "state"), [("Expired", "expired"), ("Removed", "cancelled"), ("NoTransaction", "expired")]
)
def test_a_2x_station_says_by_itself_that_it_is_over(talker2: Talker, card: IdToken, word: str, state: str) -> None:
    made = active(talker2, card)
    talker2.status("Reserved", at=NOON, status=ConnectorStatus.RESERVED)
    talker2.status("Available", at=minutes(1), status=ConnectorStatus.AVAILABLE)
    assert kept(made).state == "active", "in 2.x that may be its driver at the reader (H03.FR.10)"

    news = ReservationStatusUpdate(id=made.number, status=ReservationUpdateStatus(word))
    for _copy in range(2):
        take_reservation_update(talker2.caller(minutes(2)), news)

    assert (kept(made).state, made.status) == (state, word)


def test_a_station_ends_no_reservation_of_another(talker: Talker, talker2: Talker, card: IdToken) -> None:
    made = active(talker, card)
    news = ReservationStatusUpdate(id=made.number, status=ReservationUpdateStatus.REMOVED)
    take_reservation_update(talker2.caller(NOON), news)

    assert kept(made).state == "active"


def booted(talker: Talker, at: datetime) -> None:
    boot(talker.caller(at), BootNotification(vendor="V", model="M"))
    renew_reservations(talker.station.pk)


def test_a_station_that_has_booted_is_asked_once_more_and_only_once(talker: Talker, card: IdToken, clock: Any) -> None:
    made, planned = active(talker, card), book(talker, card, begin=70, end=80)
    clock.move_to(minutes(10))
    booted(talker, minutes(9))
    renew_reservations(talker.station.pk)
    assert (kept(made).state, len(commands(made)), commands(planned)) == ("active", 2, [])

    answer(commands(made)[1], "Accepted")
    renew_reservations(talker.station.pk)

    assert (kept(made).state, len(commands(made))) == ("active", 2)
    assert commands(made)[1].message == commands(made)[0].message


@pytest.mark.parametrize(("connector", "state"), [("Reserved", "active"), ("Occupied", "refused")])
def test_occupied_after_a_boot_may_mean_that_it_was_not_forgotten(
    talker: Talker, card: IdToken, clock: Any, connector: str, state: str
) -> None:
    made = active(talker, card)
    clock.move_to(minutes(10))
    booted(talker, minutes(9))
    talker.status(connector, at=minutes(10), status=ConnectorStatus(connector))

    answer(commands(made)[1], "Occupied")

    assert kept(made).state == state


def test_what_is_over_is_not_asked_again_after_a_boot(talker: Talker, card: IdToken, clock: Any) -> None:
    made = active(talker, card, end=5)
    clock.move_to(minutes(10))
    booted(talker, minutes(9))

    assert len(commands(made)) == 1


def test_the_2x_name_of_the_setting_counts_too(talker2: Talker, card: IdToken) -> None:
    assert talker2.version is OcppVersion.V201
    Variable.objects.create(
        station=talker2.station, component="ReservationCtrlr", name="NonEvseSpecific", value="true",
        reported_at=datetime(2026, 1, 1, tzinfo=UTC),
    )  # fmt: skip

    assert book(talker2, card, evse=None).evse is None
