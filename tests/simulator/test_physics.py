from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random

import pytest

from apps.simulator.car import Car, any_car
from apps.simulator.evse import Charge
from apps.simulator.formatting import sample_2x, sample_16, stamp
from apps.simulator.makes import NORDLYS, PLAIN, VOLTBACH, Make
from apps.simulator.meter import ENERGY, POWER, Meter, Reading, Sample, ac_current_a, ac_power_w, ac_voltage_v
from apps.simulator.sampling import MOST_KEPT_READINGS, crosses_alignment, keep, next_base

NOON = datetime(2026, 7, 1, 12, 0, 0, 123456, tzinfo=UTC)


def test_dc_power_tapers_towards_full_and_ends_there() -> None:
    powers = [Car(soc=soc / 100, target_soc=1, dc_max_w=100_000).wanted_dc_w() for soc in range(0, 101, 5)]

    assert powers[:12] == [100_000] * 12
    assert all(later < earlier for earlier, later in pairwise(powers[11:]))
    assert powers[-2] < 25_000
    assert powers[-1] == 0


def test_an_ac_car_keeps_at_least_6_amperes_until_it_is_full() -> None:
    assert Car(soc=0.5, ac_max_a=16).wanted_ac_a() == 16
    assert 6 <= Car(soc=0.99, target_soc=1, ac_max_a=16).wanted_ac_a() < 16
    assert Car(soc=0.8, target_soc=0.8).wanted_ac_a() == 0


def test_taking_energy_fills_the_battery() -> None:
    car = Car(battery_wh=50_000, soc=0.5)

    car.take(5_000)

    assert car.soc == pytest.approx(0.6)


def test_the_meter_counts_what_was_set_before() -> None:
    meter = Meter(1000.0, NOON)
    meter.power_w = 3600

    assert meter.advance(NOON + timedelta(seconds=10)) == pytest.approx(10)
    meter.power_w = 0
    meter.advance(NOON + timedelta(seconds=50))

    assert meter.register_wh == pytest.approx(1010)
    assert meter.mean_power_w() == (pytest.approx(720), pytest.approx(10))


def test_a_clock_set_back_takes_no_energy_away() -> None:
    meter = Meter(1000.0, NOON)
    meter.power_w = 3600

    assert meter.advance(NOON - timedelta(hours=1)) == 0
    assert meter.register_wh == 1000


def test_settling_rounds_up_once() -> None:
    meter = Meter(1000.2, NOON)

    assert (meter.settle(), meter.settle(), meter.register_wh) == (1001, 1001, 1001.0)


@pytest.mark.parametrize("phases", [1, 2, 3])
@pytest.mark.parametrize("amperes", [0, 6, 16, 32])
def test_current_and_power_are_two_views_of_the_same(phases: int, amperes: float) -> None:
    power_w = ac_power_w(amperes, phases)

    assert ac_current_a(power_w, phases) == pytest.approx(amperes)
    assert power_w == pytest.approx(phases * amperes * ac_voltage_v(amperes))


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (PLAIN, "2026-07-01T12:00:00.123Z"),
        (VOLTBACH, "2026-07-01T13:00:00+01:00"),
        (NORDLYS, "2026-07-01T12:00:00.123456Z"),
    ],
)
def test_makes_write_time_in_their_own_way(make: Make, text: str) -> None:
    assert stamp(make, NOON) == text


@pytest.mark.parametrize(
    ("make", "value", "unit"), [(PLAIN, "12345", "Wh"), (VOLTBACH, "12.345", "kWh"), (NORDLYS, "12345.6", "Wh")]
)
def test_makes_write_energy_in_their_own_way(make: Make, value: str, unit: str) -> None:
    sample = Sample(ENERGY, 12345.678, "Wh")

    old, new = sample_16(make, sample, "Sample.Periodic"), sample_2x(make, sample, "Sample.Periodic")

    assert (old["value"], old["unit"]) == (value, unit)
    assert (new["value"], new["unitOfMeasure"]) == (float(value), {"unit": unit})
    assert ("measurand" in old) == (make is not VOLTBACH)


def test_phases_and_units_are_named() -> None:
    assert sample_16(PLAIN, Sample(POWER, 3680.04, "W", "L2"), "Trigger") == {
        "value": "3680.0",
        "context": "Trigger",
        "measurand": "Power.Active.Import",
        "phase": "L2",
        "location": "Outlet",
        "unit": "W",
    }


def test_alignment_counts_from_midnight_utc() -> None:
    midnight = datetime(2026, 3, 1, tzinfo=UTC)

    assert crosses_alignment(midnight - timedelta(seconds=1), midnight, 900)
    assert crosses_alignment(midnight + timedelta(seconds=899), midnight + timedelta(seconds=900), 900)
    assert not crosses_alignment(midnight + timedelta(seconds=1), midnight + timedelta(seconds=899), 900)
    assert not crosses_alignment(midnight - timedelta(seconds=1), midnight, 0)


def test_a_late_tick_does_not_shift_the_sampling_rhythm() -> None:
    assert next_base(NOON, 60, NOON + timedelta(seconds=61.5)) == NOON + timedelta(seconds=60)
    assert next_base(NOON, 60, NOON + timedelta(seconds=200)) == NOON + timedelta(seconds=180)


def test_too_many_kept_readings_lose_some_in_between_but_never_the_first_or_last() -> None:
    charge = Charge("x", 1, NOON, 0, None)
    readings = [Reading(NOON + timedelta(minutes=n), "c", (Sample(ENERGY, n, "Wh"),)) for n in range(500)]

    for reading in readings:
        keep(charge, reading)

    assert len(charge.readings) <= MOST_KEPT_READINGS
    assert (charge.readings[0], charge.readings[-1]) == (readings[0], readings[-1])
    assert charge.readings == sorted(charge.readings, key=lambda reading: reading.at)


def test_the_same_seed_brings_the_same_cars() -> None:
    def cars(seed: int) -> list[Car]:
        rng = Random(seed)
        return [any_car(rng) for _ in range(20)]

    assert cars(4) == cars(4)
    assert cars(4) != cars(5)
