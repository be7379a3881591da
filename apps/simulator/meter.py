"""The meter of one EVSE and the readings taken from it.

Power is constant between two ticks, so the register is its exact integral. Power and current in a reading are the
mean since the reading before, as many real meters report them: power times interval adds up to the register's growth.
"""

import math
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random

from apps.simulator.makes import EvseConfig

SECONDS_PER_HOUR = 3600
NOMINAL_AC_V = 230.0
AC_DROP_V_PER_A = 0.08
PHASES = ("L1", "L2", "L3")
METERS_BEGAN_AT = datetime(2026, 1, 1, tzinfo=UTC)
MEAN_USE = 0.35

ENERGY = "Energy.Active.Import.Register"
INTERVAL = "Energy.Active.Import.Interval"
POWER = "Power.Active.Import"
CURRENT = "Current.Import"
VOLTAGE = "Voltage"
SOC = "SoC"
POWER_OFFERED = "Power.Offered"
CURRENT_OFFERED = "Current.Offered"
FREQUENCY = "Frequency"
TEMPERATURE = "Temperature"


@dataclass(frozen=True)
class Sample:
    """In SI units (Wh, W, A, V), SoC in percent. How it is written down is the make's business."""

    measurand: str
    value: float
    unit: str
    phase: str | None = None


@dataclass(frozen=True)
class Reading:
    at: datetime
    context: str
    samples: tuple[Sample, ...]


@dataclass
class Meter:
    register_wh: float
    at: datetime
    power_w: float = 0
    phases: int = 3
    offered_w: float = 0
    soc_percent: float | None = None
    _mean_since: datetime = field(init=False)
    _mean_from_wh: float = field(init=False)

    def __post_init__(self) -> None:
        self._mean_since, self._mean_from_wh = self.at, self.register_wh

    def advance(self, now: datetime) -> float:
        """Count the energy since the last call, at the power that was set then, and return it in Wh."""
        elapsed_s = max(0.0, (now - self.at).total_seconds())
        energy_wh = self.power_w * elapsed_s / SECONDS_PER_HOUR
        self.register_wh += energy_wh
        self.at = max(self.at, now)
        return energy_wh

    def settle(self) -> int:
        """Round up to a whole Wh, once at each end of a charge, so that every notation of it says the same."""
        self.register_wh = float(math.ceil(round(self.register_wh, 6)))
        return int(self.register_wh)

    def begin_series(self) -> None:
        self._mean_since, self._mean_from_wh = self.at, self.register_wh

    def mean_power_w(self) -> tuple[float, float]:
        """Mean power since the reading before and the energy in between; a new interval begins here."""
        energy_wh = self.register_wh - self._mean_from_wh
        elapsed_s = (self.at - self._mean_since).total_seconds()
        self.begin_series()
        return (energy_wh * SECONDS_PER_HOUR / elapsed_s if elapsed_s > 0 else self.power_w), energy_wh


def register_of(evse: EvseConfig, now: datetime, rng: Random) -> float:
    """What the meter of a busy EVSE shows by now. A simulation begun anew must not go on with an older register."""
    power_w = evse.max_w if evse.kind == "dc" else evse.max_a * NOMINAL_AC_V * evse.phases
    age_s = max(0.0, (now - METERS_BEGAN_AT).total_seconds())
    return float(rng.randrange(20_000, 90_000) + int(age_s * power_w * MEAN_USE / SECONDS_PER_HOUR))


def ac_power_w(current_a: float, phases: int) -> float:
    return phases * current_a * ac_voltage_v(current_a)


def ac_voltage_v(current_a: float) -> float:
    return NOMINAL_AC_V - AC_DROP_V_PER_A * current_a


def ac_current_a(power_w: float, phases: int) -> float:
    """The current per phase whose power is this: the smaller root of a quadratic, because voltage drops under load."""
    per_phase = power_w / max(1, phases)
    root = NOMINAL_AC_V**2 - 4 * AC_DROP_V_PER_A * per_phase
    return (NOMINAL_AC_V - math.sqrt(max(0.0, root))) / (2 * AC_DROP_V_PER_A)


def dc_voltage_v(soc_percent: float | None) -> float:
    return 350 + (soc_percent or 0)


def ac_samples(meter: Meter, *, power_by_phase: bool, voltage_by_phase: bool) -> dict[str, tuple[Sample, ...]]:
    """Everything a three-phase AC meter can say, by measurand. Taking it begins a new interval."""
    power_w, energy_wh = meter.mean_power_w()
    current_a = ac_current_a(power_w, meter.phases)
    currents = [current_a if n < meter.phases else 0.0 for n in range(3)]
    powers = [power_w / meter.phases if n < meter.phases else 0.0 for n in range(3)]
    volts = [ac_voltage_v(a) for a in currents]
    return {
        ENERGY: (Sample(ENERGY, meter.register_wh, "Wh"),),
        INTERVAL: (Sample(INTERVAL, energy_wh, "Wh"),),
        POWER: tuple(Sample(POWER, w, "W", phase) for w, phase in zip(powers, PHASES, strict=True))
        if power_by_phase
        else (Sample(POWER, power_w, "W"),),
        CURRENT: tuple(Sample(CURRENT, a, "A", phase) for a, phase in zip(currents, PHASES, strict=True)),
        VOLTAGE: tuple(Sample(VOLTAGE, v, "V", f"{phase}-N") for v, phase in zip(volts, PHASES, strict=True))
        if voltage_by_phase
        else (Sample(VOLTAGE, volts[0], "V"),),
        **_common_samples(meter, meter.offered_w / (NOMINAL_AC_V * meter.phases)),
    }


def dc_samples(meter: Meter) -> dict[str, tuple[Sample, ...]]:
    power_w, energy_wh = meter.mean_power_w()
    volts = dc_voltage_v(meter.soc_percent)
    return {
        ENERGY: (Sample(ENERGY, meter.register_wh, "Wh"),),
        INTERVAL: (Sample(INTERVAL, energy_wh, "Wh"),),
        POWER: (Sample(POWER, power_w, "W"),),
        CURRENT: (Sample(CURRENT, power_w / volts, "A"),),
        VOLTAGE: (Sample(VOLTAGE, volts, "V"),),
        SOC: () if meter.soc_percent is None else (Sample(SOC, meter.soc_percent, "Percent"),),
        **_common_samples(meter, meter.offered_w / volts),
    }


def _common_samples(meter: Meter, offered_a: float) -> dict[str, tuple[Sample, ...]]:
    return {
        POWER_OFFERED: (Sample(POWER_OFFERED, meter.offered_w, "W"),),
        CURRENT_OFFERED: (Sample(CURRENT_OFFERED, offered_a, "A"),),
        FREQUENCY: (Sample(FREQUENCY, 50.0, "Hertz"),),
        TEMPERATURE: (Sample(TEMPERATURE, 24 + meter.power_w / 10_000, "Celsius"),),
    }
