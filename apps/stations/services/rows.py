"""Finding and making the rows that a station's message is about, always scoped by the station (Q11)."""

from apps.stations.messages import Quirk
from apps.stations.models import EVSE, ChargingStation, Connector
from apps.stations.services.quirks import observe

MOST = 64


def locked_station(station_id: int) -> ChargingStation:
    """The station's row, locked until the transaction ends: what concerns one station happens one after another.

    Rows that refer to it may still be written meanwhile, readings among them.
    """
    stations = ChargingStation.objects.select_for_update(of=("self",), no_key=True)
    return stations.select_related("location", "clock").get(pk=station_id)


def evse_of(station: ChargingStation, number: int | None) -> EVSE | None:
    """The EVSE with this number, made when a station speaks of it first, up to 64 (Q45); none for 0 and nonsense."""
    if number is None or not 1 <= number <= MOST:
        return None
    evse, created = EVSE.objects.get_or_create(station=station, number=number)
    if created:
        _note_extra(station, number)
    return evse


def _note_extra(station: ChargingStation, number: int) -> None:
    """It said before that it has fewer (S16 §3.8 forbids gaps, but they occur)."""
    told = station.variables.filter(component="", name="NumberOfConnectors").values_list("value", flat=True).first()
    if told and told.isascii() and told.isdigit() and number > int(told):
        observe(station, Quirk.EXTRA_CONNECTOR, evse=number, connectors_told=int(told))


def connector_of(station: ChargingStation, evse: int, connector: int) -> Connector | None:
    """The connector with this number at this EVSE (Q80), made when a station speaks of it first (Q45)."""
    found = evse_of(station, evse)
    if found is None or not 1 <= connector <= MOST:
        return None
    row, _created = Connector.objects.get_or_create(evse=found, number=connector)
    return row
