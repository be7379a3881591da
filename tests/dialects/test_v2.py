"""OCPP 2.0.1 and 2.1 in our words."""

from datetime import UTC, datetime

import pytest

from apps.charging.messages import EventType, MeterReading, MeterValues, ReadingContext, SampledValue, TransactionEvent
from apps.dialects.adapters.registry import dialect_for
from apps.dialects.messages import UnknownAction, Unreadable
from apps.drivers.messages import Authorize, IdTokenSeen, TokenType
from apps.stations.messages import (
    BootNotification,
    ChargingState,
    ConnectorStatus,
    DataTransfer,
    EventData,
    Heartbeat,
    NotifyEvent,
    NotifyReport,
    OcppVersion,
    ReportedVariable,
    StatusNotification,
    VariableRef,
)

NOW = datetime(2026, 3, 1, 12, 0, 5, tzinfo=UTC)
AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
WIRE_AT = "2026-03-01T12:00:00Z"


@pytest.fixture(params=[OcppVersion.V201, OcppVersion.V21])
def parse(request):
    dialect = dialect_for(request.param)
    return lambda action, payload: dialect.parse(action, payload, received_at=NOW)


@pytest.fixture
def event(parse):
    def made(*, info=None, **changes):
        wire = {
            "eventType": "Updated",
            "timestamp": WIRE_AT,
            "triggerReason": "MeterValuePeriodic",
            "seqNo": 3,
            "transactionInfo": {"transactionId": "tx-1"} | (info or {}),
        } | changes
        return parse("TransactionEvent", wire)

    return made


def test_a_boot_tells_who_the_station_is_and_why_it_boots(parse):
    wire = {
        "reason": "PowerUp",
        "chargingStation": {
            "vendorName": "ABB",
            "model": "Terra",
            "serialNumber": "S1",
            "firmwareVersion": "1.2",
            "modem": {"iccid": "89", "imsi": "26"},
        },
    }

    assert parse("BootNotification", wire) == BootNotification(
        vendor="ABB", model="Terra", serial_number="S1", firmware_version="1.2", reason="PowerUp", iccid="89", imsi="26"
    )


def test_q47_a_boot_with_empty_names_and_a_null_modem_is_a_boot(parse):
    wire = {"reason": None, "chargingStation": {"vendorName": "", "modem": None}}

    assert parse("BootNotification", wire) == BootNotification(vendor="", model="")


@pytest.mark.parametrize(
    ("station", "code"), [(None, "OccurrenceConstraintViolation"), ("ABB", "TypeConstraintViolation")]
)
def test_a_boot_without_a_station_says_nothing(parse, station, code):
    with pytest.raises(Unreadable) as caught:
        parse("BootNotification", {"reason": "PowerUp", "chargingStation": station})

    assert (caught.value.path, caught.value.code) == ("$.chargingStation", code)


def test_a_heartbeat_is_a_heartbeat(parse):
    assert parse("Heartbeat", None) == Heartbeat()


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("Available", ConnectorStatus.AVAILABLE),
        ("occupied", ConnectorStatus.OCCUPIED),
        ("Charging", ConnectorStatus.OCCUPIED),
        ("Faulted", ConnectorStatus.FAULTED),
    ],
)
def test_a_status_is_of_a_connector_and_tells_no_charging_state(parse, word, expected):
    wire = {"timestamp": WIRE_AT, "connectorStatus": word, "evseId": 2, "connectorId": 1}

    assert parse("StatusNotification", wire) == StatusNotification(
        evse=2, connector=1, status=expected, raw_status=word, at=AT
    )


@pytest.mark.parametrize("missing", ["evseId", "connectorId", "connectorStatus"])
def test_q79_a_status_without_an_address_or_a_word_is_unreadable_and_never_guessed(parse, missing):
    wire = {"timestamp": WIRE_AT, "connectorStatus": "Available", "evseId": 2, "connectorId": 1, missing: None}

    with pytest.raises(Unreadable) as caught:
        parse("StatusNotification", wire)

    assert (caught.value.path, caught.value.code) == (f"$.{missing}", "OccurrenceConstraintViolation")


@pytest.mark.parametrize(
    ("wire", "seen"),
    [
        ({"idToken": "04:a1", "type": "ISO14443"}, IdTokenSeen(value="04A1", type=TokenType.ISO14443, raw="04:a1")),
        ({"idToken": "04a1", "type": "iso15693"}, IdTokenSeen(value="04A1", type=TokenType.ISO15693, raw="04a1")),
        (
            {"idToken": "DE-8XY-C1", "type": "eMAID"},
            IdTokenSeen(value="DE-8XY-C1", type=TokenType.EMAID, raw="DE-8XY-C1"),
        ),
        ({"idToken": "x", "type": "Barcode"}, IdTokenSeen(value="X", type=TokenType.CENTRAL, raw="x")),
        ({"idToken": "x"}, IdTokenSeen(value="X", type=TokenType.ISO14443, raw="x")),
        ({"idToken": 1234, "type": "KeyCode"}, IdTokenSeen(value="1234", type=TokenType.KEY_CODE, raw="1234")),
        ({"idToken": "", "type": "NoAuthorization"}, IdTokenSeen(value="", type=TokenType.NO_AUTHORIZATION)),
        ({"type": "NoAuthorization"}, IdTokenSeen(value="", type=TokenType.NO_AUTHORIZATION)),
        ("04a1", IdTokenSeen(value="04A1", type=TokenType.ISO14443, raw="04a1")),
    ],
)
def test_q73_q81_a_token_is_canonical_and_keeps_its_type(parse, wire, seen):
    assert parse("Authorize", {"idToken": wire}) == Authorize(id_token=seen)


@pytest.mark.parametrize("wire", [None, {}, {"type": "ISO14443"}, [], True])
def test_an_authorize_without_a_token_is_unreadable(parse, wire):
    with pytest.raises(Unreadable) as caught:
        parse("Authorize", {"idToken": wire})

    assert caught.value.path == "$.idToken"


def test_an_event_is_read_whole(event):
    assert event(
        info={"chargingState": "Charging", "remoteStartId": 9},
        eventType="Started",
        offline=True,
        reservationId=4,
        evse={"id": 2, "connectorId": 1},
        idToken={"idToken": "04a1", "type": "ISO14443"},
        meterValue=[{"timestamp": WIRE_AT, "sampledValue": [{"value": 1500, "context": "Transaction.Begin"}]}],
    ) == TransactionEvent(
        event_type=EventType.STARTED,
        at=AT,
        raw_at=WIRE_AT,
        transaction_ref="tx-1",
        seq_no=3,
        trigger_reason="MeterValuePeriodic",
        offline=True,
        evse=2,
        connector=1,
        id_token=IdTokenSeen(value="04A1", raw="04a1"),
        charging_state=ChargingState.CHARGING,
        remote_start_id=9,
        reservation_id=4,
        readings=(
            MeterReading(at=AT, samples=(SampledValue(value=1500.0, context=ReadingContext.TRANSACTION_BEGIN),)),
        ),
    )


@pytest.mark.parametrize(
    ("wire", "expected"),
    [
        (None, (None, None)),
        ({"id": 2}, (2, None)),
        ({"id": "2", "connectorId": 1.0}, (2, 1)),
        (2, (2, None)),
        ({}, (None, None)),
        ({"id": -1}, (None, None)),
        ("left", (None, None)),
    ],
)
def test_q79_the_evse_is_what_was_told_and_never_guessed(event, wire, expected):
    found = event(evse=wire)

    assert (found.evse, found.connector) == expected


def test_q82_an_ended_without_a_reason_is_local_and_an_update_has_none(event):
    assert event(eventType="Ended").stopped_reason == "Local"
    assert event(eventType="Ended", info={"stoppedReason": "socLimitReached"}).stopped_reason == "SOCLimitReached"
    assert event(eventType="Ended", info={"stoppedReason": "Gremlins"}).stopped_reason == "Other"
    assert event().stopped_reason is None


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"timestamp": "222222017-10-27T10:00:00Z"}, {"at": None, "raw_at": "222222017-10-27T10:00:00Z"}),
        ({"timestamp": None}, {"at": None, "raw_at": ""}),
        ({"seqNo": None}, {"seq_no": None}),
        ({"seqNo": "4"}, {"seq_no": 4}),
        ({"seqNo": -1}, {"seq_no": None}),
        ({"triggerReason": "Vendor"}, {"trigger_reason": "Vendor"}),
        ({"triggerReason": "trigger"}, {"trigger_reason": "Trigger"}),
        ({"triggerReason": None}, {"trigger_reason": None}),
        ({"offline": "true"}, {"offline": True}),
        ({"offline": None}, {"offline": False}),
        ({"info": {"chargingState": "suspendedev"}}, {"charging_state": ChargingState.SUSPENDED_EV}),
        ({"info": {"chargingState": "Dreaming"}}, {"charging_state": None}),
        ({"info": {"transactionId": 17}}, {"transaction_ref": "17"}),
        ({"info": {"transactionId": "t" * 40}}, {"transaction_ref": "t" * 40}),
        ({"meterValue": "none"}, {"readings": ()}),
        ({"eventType": "UPDATED"}, {"event_type": EventType.UPDATED}),
        ({"idToken": None}, {"id_token": None}),
        ({"customData": {"vendorId": "x"}, "extra": 1}, {"seq_no": 3}),
    ],
)
def test_what_is_odd_in_an_event_never_makes_it_unreadable(event, changes, expected):
    found = event(**changes)

    assert {name: getattr(found, name) for name in expected} == expected


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"eventType": None}, "$.eventType"),
        ({"eventType": "Paused"}, "$.eventType"),
        ({"transactionInfo": None}, "$.transactionInfo.transactionId"),
        ({"transactionInfo": {"transactionId": ""}}, "$.transactionInfo.transactionId"),
        ({"transactionInfo": {"transactionId": {}}}, "$.transactionInfo.transactionId"),
    ],
)
def test_an_event_of_no_kind_or_no_transaction_is_unreadable(event, changes, path):
    with pytest.raises(Unreadable) as caught:
        event(**changes)

    assert caught.value.path == path


def test_meter_values_belong_to_an_evse(parse):
    wire = {"evseId": 2, "meterValue": [{"timestamp": WIRE_AT, "sampledValue": [{"value": 7}]}]}

    assert parse("MeterValues", wire) == MeterValues(
        evse=2, readings=(MeterReading(at=AT, samples=(SampledValue(value=7.0),)),)
    )


REPORT = {
    "requestId": 5,
    "generatedAt": WIRE_AT,
    "tbc": True,
    "seqNo": 0,
    "reportData": [
        {
            "component": {"name": "EVSE", "instance": "a", "evse": {"id": 1, "connectorId": 2}},
            "variable": {"name": "Power", "instance": "b"},
            "variableAttribute": [
                {"value": "11000", "mutability": "ReadOnly"},
                {"type": "MaxSet", "value": "22000"},
            ],
            "variableCharacteristics": {
                "dataType": "decimal",
                "unit": "W",
                "minLimit": 0,
                "maxLimit": "22000",
                "valuesList": "",
                "supportsMonitoring": True,
            },
        },
        {"component": {"name": "Clock"}, "variable": {"name": "DateTime"}},
        {"component": {"name": "NoVariable"}},
        None,
    ],
}


def test_a_report_gives_one_variable_for_each_attribute(parse):
    address = {
        "component": "EVSE",
        "variable": "Power",
        "component_instance": "a",
        "variable_instance": "b",
        "evse": 1,
        "connector": 2,
    }
    traits = {"data_type": "decimal", "unit": "W", "min_limit": 0.0, "max_limit": 22000.0}

    assert parse("NotifyReport", REPORT) == NotifyReport(
        request_id=5,
        seq_no=0,
        more=True,
        generated_at=AT,
        variables=(
            ReportedVariable(ref=VariableRef(**address), value="11000", mutability="ReadOnly", **traits),
            ReportedVariable(ref=VariableRef(**address, attribute="MaxSet"), value="22000", **traits),
            ReportedVariable(ref=VariableRef(component="Clock", variable="DateTime"), value=None),
        ),
    )


def test_q83_an_empty_last_part_is_a_part(parse):
    assert parse("NotifyReport", {"requestId": 5, "seqNo": 2}) == NotifyReport(
        request_id=5, seq_no=2, more=False, generated_at=None
    )


@pytest.mark.parametrize("missing", ["requestId", "seqNo"])
def test_a_part_of_a_report_without_its_place_is_unreadable(parse, missing):
    with pytest.raises(Unreadable) as caught:
        parse("NotifyReport", {"requestId": 5, "seqNo": 0, missing: None})

    assert caught.value.path == f"$.{missing}"


def test_events_of_the_device_model_are_read_and_nameless_ones_skipped(parse):
    wire = {
        "generatedAt": WIRE_AT,
        "seqNo": 0,
        "eventData": [
            {
                "eventId": 12,
                "timestamp": WIRE_AT,
                "trigger": "Alerting",
                "actualValue": "85",
                "cleared": True,
                "techCode": "T1",
                "techInfo": "hot",
                "eventNotificationType": "HardWiredMonitor",
                "component": {"name": "EVSE", "evse": {"id": 1}},
                "variable": {"name": "Temperature"},
            },
            {"eventId": 13, "component": {}, "variable": {"name": "X"}},
            {"component": {"name": "EVSE"}, "variable": {"name": "X"}},
        ],
    }

    assert parse("NotifyEvent", wire) == NotifyEvent(
        seq_no=0,
        more=False,
        generated_at=AT,
        events=(
            EventData(
                event_id=12,
                at=AT,
                trigger="Alerting",
                ref=VariableRef(component="EVSE", variable="Temperature", evse=1),
                actual_value="85",
                cleared=True,
                tech_code="T1",
                tech_info="hot",
                event_notification_type="HardWiredMonitor",
            ),
        ),
    )


@pytest.mark.parametrize("data", [None, "text", 3, [1, {"a": None}], {"deep": {"er": True}}])
def test_vendor_data_is_any_json(parse, data):
    assert parse("DataTransfer", {"vendorId": "v", "data": data}) == DataTransfer(vendor_id="v", data=data)


@pytest.mark.parametrize("action", ["transactionevent", "TRANSACTIONEVENT"])
def test_q61_case_variants_of_an_action_are_aliases(parse, action):
    wire = {"eventType": "Ended", "transactionInfo": {"transactionId": "tx"}}

    assert parse(action, wire).event_type is EventType.ENDED


@pytest.mark.parametrize("action", ["StartTransaction", "RequestStartTransaction", "NotifyPeriodicEventStream", ""])
def test_an_action_that_stations_may_not_send_here_is_unknown(parse, action):
    with pytest.raises(UnknownAction):
        parse(action, {})


@pytest.mark.parametrize("version", [OcppVersion.V201, OcppVersion.V21])
def test_only_what_bears_energy_is_a_transaction_message(version):
    dialect = dialect_for(version)

    assert [action for action in sorted(dialect.parsers) if dialect.is_transaction_message(action)] == [
        "MeterValues",
        "TransactionEvent",
    ]
