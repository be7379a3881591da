"""What a gateway may have missed, because messages between processes can be lost."""

from collections.abc import Mapping
from dataclasses import dataclass

from apps.stations.models import CommandState, StationCommand
from apps.telemetry.models import StationLive


@dataclass(frozen=True)
class Findings:
    """Stations by id: those with something queued, and those for which a newer socket speaks."""

    commanded: frozenset[int]
    superseded: frozenset[int]


def look_out(epochs: Mapping[int, int]) -> Findings:
    """Look after these stations of one tenant, connected here under these epochs."""
    queued = StationCommand.objects.filter(state=CommandState.QUEUED, station_id__in=list(epochs))
    newest = StationLive.objects.filter(station_id__in=list(epochs)).values_list("station_id", "epoch")
    return Findings(
        commanded=frozenset(queued.values_list("station_id", flat=True)),
        superseded=frozenset(station_id for station_id, epoch in newest if epoch > epochs[station_id]),
    )
