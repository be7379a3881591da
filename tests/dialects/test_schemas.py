"""The schema check that the API, the forms and our own encoder rely on."""

import pytest

from apps.core.errors import FieldError
from apps.dialects.adapters.registry import dialect_for, versions_by_preference
from apps.dialects.adapters.schemas import schema_names
from apps.stations.messages import OcppVersion

V16, V201, V21 = OcppVersion.V16, OcppVersion.V201, OcppVersion.V21


@pytest.mark.parametrize(("version", "count"), [(V16, 26), (V201, 40), (V21, 55)])
def test_every_action_for_stations_has_a_schema(version, count):
    dialect = dialect_for(version)

    assert len(dialect.command_actions) == len(set(dialect.command_actions)) == count
    for action in dialect.command_actions:
        errors = dialect.check_request(action, [])
        assert errors == (FieldError("$", 'This value is not of type "object"'),)


FROM_STATIONS_201 = {
    "Authorize", "BootNotification", "ClearedChargingLimit", "FirmwareStatusNotification", "Get15118EVCertificate",
    "GetCertificateStatus", "Heartbeat", "LogStatusNotification", "MeterValues", "NotifyChargingLimit",
    "NotifyCustomerInformation", "NotifyDisplayMessages", "NotifyEVChargingNeeds", "NotifyEVChargingSchedule",
    "NotifyEvent", "NotifyMonitoringReport", "NotifyReport", "PublishFirmwareStatusNotification",
    "ReportChargingProfiles", "ReservationStatusUpdate", "SecurityEventNotification", "SignCertificate",
    "StatusNotification", "TransactionEvent",
}  # fmt: skip
FROM_STATIONS = {
    V16: {
        "Authorize", "BootNotification", "DiagnosticsStatusNotification", "FirmwareStatusNotification", "Heartbeat",
        "LogStatusNotification", "MeterValues", "SecurityEventNotification", "SignCertificate",
        "SignedFirmwareStatusNotification", "StartTransaction", "StatusNotification", "StopTransaction",
    },
    V201: FROM_STATIONS_201,
    V21: FROM_STATIONS_201 | {
        "BatterySwap", "ClosePeriodicEventStream", "GetCertificateChainStatus", "NotifyDERAlarm", "NotifyDERStartStop",
        "NotifyPriorityCharging", "NotifySettlement", "OpenPeriodicEventStream", "PullDynamicScheduleUpdate",
        "ReportDERControl", "VatNumberValidation",
    },
}  # fmt: skip


@pytest.mark.parametrize("version", OcppVersion)
def test_no_action_of_a_version_is_forgotten(version):
    requests = {name.removesuffix("Response") for name in schema_names(version) if name.endswith("Response")}

    commands_and_shared = set(dialect_for(version).command_actions)
    assert requests == FROM_STATIONS[version] | commands_and_shared
    assert not FROM_STATIONS[version] & commands_and_shared


def test_wrong_fields_are_named_by_their_path():
    errors = dialect_for(V201).check_request(
        "GetVariables",
        {"getVariableData": [{"component": {"name": "x" * 51, "evse": {"id": "1"}}, "surplus": 1}], "more": 1},
    )

    assert {error.path for error in errors} == {
        "$.getVariableData[0].component.name",
        "$.getVariableData[0].component.evse.id",
        "$.getVariableData[0].variable",
        "$.getVariableData[0].surplus",
        "$.more",
    }


def test_a_wrong_value_is_not_repeated_in_the_message():
    [error] = dialect_for(V16).check_request("ChangeConfiguration", {"key": "AuthorizationKey", "value": 1234567})

    assert error.path == "$.value"
    assert "1234567" not in error.message


@pytest.mark.parametrize("action", ["StatusNotification", "reset", "Nonsense", ""])
@pytest.mark.parametrize("version", OcppVersion)
def test_an_action_that_is_not_ours_to_send_is_one_error(version, action):
    assert dialect_for(version).check_request(action, {}) == (
        FieldError("$.action", "This version of OCPP has no such action."),
    )


@pytest.mark.parametrize("data", ["\0", "\ud800", float("nan"), {"\0": 1}, 10**30])
def test_what_no_frame_can_carry_is_refused(data):
    [error] = dialect_for(V21).check_request("DataTransfer", {"vendorId": "v", "data": data})

    assert error.path == "$"


def test_a_payload_nested_500_deep_is_refused():
    deep = {}
    for _ in range(500):
        deep = {"a": deep}

    [error] = dialect_for(V21).check_request("DataTransfer", {"vendorId": "v", "data": deep})

    assert error.path == "$"


def test_a_limit_with_one_decimal_passes_and_one_with_two_does_not():
    def check(limit):
        schedule = {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": limit}]}
        profile = {
            "chargingProfileId": 1,
            "stackLevel": 0,
            "chargingProfilePurpose": "TxDefaultProfile",
            "chargingProfileKind": "Relative",
            "chargingSchedule": schedule,
        }
        return dialect_for(V16).check_request("SetChargingProfile", {"connectorId": 1, "csChargingProfiles": profile})

    assert all(check(tenths / 10) == () for tenths in range(1, 2000))
    assert len(check(4.11)) == 1


def test_the_newest_version_comes_first():
    assert versions_by_preference() == (V21, V201, V16)
