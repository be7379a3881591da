"""Meter values, Q24 to Q34."""

from datetime import UTC, datetime

import pytest

from apps.charging.messages import ReadingContext, SampledValue
from apps.dialects.adapters.metering import readings_2, readings_16

NOW = datetime(2026, 3, 1, 12, 0, 5, tzinfo=UTC)


def samples_16(*samples):
    readings = readings_16([{"timestamp": "2026-03-01T12:00:00Z", "sampledValue": list(samples)}], NOW)
    return [sample for reading in readings for sample in reading.samples]


def samples_2(*samples):
    readings = readings_2([{"timestamp": "2026-03-01T12:00:00Z", "sampledValue": list(samples)}], NOW)
    return [sample for reading in readings for sample in reading.samples]


def one(**sample):
    [found] = samples_16({"value": "1"} | sample)
    return found


def test_q24_a_bare_value_is_the_energy_register_in_wh():
    expected = SampledValue(
        value=12345.0,
        measurand="Energy.Active.Import.Register",
        unit="Wh",
        phase=None,
        location="Outlet",
        context=ReadingContext.SAMPLE_PERIODIC,
    )

    assert samples_16({"value": "12345"}) == [expected]
    assert samples_2({"value": 12345}) == [expected]


@pytest.mark.parametrize(
    ("measurand", "unit"),
    [
        ("Energy.Reactive.Import.Register", "varh"),
        ("Energy.Apparent.Import", "VAh"),
        ("Power.Active.Import", "W"),
        ("Power.Reactive.Export", "var"),
        ("Power.Factor", ""),
        ("Current.Import", "A"),
        ("Voltage", "V"),
        ("Frequency", "Hz"),
        ("Temperature", "°C"),
        ("SoC", "%"),
        ("Display.PresentSOC", "%"),
        ("Display.RemainingTimeToTargetSOC", "s"),
        ("RPM", "RPM"),
    ],
)
def test_q24_a_measurand_without_a_unit_is_in_its_own(measurand, unit):
    assert one(measurand=measurand).unit == unit


@pytest.mark.parametrize(
    ("wire", "value", "unit"),
    [
        ("kWh", 1000.0, "Wh"),
        ("KWH", 1000.0, "Wh"),
        ("wh", 1.0, "Wh"),
        ("kW", 1000.0, "W"),
        ("kvarh", 1000.0, "varh"),
        ("kvar", 1000.0, "var"),
        ("kVA", 1000.0, "VA"),
        ("Hz", 1.0, "Hz"),
        ("Hertz", 1.0, "Hz"),
        ("Percent", 1.0, "%"),
        ("percent", 1.0, "%"),
        ("%", 1.0, "%"),
        ("Celsius", 1.0, "°C"),
        ("Celcius", 1.0, "°C"),
        ("K", -272.15, "°C"),
        ("Fahrenheit", pytest.approx(-17.222222), "°C"),
        (" kWh ", 1000.0, "Wh"),
        ("furlong", 1.0, "furlong"),
    ],
)
def test_q25_q27_units_become_ours_and_unknown_ones_stay(wire, value, unit):
    sample = one(unit=wire)

    assert (sample.value, sample.unit) == (value, unit)


@pytest.mark.parametrize(("kwh", "wh"), [("1.001", 1001.0), ("4.35", 4350.0), ("123456.789", 123456789.0)])
def test_kwh_with_three_digits_become_exact_wh(kwh, wh):
    assert one(value=kwh, unit="kWh").value == wh


@pytest.mark.parametrize(
    "value",
    [
        "", "abc", "12,5", "NaN", "nan", "Infinity", "-inf", "1e400", "1e16", "1_000", "0x10", "12 kWh",
        None, True, [], {}, float("nan"), float("inf"), 10**400,
    ],
)  # fmt: skip
def test_q26_a_value_that_is_no_number_is_skipped_and_its_neighbour_is_not(value):
    assert [sample.value for sample in samples_16({"value": value}, {"value": "7"})] == [7.0]
    assert [sample.value for sample in samples_2({"value": value}, {"value": 7})] == [7.0]


@pytest.mark.parametrize("value", [" 12.5 ", "12.5", "+12.5", "1.25e1", 12.5])
def test_q26_a_number_in_other_clothes_is_the_same_number(value):
    assert one(value=value).value == 12.5


@pytest.mark.parametrize("value", ["1e-50", -1e-46, "-0.0", 5e-324])
def test_what_is_next_to_nothing_is_nothing(value):
    assert str(one(value=value).value) in ("0.0", "-0.0")


@pytest.mark.parametrize("values", [None, "x", 3, [], [None, 3, "x"], [{}], [{"sampledValue": None}]])
def test_q26_empty_lists_and_wrong_shapes_give_no_readings(values):
    assert readings_16(values, NOW) == ()
    assert readings_2(values, NOW) == ()


def test_a_lone_object_where_a_list_belongs_is_read():
    wire = {"timestamp": "2026-03-01T12:00:00Z", "sampledValue": {"value": "7"}}

    assert readings_16(wire, NOW)[0].samples == (SampledValue(value=7.0),)


def test_a_reading_without_a_clock_is_kept():
    [reading] = readings_16([{"timestamp": "222222017-10-27", "sampledValue": [{"value": "7"}]}], NOW)

    assert (reading.at, reading.samples) == (None, (SampledValue(value=7.0),))


@pytest.mark.parametrize(
    ("wire", "phase"),
    [
        (None, None), ("", None), ("L1", "L1"), ("l1", "L1"), ("L1-N", "L1-N"), ("l1n", "L1-N"), ("L1-L2", "L1-L2"),
        ("L2-L1", "L1-L2"), ("L3-L1", "L3-L1"), ("L1-L3", "L3-L1"), ("N", "N"), ("Earth", "Earth"),
    ],
)  # fmt: skip
def test_q28_phases_have_one_spelling_and_an_unknown_one_is_not_the_total(wire, phase):
    assert one(phase=wire).phase == phase


@pytest.mark.parametrize(
    ("wire", "context"),
    [
        (None, ReadingContext.SAMPLE_PERIODIC),
        ("Transaction.End", ReadingContext.TRANSACTION_END),
        ("transaction.end", ReadingContext.TRANSACTION_END),
        ("Sample.Clock", ReadingContext.SAMPLE_CLOCK),
        ("Fancy", ReadingContext.OTHER),
        (3, ReadingContext.OTHER),
    ],
)
def test_contexts_have_one_spelling_and_unknown_ones_are_other(wire, context):
    assert one(context=wire).context is context


def test_measurands_and_locations_have_one_spelling_and_unknown_ones_stay():
    known = one(measurand="power.active.import", location="outlet")
    unknown = one(measurand="Vendor.Thing", location="Roof")

    assert (known.measurand, known.location) == ("Power.Active.Import", "Outlet")
    assert (unknown.measurand, unknown.location, unknown.unit) == ("Vendor.Thing", "Roof", "")


def test_a_50_kb_word_is_shortened_so_that_it_fits_a_page():
    assert len(one(measurand="x" * 50_000).measurand) == 50
    assert len(one(unit="x" * 50_000).unit) == 50


@pytest.mark.parametrize("form", ["SignedData", "signeddata"])
def test_q34_signed_data_is_no_number_even_if_its_digits_look_like_one(form):
    assert samples_16({"value": "123456", "format": form}, {"value": "7", "format": "Raw"}) == [SampledValue(value=7.0)]


def test_in_2_x_a_signed_sample_still_has_its_value():
    signed = {"signedMeterData": "AAAA", "signingMethod": "", "encodingMethod": "OCMF", "publicKey": ""}

    assert samples_2({"value": 7, "signedMeterValue": signed}) == [SampledValue(value=7.0)]


@pytest.mark.parametrize(
    ("unit", "value"),
    [
        ({"unit": "Wh", "multiplier": 3}, 12345.0),
        ({"unit": "kWh"}, 12345.0),
        ({"unit": "kWh", "multiplier": "0"}, 12345.0),
        ({"multiplier": -3}, 0.012345),
        ({}, 12.345),
        ("kWh", 12345.0),
        (None, 12.345),
    ],
)
def test_in_2_x_unit_and_multiplier_both_count(unit, value):
    assert samples_2({"value": 12.345, "unitOfMeasure": unit}) == [SampledValue(value=value)]


@pytest.mark.parametrize("multiplier", [99, "x", 1.5, {}])
def test_a_multiplier_nobody_can_mean_skips_the_sample(multiplier):
    assert samples_2({"value": 1, "unitOfMeasure": {"unit": "Wh", "multiplier": multiplier}}) == []
