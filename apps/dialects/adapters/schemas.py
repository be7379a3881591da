"""The official JSON schemas, as the `ocpp` package ships them, each compiled once per process when first needed."""

from functools import cache
from importlib.resources import files
from typing import Any

import jsonschema_rs
import msgspec

from apps.core.errors import FieldError
from apps.dialects.adapters.frames import MAX_DEPTH, depth_exceeds, harmless
from apps.dialects.adapters.outgoing import gettext_noop
from apps.stations.messages import OcppVersion

_FOLDERS = {OcppVersion.V16: "v16", OcppVersion.V201: "v201", OcppVersion.V21: "v21"}

# Who sends what stands in no schema. S16 §5 and §4.3; the last line is the security whitepaper's.
_COMMANDS_16 = (
    "CancelReservation", "ChangeAvailability", "ChangeConfiguration", "ClearCache", "ClearChargingProfile",
    "DataTransfer", "GetCompositeSchedule", "GetConfiguration", "GetDiagnostics", "GetLocalListVersion",
    "RemoteStartTransaction", "RemoteStopTransaction", "ReserveNow", "Reset", "SendLocalList", "SetChargingProfile",
    "TriggerMessage", "UnlockConnector", "UpdateFirmware",
    "CertificateSigned", "DeleteCertificate", "ExtendedTriggerMessage", "GetInstalledCertificateIds", "GetLog",
    "InstallCertificate", "SignedUpdateFirmware",
)  # fmt: skip
_COMMANDS_201 = (
    "CancelReservation", "CertificateSigned", "ChangeAvailability", "ClearCache", "ClearChargingProfile",
    "ClearDisplayMessage", "ClearVariableMonitoring", "CostUpdated", "CustomerInformation", "DataTransfer",
    "DeleteCertificate", "GetBaseReport", "GetChargingProfiles", "GetCompositeSchedule", "GetDisplayMessages",
    "GetInstalledCertificateIds", "GetLocalListVersion", "GetLog", "GetMonitoringReport", "GetReport",
    "GetTransactionStatus", "GetVariables", "InstallCertificate", "PublishFirmware", "RequestStartTransaction",
    "RequestStopTransaction", "ReserveNow", "Reset", "SendLocalList", "SetChargingProfile", "SetDisplayMessage",
    "SetMonitoringBase", "SetMonitoringLevel", "SetNetworkProfile", "SetVariableMonitoring", "SetVariables",
    "TriggerMessage", "UnlockConnector", "UnpublishFirmware", "UpdateFirmware",
)  # fmt: skip
_COMMANDS_21 = (
    *_COMMANDS_201,
    "AFRRSignal", "AdjustPeriodicEventStream", "ChangeTransactionTariff", "ClearDERControl", "ClearTariffs",
    "GetDERControl", "GetPeriodicEventStream", "GetTariffs", "NotifyAllowedEnergyTransfer", "NotifyWebPaymentStarted",
    "RequestBatterySwap", "SetDERControl", "SetDefaultTariff", "UpdateDynamicSchedule", "UsePriorityCharging",
)  # fmt: skip
COMMANDS = {
    OcppVersion.V16: tuple(sorted(_COMMANDS_16)),
    OcppVersion.V201: tuple(sorted(_COMMANDS_201)),
    OcppVersion.V21: tuple(sorted(_COMMANDS_21)),
}

UNKNOWN_ACTION = gettext_noop("This version of OCPP has no such action.")


def check_request(version: OcppVersion, action: str, payload: object) -> tuple[FieldError, ...]:
    """What the schema finds wrong with a request of ours."""
    if action not in COMMANDS[version]:
        return (FieldError("$.action", UNKNOWN_ACTION),)
    return _check(version, request_schema(version, action), payload)


def check_answer(version: OcppVersion, action: str, payload: object) -> tuple[FieldError, ...]:
    """What the schema finds wrong with an answer to `action`, ours or a station's."""
    if f"{action}Response" not in schema_names(version):
        return (FieldError("$.action", UNKNOWN_ACTION),)
    return _check(version, f"{action}Response", payload)


def request_schema(version: OcppVersion, action: str) -> str:
    return action if version is OcppVersion.V16 else f"{action}Request"


def document(version: OcppVersion, name: str) -> dict[str, Any]:
    """A schema as it was published."""
    found = (files("ocpp") / _FOLDERS[version] / "schemas" / f"{name}.json").read_text(encoding="utf-8-sig")
    parsed: dict[str, Any] = msgspec.json.decode(found)
    return parsed


@cache
def schema_names(version: OcppVersion) -> frozenset[str]:
    return frozenset(
        entry.name.removesuffix(".json") for entry in (files("ocpp") / _FOLDERS[version] / "schemas").iterdir()
    )


@cache
def _validator(version: OcppVersion, name: str) -> jsonschema_rs.Validator:
    """2.0.1 and 2.1 declare draft 6, 1.6 draft 4. Formats are checked, which makes timestamps RFC 3339.

    Values are masked in the messages: they may be secrets, or 50 kB long.
    """
    return jsonschema_rs.validator_for(document(version, name), validate_formats=True, mask="This value")


def _check(version: OcppVersion, name: str, payload: object) -> tuple[FieldError, ...]:
    if depth_exceeds(payload, MAX_DEPTH) or harmless(payload) != payload:
        return (FieldError("$", gettext_noop("This holds text, numbers or nesting that a frame can't carry.")),)
    return tuple(error for found in _validator(version, name).iter_errors(payload) for error in _field_errors(found))


def _field_errors(found: jsonschema_rs.ValidationError) -> list[FieldError]:
    """One error for each field: a missing or surplus one is named itself, not the object it should be in."""
    path = "$" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in found.instance_path)
    kind = found.kind
    if isinstance(kind, jsonschema_rs.ValidationErrorKind.Required):
        return [FieldError(f"{path}.{kind.property}", gettext_noop("This field is required."))]
    if isinstance(kind, jsonschema_rs.ValidationErrorKind.AdditionalProperties):
        return [FieldError(f"{path}.{name}", gettext_noop("This field is not known here.")) for name in kind.unexpected]
    return [FieldError(path, found.message)]
