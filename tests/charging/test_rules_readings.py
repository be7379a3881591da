"""Readings as rows (Q24-Q34)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.charging.messages import MeterReading, ReadingContext, SampledValue
from apps.charging.rules.readings import UNITS, columns_of, computed_columns, meter_rows
from apps.telemetry.messages import ContextCode, MeterRow

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
POWER, CURRENT, SOC = "Power.Active.Import", "Current.Import", "SoC"


def told(
    value: float, measurand: str = "Energy.Active.Import.Register", unit: str = "Wh", **facts: Any
) -> SampledValue:
    return SampledValue(value=value, measurand=measurand, unit=unit, **facts)


def rows_of(*readings: MeterReading) -> tuple[MeterRow, ...]:
    return meter_rows(readings, station_id=7, evse=2, received_at=NOON, transaction_id=9, seq_no=4)


def test_measurands_of_one_instant_and_context_share_a_row() -> None:
    [row] = rows_of(
        MeterReading(at=NOON, samples=(told(5000), told(11000, POWER, "W"))),
        MeterReading(at=NOON, samples=(told(55, SOC, "%", location="EV"),)),
    )

    assert (row.station_id, row.evse, row.transaction_id, row.seq_no) == (7, 2, 9, 4)
    assert (row.energy_wh, row.power_w, row.soc_percent, row.extra) == (5000, 11000, 55, None)


def test_contexts_and_instants_have_rows_of_their_own() -> None:
    begin = told(1000, context=ReadingContext.TRANSACTION_BEGIN)
    later = MeterReading(at=NOON + timedelta(seconds=1), samples=(told(1001),))

    rows = rows_of(MeterReading(at=NOON, samples=(told(1000), begin)), later)

    assert [(row.at.second, row.context) for row in rows] == [
        (0, ContextCode.SAMPLE_PERIODIC), (0, ContextCode.TRANSACTION_BEGIN), (1, ContextCode.SAMPLE_PERIODIC),
    ]  # fmt: skip


def test_a_reading_without_a_time_counts_as_of_its_message() -> None:
    reading = MeterReading(at=None, samples=(told(1),))
    told_at = NOON - timedelta(hours=1)

    [row] = meter_rows([reading], station_id=1, evse=1, received_at=NOON, unclocked_at=told_at)

    assert (row.at, row.received_at) == (told_at, NOON)


@pytest.mark.parametrize("names", [("L1", "L2", "L3"), ("L1-N", "L2-N", "L3-N")])
def test_q28_phases_are_added_up_where_no_total_is_told(names: tuple[str, ...]) -> None:
    columns = columns_of([told(1000, POWER, "W", phase=name) for name in names])

    assert columns["power_w"] == 3000


def test_q28_the_total_is_not_added_to_its_phases() -> None:
    columns = columns_of([told(3000, POWER, "W"), *(told(1000, POWER, "W", phase=f"L{n}") for n in (1, 2, 3))])

    assert columns["power_w"] == 3000
    assert columns["extra"] == {f"{POWER}.L{n}": 1000 for n in (1, 2, 3)}


def test_q28_currents_keep_their_phases_and_are_not_added() -> None:
    columns = columns_of([told(16, CURRENT, "A", phase=name) for name in ("L1", "L2-N", "L3")])

    assert (columns["current_l1_a"], columns["current_l2_a"], columns["current_l3_a"]) == (16, 16, 16)
    assert (columns["current_a"], columns["extra"]) == (None, None)


@pytest.mark.parametrize(
    ("samples", "volts"),
    [
        ([(230.0, None)], 230.0),
        ([(230.0, "L1-N"), (232.0, "L2-N"), (234.0, "L3-N")], 232.0),
        ([(230.0, "L1"), (232.0, "L2")], 231.0),
        ([(400.0, "L1-L2"), (400.0, "L2-L3"), (400.0, "L3-L1")], 400 / 3**0.5),
    ],
)
def test_q28_voltages_are_averaged_between_line_and_neutral(
    samples: list[tuple[float, str | None]], volts: float
) -> None:
    columns = columns_of([told(value, "Voltage", "V", phase=phase) for value, phase in samples])

    assert columns["voltage_v"] == pytest.approx(volts)


def test_q27_a_value_in_an_unknown_unit_is_stored_and_not_computed_with() -> None:
    columns = columns_of([told(5, unit="BTU")])

    assert columns["energy_wh"] is None
    assert columns["extra"] == {"Energy.Active.Import.Register": {"value": 5, "unit": "BTU"}}


def test_readings_from_elsewhere_than_the_outlet_do_not_pass_for_the_cars() -> None:
    columns = columns_of([told(99, location="Inlet"), told(5)])

    assert columns["energy_wh"] == 5
    assert columns["extra"] == {"Energy.Active.Import.Register@Inlet": 99}


def test_power_fed_back_is_negative() -> None:
    columns = columns_of([told(3000, "Power.Active.Export", "W")])

    assert columns["power_w"] == -3000
    assert columns["extra"] == {"Power.Active.Export": 3000}


def test_all_else_is_kept() -> None:
    columns = columns_of(
        [told(50.02, "Frequency", "Hz"), told(11000, "Power.Offered", "W"), told(32, "Current.Offered", "A")]
    )

    assert columns["offered_a"] == 32
    assert columns["extra"] == {"Frequency": 50.02, "Power.Offered": 11000}


samples = st.builds(
    told,
    st.floats(0, 1e6),
    st.sampled_from(["Energy.Active.Import.Register", POWER, CURRENT, "Voltage", SOC, "Frequency"]),
    st.sampled_from(["Wh", "W", "A", "V", "%", "?"]),
    phase=st.sampled_from([None, "L1", "L2-N", "L1-L2", "N"]),
    location=st.sampled_from(["Outlet", "Inlet", "EV"]),
    context=st.sampled_from(list(ReadingContext)),
)


@given(st.lists(samples, max_size=12))
def test_no_value_is_lost(values: list[SampledValue]) -> None:
    """Each measured figure is in a column or in `extra`, unless an equal sample told another before it."""
    rows = meter_rows([MeterReading(at=NOON, samples=tuple(values))], station_id=1, evse=1, received_at=NOON)
    first = {(one.context, one.measurand, one.phase, one.location, one.unit): one.value for one in reversed(values)}

    for (context, *_address), value in first.items():
        [row] = [row for row in rows if row.context == ContextCode[context.name]]
        assert value in _figures(row) or _is_shadowed(values, value)


def _figures(row: MeterRow) -> list[Any]:
    extra = [one["value"] if isinstance(one, dict) else one for one in (row.extra or {}).values()]
    columns = (row.energy_wh, row.power_w, row.current_a, row.current_l1_a, row.current_l2_a, row.voltage_v)
    return [*extra, *columns, row.soc_percent]


def _is_shadowed(values: list[SampledValue], value: float) -> bool:
    """The same measurand, phase and place told twice in different units has one place to be kept at."""
    [*same] = [one for one in values if one.value == value]
    return any(
        other.value != value
        and (other.context, other.measurand, other.phase, other.location)
        == (one.context, one.measurand, one.phase, one.location)
        for one in same
        for other in values
    )


SAMPLES = st.builds(
    SampledValue,
    value=st.floats(-1e6, 1e6).map(lambda value: round(value, 3)),
    measurand=st.sampled_from([*UNITS, "Frequency"]),
    unit=st.sampled_from([*UNITS.values(), "Hz", "BTU"]),
    phase=st.sampled_from([None, "L1", "L2", "L3", "N", "L1-N", "L2-N", "L1-L2", "L2-L3"]),
    location=st.sampled_from(["Outlet", "EV", "Body", "Inlet"]),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(SAMPLES, max_size=9))
def test_what_is_known_of_a_layout_changes_no_figure(samples: list[SampledValue]) -> None:
    assert columns_of(samples) == computed_columns(samples)
    assert columns_of(samples[::-1]) == computed_columns(samples[::-1])
