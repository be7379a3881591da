"""Copies of a message that arrive at the same time, in threads of their own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from apps.charging.models import Transaction
from apps.drivers.models import IdToken
from apps.events.models import OutboxRow
from apps.stations.messages import OcppVersion
from apps.stations.models import ChargingStation
from apps.tenants.models import Tenant
from apps.tenants.scope import schema_scope
from tests.charging.conftest import CARD, Talker

COPIES = 4


def at_once(schema: str, say: Callable[[], Any]) -> list[Any]:
    """The same said by several threads that wait for each other."""
    barrier = Barrier(COPIES)

    def run(_number: int) -> Any:
        try:
            with schema_scope(schema):
                barrier.wait(timeout=10)
                return say()
        finally:
            connection.close()

    with ThreadPoolExecutor(COPIES) as pool:
        return list(pool.map(run, range(COPIES)))


@pytest.fixture
def live_station(live_tenant: Tenant, make_station: Callable[..., ChargingStation]) -> ChargingStation:
    IdToken.objects.create(value=CARD)
    return make_station("LIVE-1")


def test_q01_copies_of_a_start_at_the_same_time_open_one_charge(
    live_tenant: Tenant, live_station: ChargingStation
) -> None:
    answers = at_once(live_tenant.schema_name, Talker(live_station).start)

    charge = Transaction.objects.get()
    assert {answer.transaction_number for answer in answers} == {charge.pk}
    assert {answer.id_token_info.status for answer in answers} == {"Accepted"}


def test_q10_copies_of_a_stop_at_the_same_time_are_billed_once(
    live_tenant: Tenant, live_station: ChargingStation
) -> None:
    talker = Talker(live_station)
    number = talker.start().transaction_number
    at_once(live_tenant.schema_name, lambda: talker.stop(number))

    assert Transaction.objects.get().energy_wh == 12000
    assert OutboxRow.objects.filter(schema=live_tenant.schema_name, task="billing.issue_cdr").count() == 1


def test_q76_copies_of_an_early_ended_at_the_same_time_make_one_shell(
    live_tenant: Tenant, live_station: ChargingStation
) -> None:
    talker = Talker(live_station, version=OcppVersion.V201)
    at_once(live_tenant.schema_name, talker.ended)

    assert Transaction.objects.get().hold_reason == "start_unknown"


def test_q42_first_statuses_at_the_same_time_make_one_connector(
    live_tenant: Tenant, live_station: ChargingStation
) -> None:
    talker = Talker(live_station)
    at_once(live_tenant.schema_name, lambda: talker.status("Available", at=None, evse=9))

    assert live_station.evses.filter(number=9).count() == 1
