"""Idle time: connected without charging although the station would deliver."""

from collections.abc import Iterable
from datetime import datetime
from itertools import pairwise

from apps.stations.messages import ChargingState

# No charging state of OCPP, but it ends one: a driver does not pay for a broken station.
FAULTED = "Faulted"
# At one instant the state that costs the driver least counts last.
_ORDER = (
    ChargingState.EV_CONNECTED,
    ChargingState.SUSPENDED_EV,
    ChargingState.CHARGING,
    ChargingState.SUSPENDED_EVSE,
    ChargingState.IDLE,
    FAULTED,
)


def idle_seconds(states: Iterable[tuple[datetime, str]], *, begin: datetime, end: datetime) -> int:
    """Seconds between begin and end in which the car took nothing by its own choice.

    That is SuspendedEV, and EVConnected once the car has charged. Waiting for the station (SuspendedEVSE), a fault and
    an unplugged car cost nothing. States may come in any order and more than once; whole seconds, rounded down.
    """
    if end <= begin:
        return 0
    known = sorted({(at, state) for at, state in states if at <= end}, key=_by_time)
    idle_s = 0.0
    has_charged = False
    for (at, state), (until, _next) in pairwise([*known, (end, "")]):
        has_charged = has_charged or state == ChargingState.CHARGING
        if state == ChargingState.SUSPENDED_EV or (has_charged and state == ChargingState.EV_CONNECTED):
            idle_s += max(0.0, (until - max(at, begin)).total_seconds())
    return int(idle_s)


def _by_time(entry: tuple[datetime, str]) -> tuple[datetime, int]:
    at, state = entry
    return at, _ORDER.index(state) if state in _ORDER else len(_ORDER)
