"""OCPP 1.6 in our words: every message from a station, every quirk of parsing."""

from datetime import UTC, datetime

import pytest

from apps.charging.messages import EventType, MeterReading, MeterValues, ReadingContext, SampledValue, TransactionEvent
from apps.dialects.adapters.registry import dialect_for
from apps.dialects.messages import UnknownAction, Unreadable
from apps.drivers.messages import Authorize, IdTokenSeen, TokenType
from apps.stations.messages import (
    BootNotification,
    DataTransfer,
    Heartbeat,
    OcppVersion,
)

NOW = datetime(2026, 3, 1, 12, 0, 5, tzinfo=UTC)
AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
WIRE_AT = "2026-03-01T12:00:00Z"
REPLACED = "\N{REPLACEMENT CHARACTER}"


def parse(action, payload):
    return dialect_for(OcppVersion.V16).parse(action, payload, received_at=NOW)


def start(**changes):
    wire = {"connectorId": 2, "idTag": "04a1b2c3", "meterStart": 1500, "timestamp": WIRE_AT} | changes
    return parse("StartTransaction", {name: value for name, value in wire.items() if value is not ...})


def stop(**changes):
    wire = {"transactionId": 7, "meterStop": 9500, "timestamp": WIRE_AT} | changes
    return parse("StopTransaction", {name: value for name, value in wire.items() if value is not ...})


# --- each message as a good station sends it --------------------------------------------------------------


def test_a_boot_tells_who_the_station_is():
    boot = parse(
        "BootNotification",
        {
            "chargePointVendor": "ABB",
            "chargePointModel": "Terra AC",
            "chargePointSerialNumber": "TACW22",
            "chargeBoxSerialNumber": "box",
            "firmwareVersion": "1.8.21",
            "iccid": "8949",
            "imsi": "262",
        },
    )

    assert boot == BootNotification(
        vendor="ABB", model="Terra AC", serial_number="TACW22", firmware_version="1.8.21", iccid="8949", imsi="262"
    )


def test_the_old_serial_number_field_serves_where_the_new_one_is_missing():
    boot = parse(
        "BootNotification", {"chargePointVendor": "V", "chargePointModel": "M", "chargeBoxSerialNumber": "box"}
    )

    assert boot.serial_number == "box"


@pytest.mark.parametrize("payload", [{}, None, {"anything": 1}])
def test_a_heartbeat_is_a_heartbeat_whatever_it_carries(payload):
    assert parse("Heartbeat", payload) == Heartbeat()


def test_an_authorize_shows_a_token():
    assert parse("Authorize", {"idTag": "04a1b2c3"}) == Authorize(
        id_token=IdTokenSeen(value="04A1B2C3", type=TokenType.ISO14443, raw="04a1b2c3")
    )


def test_a_start_becomes_started():
    assert start(reservationId=5) == TransactionEvent(
        event_type=EventType.STARTED,
        at=AT,
        raw_at=WIRE_AT,
        evse=2,
        connector=1,
        id_token=IdTokenSeen(value="04A1B2C3", raw="04a1b2c3"),
        meter_wh=1500,
        reservation_id=5,
    )


def test_a_stop_becomes_ended_under_our_number():
    assert stop(idTag="04a1b2c3", reason="Remote") == TransactionEvent(
        event_type=EventType.ENDED,
        at=AT,
        raw_at=WIRE_AT,
        transaction_ref="7",
        id_token=IdTokenSeen(value="04A1B2C3", raw="04a1b2c3"),
        meter_wh=9500,
        stopped_reason="Remote",
    )


def test_meter_values_keep_connector_transaction_and_samples():
    wire = {
        "connectorId": 1,
        "transactionId": 7,
        "meterValue": [
            {
                "timestamp": WIRE_AT,
                "sampledValue": [
                    {"value": "1.5", "unit": "kWh", "context": "Transaction.Begin"},
                    {"value": "16", "measurand": "Current.Import", "unit": "A", "phase": "L1", "location": "EV"},
                ],
            }
        ],
    }

    assert parse("MeterValues", wire) == MeterValues(
        evse=1,
        transaction_ref="7",
        readings=(
            MeterReading(
                at=AT,
                samples=(
                    SampledValue(value=1500.0, context=ReadingContext.TRANSACTION_BEGIN),
                    SampledValue(value=16.0, measurand="Current.Import", unit="A", phase="L1", location="EV"),
                ),
            ),
        ),
    )


def test_vendor_data_stays_text():
    wire = {"vendorId": "com.vendor", "messageId": "m", "data": '{"a": 1}'}

    assert parse("DataTransfer", wire) == DataTransfer(vendor_id="com.vendor", message_id="m", data='{"a": 1}')


def test_vendor_data_sent_as_an_object_is_kept_as_its_json():
    assert parse("DataTransfer", {"vendorId": "v", "data": {"a": [1, None]}}).data == '{"a":[1,null]}'


# --- transactions -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [-1, 0, "0", "-1", None, "", "abc", 2**31, 1.5, True, [], {}, ...])
def test_q07_q08_a_number_the_station_cannot_know_is_null_and_said_to_be(number):
    event = stop(transactionId=number)

    assert (event.transaction_ref, event.ref_unknown) == (None, True)


@pytest.mark.parametrize("number", [7, "7", 7.0, " 7 ", "7.0"])
def test_q62_a_number_in_other_clothes_is_the_same_number(number):
    event = stop(transactionId=number)

    assert (event.transaction_ref, event.ref_unknown) == ("7", False)


@pytest.mark.parametrize(
    ("meter", "wh"),
    [(1500, 1500), ("1500", 1500), (1500.0, 1500), (" 1500.0 ", 1500), (1500.9, 1500), ("1500.9", 1500), (0, 0)],
)
def test_q62_a_register_is_whole_wh_whatever_its_clothes(meter, wh):
    assert start(meterStart=meter).meter_wh == wh
    assert stop(meterStop=meter).meter_wh == wh


@pytest.mark.parametrize("meter", [None, ..., "", "abc", "1,5", "NaN", "Infinity", float("nan"), 1e300, [], True])
def test_a_start_without_a_readable_register_is_unreadable_but_a_stop_is_not(meter):
    with pytest.raises(Unreadable) as caught:
        start(meterStart=meter)

    assert caught.value.path == "$.meterStart"
    assert stop(meterStop=meter).meter_wh is None


def test_a_start_without_a_connector_is_unreadable():
    with pytest.raises(Unreadable) as caught:
        start(connectorId=...)

    assert caught.value.path == "$.connectorId"


@pytest.mark.parametrize("payload", [[], "x", 3, True])
def test_a_payload_that_is_no_object_is_unreadable(payload):
    for action in ("StartTransaction", "Heartbeat"):
        with pytest.raises(Unreadable) as caught:
            parse(action, payload)
        assert (caught.value.path, caught.value.code) == ("$", "FormationViolation")


def test_a_start_without_a_token_is_a_start():
    assert start(idTag=...).id_token is None


def test_q62_a_tag_that_is_too_long_is_never_cut():
    tag = "0123456789ABCDEF01234567"

    assert start(idTag=tag).id_token == IdTokenSeen(value=tag, raw=tag)


@pytest.mark.parametrize("tag", ["20:69:C0:21", "20 69 c0 21", "2069c021", "20-69-C0-21"])
def test_q73_a_tag_is_canonical_for_matching_and_raw_as_shown(tag):
    assert start(idTag=tag).id_token == IdTokenSeen(value="2069C021", raw=tag)


@pytest.mark.parametrize("number", [20690021, 12345678901234567890])
def test_a_tag_sent_as_a_number_is_its_digits(number):
    assert start(idTag=number).id_token == IdTokenSeen(value=str(number), raw=str(number))


def test_a_start_on_connector_0_has_no_connector_made_up_for_it():
    event = start(connectorId=0)

    assert (event.evse, event.connector) == (0, 0)


@pytest.mark.parametrize("number", [0, -1, None, "x"])
def test_no_reservation_has_many_spellings(number):
    assert start(reservationId=number).reservation_id is None


@pytest.mark.parametrize(
    ("wire", "reason", "trigger"),
    [
        (..., "Local", None),
        (None, "Local", None),
        ("", "Local", None),
        ("Local", "Local", None),
        ("local", "Local", None),
        ("HardReset", "ImmediateReset", "ResetCommand"),
        ("SoftReset", "ImmediateReset", "ResetCommand"),
        ("UnlockCommand", "Other", "UnlockCommand"),
        ("EVDisconnected", "EVDisconnected", None),
        ("DeAuthorized", "DeAuthorized", None),
        ("PowerLoss", "PowerLoss", None),
        ("StoppedByEV", "StoppedByEV", None),
        ("Gremlins", "Other", None),
        ({}, "Local", None),
    ],
)
def test_q21_reasons_are_told_in_2_1_words(wire, reason, trigger):
    event = stop(reason=wire)

    assert (event.stopped_reason, event.trigger_reason) == (reason, trigger)


def test_q20_readings_of_a_stop_are_read_like_all_others():
    data = [{"timestamp": WIRE_AT, "sampledValue": [{"value": "9500", "context": "Transaction.End"}]}]

    assert stop(transactionData=data).readings == (
        MeterReading(at=AT, samples=(SampledValue(value=9500.0, context=ReadingContext.TRANSACTION_END),)),
    )


@pytest.mark.parametrize("data", [None, "x", 3, {}, [None], [{"sampledValue": 3}], [{"sampledValue": []}]])
def test_a_stop_with_unusable_readings_is_a_stop_without_them(data):
    assert stop(transactionData=data).readings == ()


def test_q29_meter_values_without_a_transaction_belong_to_the_connector():
    assert parse("MeterValues", {"connectorId": 0, "meterValue": []}) == MeterValues(evse=0)


# --- words ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", ["startTransaction", "STARTTRANSACTION", " StartTransaction "])
def test_q61_case_variants_of_an_action_are_aliases(action):
    dialect = dialect_for(OcppVersion.V16)

    assert dialect.parse(action, {"connectorId": 1, "meterStart": 0}, received_at=NOW).event_type is EventType.STARTED
    assert dialect.known_action(action) == "StartTransaction"
    assert dialect.is_transaction_message(action)


@pytest.mark.parametrize("action", ["TransactionEvent", "RemoteStartTransaction", "Nonsense", "", "Start Transaction"])
def test_an_action_that_1_6_stations_may_not_send_is_unknown(action):
    with pytest.raises(UnknownAction) as caught:
        parse(action, {})

    assert caught.value.action == action


def test_q61_nulls_and_surplus_fields_do_not_matter():
    assert start(reservationId=None, extra={"deep": [1]}, customData=None) == start()


def test_q65_nul_and_lone_surrogates_are_replaced_in_every_text():
    boot = parse("BootNotification", {"chargePointVendor": "A\0B", "chargePointModel": "M\ud800"})

    assert (boot.vendor, boot.model) == (f"A{REPLACED}B", f"M{REPLACED}")
    assert start(idTag="AB\0").id_token.raw == f"AB{REPLACED}"
    assert parse("DataTransfer", {"vendorId": "v", "data": "\0"}).data == REPLACED


def test_only_what_bears_energy_is_a_transaction_message():
    dialect = dialect_for(OcppVersion.V16)

    assert [action for action in sorted(dialect.parsers) if dialect.is_transaction_message(action)] == [
        "MeterValues",
        "StartTransaction",
        "StopTransaction",
    ]
    assert not dialect.is_transaction_message("Nonsense")


def test_an_authorize_without_a_tag_cannot_be_answered():
    with pytest.raises(Unreadable) as caught:
        parse("Authorize", {})

    assert (caught.value.path, caught.value.code) == ("$.idTag", "OccurenceConstraintViolation")


def test_q70_vendor_data_without_a_vendor_is_unreadable():
    with pytest.raises(Unreadable) as caught:
        parse("DataTransfer", {"data": "x"})

    assert caught.value.path == "$.vendorId"
