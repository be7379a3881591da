"""The device model of a 2.x station: components, variables, and what reading and writing them answers."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from apps.simulator.formatting import Json
from apps.simulator.knobs import Knobs, csv, is_true
from apps.simulator.makes import StationConfig

AC_MEASURANDS = "Energy.Active.Import.Register,Power.Active.Import,Current.Import,Voltage"
DC_MEASURANDS = AC_MEASURANDS + ",SoC,Power.Offered,Current.Offered,Energy.Active.Import.Interval"
ENERGY = "Energy.Active.Import.Register"
MOST_STRING = 1000
MISSING_COMPONENT = "UnknownComponent"
MISSING_VARIABLE = "UnknownVariable"


@dataclass(frozen=True)
class Place:
    """Names are compared without case."""

    component: str
    variable: str
    instance: str | None = None
    evse: int | None = None
    connector: int | None = None

    @property
    def key(self) -> tuple[str, str, str, int, int]:
        names = (self.component.lower(), self.variable.lower(), (self.instance or "").lower())
        return (*names, self.evse or 0, self.connector or 0)


@dataclass(frozen=True)
class Variable:
    place: Place
    value: str
    type: str = "string"
    mutability: str = "ReadWrite"
    reboot: bool = False
    minimum: int | None = None
    maximum: int | None = None
    unit: str | None = None
    choices: tuple[str, ...] = ()
    live: Callable[[], str] | None = None

    @property
    def current(self) -> str:
        return self.live() if self.live else self.value

    def acceptable(self, value: str) -> bool:
        if self.mutability == "ReadOnly":
            return False
        if self.type == "boolean":
            return value.lower() in ("true", "false")
        if self.type == "integer":
            return value.isdigit() and (self.minimum or 0) <= int(value) <= (self.maximum or int(value))
        if self.choices:
            return set(csv(value)) <= set(self.choices)
        return len(value) <= MOST_STRING

    def report(self) -> Json:
        characteristics: Json = {"dataType": self.type, "supportsMonitoring": False}
        limits = {"minLimit": self.minimum, "maxLimit": self.maximum, "unit": self.unit}
        characteristics |= {name: value for name, value in limits.items() if value is not None}
        if self.choices:
            characteristics["valuesList"] = ",".join(self.choices)
        attribute: Json = {"type": "Actual", "mutability": self.mutability}
        if self.mutability != "WriteOnly":
            attribute |= {"value": self.current}
        return {
            "component": component_json(self.place),
            "variable": variable_json(self.place),
            "variableAttribute": [attribute],
            "variableCharacteristics": characteristics,
        }


def component_json(place: Place) -> Json:
    evse: Json = {"id": place.evse} if place.evse else {}
    if evse and place.connector:
        evse["connectorId"] = place.connector
    return {"name": place.component} | ({"evse": evse} if evse else {})


def variable_json(place: Place) -> Json:
    return {"name": place.variable} | ({"instance": place.instance} if place.instance else {})


def place_of(component: Json, variable: Json) -> Place:
    evse = component.get("evse") or {}
    return Place(component["name"], variable["name"], variable.get("instance"), evse.get("id"), evse.get("connectorId"))


@dataclass
class DeviceModel:
    variables: dict[tuple[str, str, str, int, int], Variable]
    after_reboot: dict[tuple[str, str, str, int, int], str] = field(default_factory=dict)

    def read(self, place: Place, attribute: str) -> tuple[str, str | None]:
        """Status and value of one GetVariables item."""
        found = self._find(place)
        if isinstance(found, str):
            return found, None
        if attribute != "Actual":
            return "NotSupportedAttributeType", None
        if found.mutability == "WriteOnly":
            return "Rejected", None
        return "Accepted", found.current[:2500]

    def write(self, place: Place, attribute: str, value: str) -> str:
        """Status of one SetVariables item."""
        found = self._find(place)
        if isinstance(found, str):
            return found
        if attribute != "Actual":
            return "NotSupportedAttributeType"
        if not found.acceptable(value):
            return "Rejected"
        if found.reboot:
            self.after_reboot[found.place.key] = value
            return "RebootRequired"
        self.variables[found.place.key] = replace(found, value=value)
        return "Accepted"

    def reboot(self) -> None:
        for key, value in self.after_reboot.items():
            self.variables[key] = replace(self.variables[key], value=value)
        self.after_reboot.clear()

    def note(self, component: str, variable: str, value: str) -> None:
        key = Place(component, variable).key
        self.variables[key] = replace(self.variables[key], value=value)

    def text(self, component: str, variable: str, instance: str | None = None) -> str:
        return self.variables[Place(component, variable, instance).key].current

    def number(self, component: str, variable: str, instance: str | None = None) -> int:
        return int(self.text(component, variable, instance))

    def _find(self, place: Place) -> Variable | str:
        found = self.variables.get(place.key)
        if found:
            return found
        at = (place.component.lower(), place.evse or 0, place.connector or 0)
        known = any((key[0], key[3], key[4]) == at for key in self.variables)
        return MISSING_VARIABLE if known else MISSING_COMPONENT


def knobs_2x(model: DeviceModel) -> Knobs:
    return Knobs(
        heartbeat_s=model.number("OCPPCommCtrlr", "HeartbeatInterval"),
        sample_interval_s=model.number("SampledDataCtrlr", "TxUpdatedInterval"),
        aligned_interval_s=model.number("AlignedDataCtrlr", "Interval"),
        measurands_begin=csv(model.text("SampledDataCtrlr", "TxStartedMeasurands")),
        measurands_sampled=csv(model.text("SampledDataCtrlr", "TxUpdatedMeasurands")),
        measurands_end=csv(model.text("SampledDataCtrlr", "TxEndedMeasurands")),
        measurands_aligned=csv(model.text("AlignedDataCtrlr", "Measurands")),
        connection_timeout_s=model.number("TxCtrlr", "EVConnectionTimeOut"),
        attempts=model.number("OCPPCommCtrlr", "MessageAttempts", "TransactionEvent"),
        retry_interval_s=model.number("OCPPCommCtrlr", "MessageAttemptInterval", "TransactionEvent"),
        start_points=frozenset(csv(model.text("TxCtrlr", "TxStartPoint"))),
        stop_points=frozenset(csv(model.text("TxCtrlr", "TxStopPoint"))),
        stop_on_disconnect=is_true(model.text("TxCtrlr", "StopTxOnEVSideDisconnect")),
        stop_on_invalid=is_true(model.text("TxCtrlr", "StopTxOnInvalidId")),
        authorize_remote=is_true(model.text("AuthCtrlr", "AuthorizeRemoteStart")),
        offline_known=is_true(model.text("AuthCtrlr", "LocalAuthorizeOffline")),
        offline_unknown=is_true(model.text("AuthCtrlr", "OfflineTxForUnknownIdEnabled")),
        back_off_minimum_s=model.number("OCPPCommCtrlr", "RetryBackOffWaitMinimum"),
        back_off_range_s=model.number("OCPPCommCtrlr", "RetryBackOffRandomRange"),
        back_off_repeats=model.number("OCPPCommCtrlr", "RetryBackOffRepeatTimes"),
        offline_threshold_s=model.number("OCPPCommCtrlr", "OfflineThreshold"),
        install_fails=is_true(model.text("Simulator", "InstallFails")),
    )


def measurands_of(config: StationConfig) -> str:
    return DC_MEASURANDS if config.evses[0].kind == "dc" else AC_MEASURANDS
