"""Reservations in our own calendar: made once, asked in time, given up by people."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from apps.accounts.models import AuditEntry
from apps.charging.messages import ReserveNow
from apps.charging.models import Reservation
from apps.charging.services.reservation_calls import tend_reservations
from apps.charging.services.reservation_rows import commands_of
from apps.charging.services.reservations import cancel_reservation, drop_reservation, reserve
from apps.core.clock import now
from apps.core.errors import UnableTo
from apps.drivers.models import IdToken, TokenStatus
from apps.stations.models import ChargingStation, StationCommand, Variable
from apps.stations.services.command_kinds import message_from
from apps.tenants.models import Tenant
from apps.tenants.scope import schema_scope
from tests.charging.conftest import CARD, NOON, Talker, minutes
from tests.charging.reserving import BY, active, answer, book, codes, commands, evse_of, kept, takes_any

pytestmark = pytest.mark.usefixtures("clock")


def test_what_begins_now_is_asked_of_the_station_at_once(talker: Talker, card: IdToken) -> None:
    IdToken.objects.update(group="FLEET")
    card.refresh_from_db()

    made = book(talker, card, evse=2)

    [command] = commands(made)
    assert command.message is not None
    message = message_from(command.kind, command.message)
    assert isinstance(message, ReserveNow)
    assert (message.id, message.evse, message.id_token.value) == (made.number, 2, CARD)
    assert (message.group_id_token, message.expires_at) == ("FLEET", minutes(60))
    assert (made.state, made.asked_at, made.by) == ("requested", NOON, BY)
    assert AuditEntry.objects.filter(action="charging.reservation.created", actor=BY).count() == 1


def test_what_begins_later_waits_and_is_asked_once_a_little_before(talker: Talker, card: IdToken, clock: Any) -> None:
    made = book(talker, card, begin=30)
    tend_reservations()
    assert (kept(made).state, commands(made)) == ("planned", [])

    clock.move_to(minutes(29.5))
    tend_reservations()
    tend_reservations()

    assert (kept(made).state, len(commands(made))) == ("requested", 1)


def test_numbers_are_a_stations_own_and_never_given_twice(talker: Talker, talker2: Talker, card: IdToken) -> None:
    first, second = book(talker, card, end=10), book(talker, card, begin=10, end=20)

    assert second.number > first.number >= 1
    assert book(talker2, card).number == first.number


@pytest.mark.parametrize(
    ("begin", "end", "words"),
    [(30, 30, "ends after it begins"), (0, -5, "ends after it begins"), (0, 11_000, "seven days"),
     (600_000, 600_060, "within a year")],
)  # fmt: skip
def test_times_that_make_no_sense_are_refused(
    talker: Talker, card: IdToken, begin: float, end: float, words: str
) -> None:
    with pytest.raises(UnableTo, match=words):
        book(talker, card, begin=begin, end=end)
    assert not Reservation.objects.exists()


def test_a_token_that_may_not_charge_reserves_nothing(talker: Talker, card: IdToken) -> None:
    IdToken.objects.update(status=TokenStatus.BLOCKED)
    card.refresh_from_db()

    with pytest.raises(UnableTo, match="blocked"):
        book(talker, card)
    assert not StationCommand.objects.exists()


def test_any_evse_is_reserved_only_where_the_station_says_that_it_can(talker: Talker, card: IdToken) -> None:
    with pytest.raises(UnableTo, match="any of its EVSEs"):
        book(talker, card, evse=None)
    takes_any(talker.station, "false")
    with pytest.raises(UnableTo, match="any of its EVSEs"):
        book(talker, card, evse=None)
    Variable.objects.update(value="True")

    made = book(talker, card, evse=None)

    assert commands(made)[0].message == commands(made)[0].message | {"evse": None}  # type: ignore[operator]


def test_a_station_without_the_profile_is_not_asked(talker: Talker, card: IdToken) -> None:
    Variable.objects.create(
        station=talker.station, name="SupportedFeatureProfiles", value="Core,SmartCharging", reported_at=now()
    )

    with pytest.raises(UnableTo, match="does not support reservations"):
        book(talker, card)


def test_an_evse_of_another_station_is_refused(talker: Talker, talker2: Talker, card: IdToken) -> None:
    with pytest.raises(UnableTo, match="another station"):
        reserve(talker.station, evse_of(talker2), token=card, begins_at=None, ends_at=minutes(60), by=BY)


@pytest.mark.parametrize(("first", "second"), [(1, 1), (1, None), (None, 1), (None, None)])
def test_one_place_is_not_reserved_twice_in_a_time(
    talker: Talker, card: IdToken, first: int | None, second: int | None
) -> None:
    takes_any(talker.station)
    book(talker, card, evse=first, begin=10, end=60)

    with pytest.raises(UnableTo, match="reserved already"):
        book(talker, card, evse=second, begin=59, end=90)
    assert Reservation.objects.count() == 1


def test_other_evses_other_stations_and_the_time_after_are_free(talker: Talker, talker2: Talker, card: IdToken) -> None:
    book(talker, card, evse=1, begin=10, end=60)

    for who, evse, begin in ((talker, 2, 10), (talker2, 1, 10), (talker, 1, 60), (talker, 1, 5)):
        book(who, card, evse=evse, begin=begin, end=begin + (5 if begin == 5 else 30))
    assert Reservation.objects.count() == 5


def test_what_is_over_blocks_nothing(talker: Talker, card: IdToken) -> None:
    cancel_reservation(book(talker, card, begin=10), by=BY)

    assert book(talker, card, begin=10).state == "planned"


def test_the_database_itself_refuses_a_second_one(talker: Talker, card: IdToken) -> None:
    takes_any(talker.station)
    whole = book(talker, card, evse=None, begin=10)

    with pytest.raises(IntegrityError, match="reservation_once"), transaction.atomic():
        Reservation.objects.create(
            station=talker.station, evse=evse_of(talker, 2), number=99, id_token=card, begins_at=whole.begins_at,
            ends_at=whole.ends_at, by=BY,
        )  # fmt: skip


def test_tenants_know_nothing_of_each_others_reservations(
    talker: Talker, card: IdToken, beta: Tenant, make_station: Callable[..., ChargingStation]
) -> None:
    mine = active(talker, card)
    with schema_scope(beta.schema_name):
        station, token = make_station("CS-16", evses=2), IdToken.objects.create(value=CARD)
        theirs = reserve(station, station.evses.get(number=1), token=token, begins_at=None, ends_at=minutes(60), by=BY)
        tend_reservations()
        assert list(Reservation.objects.all()) == [theirs]
        assert theirs.state == "requested"

    assert kept(mine).state == "active"


def test_a_planned_one_is_cancelled_without_the_station(talker: Talker, card: IdToken) -> None:
    made = cancel_reservation(book(talker, card, begin=30), by=BY)

    assert (made.state, StationCommand.objects.count()) == ("cancelled", 0)
    assert AuditEntry.objects.filter(action="charging.reservation.cancelled", actor=BY).count() == 1


def test_what_was_not_sent_yet_is_taken_back(talker: Talker, card: IdToken) -> None:
    made = cancel_reservation(book(talker, card), by=BY)

    assert kept(made).state == "cancelled"
    assert [command.state for command in commands_of(made)] == ["expired"]


def test_an_active_one_is_cancelled_when_the_station_agrees(talker: Talker, card: IdToken) -> None:
    made = cancel_reservation(active(talker, card), by=BY)
    assert kept(made).state == "active"
    with pytest.raises(UnableTo, match="not answered yet"):
        cancel_reservation(made, by=BY)

    answer(commands(made, "CancelReservation")[0], "Accepted")

    assert kept(made).state == "cancelled"
    with pytest.raises(UnableTo, match="over already"):
        cancel_reservation(made, by=BY)


def test_a_rejected_cancel_is_shown_and_people_may_strike_it_off(talker: Talker, card: IdToken) -> None:
    made = cancel_reservation(active(talker, card), by=BY)
    answer(commands(made, "CancelReservation")[0], "Rejected")
    assert (kept(made).state, codes(made)) == ("active", ["cancel_rejected"])

    drop_reservation(made, by=BY)

    assert (kept(made).state, codes(made)) == ("cancelled", ["cancel_rejected", "dropped"])
    assert AuditEntry.objects.filter(action="charging.reservation.dropped").count() == 1
    with pytest.raises(UnableTo, match="over already"):
        drop_reservation(made, by=BY)
