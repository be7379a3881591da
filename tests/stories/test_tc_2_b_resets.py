"""Certification titles of 2.0.1 about resets and network profiles (block B), over a real socket; 2.1 has them, too."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from apps.billing.models import Invoice
from apps.charging.models import Transaction
from apps.core.clock import now
from apps.core.errors import UnableTo
from apps.stations.messages import Reset, ResetType
from apps.stations.models import ChargingStation, StationCommand, Variable
from apps.stations.services.commands import queue_command, queue_raw
from tests.plugged import RawStation
from tests.stories.certifying import unlawful_frames
from tests.stories.certifying_2 import Station2, became


@pytest.fixture(params=["2.0.1", "2.1"])
def booted(request: Any, plug: Callable[..., RawStation], depot: ChargingStation) -> Iterator[Station2]:
    made = Station2(plug(request.param))
    assert made.boot()["status"] == "Accepted"
    made.status("Available")
    yield made
    assert unlawful_frames(request.param) == []


def the_charge() -> Transaction:
    return Transaction.objects.get()


# --- resets ----------------------------------------------------------------------------------------------


def reset(point: Station2, kind: ResetType, status: str, *, evse: int | None = None) -> tuple[str, str]:
    command = queue_command(ChargingStation.objects.get(), Reset(type=kind, evse=evse), by="olga")
    assert point.obey("Reset", {"status": status}) == {"type": kind.value} | ({"evseId": evse} if evse else {})
    return became(command)


def test_tc_b_20_a_station_where_nobody_charges_restarts(booted):
    assert reset(booted, ResetType.ON_IDLE, "Accepted") == ("accepted", "Accepted")

    assert booted.boot("RemoteReset")["status"] == "Accepted"
    assert booted.is_left_alone(), "it is not reset twice"


@pytest.mark.parametrize("kind", ResetType)
@pytest.mark.parametrize("evse", [None, 1])
def test_tc_b_20_25_a_reset_that_is_rejected_is_not_said_to_have_happened(booted, kind, evse):
    booted.start()

    assert reset(booted, kind, "Rejected", evse=evse) == ("rejected", "Rejected")

    assert the_charge().is_open
    assert booted.is_left_alone()


@pytest.mark.parametrize("evse", [pytest.param(None, id="tc_b_21"), pytest.param(1, id="tc_b_26")])
def test_tc_b_21_26_what_is_to_restart_when_idle_lets_its_charge_end(booted, run_outbox, evse):
    booted.start()
    assert reset(booted, ResetType.ON_IDLE, "Scheduled", evse=evse) == ("accepted", "Scheduled")
    assert the_charge().is_open

    booted.end()
    if evse is None:
        booted.boot("ScheduledReset")
    booted.status("Available")
    run_outbox()

    assert (the_charge().stopped_reason, the_charge().energy_wh, Invoice.objects.count()) == ("Local", 2500, 1)


@pytest.mark.parametrize("evse", [pytest.param(None, id="tc_b_22"), pytest.param(1, id="tc_b_27")])
def test_tc_b_22_27_what_restarts_at_once_ends_its_charge_and_that_is_billed(booted, run_outbox, evse):
    booted.start()
    assert reset(booted, ResetType.IMMEDIATE, "Accepted", evse=evse) == ("accepted", "Accepted")
    assert the_charge().is_open, "the order alone ends no charge"

    booted.end("ImmediateReset", trigger="ResetCommand")
    if evse is None:
        booted.boot("RemoteReset")
    booted.status("Available")
    run_outbox()

    assert (the_charge().stopped_reason, Invoice.objects.count()) == ("ImmediateReset", 1)


def test_tc_b_25_an_evse_where_nobody_charges_restarts_alone(booted, depot):
    depot.evses.create(number=2).connectors.create(number=1)
    booted.start(evse=2)

    assert reset(booted, ResetType.ON_IDLE, "Accepted", evse=1) == ("accepted", "Accepted")
    booted.status("Unavailable", "Available")

    assert the_charge().is_open, "another EVSE goes on"


# --- network profiles ------------------------------------------------------------------------------------


def move(depot: ChargingStation, slot: int) -> StationCommand:
    data = {
        "ocppVersion": "OCPP20", "ocppTransport": "JSON", "ocppCsmsUrl": "wss://csms.example.com/ocpp",
        "messageTimeout": 30, "securityProfile": 2, "ocppInterface": "Wired0",
    }  # fmt: skip
    return queue_raw(depot, "SetNetworkProfile", {"configurationSlot": slot, "connectionData": data}, by="olga")


@pytest.mark.parametrize(
    ("status", "state"),
    [
        pytest.param("Accepted", "accepted", id="tc_b_42"),
        pytest.param("Failed", "rejected", id="tc_b_44"),
        pytest.param("Rejected", "rejected", id="tc_b_44_rejected"),
    ],
)
def test_tc_b_42_44_a_network_profile_is_written_or_said_not_to_be(booted, depot, status, state):
    command = move(depot, 2)

    asked = booted.obey("SetNetworkProfile", {"status": status})

    assert (asked["configurationSlot"], asked["connectionData"]["ocppInterface"]) == (2, "Wired0")
    assert became(command) == (state, status)
    assert booted.is_left_alone()


@pytest.mark.parametrize(("name", "value"), [("ActiveNetworkProfile", "2"), ("NetworkConfigurationPriority", "2,1")])
def test_q88_the_slot_that_a_station_is_connected_through_is_not_overwritten(booted, depot, name, value):
    Variable.objects.create(station=depot, component="OCPPCommCtrlr", name=name, value=value, reported_at=now())

    with pytest.raises(UnableTo, match="connected through slot 2"):
        move(depot, 2)
    assert move(depot, 1).state == "queued"
    booted.obey("SetNetworkProfile", {"status": "Accepted"})
