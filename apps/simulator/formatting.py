"""How a make writes instants and meter values."""

import math
from datetime import datetime, timedelta, timezone
from typing import Any

from apps.simulator.makes import Make
from apps.simulator.meter import ENERGY, Reading, Sample

Json = dict[str, Any]

WH_PER_KWH = 1000
DECIMALS = {"Wh": 0, "W": 1, "A": 2, "V": 1, "Percent": 0, "Hertz": 2, "Celsius": 1}
# 1.6 names the unit of a frequency Hertz, 2.x Hz; temperature is a measurand of 1.6 only.
UNITS_2X = {"Hertz": "Hz"}


def stamp(make: Make, at: datetime) -> str:
    local = at.astimezone(timezone(timedelta(minutes=make.utc_offset_min)))
    whole = local.strftime("%Y-%m-%dT%H:%M:%S")
    fraction = f".{local.microsecond:06d}"[: make.fraction_digits + 1] if make.fraction_digits else ""
    return whole + fraction + _offset(make.utc_offset_min)


def _offset(minutes: int) -> str:
    if not minutes:
        return "Z"
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"


def _written(make: Make, sample: Sample) -> tuple[str, str]:
    """Value and unit as the make writes them. Energy is cut off: a register never shows what has not flowed."""
    if sample.unit != "Wh":
        return f"{sample.value:.{DECIMALS[sample.unit]}f}", sample.unit
    value = sample.value / WH_PER_KWH if make.energy_in_kwh else sample.value
    scale = 10**make.energy_decimals
    cut = math.floor(round(value * scale, 6)) / scale
    return f"{cut:.{make.energy_decimals}f}", "kWh" if make.energy_in_kwh else "Wh"


def _measurand(make: Make, sample: Sample) -> Json:
    if sample.measurand == ENERGY and not make.names_default_measurand:
        return {}
    return {"measurand": sample.measurand}


def sample_16(make: Make, sample: Sample, context: str) -> Json:
    value, unit = _written(make, sample)
    return {
        "value": value,
        "context": context,
        **_measurand(make, sample),
        **({"phase": sample.phase} if sample.phase else {}),
        "location": "Outlet",
        "unit": unit,
    }


def sample_2x(make: Make, sample: Sample, context: str) -> Json:
    value, unit = _written(make, sample)
    return {
        "value": float(value),
        "context": context,
        **_measurand(make, sample),
        **({"phase": sample.phase} if sample.phase else {}),
        "unitOfMeasure": {"unit": UNITS_2X.get(unit, unit)},
    }


def meter_value_16(make: Make, reading: Reading) -> Json:
    samples = [sample_16(make, sample, reading.context) for sample in reading.samples]
    return {"timestamp": stamp(make, reading.at), "sampledValue": samples}


def meter_value_2x(make: Make, reading: Reading) -> Json:
    samples = [sample_2x(make, sample, reading.context) for sample in reading.samples]
    return {"timestamp": stamp(make, reading.at), "sampledValue": samples}
