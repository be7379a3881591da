"""Meter values of both dialects: table-driven, because nine of ten messages carry them (Q24-Q34).

A sample that cannot be read is skipped and lives on in the raw frame; it never spoils its neighbours.
"""

import math
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from apps.charging.messages import MeterReading, ReadingContext, SampledValue, SampleKind
from apps.core.text import shortened
from apps.core.units import WH_PER_KWH
from apps.dialects.adapters.reading import LARGEST_MEASURED, choice, folded, instant, integer, list_at, number, text

DEFAULT_MEASURAND = "Energy.Active.Import.Register"

# S16 §7.31 and MeasurandEnumType of 2.1, which holds all of 2.0.1's.
_MEASURANDS = folded(
    {
        name: name
        for name in (
            *(f"Current.{kind}" for kind in ("Export", "Import", "Offered")),
            *(f"Current.{way}.{kind}" for way in ("Export", "Import") for kind in ("Offered", "Minimum")),
            *(f"Display.{kind}SOC" for kind in ("Present", "Minimum", "Target", "Maximum")),
            *(f"Display.RemainingTimeTo{kind}SOC" for kind in ("Minimum", "Target", "Maximum")),
            *(f"Display.{kind}" for kind in ("ChargingComplete", "BatteryEnergyCapacity", "InletHot")),
            *(
                f"Energy.{kind}.{way}.{form}"
                for kind in ("Active", "Reactive")
                for way in ("Export", "Import")
                for form in ("Interval", "Register")
            ),
            "Energy.Active.Import.CableLoss",
            "Energy.Active.Import.LocalGeneration.Register",
            "Energy.Active.Setpoint.Interval",
            *(f"Energy.{kind}.Net" for kind in ("Active", "Apparent", "Reactive")),
            *(f"Energy.Apparent.{way}" for way in ("Export", "Import")),
            *(f"EnergyRequest.{kind}" for kind in ("Target", "Minimum", "Maximum", "Bulk")),
            *(f"EnergyRequest.{kind}.V2X" for kind in ("Minimum", "Maximum")),
            *(f"Power.Active.{kind}" for kind in ("Export", "Import", "Setpoint", "Residual")),
            *(f"Power.{way}.{kind}" for way in ("Export", "Import") for kind in ("Minimum", "Offered")),
            *(f"Power.Reactive.{way}" for way in ("Export", "Import")),
            *("Power.Factor", "Power.Offered", "Frequency", "RPM", "SoC", "Temperature"),
            *("Voltage", "Voltage.Minimum", "Voltage.Maximum"),
        )
    }
)

# The unit where none is told: the register's Wh by S16 §4.7, otherwise the SI unit the measurand is measured in.
_NATURAL_UNITS = (
    ("Energy.Reactive", "varh"),
    ("Energy.Apparent", "VAh"),
    ("Energy", "Wh"),
    ("Power.Reactive", "var"),
    ("Power.Factor", ""),
    ("Power", "W"),
    ("Current", "A"),
    ("Voltage", "V"),
    ("Frequency", "Hz"),
    ("Temperature", "°C"),
    ("SoC", "%"),
    ("Display.RemainingTime", "s"),
    ("Display.BatteryEnergyCapacity", "Wh"),
    ("RPM", "RPM"),
)


def _natural_unit(measurand: str) -> str:
    if measurand.startswith("Display.") and measurand.endswith("SOC") and "Time" not in measurand:
        return "%"
    return next((unit for prefix, unit in _NATURAL_UNITS if measurand.startswith(prefix)), "")


_UNIT_OF = {measurand: _natural_unit(measurand) for measurand in _MEASURANDS.values()}

# Wire word -> (our unit, factor, zero point in that unit after scaling). Case variants come by folding (Q27).
_UNITS: Mapping[str, tuple[str, float, float]] = folded(
    {
        "Wh": ("Wh", 1, 0),
        "kWh": ("Wh", WH_PER_KWH, 0),
        "varh": ("varh", 1, 0),
        "kvarh": ("varh", 1000, 0),
        "VAh": ("VAh", 1, 0),
        "kVAh": ("VAh", 1000, 0),
        "W": ("W", 1, 0),
        "kW": ("W", 1000, 0),
        "var": ("var", 1, 0),
        "kvar": ("var", 1000, 0),
        "VA": ("VA", 1, 0),
        "kVA": ("VA", 1000, 0),
        "A": ("A", 1, 0),
        "V": ("V", 1, 0),
        "Percent": ("%", 1, 0),
        "%": ("%", 1, 0),
        "Celsius": ("°C", 1, 0),
        "Celcius": ("°C", 1, 0),  # J16 errata §2.1
        "C": ("°C", 1, 0),
        "°C": ("°C", 1, 0),
        "K": ("°C", 1, -273.15),
        "Kelvin": ("°C", 1, -273.15),
        "Fahrenheit": ("°C", 5 / 9, -160 / 9),
        "F": ("°C", 5 / 9, -160 / 9),
        "Hz": ("Hz", 1, 0),
        "Hertz": ("Hz", 1, 0),  # in the 1.6 schema of MeterValues alone
        "mHz": ("Hz", 0.001, 0),
        "s": ("s", 1, 0),
        "RPM": ("RPM", 1, 0),
    }
)

_PHASES = folded(
    {name: name for name in ("L1", "L2", "L3", "N", "L1-N", "L2-N", "L3-N", "L1-L2", "L2-L3", "L3-L1")}
    | {"L1N": "L1-N", "L2N": "L2-N", "L3N": "L3-N", "L1L2": "L1-L2", "L2L3": "L2-L3", "L3L1": "L3-L1"}
    | {"L2-L1": "L1-L2", "L3-L2": "L2-L3", "L1-L3": "L3-L1"}
)
_LOCATIONS = folded({name: name for name in ("Body", "Cable", "EV", "Inlet", "Outlet", "Upstream")})
_CONTEXTS = folded({context.value: context for context in ReadingContext})
_POWERS_OF_TEN: Mapping[int | None, float] = {exponent: 10.0**exponent for exponent in range(-12, 13)}
_DIGITS_KEPT = 6
_LONGEST_WORD = 50
_LONGEST_KEPT = 500  # characters of all words of a sample: what is remembered of strangers is bounded


def readings_16(values: Any, received_at: datetime) -> tuple[MeterReading, ...]:
    return _readings(values, received_at, _sample_16)


def readings_2(values: Any, received_at: datetime) -> tuple[MeterReading, ...]:
    return _readings(values, received_at, _sample_2)


def _readings(values: Any, received_at: datetime, sample: Any) -> tuple[MeterReading, ...]:
    """The readings that hold at least one usable sample; an empty one (Q26) says nothing."""
    found = []
    for value in list_at(values):
        if not isinstance(value, dict):
            continue
        samples = tuple(
            made
            for one in list_at(value.get("sampledValue"))
            if isinstance(one, dict) and (made := sample(one)) is not None
        )
        if samples:
            found.append(MeterReading(at=instant(value.get("timestamp"), received_at), samples=samples))
    return tuple(found)


def _sample_16(sample: Mapping[str, Any]) -> SampledValue | None:
    # SignedData is a document, even where its hex digits happen to look like a number (Q34).
    if text(sample.get("format")).casefold() == "signeddata":
        return None
    return _sample(sample, sample.get("unit"), 1.0)


def _sample_2(sample: Mapping[str, Any]) -> SampledValue | None:
    unit = sample.get("unitOfMeasure")
    if unit is None:
        return _sample(sample, None, 1.0)
    if not isinstance(unit, dict):
        return _sample(sample, unit, 1.0)
    multiplier = unit.get("multiplier")
    factor = 1.0 if multiplier is None else _POWERS_OF_TEN.get(integer(multiplier))
    return None if factor is None else _sample(sample, unit.get("unit"), factor)


class Scale(NamedTuple):
    """From the station's unit to ours; where it is not the same one, values are rounded."""

    factor: float = 1.0
    zero: float = 0.0


AS_TOLD = Scale()
Kind = tuple[SampleKind, Scale]


def scaled(value: float, scale: Scale) -> float | None:
    """A value in our unit; None beyond what any meter shows."""
    value = value * scale.factor + scale.zero
    if scale != AS_TOLD and math.isfinite(value):
        # Scaling by a thousand leaves 1000.9999999999999 where 1001 was meant; a millionth of a unit is noise.
        value = round(value, _DIGITS_KEPT)
    return value if -LARGEST_MEASURED <= value <= LARGEST_MEASURED else None


def _sample(sample: Mapping[str, Any], unit: Any, factor: float) -> SampledValue | None:
    value = number(sample.get("value"))
    if value is None:
        return None
    words = (sample.get("measurand"), unit, sample.get("phase"), sample.get("location"), sample.get("context"))
    try:
        is_short = sum(map(len, filter(None, words))) <= _LONGEST_KEPT
        kind, scale = (_known_kind if is_short else _kind)(*words, factor)
    except TypeError:  # a number, a list or an object where a word belongs
        kind, scale = _kind(*words, factor)
    value = scaled(value, scale)
    return None if value is None else SampledValue(value=value, **kind._asdict())


def sample_kind(
    measurand: str | None,
    unit: str | None,
    phase: str | None,
    location: str | None,
    context: str | None,
    power: int | None,
) -> Kind | None:
    """What a sample of these words is, apart from its value; None where its power of ten is out of this world."""
    factor = 1.0 if power is None else _POWERS_OF_TEN.get(power)
    return None if factor is None else _known_kind(measurand, unit, phase, location, context, factor)


def _kind(measurand: Any, unit: Any, phase: Any, location: Any, context: Any, factor: float) -> Kind:
    named = _worded(measurand, _MEASURANDS) or DEFAULT_MEASURAND
    ours, unit_factor, zero = _unit(unit, named)
    kind = SampleKind(
        measurand=named,
        unit=ours,
        phase=_worded(phase, _PHASES) or None,
        location=_worded(location, _LOCATIONS) or "Outlet",
        context=_context(context),
    )
    return kind, Scale(factor * unit_factor, zero)


# Stations say the same words in every message, so they are read once. 1 and True are equal, but not the same word.
_known_kind = lru_cache(maxsize=4096, typed=True)(_kind)


def _context(value: Any) -> ReadingContext:
    if value is None:
        return ReadingContext.SAMPLE_PERIODIC
    return choice(value, _CONTEXTS) or ReadingContext.OTHER


def _unit(unit: Any, measurand: str) -> tuple[str, float, float]:
    """Our unit, the factor to it and its zero point; one nobody knows stays with its value as told (Q27)."""
    if not unit:
        return _UNIT_OF.get(measurand, ""), 1, 0
    return choice(unit, _UNITS) or (shortened(text(unit), _LONGEST_WORD), 1, 0)


def _worded(value: Any, table: Mapping[str, str]) -> str:
    """The known word for it, or the station's own: an unknown phase must not pass for the total (Q28)."""
    if value is None:
        return ""
    return choice(value, table) or shortened(text(value), _LONGEST_WORD)
