"""The pages of reservations: the calendar, the form, one reservation, and who holds a connector."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from apps.accounts.messages import Role
from apps.charging.models import Reservation
from apps.charging.services.reservation_calls import take_reservation_answer
from apps.charging.services.reservation_rows import commands_of
from apps.charging.services.reservations import reserve
from apps.core.clock import now
from apps.drivers.models import IdToken
from apps.stations.messages import CommandOutcome
from apps.stations.models import ChargingStation, StationCommand, Variable
from apps.stations.services.commands import finish_command
from apps.telemetry.services.leases import release_lease, take_lease
from apps.tenants.models import Tenant
from apps.tenants.scope import schema_scope

# Sunday: in the night before, Berlin's clocks went from two to three.
SPRING = datetime(2026, 3, 29, 8, tzinfo=UTC)
BLOCK = re.compile(r'x="([\d.]+)%"\s+y="6"\s+width="([\d.]+)%"')


@pytest.fixture
def made(station: ChargingStation, token: IdToken) -> Reservation:
    end = now() + timedelta(hours=1)
    return reserve(station, station.evses.get(number=1), token=token, begins_at=None, ends_at=end, by="olga")


def answer(reservation: Reservation, status: str, kind: str = "ReserveNow") -> None:
    command = commands_of(reservation).get(kind=f"charging.{kind}")
    StationCommand.objects.filter(pk=command.pk).update(state="sent", sent_at=now())
    finish_command(command.pk, outcome=CommandOutcome(accepted=status == "Accepted", status=status))
    take_reservation_answer(command.pk)
    reservation.refresh_from_db()


def filled(station: ChargingStation, card: IdToken, **facts: Any) -> dict[str, Any]:
    place = f"evse-{station.evses.get(number=1).pk}"
    return {"place": place, "token": card.pk, "begin": "2026-03-29T12:00", "end": "2026-03-29T14:30"} | facts


@pytest.mark.parametrize("begin", ["2026-03-29T12:00", ""])
def test_a_reservation_is_made_on_the_clock_of_its_place(
    browser: Client, station: ChargingStation, token: IdToken, begin: str
) -> None:
    with time_machine.travel(SPRING, tick=False):
        sent = browser.post("/reservations/new/", filled(station, token, begin=begin))

    row = Reservation.objects.get()
    assert (sent.status_code, sent["Location"]) == (302, f"/reservations/{row.pk}/")
    assert row.ends_at == datetime(2026, 3, 29, 12, 30, tzinfo=UTC)
    assert row.begins_at == (datetime(2026, 3, 29, 10, tzinfo=UTC) if begin else SPRING)
    assert (row.by, row.state) == ("owner@alpha.example", "planned" if begin else "requested")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"begin": "2027-03-28T02:30", "end": "2027-03-28T04:00"}, "never show this time"),
        ({"end": "soon"}, "Give a date and a time"),
        ({"end": ""}, "This field is required"),
        ({"end": "9999-12-31T23:59"}, "seven days"),
        ({"end": "0001-01-01T00:00"}, "never show this time"),
        ({"end": "2026-03-29T11:00"}, "ends after it begins"),
        ({"place": "evse-0"}, "Select a valid choice"),
        ({"token": "0"}, "Select a valid choice"),
    ],
)
def test_what_makes_no_sense_is_said_beside_the_form(
    browser: Client, station: ChargingStation, token: IdToken, wrong: dict[str, str], words: str
) -> None:
    with time_machine.travel(SPRING, tick=False):
        page = browser.post("/reservations/new/", filled(station, token, **wrong))

    assert page.status_code in (409, 422)
    assert words in page.content.decode()
    assert not Reservation.objects.exists()


def test_what_is_taken_is_refused_with_the_reason(
    browser: Client, station: ChargingStation, token: IdToken, made: Reservation
) -> None:
    end = (made.ends_at + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M")
    page = browser.post("/reservations/new/", filled(station, token, begin="", end=end))

    assert page.status_code == 409
    assert "reserved already in that time" in page.content.decode()


def test_any_evse_can_be_chosen_where_the_station_can_keep_one(
    browser: Client, station: ChargingStation, token: IdToken
) -> None:
    Variable.objects.create(station=station, name="ReserveConnectorZeroSupported", value="true", reported_at=now())
    with time_machine.travel(SPRING, tick=False):
        browser.post("/reservations/new/", filled(station, token, place=f"any-{station.pk}"))
        page = browser.get("/reservations/").content.decode()

    assert Reservation.objects.get().evse is None
    assert len(BLOCK.findall(page)) == 2, "it stands in the lane of each EVSE"


def test_a_block_stands_where_its_time_is(browser: Client, station: ChargingStation, token: IdToken) -> None:
    with time_machine.travel(SPRING, tick=False):
        browser.post("/reservations/new/", filled(station, token))
        page = browser.get("/reservations/").content.decode()
        before = browser.get("/reservations/?week=2026-03-16").content.decode()

    [(x, width)] = BLOCK.findall(page)
    # Noon is the eleventh hour of a Sunday that has 23.
    assert float(x) == pytest.approx(100 * (6 + 11 / 23) / 7, abs=0.001)
    assert float(width) == pytest.approx(100 * 2.5 / 23 / 7, abs=0.001)
    assert "Ada Amper" in page
    assert BLOCK.findall(before) == []
    assert "Nothing is reserved in this week" in before


@pytest.mark.parametrize("query", ["week=x", "week=0001-01-01", "week=9999-12-31", "location=0", "location=x"])
def test_a_calendar_that_can_t_be_is_todays(browser: Client, made: Reservation, query: str) -> None:
    assert browser.get(f"/reservations/?{query}").status_code == 200


def test_its_page_shows_what_the_station_answered(browser: Client, made: Reservation) -> None:
    answer(made, "Occupied")

    page = browser.get(f"/reservations/{made.pk}/").content.decode()

    assert "Occupied" in page
    assert "refused" in page
    assert "olga" in page
    assert f"/reservations/{made.pk}/cancel/" not in page


def test_it_is_cancelled_from_its_page(browser: Client, made: Reservation) -> None:
    answer(made, "Accepted")
    assert browser.post(f"/reservations/{made.pk}/cancel/").status_code == 302
    answer(made, "Rejected", "CancelReservation")

    page = browser.get(f"/reservations/{made.pk}/").content.decode()
    assert "rejected to cancel it" in page
    assert f"/reservations/{made.pk}/drop/" in page
    assert browser.post(f"/reservations/{made.pk}/drop/").status_code == 302

    made.refresh_from_db()
    assert made.state == "cancelled"
    assert browser.post(f"/reservations/{made.pk}/cancel/").status_code == 409


def test_striking_off_is_offered_only_where_the_station_is_no_help(
    browser: Client, station: ChargingStation, made: Reservation
) -> None:
    answer(made, "Accepted")
    assert "/drop/" not in browser.get(f"/reservations/{made.pk}/").content.decode()

    lease = take_lease(station.pk, gateway="gateway.test", version="1.6", address="192.0.2.7")
    release_lease(station.pk, epoch=lease.epoch)

    assert "/drop/" in browser.get(f"/reservations/{made.pk}/").content.decode()


@pytest.mark.parametrize("address", ["/", "/stations/CS-1/"])
def test_a_connectors_card_says_who_holds_it(browser: Client, made: Reservation, address: str) -> None:
    answer(made, "Accepted")
    page = re.sub(r"\s+", " ", browser.get(address).content.decode())
    assert page.count("EVSE 1 reserved for Ada Amper until") == 1
    assert "EVSE 2 reserved" not in page

    Reservation.objects.update(state="expired")

    assert "reserved for Ada" not in browser.get(address).content.decode()


@pytest.mark.parametrize("role", [Role.FINANCE, Role.READ_ONLY])
def test_who_only_looks_reserves_and_cancels_nothing(
    browser_of: Callable[..., Client], station: ChargingStation, token: IdToken, made: Reservation, role: Role
) -> None:
    browser = browser_of(role)
    page = browser.get(f"/reservations/{made.pk}/")
    assert (page.status_code, "/cancel/" in page.content.decode()) == (200, False)
    assert "/reservations/new/" not in browser.get("/reservations/").content.decode()

    for address in (f"/reservations/{made.pk}/cancel/", f"/reservations/{made.pk}/drop/", "/reservations/new/"):
        assert browser.post(address, filled(station, token)).status_code == 403
    assert Reservation.objects.get().state == "requested"


def test_another_tenants_reservation_is_not_found(
    browser: Client, beta: Tenant, make_station: Callable[..., ChargingStation]
) -> None:
    with schema_scope(beta.schema_name):
        theirs = make_station("CS-1")
        card = IdToken.objects.create(value="C0FFEE")
        end = now() + timedelta(hours=1)
        row = reserve(theirs, theirs.evses.get(), token=card, begins_at=None, ends_at=end, by="x")

    assert browser.get(f"/reservations/{row.pk}/").status_code == 404
    assert browser.post(f"/reservations/{row.pk}/cancel/").status_code == 404
