"""What a 1.6 station says of itself: boots, statuses and errors, Q43 to Q47."""

from datetime import UTC, datetime

import pytest

from apps.dialects.adapters.registry import dialect_for
from apps.dialects.messages import Unreadable
from apps.stations.messages import ChargingState, ConnectorStatus, OcppVersion, StatusNotification

NOW = datetime(2026, 3, 1, 12, 0, 5, tzinfo=UTC)
AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
WIRE_AT = "2026-03-01T12:00:00Z"


def parse(action, payload):
    return dialect_for(OcppVersion.V16).parse(action, payload, received_at=NOW)


def status(**changes):
    return parse("StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": "Available"} | changes)


# --- statuses ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "expected", "charging_state"),
    [
        ("Available", ConnectorStatus.AVAILABLE, ChargingState.IDLE),
        ("Preparing", ConnectorStatus.OCCUPIED, ChargingState.EV_CONNECTED),
        ("Charging", ConnectorStatus.OCCUPIED, ChargingState.CHARGING),
        ("SuspendedEV", ConnectorStatus.OCCUPIED, ChargingState.SUSPENDED_EV),
        ("SuspendedEVSE", ConnectorStatus.OCCUPIED, ChargingState.SUSPENDED_EVSE),
        ("Finishing", ConnectorStatus.OCCUPIED, ChargingState.EV_CONNECTED),
        ("Reserved", ConnectorStatus.RESERVED, None),
        ("Unavailable", ConnectorStatus.UNAVAILABLE, None),
        ("Faulted", ConnectorStatus.FAULTED, None),
        ("Occupied", ConnectorStatus.OCCUPIED, None),
        ("charging", ConnectorStatus.OCCUPIED, ChargingState.CHARGING),
        ("SUSPENDEDEVSE", ConnectorStatus.OCCUPIED, ChargingState.SUSPENDED_EVSE),
    ],
)
def test_q44_each_status_word_becomes_a_status_and_a_charging_state(word, expected, charging_state):
    message = status(status=word)

    assert (message.status, message.charging_state, message.raw_status) == (expected, charging_state, word)
    assert (message.evse, message.connector) == (1, 1)


def test_q43_connector_0_is_the_station_and_has_no_charging_state():
    message = status(connectorId=0)

    assert (message.evse, message.connector, message.charging_state) == (0, 0, None)


def test_q45_a_connector_number_with_a_gap_is_kept():
    assert status(connectorId=17).evse == 17


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("NoError", None),
        ("noerror", None),
        (None, None),
        ("GroundFailure", "GroundFailure"),
        ("groundfailure", "GroundFailure"),
        ("Error", "OtherError"),
        ("E-42", "E-42"),
    ],
)
def test_q44_error_codes_are_named_alike(word, code):
    assert status(errorCode=word).error_code == code


def test_q44_the_word_null_as_info_says_nothing():
    message = status(info="null", vendorErrorCode="NULL", vendorId=None, timestamp=WIRE_AT)

    assert message == StatusNotification(
        evse=1,
        connector=1,
        status=ConnectorStatus.AVAILABLE,
        raw_status="Available",
        at=AT,
        charging_state=ChargingState.IDLE,
    )


@pytest.mark.parametrize(
    ("changes", "path", "code"),
    [
        ({"status": "Broken"}, "$.status", "PropertyConstraintViolation"),
        ({"status": None}, "$.status", "OccurenceConstraintViolation"),
        ({"status": 3}, "$.status", "TypeConstraintViolation"),
        ({"connectorId": None}, "$.connectorId", "OccurenceConstraintViolation"),
        ({"connectorId": "left"}, "$.connectorId", "TypeConstraintViolation"),
        ({"connectorId": -1}, "$.connectorId", "TypeConstraintViolation"),
    ],
)
def test_a_status_that_says_nothing_names_the_field_and_the_code_in_1_6_spelling(changes, path, code):
    with pytest.raises(Unreadable) as caught:
        status(**changes)

    assert (caught.value.path, caught.value.code) == (path, code)


# --- boots ------------------------------------------------------------------------------------------------


def test_q47_an_empty_vendor_and_an_overlong_serial_are_kept():
    serial = "S" * 34

    boot = parse(
        "BootNotification", {"chargePointVendor": "", "chargePointModel": "M", "chargePointSerialNumber": serial}
    )

    assert (boot.vendor, boot.model, boot.serial_number) == ("", "M", serial)


def test_a_boot_with_neither_vendor_nor_model_says_nothing():
    with pytest.raises(Unreadable) as caught:
        parse("BootNotification", {"firmwareVersion": "1"})

    assert (caught.value.path, caught.value.code) == ("$.chargePointVendor", "OccurenceConstraintViolation")
