"""When readings are taken, and of what."""

from datetime import UTC, datetime, timedelta

from apps.simulator.evse import Charge, Evse
from apps.simulator.makes import Make
from apps.simulator.meter import ENERGY, Reading, ac_samples, dc_samples

BEGIN = "Transaction.Begin"
PERIODIC = "Sample.Periodic"
ALIGNED = "Sample.Clock"
TRIGGERED = "Trigger"
END = "Transaction.End"

# More readings than this do not fit the last message; every second one in between is dropped (2.x E06.FR.13).
MOST_KEPT_READINGS = 120


def take(evse: Evse, make: Make, measurands: tuple[str, ...], context: str) -> Reading:
    meter = evse.meter
    meter.soc_percent = evse.car.soc * 100 if evse.car and evse.config.kind == "dc" else None
    if evse.config.kind == "dc":
        known = dc_samples(meter)
    else:
        known = ac_samples(meter, power_by_phase=make.power_by_phase, voltage_by_phase=make.voltage_by_phase)
    samples = [sample for measurand in measurands for sample in known.get(measurand, ())]
    return Reading(meter.at, context, tuple(samples))


def energy_only(reading: Reading) -> Reading:
    """What is kept for the message at the end: the register alone."""
    return Reading(reading.at, reading.context, tuple(s for s in reading.samples if s.measurand == ENERGY))


def keep(charge: Charge, reading: Reading) -> None:
    if not energy_only(reading).samples:
        return
    charge.readings.append(energy_only(reading))
    if len(charge.readings) > MOST_KEPT_READINGS:
        charge.readings[:] = charge.readings[:1] + charge.readings[2::2]


def due(last: datetime, interval_s: int, now: datetime) -> bool:
    return interval_s > 0 and (now - last).total_seconds() >= interval_s


def next_base(last: datetime, interval_s: int, now: datetime) -> datetime:
    """Keep the rhythm of the interval instead of drifting by each late tick."""
    missed = (now - last).total_seconds() // interval_s
    return last + timedelta(seconds=missed * interval_s)


def crosses_alignment(before: datetime, now: datetime, interval_s: int) -> bool:
    """Clock-aligned intervals count from midnight."""
    return interval_s > 0 and _interval_number(now, interval_s) != _interval_number(before, interval_s)


def _interval_number(at: datetime, interval_s: int) -> tuple[datetime, int]:
    midnight = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight, int((at - midnight).total_seconds()) // interval_s
