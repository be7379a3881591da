"""Hardware and the messages about it."""

from apps.stations.models.commands import CommandState, StationCommand
from apps.stations.models.hardware import EVSE, ChargingStation, Connector, Location
from apps.stations.models.reports import (
    QuarantinedMessage,
    RefusedConnection,
    ReportPart,
    StationEvent,
    Variable,
)

__all__ = [
    "EVSE",
    "ChargingStation",
    "CommandState",
    "Connector",
    "Location",
    "QuarantinedMessage",
    "RefusedConnection",
    "ReportPart",
    "StationCommand",
    "StationEvent",
    "Variable",
]
