"""Secrets do not reach the frame log."""

import copy
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.dialects.adapters.registry import dialect_for
from apps.stations.messages import OcppVersion

NOW = datetime(2026, 3, 1, tzinfo=UTC)

SECRET = "s3cr3t-do-not-show"


def variable(name, **more):
    return {"component": {"name": "SecurityCtrlr"}, "variable": {"name": name}} | more


@pytest.mark.parametrize(
    ("action", "payload"),
    [
        ("ChangeConfiguration", {"key": "AuthorizationKey", "value": SECRET}),
        ("changeconfiguration", {"key": "authorizationkey", "value": SECRET}),
        ("GetConfiguration", {"configurationKey": [{"key": "AuthorizationKey", "readonly": False, "value": SECRET}]}),
        ("ChangeConfiguration", {"key": "WifiPassphrase", "value": SECRET}),
        ("ChangeConfiguration", {"key": "vendor.wlan_psk", "value": SECRET}),
        ("SetVariables", {"setVariableData": [variable("BasicAuthPassword", attributeValue=SECRET)]}),
        ("GetVariables", {"getVariableResult": [variable("BasicAuthPassword", attributeValue=SECRET)]}),
        ("NotifyReport", {"reportData": [variable("BasicAuthPassword", variableAttribute=[{"value": SECRET}])]}),
        ("NotifyEvent", {"eventData": [variable("BasicAuthPassword", actualValue=SECRET)]}),
        ("SetNetworkProfile", {"connectionData": {"basicAuthPassword": SECRET, "apn": {"apnPassword": SECRET}}}),
        ("SetNetworkProfile", {"connectionData": {"vpn": {"password": SECRET, "key": SECRET, "user": "u"}}}),
        ("SetNetworkProfile", {"connectionData": {"apn": {"simPin": SECRET}}}),
        ("GetDiagnostics", {"location": f"ftp://user:{SECRET}@files.example/logs"}),
        ("UpdateFirmware", {"firmware": {"location": f"https://user:{SECRET}@files.example/fw"}}),
        ("InstallCertificate", {"certificate": f"-----BEGIN EC PRIVATE KEY-----\n{SECRET}"}),
        ("DataTransfer", {"data": {"nested": [{"adminPassword": SECRET}]}}),
    ],
)
def test_a_secret_is_hidden_and_nothing_is_changed_in_place(action, payload):
    before = copy.deepcopy(payload)

    hidden = dialect_for(OcppVersion.V21).masked(action, payload)

    assert SECRET not in str(hidden)
    assert "•••" in str(hidden)
    assert payload == before


@pytest.mark.parametrize(
    "payload",
    [
        {"key": "HeartbeatInterval", "value": "300"},
        {"setVariableData": [variable("SecurityProfile", attributeValue="2")]},
        {"location": "https://files.example:8443/fw@1.2.bin"},
        {"ocppCsmsUrl": "wss://csms.example/ocpp"},
        {"configurationKey": [{"key": "AuthorizationKey", "readonly": False}]},
        {"vpn": {"user": "u", "server": "vpn.example"}},
        {"key": ["AuthorizationKey"]},
        {"spinning": "yes", "pinned": 1, "shipping": 2},
        [1, "x", None],
        None,
    ],
)
def test_what_is_no_secret_stays_readable(payload):
    assert dialect_for(OcppVersion.V16).masked("Anything", payload) == payload


def test_the_name_of_a_masked_key_stays_readable():
    hidden = dialect_for(OcppVersion.V16).masked("ChangeConfiguration", {"key": "AuthorizationKey", "value": SECRET})

    assert hidden == {"key": "AuthorizationKey", "value": "•••"}


@pytest.mark.parametrize(
    ("version", "action", "request_", "answer"),
    [
        (
            OcppVersion.V16,
            "ChangeConfiguration",
            {"key": "AuthorizationKey", "value": SECRET},
            {"status": "Accepted"},
        ),
        (
            OcppVersion.V16,
            "GetConfiguration",
            {},
            {"configurationKey": [{"key": "AuthorizationKey", "readonly": False, "value": SECRET}]},
        ),
        (
            OcppVersion.V201,
            "GetVariables",
            {},
            {"getVariableResult": [variable("BasicAuthPassword", attributeStatus="Accepted", attributeValue=SECRET)]},
        ),
    ],
)
def test_a_secret_variable_tells_only_that_it_has_a_value(version, action, request_, answer):
    [result] = dialect_for(version).outcome(action, request_, answer).variables

    assert (result.status, result.value) == ("Accepted", "•••")


def test_a_secret_in_a_report_or_an_event_tells_only_that_it_has_a_value():
    dialect = dialect_for(OcppVersion.V21)
    entry = variable("BasicAuthPassword", variableAttribute=[{"value": SECRET}], eventId=1, actualValue=SECRET)

    report = dialect.parse("NotifyReport", {"requestId": 1, "seqNo": 0, "reportData": [entry]}, received_at=NOW)
    events = dialect.parse("NotifyEvent", {"seqNo": 0, "eventData": [entry]}, received_at=NOW)

    assert report.variables[0].value == "•••"
    assert events.events[0].actual_value == "•••"


NAMES = ["value", "key", "Key", "variable", "name", "attributeValue", "vpn", "simPin", "my_psk", "PWD", "unit",
         "BasicAuthPassword", "privateKey", "private_key", "passphrase", "ſecret", "authorization\u212aey"]  # fmt: skip
JSON_VALUES = st.recursive(
    st.none() | st.integers(0, 9) | st.sampled_from(["Wh", "ftp://user:word@host", *NAMES]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from(NAMES), JSON_VALUES, max_size=4))
def test_what_is_logged_unsearched_has_nothing_to_mask(payload):
    dialect = dialect_for(OcppVersion.V16)
    if dialect.surely_open(msgspec.json.encode(payload).decode()):
        assert dialect.masked("DataTransfer", payload) == payload
