"""What stations answer to our commands."""

import json

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.dialects.adapters.registry import dialect_for
from apps.stations.messages import CommandOutcome, OcppVersion, VariableRef, VariableResult

V16, V201, V21 = OcppVersion.V16, OcppVersion.V201, OcppVersion.V21


def outcome(version, action, answer, request=None):
    return dialect_for(version).outcome(action, request or {}, answer)


@pytest.mark.parametrize(
    ("version", "action", "status", "accepted"),
    [
        (V16, "RemoteStartTransaction", "Accepted", True),
        (V16, "RemoteStartTransaction", "Rejected", False),
        (V16, "RemoteStopTransaction", "accepted", True),
        (V16, "ChangeAvailability", "Scheduled", True),
        (V16, "UnlockConnector", "Unlocked", True),
        (V16, "UnlockConnector", "UnlockFailed", False),
        (V16, "UnlockConnector", "NotSupported", False),
        (V16, "TriggerMessage", "NotImplemented", False),
        (V201, "Reset", "Scheduled", True),
        (V201, "UnlockConnector", "OngoingAuthorizedTransaction", False),
        (V21, "RequestStartTransaction", "Accepted", True),
        (V21, "GetBaseReport", "EmptyResultSet", True),
        (V21, "GetBaseReport", "NotSupported", False),
        (V201, "GetLog", "AcceptedCanceled", True),
        (V201, "SetNetworkProfile", "Failed", False),
    ],
)
def test_a_status_decides_and_stays_as_it_was_written(version, action, status, accepted):
    assert outcome(version, action, {"status": status}) == CommandOutcome(accepted=accepted, status=status)


def test_a_reason_is_told_in_one_line():
    answer = {"status": "Rejected", "statusInfo": {"reasonCode": "NoProfile", "additionalInfo": "try later"}}

    assert outcome(V201, "Reset", answer).reason == "NoProfile: try later"
    assert outcome(V201, "Reset", answer | {"statusInfo": {"reasonCode": "Busy"}}).reason == "Busy"


def test_an_answer_without_a_status_is_a_yes_only_where_none_is_due():
    assert not outcome(V16, "RemoteStartTransaction", {}).accepted
    assert outcome(V16, "GetLocalListVersion", {"listVersion": 3}).accepted
    assert outcome(V21, "CostUpdated", None).accepted


def test_1_6_configuration_keys_become_variables():
    answer = {
        "configurationKey": [
            {"key": "HeartbeatInterval", "readonly": False, "value": "300"},
            {"key": "NumberOfConnectors", "readonly": "true", "value": 2},
            {"key": "AuthorizationKey", "readonly": False},
            {"readonly": True},
            None,
        ],
        "unknownKey": ["Nonsense", None],
    }

    assert outcome(V16, "GetConfiguration", answer) == CommandOutcome(
        accepted=True,
        status="",
        variables=(
            VariableResult(
                ref=VariableRef(component="", variable="HeartbeatInterval"),
                status="Accepted",
                value="300",
                mutability="ReadWrite",
            ),
            VariableResult(
                ref=VariableRef(component="", variable="NumberOfConnectors"),
                status="Accepted",
                value="2",
                mutability="ReadOnly",
            ),
            VariableResult(
                ref=VariableRef(component="", variable="AuthorizationKey"), status="Accepted", mutability="ReadWrite"
            ),
        ),
        unknown_keys=("Nonsense",),
    )


def test_asking_only_for_unknown_keys_fails():
    assert not outcome(V16, "GetConfiguration", {"unknownKey": ["Nonsense"]}).accepted


@pytest.mark.parametrize(
    ("status", "accepted", "result", "value"),
    [
        ("Accepted", True, "Accepted", "300"),
        ("RebootRequired", True, "RebootRequired", "300"),
        ("Rejected", False, "Rejected", None),
        ("NotSupported", False, "UnknownVariable", None),
    ],
)
def test_a_changed_key_is_one_variable(status, accepted, result, value):
    found = outcome(V16, "ChangeConfiguration", {"status": status}, {"key": "HeartbeatInterval", "value": "300"})

    assert found == CommandOutcome(
        accepted=accepted,
        status=status,
        variables=(
            VariableResult(ref=VariableRef(component="", variable="HeartbeatInterval"), status=result, value=value),
        ),
    )


def entry(status, name="A", **more):
    return {"attributeStatus": status, "component": {"name": "C"}, "variable": {"name": name}} | more


def test_reading_is_worth_it_as_soon_as_one_value_came():
    answer = {"getVariableResult": [entry("UnknownVariable"), entry("Accepted", "B", attributeValue="7")]}

    assert outcome(V201, "GetVariables", answer) == CommandOutcome(
        accepted=True,
        status="Accepted",
        variables=(
            VariableResult(ref=VariableRef(component="C", variable="A"), status="UnknownVariable"),
            VariableResult(ref=VariableRef(component="C", variable="B"), status="Accepted", value="7"),
        ),
    )


def test_q85_writing_is_accepted_only_if_every_value_was():
    fine = {"setVariableResult": [entry("Accepted"), entry("RebootRequired", "B")]}
    info = {"reasonCode": "ReadOnly"}
    partly = {"setVariableResult": [entry("Accepted"), entry("Rejected", "B", attributeStatusInfo=info)]}

    assert outcome(V21, "SetVariables", fine).accepted
    assert outcome(V21, "SetVariables", fine).status == "Accepted"
    refused = outcome(V21, "SetVariables", partly)
    assert (refused.accepted, refused.status, refused.reason) == (False, "Rejected", "ReadOnly")
    assert [result.status for result in refused.variables] == ["Accepted", "Rejected"]


def test_vendor_data_comes_back_with_its_status():
    answer = {"status": "UnknownVendorId", "data": {"a": 1}}

    assert outcome(V201, "DataTransfer", answer) == CommandOutcome(
        accepted=False, status="UnknownVendorId", data={"a": 1}
    )


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            [
                "status", "statusInfo", "reasonCode", "configurationKey", "unknownKey", "key", "value", "readonly",
                "getVariableResult", "setVariableResult", "attributeStatus", "attributeValue", "component", "variable",
                "name", "evse", "id", "data", "listVersion", "versionNumber", "fileName", "filename", "connectorId",
                "scheduleStart", "schedule", "chargingSchedule", "chargingSchedulePeriod", "startPeriod", "limit",
                "numberPhases", "duration", "certificateHashData", "certificateHashDataChain", "certificateType",
                "childCertificateHashData", "hashAlgorithm", "serialNumber",
            ]
        ),
        inner,
        max_size=4,
    ),
    max_leaves=20,
)  # fmt: skip


@given(version=st.sampled_from(OcppVersion), request=ANYTHING, answer=ANYTHING, data=st.data())
@settings(max_examples=500, deadline=None)
def test_whatever_a_station_answers_there_is_an_outcome(version, request, answer, data):
    dialect = dialect_for(version)

    found = dialect.outcome(data.draw(st.sampled_from([*dialect.command_actions, "Nonsense"])), request, answer)

    assert isinstance(found, CommandOutcome)
    assert found.status.encode("utf-8") is not None
    assert msgspec.json.encode(msgspec.to_builtins(found.data)) is not None


CHAINS = st.fixed_dictionaries(
    {
        "certificateType": st.sampled_from(["V2GRootCertificate", "nonsense"]) | ANYTHING,
        "certificateHashData": st.fixed_dictionaries({"hashAlgorithm": st.just("SHA256"), "serialNumber": ANYTHING}),
        "childCertificateHashData": ANYTHING,
    }
)
SCHEDULES = st.fixed_dictionaries(
    {
        "chargingRateUnit": st.sampled_from(["A", "W"]),
        "chargingSchedulePeriod": st.lists(
            st.fixed_dictionaries({"startPeriod": st.integers() | ANYTHING, "limit": st.floats() | ANYTHING})
        ),
        "duration": ANYTHING,
        "startSchedule": st.sampled_from(["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"]) | ANYTHING,
    }
)


@given(version=st.sampled_from(OcppVersion), chain=CHAINS, schedule=SCHEDULES)
@settings(max_examples=300, deadline=None)
def test_whatever_is_in_schedules_and_chains_can_be_kept(version, chain, schedule):
    dialect = dialect_for(version)
    certificates = {"certificateHashDataChain": [chain], "certificateHashData": [chain["certificateHashData"]]}
    request = {"certificateType": chain["certificateType"]}

    for action, answer in (
        ("GetInstalledCertificateIds", certificates),
        ("GetCompositeSchedule", {"schedule": schedule, "chargingSchedule": schedule}),
    ):
        data = dialect.outcome(action, request, answer).data
        assert json.loads(json.dumps(msgspec.to_builtins(data), allow_nan=False)) is not None
