"""Certification titles of 2.0.1, block J: what meters show, over a real socket, in both versions of OCPP 2.

Each is tried with what must happen and with what must not.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from apps.charging.models import HoldReason, Transaction
from apps.stations.models import ChargingStation
from apps.telemetry.messages import ContextCode
from apps.telemetry.models import Frame, MeterValue
from tests.plugged import RawStation, wait_for
from tests.stories.certifying import unlawful_frames
from tests.stories.conftest import CARD
from tests.stories.tellers import BEGIN_WH, END_WH, Teller, billed, the_charge, token

# What a signing meter adds (OCMF, in Base64): its letters must reach whoever checks the signature as they came.
SIGNED = {
    "signedMeterData": "T0NNRnx7IlBHIjoiVDEyMyIsICJSRCI6W119fHsiU0QiOiIzMDQ1MDIyMSJ9Cg==",
    "signingMethod": "ECDSA-secp256r1-SHA256",
    "encodingMethod": "OCMF",
    "publicKey": "b2NhOmJhc2UxNjphc24xOjMwNTkzMDEz",
}


@pytest.fixture(params=["2.0.1", "2.1"])
def teller(
    request: Any, plug: Callable[..., RawStation], depot: ChargingStation, run_outbox: Callable[[], None]
) -> Iterator[Teller]:
    made = Teller(plug(request.param))
    made.boot()
    made.status("Available", "Occupied")
    run_outbox()
    yield made
    assert unlawful_frames(request.param) == []


def stored(**facts: Any) -> list[float]:
    return list(MeterValue.objects.filter(**facts).order_by("at").values_list("energy_wh", flat=True))


def is_signed_as_told(action: str) -> bool:
    """Whether the signed data stand in the log of messages, letter for letter."""
    frames = wait_for(lambda: [json.loads(frame.payload) for frame in Frame.objects.filter(incoming=True, action=action)
                               if "signedMeterValue" in frame.payload])  # fmt: skip
    samples = [sample for frame in frames for value in frame["meterValue"] for sample in value["sampledValue"]]
    return [sample["signedMeterValue"] for sample in samples if "signedMeterValue" in sample] == [SIGNED]


def test_tc_j_01_clock_aligned_readings_while_nobody_charges(teller, run_outbox):
    for evse in (0, 1):
        said = {"evseId": evse, "meterValue": teller.reads(BEGIN_WH + evse, "Sample.Clock")}
        assert teller.raw.call("MeterValues", said) == {}

    assert stored(evse=1, transaction_id=None) == [BEGIN_WH + 1]
    assert stored(evse=0, transaction_id=None) == [BEGIN_WH], "the main meter is no EVSE"
    assert not Transaction.objects.exists()
    assert billed(run_outbox) == (0, 0)


def test_tc_j_02_clock_aligned_readings_while_somebody_charges(teller):
    teller.starts()
    for wh in (1500, 2000):
        assert teller.goes_on("MeterValueClock", meterValue=teller.reads(wh, "Sample.Clock")) == {}

    wait_for(lambda: stored(transaction_id=the_charge().pk, context=ContextCode.SAMPLE_CLOCK) == [1500, 2000])
    assert the_charge().is_open


def test_tc_j_02_what_the_clock_reads_is_no_end(teller, run_outbox):
    teller.starts()
    teller.goes_on("MeterValueClock", meterValue=teller.reads(2000, "Sample.Clock"))
    teller.ends(meterValue=None)

    assert the_charge().hold_reason == HoldReason.END_UNKNOWN
    assert billed(run_outbox) == (0, 0)


def test_tc_j_03_clock_aligned_readings_told_with_the_end(teller, run_outbox):
    teller.starts()
    aligned = teller.reads(1500, "Sample.Clock")
    teller.told += 1
    teller.ends(meterValue=aligned + teller.reads(END_WH, "Transaction.End"))

    assert stored(transaction_id=the_charge().pk) == [BEGIN_WH, 1500, END_WH]
    assert the_charge().energy_wh == 2500, "by the end reading alone"
    assert billed(run_outbox) == (1, 1)


def test_tc_j_04_signed_readings_by_the_clock_count_and_stay_as_they_are(teller):
    teller.starts()
    told = teller.reads(1500, "Sample.Clock", signedMeterValue=SIGNED)
    assert teller.goes_on("MeterValueClock", meterValue=told) == {}

    wait_for(lambda: stored(context=ContextCode.SAMPLE_CLOCK) == [1500])
    assert is_signed_as_told("TransactionEvent")


def test_tc_j_04_signed_readings_outside_of_a_charge_count_and_stay_as_they_are(teller):
    said = {"evseId": 1, "meterValue": teller.reads(1500, "Sample.Clock", signedMeterValue=SIGNED)}
    assert teller.raw.call("MeterValues", said) == {}

    assert stored(evse=1, transaction_id=None) == [1500]
    assert is_signed_as_told("MeterValues")


def test_tc_j_07_the_begin_reading_where_the_evse_is_known(teller):
    teller.starts()

    assert the_charge().meter_start_wh == BEGIN_WH
    assert stored(evse=1, transaction_id=the_charge().pk, context=ContextCode.TRANSACTION_BEGIN) == [BEGIN_WH]


def test_tc_j_08_the_begin_reading_comes_when_the_evse_is_known(teller, run_outbox):
    teller.starts("Authorized", "Idle", evse=None, meterValue=None)
    assert (the_charge().evse, stored()) == (None, [])

    begun = teller.reads(BEGIN_WH, "Transaction.Begin")
    teller.goes_on("CablePluggedIn", "EVConnected", evse={"id": 1, "connectorId": 1}, meterValue=begun)
    teller.ends()

    assert stored(evse=1, context=ContextCode.TRANSACTION_BEGIN) == [BEGIN_WH]
    assert (the_charge().energy_wh, the_charge().meter_start_wh) == (2500, BEGIN_WH)
    assert billed(run_outbox) == (1, 1)


def test_tc_j_08_without_an_evse_nobody_pays(teller, run_outbox):
    teller.starts("Authorized", "Idle", evse=None)
    teller.ends()

    assert the_charge().hold_reason == HoldReason.PLACE_UNKNOWN
    assert billed(run_outbox) == (0, 0)


def test_tc_j_09_sampled_readings_while_somebody_charges(teller):
    teller.starts()
    for wh in (1500, 2000, 2500):
        assert teller.goes_on("MeterValuePeriodic", meterValue=teller.reads(wh, "Sample.Periodic")) == {}

    wait_for(lambda: stored(context=ContextCode.SAMPLE_PERIODIC) == [1500, 2000, 2500])
    assert set(MeterValue.objects.values_list("transaction_id", flat=True)) == {the_charge().pk}


def test_tc_j_09_a_reading_told_twice_stands_once(teller):
    teller.starts()
    said = teller.event_payload("Updated", "MeterValuePeriodic", "Charging",
                                meterValue=teller.reads(1500, "Sample.Periodic"))  # fmt: skip
    for _ in range(2):
        assert teller.raw.call("TransactionEvent", said) == {}
    teller.ends()

    assert stored(context=ContextCode.SAMPLE_PERIODIC) == [1500]
    assert not the_charge().has_note("number_reused")


def test_tc_j_10_sampled_readings_told_with_the_end(teller, run_outbox):
    teller.starts()
    sampled = []
    for wh in (1500, 2000):
        sampled += teller.reads(wh, "Sample.Periodic")
        teller.told += 1
    teller.ends(meterValue=sampled + teller.reads(END_WH, "Transaction.End"))

    assert stored(transaction_id=the_charge().pk) == [BEGIN_WH, 1500, 2000, END_WH]
    assert (the_charge().energy_wh, the_charge().meter_stop_wh) == (2500, END_WH)
    assert billed(run_outbox) == (1, 1)


def test_tc_j_11_signed_readings_of_begin_and_end_are_billed_and_stay_as_they_are(teller, run_outbox):
    teller.starts("CablePluggedIn", idToken=None)
    teller.goes_on("Authorized", "EVConnected", idToken=token(CARD))
    teller.ends(meterValue=teller.reads(END_WH, "Transaction.End", signedMeterValue=SIGNED))

    assert the_charge().energy_wh == 2500
    assert is_signed_as_told("TransactionEvent")
    assert billed(run_outbox) == (1, 1)
