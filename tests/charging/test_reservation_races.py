"""Reservations that are asked for at the same time, in threads of their own."""

from collections.abc import Callable
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest

from apps.charging.models import Reservation
from apps.charging.services.reservation_calls import tend_reservations
from apps.charging.services.reservations import reserve
from apps.core.clock import now
from apps.core.errors import UnableTo
from apps.drivers.models import IdToken
from apps.stations.models import EVSE, ChargingStation, StationCommand
from apps.tenants.models import Tenant
from tests.charging.conftest import CARD
from tests.charging.reserving import BY, takes_any


@pytest.mark.parametrize("places", [(1, 1, 1, 1), (1, 2, None, None)])
def test_of_many_who_ask_at_the_same_time_no_two_get_the_same(
    live_tenant: Tenant, make_station: Callable[..., ChargingStation], in_threads: Any,
    places: tuple[int | None, ...],
) -> None:  # fmt: skip
    station, token = make_station("LIVE-1", evses=2), IdToken.objects.create(value=CARD)
    takes_any(station)
    begin, barrier = now() + timedelta(hours=1), Barrier(len(places))

    def ask(number: int) -> bool:
        evse = EVSE.objects.filter(station=station, number=places[number] or 0).first()
        barrier.wait(timeout=10)
        try:
            reserve(station, evse, token=token, begins_at=begin, ends_at=begin + timedelta(hours=1), by=BY)
        except UnableTo:
            return False
        return True

    got = [place for place, has_it in zip(places, in_threads(len(places), ask), strict=True) if has_it]

    assert got in ([1], [2], [None], [1, 2])
    assert Reservation.objects.count() == len(got)


def test_two_workers_at_once_ask_the_station_once(
    live_tenant: Tenant, make_station: Callable[..., ChargingStation], in_threads: Any
) -> None:
    station, token = make_station("LIVE-1"), IdToken.objects.create(value=CARD)
    begin = now() + timedelta(minutes=5)
    reserve(station, station.evses.get(), token=token, begins_at=begin, ends_at=begin + timedelta(hours=1), by=BY)
    Reservation.objects.update(begins_at=now())
    barrier = Barrier(2)

    def work(_number: int) -> None:
        barrier.wait(timeout=10)
        tend_reservations()

    in_threads(2, work)

    assert StationCommand.objects.filter(kind="charging.ReserveNow").count() == 1
