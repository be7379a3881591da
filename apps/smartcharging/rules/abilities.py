"""What a station has told of its smart charging, read leniently (1.6 §9.4, 2.x SmartChargingCtrlr; Q72)."""

import re
from collections.abc import Mapping

from apps.smartcharging.messages import Abilities
from apps.stations.messages import RateUnit

# By component and variable; 1.6 keys have no component.
STACK_LEVEL = (("", "ChargeProfileMaxStackLevel"), ("SmartChargingCtrlr", "ProfileStackLevel"))
RATE_UNIT = (("", "ChargingScheduleAllowedChargingRateUnit"), ("SmartChargingCtrlr", "RateUnit"))
PERIODS = (("", "ChargingScheduleMaxPeriods"), ("SmartChargingCtrlr", "PeriodsPerSchedule"))
PROFILES = (("", "MaxChargingProfilesInstalled"),)
PHASE_SWITCH = (("", "ConnectorSwitch3to1PhaseSupported"), ("SmartChargingCtrlr", "Phases3to1"))
NAMES = frozenset({*STACK_LEVEL, *RATE_UNIT, *PERIODS, *PROFILES, *PHASE_SWITCH})

UNIT_WORDS = {
    "current": RateUnit.AMPERE, "a": RateUnit.AMPERE, "amp": RateUnit.AMPERE, "ampere": RateUnit.AMPERE,
    "power": RateUnit.WATT, "w": RateUnit.WATT, "watt": RateUnit.WATT,
}  # fmt: skip

Told = Mapping[tuple[str, str], str]


def abilities(told: Told) -> Abilities:
    """What can't be read is as if it had not been told: it forbids nothing."""
    return Abilities(
        units=_units(_first(told, RATE_UNIT)),
        max_stack_level=_number(_first(told, STACK_LEVEL), at_least=0),
        max_periods=_number(_first(told, PERIODS), at_least=1),
        max_profiles=_number(_first(told, PROFILES), at_least=1),
        switches_phases=_truth(_first(told, PHASE_SWITCH)),
    )


def _first(told: Told, names: tuple[tuple[str, str], ...]) -> str:
    return next((told[name] for name in names if told.get(name)), "")


def _words(text: str) -> list[str]:
    return [word.casefold() for word in re.split(r"[^A-Za-z]+", text) if word]


def _units(text: str) -> frozenset[RateUnit]:
    known = frozenset(UNIT_WORDS[word] for word in _words(text) if word in UNIT_WORDS)
    return known or frozenset(RateUnit)


def _number(text: str, *, at_least: int) -> int | None:
    found = re.fullmatch(r"(\d{1,6})(?:\.0*)?", text.strip(" \"'"))
    return int(found[1]) if found and int(found[1]) >= at_least else None


def _truth(text: str) -> bool | None:
    return {"true": True, "false": False}.get(text.strip(" \"'").casefold())
