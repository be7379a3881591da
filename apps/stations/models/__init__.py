"""Hardware and the messages about it."""

from apps.stations.models.bulk import BulkItem, BulkOrder
from apps.stations.models.commands import ActionRefusal, CommandState, StationCommand
from apps.stations.models.configuration import (
    ConfigurationTemplate,
    Deviation,
    DeviationState,
    StationConfiguration,
    TemplateScope,
    VariableChange,
)
from apps.stations.models.firmware import (
    CampaignState,
    Firmware,
    FirmwareCampaign,
    FirmwareUpdate,
    FirmwareUpdateStep,
    StepKind,
)
from apps.stations.models.hardware import EVSE, ChargingStation, Connector, Location, StationPolicy
from apps.stations.models.logs import LogRequest
from apps.stations.models.quirks import (
    QuirkObservation,
    QuirkOverride,
    QuirkProfile,
    QuirkState,
    StationClock,
)
from apps.stations.models.reports import (
    QuarantinedMessage,
    RefusedConnection,
    ReportPart,
    StationEvent,
    Variable,
)
from apps.stations.models.security import SecurityEvent
from apps.stations.models.transfers import ReceivedFile, Transfer

__all__ = [
    "EVSE",
    "ActionRefusal",
    "BulkItem",
    "BulkOrder",
    "CampaignState",
    "ChargingStation",
    "CommandState",
    "ConfigurationTemplate",
    "Connector",
    "Deviation",
    "DeviationState",
    "Firmware",
    "FirmwareCampaign",
    "FirmwareUpdate",
    "FirmwareUpdateStep",
    "Location",
    "LogRequest",
    "QuarantinedMessage",
    "QuirkObservation",
    "QuirkOverride",
    "QuirkProfile",
    "QuirkState",
    "ReceivedFile",
    "RefusedConnection",
    "ReportPart",
    "SecurityEvent",
    "StationClock",
    "StationCommand",
    "StationConfiguration",
    "StationEvent",
    "StationPolicy",
    "StepKind",
    "TemplateScope",
    "Transfer",
    "Variable",
    "VariableChange",
]
