"""Invented makes of stations, and how a station is laid out. Their quirks are ones that real hardware has."""

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from types import MappingProxyType
from typing import Literal

Version = Literal["1.6", "2.0.1", "2.1"]
Kind = Literal["ac", "dc"]
VERSIONS: tuple[Version, ...] = ("1.6", "2.0.1", "2.1")


@dataclass(frozen=True)
class Make:
    """Quirks only. The default of every field is the plain behaviour."""

    name: str
    vendor: str
    ac_model: str
    dc_model: str
    firmware: str
    versions: tuple[Version, ...] = VERSIONS
    utc_offset_min: int = 0
    fraction_digits: int = 3
    energy_in_kwh: bool = False
    energy_decimals: int = 0
    power_by_phase: bool = False
    voltage_by_phase: bool = True
    names_default_measurand: bool = True
    serial_in_boot: bool = True
    transaction_data: bool = False
    repeats_status: bool = False
    boots_on_reconnect: bool = False
    reuses_message_id: bool = False
    tells_evse_once: bool = False
    tx_start_point: str = "PowerPathClosed"
    tx_stop_point: str = "PowerPathClosed"


PLAIN = Make("Plain", "Plainworks", "AC 22", "DC 150", "1.0.0")

# kWh with the measurand left to its default, power and current per phase without a total, whole seconds with an offset,
# a BootNotification after every reconnect, retries under the same message id.
VOLTBACH = Make(
    "Voltbach",
    "Voltbach GmbH",
    "Wandwerk 22",
    "Schnellsäule 150",
    "4.11.2-r7",
    versions=("1.6", "2.0.1"),
    utc_offset_min=60,
    fraction_digits=0,
    energy_in_kwh=True,
    energy_decimals=3,
    power_by_phase=True,
    voltage_by_phase=False,
    names_default_measurand=False,
    boots_on_reconnect=True,
    reuses_message_id=True,
)

# Decimals of a Wh, Transaction.Begin and End, transactionData at the stop, every status twice, no serial number; in 2.x
# a transaction lasts from plug to plug, not from card to card, and names its EVSE only once.
NORDLYS = Make(
    "Nordlys",
    "Nordlys Lading AS",
    "Fjord 22",
    "Fjell 180",
    "2026.3.1",
    versions=("1.6", "2.1"),
    fraction_digits=6,
    energy_decimals=1,
    serial_in_boot=False,
    transaction_data=True,
    repeats_status=True,
    tells_evse_once=True,
    tx_start_point="EVConnected",
    tx_stop_point="EVConnected",
)

MAKES: Mapping[str, Make] = MappingProxyType({make.name: make for make in (PLAIN, VOLTBACH, NORDLYS)})


def make_for(name: str, version: Version, rng: Random) -> Make:
    """The named make (in any case of letters), or for `mixed` one with quirks that speaks this version."""
    if name.lower() == "mixed":
        return rng.choice([make for make in (VOLTBACH, NORDLYS) if version in make.versions])
    by_name = {known.lower(): make for known, make in MAKES.items()}
    return by_name[name.lower()]


@dataclass(frozen=True)
class EvseConfig:
    kind: Kind = "ac"
    connectors: int = 1
    phases: int = 3
    max_a: float = 32
    max_w: float = 150_000


@dataclass(frozen=True)
class StationConfig:
    identity: str
    version: Version = "1.6"
    make: Make = PLAIN
    evses: tuple[EvseConfig, ...] = (EvseConfig(),)
    sample_interval_s: int = 60
    message_timeout_s: float = 30
    reboot_s: float = 8

    @property
    def subprotocol(self) -> str:
        return f"ocpp{self.version}"

    @property
    def model(self) -> str:
        return self.make.dc_model if self.evses[0].kind == "dc" else self.make.ac_model
