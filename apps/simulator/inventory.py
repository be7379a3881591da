"""Which variables a 2.x station has."""

from collections.abc import Callable

from apps.simulator.evse import Evse, Status
from apps.simulator.makes import StationConfig
from apps.simulator.variables import ENERGY, DeviceModel, Place, Variable, measurands_of

MEASURANDS = (
    ENERGY,
    "Energy.Active.Import.Interval",
    "Power.Active.Import",
    "Power.Offered",
    "Current.Import",
    "Current.Offered",
    "Voltage",
    "SoC",
    "Frequency",
)
TX_POINTS = ("EVConnected", "Authorized", "PowerPathClosed", "EnergyTransfer")
READ_ONLY = "ReadOnly"
AVAILABILITY = "AvailabilityState"
Evses = Callable[[], dict[int, Evse]]


def availability_2x(status: Status, plugged: bool) -> str:
    """The five words of 2.x for the nine of 1.6."""
    if status in (Status.AVAILABLE, Status.RESERVED, Status.UNAVAILABLE, Status.FAULTED):
        return status.value
    return "Occupied" if plugged else "Available"


def device_model(config: StationConfig, evses: Evses) -> DeviceModel:
    variables = [*_station(config), *_communication(), *_transactions(config), *_sampling(config), *_lists()]
    for number in range(1, len(config.evses) + 1):
        variables += _evse(config, number, evses)
    return DeviceModel({variable.place.key: variable for variable in variables})


def _integer(
    component: str, name: str, value: int, *, instance: str | None = None, unit: str | None = None
) -> Variable:
    return Variable(Place(component, name, instance), str(value), "integer", unit=unit, minimum=0)


def _boolean(component: str, name: str, value: bool, mutability: str = "ReadWrite") -> Variable:
    return Variable(Place(component, name), str(value).lower(), "boolean", mutability)


def _fixed(component: str, name: str, value: str, type_: str = "string", instance: str | None = None) -> Variable:
    return Variable(Place(component, name, instance), value, type_, READ_ONLY)


def _choice(component: str, name: str, value: str, choices: tuple[str, ...]) -> Variable:
    return Variable(Place(component, name), value, "MemberList", choices=choices)


def _station(config: StationConfig) -> list[Variable]:
    return [
        _fixed("ChargingStation", "VendorName", config.make.vendor),
        _fixed("ChargingStation", "Model", config.model),
        _fixed("ChargingStation", "SupplyPhases", "3", "integer"),
        _boolean("ChargingStation", "Available", True, READ_ONLY),
        _fixed("ChargingStation", "AvailabilityState", "Available", "OptionList"),
        _fixed("Controller", "FirmwareVersion", config.make.firmware),
        _fixed("SecurityCtrlr", "Identity", config.identity),
        _fixed("SecurityCtrlr", "OrganizationName", config.make.vendor),
        _fixed("SecurityCtrlr", "SecurityProfile", "1", "integer"),
        _fixed("SecurityCtrlr", "CertificateEntries", "0", "integer"),
        Variable(Place("SecurityCtrlr", "BasicAuthPassword"), "", "string", "WriteOnly"),
        _fixed("ClockCtrlr", "TimeSource", "NTP", "SequenceList"),
        Variable(Place("ClockCtrlr", "TimeZone"), "Europe/Berlin"),
        # Not of any specification: it makes the installation of the next firmware fail.
        _boolean("Simulator", "InstallFails", False),
    ]


def _communication() -> list[Variable]:
    comm = "OCPPCommCtrlr"
    return [
        _integer(comm, "HeartbeatInterval", 300, unit="s"),
        _integer(comm, "RetryBackOffWaitMinimum", 5, unit="s"),
        _integer(comm, "RetryBackOffRandomRange", 5, unit="s"),
        _integer(comm, "RetryBackOffRepeatTimes", 4),
        _integer(comm, "MessageAttempts", 5, instance="TransactionEvent"),
        _integer(comm, "MessageAttemptInterval", 30, instance="TransactionEvent", unit="s"),
        _integer(comm, "MessageTimeout", 30, instance="Default", unit="s"),
        _integer(comm, "OfflineThreshold", 300, unit="s"),
        _integer(comm, "NetworkProfileConnectionAttempts", 3),
        _fixed(comm, "FileTransferProtocols", "HTTP,HTTPS", "MemberList"),
        Variable(Place(comm, "NetworkConfigurationPriority"), "1", "SequenceList", reboot=True),
        Variable(Place(comm, "WebSocketPingInterval"), "20", "integer", unit="s", minimum=0, reboot=True),
        _boolean(comm, "UnlockOnEVSideDisconnect", True),
        _fixed("DeviceDataCtrlr", "ItemsPerMessage", "12", "integer", "GetReport"),
        _fixed("DeviceDataCtrlr", "ItemsPerMessage", "20", "integer", "GetVariables"),
        _fixed("DeviceDataCtrlr", "ItemsPerMessage", "20", "integer", "SetVariables"),
        _fixed("DeviceDataCtrlr", "BytesPerMessage", "65535", "integer", "GetVariables"),
        _fixed("DeviceDataCtrlr", "BytesPerMessage", "65535", "integer", "SetVariables"),
    ]


def _transactions(config: StationConfig) -> list[Variable]:
    return [
        _choice("TxCtrlr", "TxStartPoint", config.make.tx_start_point, TX_POINTS),
        _choice("TxCtrlr", "TxStopPoint", config.make.tx_stop_point, TX_POINTS),
        _integer("TxCtrlr", "EVConnectionTimeOut", 60, unit="s"),
        _boolean("TxCtrlr", "StopTxOnEVSideDisconnect", True),
        _boolean("TxCtrlr", "StopTxOnInvalidId", True),
        _boolean("AuthCtrlr", "AuthorizeRemoteStart", False),
        _boolean("AuthCtrlr", "LocalAuthorizeOffline", True),
        _boolean("AuthCtrlr", "LocalPreAuthorize", False),
        _boolean("AuthCtrlr", "OfflineTxForUnknownIdEnabled", True),
    ]


def _sampling(config: StationConfig) -> list[Variable]:
    sampled, aligned = "SampledDataCtrlr", "AlignedDataCtrlr"
    return [
        _integer(sampled, "TxUpdatedInterval", config.sample_interval_s, unit="s"),
        _integer(sampled, "TxEndedInterval", 0, unit="s"),
        _choice(sampled, "TxStartedMeasurands", ENERGY, MEASURANDS),
        _choice(sampled, "TxUpdatedMeasurands", measurands_of(config), MEASURANDS),
        _choice(sampled, "TxEndedMeasurands", ENERGY, MEASURANDS),
        _integer(aligned, "Interval", 0, unit="s"),
        _choice(aligned, "Measurands", ENERGY, MEASURANDS),
        _integer(aligned, "TxEndedInterval", 0, unit="s"),
    ]


def _lists() -> list[Variable]:
    return [
        _boolean("LocalAuthListCtrlr", "Enabled", True),
        _fixed("LocalAuthListCtrlr", "ItemsPerMessage", "500", "integer"),
        _fixed("LocalAuthListCtrlr", "BytesPerMessage", "65535", "integer"),
        _boolean("AuthCacheCtrlr", "Enabled", True),
        _boolean("ReservationCtrlr", "Available", True, READ_ONLY),
        _boolean("ReservationCtrlr", "Enabled", True, READ_ONLY),
        _boolean("ReservationCtrlr", "NonEvseSpecific", False, READ_ONLY),
        _boolean("SmartChargingCtrlr", "Enabled", True),
        _fixed("SmartChargingCtrlr", "Entries", "20", "integer", "ChargingProfiles"),
        _fixed("SmartChargingCtrlr", "ProfileStackLevel", "10", "integer"),
        _fixed("SmartChargingCtrlr", "RateUnit", "A,W", "MemberList"),
        _fixed("SmartChargingCtrlr", "PeriodsPerSchedule", "48", "integer"),
    ]


def _evse(config: StationConfig, number: int, evses: Evses) -> list[Variable]:
    layout = config.evses[number - 1]
    power_w = layout.max_w if layout.kind == "dc" else layout.max_a * 230 * layout.phases

    def state(connector: int | None) -> Callable[[], str]:
        return lambda: _state(evses()[number], connector)

    at = Place("EVSE", AVAILABILITY, evse=number)
    found = [
        Variable(at, "", "OptionList", READ_ONLY, live=state(None)),
        Variable(Place("EVSE", "Available", evse=number), "true", "boolean", READ_ONLY),
        Variable(Place("EVSE", "AllowReset", evse=number), "true", "boolean", READ_ONLY),
        Variable(Place("EVSE", "SupplyPhases", evse=number), str(layout.phases), "integer", READ_ONLY),
        Variable(Place("EVSE", "Power", evse=number), f"{power_w:.0f}", "decimal", READ_ONLY, unit="W"),
    ]
    for connector in range(1, layout.connectors + 1):
        kind = "cCCS2" if layout.kind == "dc" else "sType2"
        found += [
            _of_connector(AVAILABILITY, "OptionList", number, connector, live=state(connector)),
            _of_connector("ConnectorType", "string", number, connector, value=kind),
            _of_connector("Available", "boolean", number, connector, value="true"),
        ]
    return found


def _of_connector(
    name: str, type_: str, evse: int, connector: int, *, value: str = "", live: Callable[[], str] | None = None
) -> Variable:
    place = Place("Connector", name, evse=evse, connector=connector)
    return Variable(place, value, type_, READ_ONLY, live=live)


def _state(evse: Evse, connector: int | None) -> str:
    return availability_2x(evse.status(connector), evse.car is not None)
