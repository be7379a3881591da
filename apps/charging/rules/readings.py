"""Readings as rows: several measurands of one instant and context in one row, totals where OCPP tells phases."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from apps.charging.messages import (
    KnownCharge,
    MeterReading,
    ReadingContext,
    RunningReading,
    RunningReadings,
    SampledValue,
    SampleKind,
)
from apps.telemetry.messages import ContextCode, MeterRow

OUTLET = "Outlet"
PHASES = ("L1", "L2", "L3")
PHASES_TO_NEUTRAL = ("L1-N", "L2-N", "L3-N")
PHASES_TO_PHASES = ("L1-L2", "L2-L3", "L3-L1")
SQUARE_ROOT_OF_3 = 3**0.5
CONTEXT_CODES = {context: ContextCode[context.name] for context in ReadingContext}

# Measurand -> the unit that its column has; in any other it is only stored (Q27).
ENERGY, POWER, FED_BACK = "Energy.Active.Import.Register", "Power.Active.Import", "Power.Active.Export"
CURRENT, OFFERED, VOLTAGE, SOC, TEMPERATURE = "Current.Import", "Current.Offered", "Voltage", "SoC", "Temperature"
UNITS = {
    ENERGY: "Wh", POWER: "W", FED_BACK: "W", CURRENT: "A", OFFERED: "A", VOLTAGE: "V", SOC: "%", TEMPERATURE: "°C",
}  # fmt: skip
# Where else than at the outlet a column's value may be measured.
PLACES = {SOC: ("EV", "Outlet", "Inlet", "Cable", "Body"), TEMPERATURE: ("Body", "Outlet", "Cable", "Inlet")}
KNOWN_UNITS = frozenset({*UNITS.values(), "varh", "VAh", "var", "VA", "Hz", "s", "RPM", ""})

MOST_LAID_OUT = 60
NOTHING: dict[str, Any] = dict.fromkeys((
    "energy_wh", "power_w", "current_l1_a", "current_l2_a", "current_l3_a", "current_a", "voltage_v", "soc_percent",
    "offered_a", "temperature_c", "extra",
))  # fmt: skip

ByPhase = Mapping[str | None, float]


def meter_rows(
    readings: Iterable[MeterReading],
    *,
    station_id: int,
    evse: int,
    received_at: datetime,
    transaction_id: int | None = None,
    seq_no: int | None = None,
    unclocked_at: datetime | None = None,
) -> tuple[MeterRow, ...]:
    """One row for each instant and context. A reading without a time of its own is taken as of `unclocked_at`."""
    return tuple(
        MeterRow(
            station_id=station_id,
            evse=evse,
            context=CONTEXT_CODES[context],
            at=at,
            received_at=received_at,
            transaction_id=transaction_id,
            seq_no=seq_no,
            **columns_of(samples),
        )
        for (at, context), samples in _grouped(readings, unclocked_at or received_at).items()
    )


def running_rows(
    told: RunningReadings, charge: KnownCharge, *, station_id: int, received_at: datetime
) -> tuple[MeterRow, ...]:
    """The same for plain readings of a charge that is known."""
    return tuple(
        MeterRow(
            station_id, charge.evse, CONTEXT_CODES[reading.kinds[0].context], reading.at, received_at,
            charge.transaction_id, told.seq_no, **_running_columns(reading),
        )
        for reading in _at_once(told.readings)
    )  # fmt: skip


def _running_columns(reading: RunningReading) -> dict[str, Any]:
    layout = _layout_of(reading.kinds)
    if layout is not None:
        return layout.fill(reading.values)
    return computed_columns(
        [SampledValue(value=value, **kind._asdict()) for kind, value in zip(reading.kinds, reading.values, strict=True)]
    )


def _at_once(readings: Sequence[RunningReading]) -> Iterable[RunningReading]:
    """Several readings of one instant and context are one row."""
    if len(readings) == 1:
        return readings
    groups: dict[tuple[datetime, ReadingContext], RunningReading] = {}
    for one in readings:
        key = (one.at, one.kinds[0].context)
        other = groups.get(key)
        groups[key] = (
            one if other is None else RunningReading(one.at, other.kinds + one.kinds, other.values + one.values)
        )
    return groups.values()


def _grouped(
    readings: Iterable[MeterReading], unclocked_at: datetime
) -> dict[tuple[datetime, ReadingContext], list[SampledValue]]:
    groups: dict[tuple[datetime, ReadingContext], list[SampledValue]] = {}
    for reading in readings:
        for sample in reading.samples:
            groups.setdefault((reading.at or unclocked_at, sample.context), []).append(sample)
    return groups


def newest_of(rows: Iterable[MeterRow]) -> MeterRow:
    """What pages show: the newest; a begin and a sample of one instant tell the same, but the sample tells more."""
    return max(rows, key=lambda row: (row.at, row.context != ContextCode.TRANSACTION_BEGIN))


def since_begin(begin_wh: float | None, register_wh: float) -> float:
    """What has flowed. A register below the begin counts each charge from 0 (Q15)."""
    return register_wh if begin_wh is None or register_wh < begin_wh else register_wh - begin_wh


def columns_of(samples: Iterable[SampledValue]) -> dict[str, Any]:
    """The columns of a row; everything that is no column's exact value is kept in `extra`."""
    told = list(samples)
    layout = None
    if len(told) <= MOST_LAID_OUT:  # asked out here, too: what is asked in there is remembered
        layout = _layout(tuple((one.measurand, one.unit, one.phase, one.location) for one in told))
    return computed_columns(told) if layout is None else layout.fill([one.value for one in told])


@dataclass(frozen=True)
class _Layout:
    """Which sample stands in which column, or by which name (and with which unit) in `extra`."""

    columns: tuple[tuple[str, int], ...]
    extra: tuple[tuple[str, int, str | None], ...]

    def fill(self, values: Sequence[float]) -> dict[str, Any]:
        columns = NOTHING | {name: values[place] for name, place in self.columns}
        if self.extra:
            columns["extra"] = {
                name: values[place] if unit is None else {"value": values[place], "unit": unit}
                for name, place, unit in self.extra
            }
        return columns


@lru_cache(maxsize=1024)
def _layout_of(kinds: tuple[SampleKind, ...]) -> _Layout | None:
    return _layout(tuple((kind.measurand, kind.unit, kind.phase, kind.location) for kind in kinds))


@lru_cache(maxsize=1024)
def _layout(kinds: tuple[tuple[str, str, str | None, str], ...]) -> _Layout | None:
    """Stations measure the same in every message, so where it goes is found out once, by trying.

    None where values are added up, averaged or compared. Powers of two tell that: no sum or mean of them is another,
    and what compares them answers differently when they come in the opposite order.
    """
    if not 0 < len(kinds) <= MOST_LAID_OUT:
        return None
    rising = [2.0**place for place in range(len(kinds))]
    found, other = _tried(kinds, rising), _tried(kinds, rising[::-1])
    return found if found == other else None


def _tried(kinds: tuple[tuple[str, str, str | None, str], ...], values: list[float]) -> _Layout | None:
    samples = [
        SampledValue(value=value, measurand=measurand, unit=unit, phase=phase, location=location)
        for value, (measurand, unit, phase, location) in zip(values, kinds, strict=True)
    ]
    columns = {name: value for name, value in computed_columns(samples).items() if value is not None}
    extra = columns.pop("extra", {})
    try:
        return _Layout(
            columns=tuple((name, values.index(value)) for name, value in columns.items()),
            extra=tuple(
                (name, values.index(plain["value"]), plain["unit"])
                if isinstance(plain, dict)
                else (name, values.index(plain), None)
                for name, plain in extra.items()
            ),
        )
    except ValueError:
        return None


def computed_columns(told: list[SampledValue]) -> dict[str, Any]:
    """The same without any knowledge of their layout."""
    values = {measurand: _by_phase(told, measurand) for measurand in UNITS}
    columns: dict[str, Any] = {
        "energy_wh": _sum(values[ENERGY]),
        "power_w": _net(_sum(values[POWER]), _sum(values[FED_BACK])),
        "current_a": values[CURRENT].get(None),
        "voltage_v": _voltage(values[VOLTAGE]),
        "soc_percent": values[SOC].get(None),
        "offered_a": _largest(values[OFFERED]),
        "temperature_c": values[TEMPERATURE].get(None),
    }
    for phase, to_neutral in zip(PHASES, PHASES_TO_NEUTRAL, strict=True):
        columns[f"current_{phase.lower()}_a"] = _either(values[CURRENT], phase, to_neutral)
    return columns | {"extra": _extra(told) or None}


def _by_phase(samples: Iterable[SampledValue], measurand: str) -> dict[str | None, float]:
    """The values of one measurand in its column's unit, from the best place it was measured at; first told counts."""
    fitting = [one for one in samples if one.measurand == measurand and one.unit == UNITS[measurand]]
    for place in PLACES.get(measurand, (OUTLET,)):
        found: dict[str | None, float] = {}
        for sample in fitting:
            if sample.location == place:
                found.setdefault(sample.phase, sample.value)
        if found:
            return found
    return {}


def _sum(values: ByPhase) -> float | None:
    """The total if told, else the phases added up; the total is never added to its phases (Q28)."""
    if None in values:
        return values[None]
    for phases in (PHASES, PHASES_TO_NEUTRAL):
        parts = [values[phase] for phase in phases if phase in values]
        if parts:
            return sum(parts)
    return None


def _net(into_car: float | None, out_of_car: float | None) -> float | None:
    if out_of_car is None:
        return into_car
    return (into_car or 0.0) - out_of_car


def _voltage(values: ByPhase) -> float | None:
    """Between line and neutral. Voltages are averaged, never added; those between lines are √3 times as high (Q28)."""
    if None in values:
        return values[None]
    for phases, factor in ((PHASES_TO_NEUTRAL, 1.0), (PHASES, 1.0), (PHASES_TO_PHASES, SQUARE_ROOT_OF_3)):
        parts = [values[phase] for phase in phases if phase in values]
        if parts:
            return sum(parts) / len(parts) / factor
    return None


def _largest(values: ByPhase) -> float | None:
    return max(values.values(), default=None)


def _either(values: ByPhase, phase: str, to_neutral: str) -> float | None:
    return values.get(phase, values.get(to_neutral))


def _extra(samples: Iterable[SampledValue]) -> dict[str, Any]:
    extra: dict[str, Any] = {}
    for sample in samples:
        if not _is_column(sample):
            extra.setdefault(_name(sample), _plain(sample))
    return extra


def _is_column(sample: SampledValue) -> bool:
    """Whether a column holds this very value."""
    if sample.measurand not in UNITS or sample.unit != UNITS[sample.measurand] or sample.measurand == FED_BACK:
        return False
    has_phase_columns = sample.measurand == CURRENT and sample.phase in (*PHASES, *PHASES_TO_NEUTRAL)
    return sample.location == PLACES.get(sample.measurand, (OUTLET,))[0] and (sample.phase is None or has_phase_columns)


def _name(sample: SampledValue) -> str:
    phase = f".{sample.phase}" if sample.phase else ""
    place = "" if sample.location == OUTLET else f"@{sample.location}"
    return f"{sample.measurand}{phase}{place}"


def _plain(sample: SampledValue) -> Any:
    return sample.value if sample.unit in KNOWN_UNITS else {"value": sample.value, "unit": sample.unit}
