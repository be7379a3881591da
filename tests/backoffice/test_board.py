"""The board tells the truth about every connector."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from apps.accounts.messages import Role
from apps.accounts.models import User
from apps.backoffice.services.board import BoardCard, BoardFilter, board, tiles
from apps.backoffice.services.viewers import Viewer
from apps.core.clock import now
from apps.drivers.models import IdToken
from apps.stations.models import ChargingStation, Connector
from apps.telemetry.services.leases import release_lease, take_lease
from apps.telemetry.services.writing import store_charge_live
from tests.backoffice.conftest import CARD, begin_charge, connected


@pytest.fixture
def viewer(make_operator: Callable[..., User]) -> Viewer:
    return Viewer(user=make_operator(), language="en")


def card_of(viewer: Viewer, *, evse: int = 1) -> BoardCard:
    return next(card for card in board(BoardFilter(), viewer).cards if card.connector.evse.number == evse)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("Available", "free"),
        ("Occupied", "occupied"),
        ("Reserved", "reserved"),
        ("Unavailable", "unavailable"),
        ("Faulted", "faulted"),
        ("", "unknown"),
    ],
)
def test_a_connector_is_as_its_station_says(
    viewer: Viewer, station: ChargingStation, status: str, expected: str
) -> None:
    Connector.objects.filter(evse__station=station, evse__number=1).update(status=status)

    assert card_of(viewer).state.key == expected


@pytest.mark.parametrize(
    ("charging_state", "expected"),
    [
        ("Charging", "charging"),
        ("", "charging"),
        ("SuspendedEV", "paused"),
        ("SuspendedEVSE", "paused"),
        ("EVConnected", "occupied"),
        ("Idle", "occupied"),
    ],
)
def test_a_charge_says_more_than_the_status(
    viewer: Viewer, station: ChargingStation, charging_state: str, expected: str
) -> None:
    Connector.objects.filter(evse__station=station).update(status="Occupied")
    begin_charge(station, charging_state=charging_state)

    assert card_of(viewer).state.key == expected
    assert card_of(viewer, evse=2).state.key == "occupied"


def test_a_fault_is_shown_even_while_a_charge_is_open(viewer: Viewer, station: ChargingStation) -> None:
    Connector.objects.filter(evse__station=station).update(status="Faulted", error_code="GroundFailure", info="RCD")
    begin_charge(station)

    card = card_of(viewer)

    assert card.state.key == "faulted"
    assert card.trouble == "GroundFailure · RCD"


def test_a_station_without_a_socket_is_offline_since_it_went(viewer: Viewer, station: ChargingStation) -> None:
    lease = take_lease(station.pk, gateway="gateway.test", version="1.6", address="192.0.2.7")
    release_lease(station.pk, epoch=lease.epoch)

    card = card_of(viewer)

    assert card.state.key == "offline"
    assert card.since is not None
    assert now() - card.since < timedelta(minutes=1)


def test_a_station_that_never_connected_is_offline_without_a_date(
    viewer: Viewer, make_station: Callable[..., ChargingStation]
) -> None:
    make_station("CS-9")

    card = card_of(viewer)

    assert (card.state.key, card.since, card.last_seen_at) == ("offline", None, None)


def test_figures_come_from_the_newest_reading(viewer: Viewer, station: ChargingStation) -> None:
    charge = begin_charge(station)
    store_charge_live(charge.pk, at=now(), energy_wh=4200.0, power_w=10900.0, soc_percent=51.0)

    card = card_of(viewer)

    assert (card.energy_wh, card.power_w, card.soc_percent) == (4200.0, 10900.0, 51.0)


def test_tiles_count_all_connectors_and_add_up_the_power(
    viewer: Viewer, station: ChargingStation, make_station: Callable[..., ChargingStation]
) -> None:
    make_station("CS-2")
    charge = begin_charge(station)
    store_charge_live(charge.pk, at=now(), energy_wh=1.0, power_w=7400.0, soc_percent=None)

    counted = tiles()

    assert (counted.charging, counted.free, counted.faulted, counted.offline) == (1, 1, 0, 1)
    assert counted.power_w == 7400.0
    assert counted.total == 3


def test_archived_stations_are_not_on_the_board(viewer: Viewer, station: ChargingStation) -> None:
    ChargingStation.objects.update(archived_at=now())

    assert board(BoardFilter(), viewer).cards == []
    assert tiles().total == 0


def test_the_board_filters_by_state_and_by_text(
    viewer: Viewer, station: ChargingStation, make_station: Callable[..., ChargingStation]
) -> None:
    connected(make_station("GARAGE-7", name="Tiefgarage"))
    begin_charge(station)

    by_state = board(BoardFilter(state="charging"), viewer).cards
    by_name = board(BoardFilter(text="tiefgar"), viewer).cards
    by_card = board(BoardFilter(text=CARD.lower()), viewer).cards

    assert [card.station.identity for card in by_state] == ["CS-1"]
    assert [card.station.identity for card in by_name] == ["GARAGE-7"]
    assert {card.station.identity for card in by_card} == {"CS-1"}


@pytest.mark.parametrize("query", [{"state": "nonsense"}, {"location": "x"}, {"page": "-1"}, {"q": "\0"}])
def test_a_filter_that_makes_no_sense_is_none(query: dict[str, str]) -> None:
    assert BoardFilter.from_query(query) == BoardFilter()


def test_card_numbers_are_masked_for_those_who_may_not_see_them(
    station: ChargingStation, make_operator: Callable[..., User]
) -> None:
    begin_charge(station)

    seen = {
        role: card_of(Viewer(user=make_operator(role), language="en")).who for role in (Role.SUPPORT, Role.READ_ONLY)
    }

    assert seen == {Role.SUPPORT: CARD, Role.READ_ONLY: "••••••••••E601"}


def test_a_driver_is_called_by_name(viewer: Viewer, station: ChargingStation, token: IdToken) -> None:
    begin_charge(station, id_token=token, driver=token.driver)

    assert card_of(viewer).who == "Ada Amper"
