"""The fast reading of a message and the lenient one come to the same, or the fast one leaves it alone."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.charging.messages import KnownCharge, TransactionEvent
from apps.charging.rules.readings import meter_rows, running_rows
from apps.dialects.adapters.frames import decode_frame
from apps.dialects.adapters.hot import LONGEST, hot_reader
from apps.dialects.adapters.registry import dialect_for
from apps.stations.messages import OcppVersion

AT = datetime(2026, 5, 4, 12, tzinfo=UTC)
CHARGE = KnownCharge(transaction_id=77, ref="77", evse=1)
V16, V201, V21 = OcppVersion.V16, OcppVersion.V201, OcppVersion.V21

words = st.sampled_from
measurands = words([
    "Energy.Active.Import.Register", "energy.active.import.register", "Power.Active.Import", "Power.Active.Export",
    "Current.Import", "Voltage", "SoC", "Temperature", "Frequency", "Vendor.Odd", "Current.Offered",
])  # fmt: skip
units = words(["Wh", "kWh", "W", "kW", "A", "V", "Percent", "Celcius", "K", "Hz", "wh", "odd", "°C", ""])
values = st.one_of(
    words(["1", " 2.5 ", "-3", "1e3", "NaN", "inf", "1_0", "", "x", "0x1", "1,5", "9" * 40, "1e400"]),
    st.floats(-1e6, 1e6).map(str),
    st.integers(-(10**6), 10**9),
    st.floats(allow_nan=False, allow_infinity=False),
)
timestamps = words([
    "2026-05-04T11:59:30Z", "2026-05-04T13:59:30.123+02:00", "2026-05-04T11:59:30", "1970-01-01T00:00:00Z",
    "2026-05-04 11:59:30Z", "2026-05-04", "2031-01-01T00:00:00Z", "2026-05-04T11:59:30.123456789Z", "nonsense",
])  # fmt: skip


def sometimes(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.none(), strategy)


def samples(unit: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {"value": values},
        optional={
            "measurand": sometimes(measurands),
            "phase": sometimes(words(["L1", "L2", "L3", "L1-N", "l2", "N", "L1-L2"])),
            "location": sometimes(words(["Outlet", "EV", "outlet", "Inlet"])),
            "context": sometimes(words(["Sample.Periodic", "Transaction.Begin", "Trigger", "odd"])),
            **unit,
        },
    )


def meter_values(sample: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[list[dict[str, Any]]]:
    value = st.fixed_dictionaries({"timestamp": timestamps, "sampledValue": st.lists(sample, max_size=6)})
    return st.lists(value, min_size=1, max_size=3)


payloads_16 = st.fixed_dictionaries({
    "connectorId": words([0, 1, "1", 2]),
    "transactionId": words([77, "77", -1, None, 77.0]),
    "meterValue": meter_values(
        samples({"unit": sometimes(units), "format": sometimes(words(["Raw", "SignedData", "raw"]))})
    ),
})  # fmt: skip
power = st.fixed_dictionaries({}, optional={"unit": sometimes(units), "multiplier": sometimes(st.integers(-15, 15))})
payloads_2 = st.fixed_dictionaries(
    {
        "eventType": words(["Updated", "Ended", "updated"]),
        "timestamp": timestamps,
        "triggerReason": words(["MeterValuePeriodic", "odd"]),
        "seqNo": words([3, "3", -1, 3.0]),
        "transactionInfo": st.fixed_dictionaries(
            {"transactionId": words(["77", 77, "a://b:c@d"])},
            optional={"chargingState": words(["Charging", "charging", "odd"]), "stoppedReason": words(["Local"])},
        ),
        "meterValue": meter_values(samples({"unitOfMeasure": sometimes(power)})),
    },
    optional={
        "evse": words([{"id": 1}, {"id": 1, "connectorId": 1}, {"connectorId": 1}, None, 1]),
        "idToken": words([{"idToken": "04", "type": "ISO14443"}]),
        "offline": words([True, False, "true"]),
        "customData": words([{"vendorId": "x"}]),
    },
)


def lenient_rows(version: OcppVersion, text: str) -> tuple[Any, Any]:
    frame: Any = decode_frame(text, version=version)
    message: Any = dialect_for(version).parse(frame.action, frame.payload, received_at=AT)
    event = message if isinstance(message, TransactionEvent) else None
    rows = meter_rows(
        message.readings, station_id=5, evse=1, received_at=AT, transaction_id=77,
        seq_no=event and event.seq_no, unclocked_at=event and event.at,
    )  # fmt: skip
    return message, rows


def agree(version: OcppVersion, action: str, payload: dict[str, Any]) -> None:
    text = json.dumps([2, "m1", action, payload], ensure_ascii=False)
    told = hot_reader(version)(text.encode(), AT)
    if told is None:
        return
    message, rows = lenient_rows(version, text)
    assert running_rows(told, CHARGE, station_id=5, received_at=AT) == rows
    assert (told.message_id, told.ref, told.evse) == ("m1", message.transaction_ref, message.evse)
    assert json.loads(told.payload) == payload
    if isinstance(message, TransactionEvent):
        assert (told.at, told.seq_no, told.connector) == (message.at, message.seq_no, message.connector)
        assert told.charging_state == message.charging_state
        assert (message.event_type, message.id_token, message.stopped_reason) == ("Updated", None, None)


@given(payload=payloads_16)
def test_what_is_read_fast_of_1_6_is_what_is_read_leniently(payload):
    agree(V16, "MeterValues", payload)


@pytest.mark.parametrize("version", [V201, V21])
@given(payload=payloads_2)
def test_what_is_read_fast_of_2_x_is_what_is_read_leniently(version, payload):
    agree(version, "TransactionEvent", payload)


@pytest.mark.parametrize("depth", [1500, 8000])
@pytest.mark.parametrize(("version", "action"), [(V16, "MeterValues"), (V201, "TransactionEvent")])
def test_however_deep_a_message_is_nested_it_is_left_to_the_lenient_way(version, action, depth):
    assert hot_reader(version)(f'[2,"m","{action}",{"[" * depth}{"]" * depth}]'.encode(), AT) is None


def test_a_message_of_endless_words_leaves_none_of_them_in_memory():
    samples = [{"value": "1", "measurand": "x" * LONGEST}]
    payload = plain_16(meterValue=[{"timestamp": "2026-05-04T11:59:30Z", "sampledValue": samples}])
    assert hot_reader(V16)(json.dumps([2, "m", "MeterValues", payload]).encode(), AT) is None


@pytest.mark.parametrize("word", ["https://me:secret@depot.example", "-----BEGIN PRIVATE KEY-----abc"])
def test_a_word_that_may_hold_a_secret_is_left_to_those_who_mask_it(word):
    payload = plain_2(triggerReason=word)
    assert hot_reader(V201)(json.dumps([2, "m", "TransactionEvent", payload]).encode(), AT) is None


def test_a_ten_millionth_of_a_second_is_cut_either_way():
    payload = plain_16(meterValue=[{"timestamp": "2026-05-04T11:59:30.1234567Z", "sampledValue": [{"value": "1"}]}])
    agree(V16, "MeterValues", payload)


def plain_16(**changes: Any) -> dict[str, Any]:
    sample = {"value": "10", "measurand": "Power.Active.Import", "unit": "kW"}
    return {
        "connectorId": 1, "transactionId": 77,
        "meterValue": [{"timestamp": "2026-05-04T11:59:30Z", "sampledValue": [sample]}], **changes,
    }  # fmt: skip


def plain_2(**changes: Any) -> dict[str, Any]:
    sample = {"value": 10, "measurand": "Power.Active.Import", "unitOfMeasure": {"unit": "W", "multiplier": 3}}
    return {
        "eventType": "Updated", "timestamp": "2026-05-04T11:59:30Z", "triggerReason": "MeterValuePeriodic", "seqNo": 3,
        "transactionInfo": {"transactionId": "77", "chargingState": "Charging"},
        "meterValue": [{"timestamp": "2026-05-04T11:59:30Z", "sampledValue": [sample]}], **changes,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("version", "action", "payload"),
    [(V16, "MeterValues", plain_16()), (V201, "TransactionEvent", plain_2()), (V21, "TransactionEvent", plain_2())],
)
def test_a_plain_message_is_read_fast(version, action, payload):
    told = hot_reader(version)(json.dumps([2, "m1", action, payload]).encode(), AT)
    assert told is not None
    assert told.readings[0].values == (10000.0,)


@pytest.mark.parametrize(
    ("version", "frame"),
    [
        (V16, [2, "m1", "Heartbeat", plain_16()]),
        (V16, [3, "m1", "MeterValues", plain_16()]),
        (V16, [2, "m1", "MeterValues", plain_16(), 1]),
        (V16, [2, "", "MeterValues", plain_16()]),
        (V16, [2, "m" * 300, "MeterValues", plain_16()]),
        (V16, [2, "m1", "MeterValues", plain_16(note="MeterValues")]),
        (V16, [2, "m1", "MeterValues", plain_16(transactionId=None)]),
        (V16, [2, "m1", "MeterValues", plain_16(meterValue=[])]),
        (V201, [2, "m1", "TransactionEvent", plain_2(eventType="Started")]),
        (V201, [2, "m1", "TransactionEvent", plain_2(idToken={"idToken": "04", "type": "ISO14443"})]),
        (V201, [2, "m1", "TransactionEvent", plain_2(timestamp="2026-05-04T11:59:30")]),
    ],
)
def test_what_deviates_is_left_to_the_lenient_reading(version, frame):
    assert hot_reader(version)(json.dumps(frame).encode(), AT) is None


@pytest.mark.parametrize("raw", [b"", b"[", b"null", b"\xff\xfe", b'[2,"a","MeterValues",{}', b'[2,"a","MeterValues"]'])
def test_bytes_of_any_kind_raise_nothing(raw):
    assert hot_reader(V16)(raw, AT) is None
    assert hot_reader(V21)(raw, AT) is None
