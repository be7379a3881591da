"""What others may want to know."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class StationBooted:
    station_id: int


@dataclass(frozen=True, kw_only=True)
class ConnectorStatusChanged:
    connector_id: int


@dataclass(frozen=True, kw_only=True)
class CommandFinished:
    command_id: str
