"""Whatever a payload holds, parsing gives a message or one of two refusals, and what it gives can be stored."""

import dataclasses
import json
import math
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from apps.dialects.adapters.registry import dialect_for
from apps.dialects.messages import UnknownAction, Unreadable
from apps.stations.messages import OcppVersion

NOW = datetime(2026, 3, 1, 12, 0, 5, tzinfo=UTC)
FIELDS = [
    "actualValue", "chargePointModel", "chargePointVendor", "chargingState", "chargingStation", "component",
    "certificateType", "connectorId", "connectorStatus", "context", "csr", "customData", "data", "errorCode",
    "evse", "evseId", "eventData", "eventId", "eventType", "format", "id", "idTag", "idToken", "info", "instance",
    "location", "measurand", "messageId", "meterStart", "meterStop", "meterValue", "model", "modem", "multiplier",
    "name", "offline", "phase", "reason", "reasonCode", "remoteStartId", "reportData", "requestId", "reservationId",
    "reservationUpdateStatus", "sampledValue", "seqNo", "status", "statusInfo", "stoppedReason", "tbc", "techInfo",
    "timestamp", "transactionData", "transactionId", "transactionInfo", "triggerReason", "type", "unit",
    "unitOfMeasure", "value", "variable", "variableAttribute", "variableCharacteristics", "vendorId", "vendorName",
]  # fmt: skip
WORDS = [
    "Started", "Ended", "Installed", "Uploading", "Expired", "V2GCertificate", "Charging", "Available", "kWh", "L1",
    "Transaction.End", "2026-03-01T12:00:00Z", "NaN", "-1", "1970-01-01T00:00:00Z", "222222017-10-27T10:00:00Z",
    "12,5", "null", "\0", "\ud800", "9" * 50, "1e400", "ſ", "İ",
]  # fmt: skip
PAYLOADS = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([-1, 0, 1, 2**31, 2**63, 10**400])
    | st.floats()
    | st.sampled_from(WORDS)
    | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=4),
    max_leaves=15,
)
OBJECTS = st.dictionaries(st.sampled_from(FIELDS), PAYLOADS, max_size=6)


def leaves(value):
    """Every single value inside a message."""
    if dataclasses.is_dataclass(value):
        value = tuple(getattr(value, field.name) for field in dataclasses.fields(value))
    if isinstance(value, tuple):
        for item in value:
            yield from leaves(item)
    else:
        yield value


def is_storable(value):
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, int):
        return -(2**63) <= value < 2**63
    if isinstance(value, datetime):
        return value.tzinfo is UTC and 2010 <= value.year <= 2026
    written = json.dumps(value, ensure_ascii=False, allow_nan=False)
    written.encode("utf-8")
    return "\\u0000" not in written


def parsed_or_refused(dialect, action, payload):
    try:
        return dialect.parse(action, payload, received_at=NOW)
    except (Unreadable, UnknownAction) as refusal:
        return refusal


@given(version=st.sampled_from(OcppVersion), payload=OBJECTS | PAYLOADS, data=st.data())
@settings(max_examples=600, deadline=None)
def test_any_payload_is_a_storable_message_or_a_refusal(version, payload, data):
    dialect = dialect_for(version)
    action = data.draw(st.sampled_from(sorted(dialect.parsers)))

    found = parsed_or_refused(dialect, action, payload)

    if isinstance(found, Unreadable):
        assert found.path.startswith("$")
        assert found.code == dialect.error_code(found.code)
    else:
        assert all(is_storable(value) for value in leaves(found))


@given(action=st.text(max_size=20))
@settings(max_examples=200, deadline=None)
def test_any_other_action_is_unknown(action):
    for version in OcppVersion:
        dialect = dialect_for(version)
        if dialect.known_action(action) is None:
            found = parsed_or_refused(dialect, action, {})
            assert isinstance(found, UnknownAction)
            assert is_storable(found.action)


def transaction(**fields):
    """These fields as given, and any of the others with anything in them."""
    others = st.dictionaries(st.sampled_from([name for name in FIELDS if name not in fields]), PAYLOADS, max_size=6)
    return st.builds(lambda known, more: more | known, st.fixed_dictionaries(fields), others)


@given(payload=transaction(connectorId=st.integers(0, 99), meterStart=st.integers(0, 10**9)))
@settings(max_examples=200, deadline=None)
def test_a_start_with_connector_and_register_is_always_readable(payload):
    event = dialect_for(OcppVersion.V16).parse("StartTransaction", payload, received_at=NOW)

    assert (event.evse, event.meter_wh) == (payload["connectorId"], payload["meterStart"])


@given(payload=OBJECTS)
@settings(max_examples=200, deadline=None)
def test_every_stop_that_is_an_object_is_readable(payload):
    event = dialect_for(OcppVersion.V16).parse("StopTransaction", payload, received_at=NOW)

    assert event.ref_unknown == (event.transaction_ref is None)


@given(
    payload=transaction(
        eventType=st.sampled_from(["Started", "updated", "ENDED"]),
        transactionInfo=transaction(transactionId=st.text("abc", min_size=1)),
    ),
    version=st.sampled_from([OcppVersion.V201, OcppVersion.V21]),
)
@settings(max_examples=200, deadline=None)
def test_an_event_of_a_known_kind_and_transaction_is_always_readable(payload, version):
    event = dialect_for(version).parse("TransactionEvent", payload, received_at=NOW)

    assert event.transaction_ref == payload["transactionInfo"]["transactionId"]
