"""How much an EVSE may offer under its limits and how much the car then takes. Pure."""

from dataclasses import dataclass

from apps.simulator.evse import Evse, Flow
from apps.simulator.meter import NOMINAL_AC_V, ac_power_w, dc_voltage_v
from apps.simulator.profiles import Limit

# Below this an AC car cannot be told to charge at all (IEC 61851).
MINIMUM_AC_A = 6.0
MINIMUM_DC_W = 500.0


@dataclass(frozen=True)
class Supply:
    flow: Flow
    offered_w: float
    power_w: float
    phases: int


def supply(evse: Evse, limits: list[Limit]) -> Supply:
    """Without a plugged, authorised and unblocked car nothing flows."""
    if evse.car is None:
        return Supply(Flow.IDLE, 0, 0, evse.config.phases)
    if evse.charge is None or evse.token is None:
        return Supply(Flow.EV_CONNECTED, 0, 0, evse.config.phases)
    if evse.blocked:
        return Supply(Flow.SUSPENDED_EVSE, 0, 0, evse.config.phases)
    return _ac_supply(evse, limits) if evse.config.kind == "ac" else _dc_supply(evse, limits)


def _ac_supply(evse: Evse, limits: list[Limit]) -> Supply:
    assert evse.car
    phases = min([evse.car.phases, evse.config.phases] + [limit.phases for limit in limits if limit.phases])
    offered_a = min([evse.config.max_a] + [_amperes(limit, phases) for limit in limits])
    offered_w = offered_a * NOMINAL_AC_V * phases
    if offered_a < MINIMUM_AC_A:
        return Supply(Flow.SUSPENDED_EVSE, 0, 0, phases)
    drawn_a = min(offered_a, evse.car.wanted_ac_a())
    flow = Flow.CHARGING if drawn_a else Flow.SUSPENDED_EV
    return Supply(flow, offered_w, ac_power_w(drawn_a, phases), phases)


def _dc_supply(evse: Evse, limits: list[Limit]) -> Supply:
    assert evse.car
    volts = dc_voltage_v(evse.car.soc * 100)
    offered_w = min([evse.config.max_w] + [_watts(limit, volts) for limit in limits])
    if offered_w < MINIMUM_DC_W:
        return Supply(Flow.SUSPENDED_EVSE, 0, 0, evse.config.phases)
    drawn_w = min(offered_w, evse.car.wanted_dc_w())
    return Supply(Flow.CHARGING if drawn_w else Flow.SUSPENDED_EV, offered_w, drawn_w, evse.config.phases)


def hardware_limit(evse: Evse, unit: str) -> float:
    if unit == "A":
        return evse.config.max_a if evse.config.kind == "ac" else evse.config.max_w / dc_voltage_v(None)
    return evse.config.max_a * NOMINAL_AC_V * evse.config.phases if evse.config.kind == "ac" else evse.config.max_w


def limit_in(evse: Evse, limit: Limit, unit: str) -> float:
    """The same limit in the other unit, at nominal voltage and all phases of the EVSE unless it names fewer."""
    if limit.unit == unit:
        return limit.value
    if evse.config.kind == "dc":
        return _watts(limit, dc_voltage_v(None)) if unit == "W" else limit.value / dc_voltage_v(None)
    phases = limit.phases or evse.config.phases
    return limit.value * NOMINAL_AC_V * phases if unit == "W" else _amperes(limit, phases)


def _amperes(limit: Limit, phases: int) -> float:
    return limit.value if limit.unit == "A" else limit.value / (NOMINAL_AC_V * phases)


def _watts(limit: Limit, volts: float) -> float:
    return limit.value if limit.unit == "W" else limit.value * volts
