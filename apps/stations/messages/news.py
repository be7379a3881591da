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


@dataclass(frozen=True, kw_only=True)
class BulkOrdered:
    """A command is to be given to many stations, or again to those that have failed."""

    bulk_id: int


@dataclass(frozen=True, kw_only=True)
class CampaignMoved:
    """A firmware campaign may have something to do: it has begun, goes on, or one of its updates has ended."""

    campaign_id: int


@dataclass(frozen=True, kw_only=True)
class ConfigurationDue:
    """There may be something to do for a station's configuration."""

    station_id: int


@dataclass(frozen=True, kw_only=True)
class TemplateChanged:
    """Or deleted."""

    template_id: int


@dataclass(frozen=True, kw_only=True)
class SecurityEventRaised:
    """A security event that somebody should look at."""

    security_event_id: int
