"""Cars: how much they take, and when they have had enough."""

from dataclasses import dataclass
from random import Random

TAPER_BEGINS_AT_SOC = 0.55
TAPERED_SHARE_AT_FULL = 0.08
AC_TAPER_BEGINS_AT_SOC = 0.97


@dataclass
class Car:
    """`soc` and `target_soc` are shares of the battery, 0 to 1."""

    battery_wh: float = 60_000
    soc: float = 0.3
    target_soc: float = 0.8
    phases: int = 3
    ac_max_a: float = 16
    dc_max_w: float = 120_000

    @property
    def full(self) -> bool:
        return self.soc >= self.target_soc

    def wanted_ac_a(self) -> float:
        """Amperes per phase."""
        if self.full:
            return 0
        room = max(0.0, 1 - self.soc) / (1 - AC_TAPER_BEGINS_AT_SOC)
        return max(6.0, self.ac_max_a * min(1.0, room))

    def wanted_dc_w(self) -> float:
        if self.full:
            return 0
        beyond = max(0.0, self.soc - TAPER_BEGINS_AT_SOC) / (1 - TAPER_BEGINS_AT_SOC)
        return self.dc_max_w * (1 - beyond * (1 - TAPERED_SHARE_AT_FULL))

    def take(self, energy_wh: float) -> None:
        self.soc = min(1.0, self.soc + energy_wh / self.battery_wh)


def any_car(rng: Random) -> Car:
    """A car off the street: most charge with three phases, some with one; batteries from small to large."""
    return Car(
        battery_wh=rng.choice([28_000, 42_000, 58_000, 77_000, 95_000]),
        soc=round(rng.uniform(0.08, 0.6), 3),
        target_soc=rng.choice([0.8, 0.8, 0.9, 1.0]),
        phases=rng.choice([3, 3, 1]),
        ac_max_a=rng.choice([16, 16, 32]),
        dc_max_w=rng.choice([75_000, 120_000, 150_000, 200_000]),
    )
