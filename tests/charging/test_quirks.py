"""What charges show of their stations' oddities, and how accepted ones are read."""

from datetime import timedelta
from decimal import Decimal

import pytest

from apps.charging.messages import MeterReading, SampledValue
from apps.charging.models import HoldReason, Transaction
from apps.charging.services.holds import close_charge
from apps.charging.services.known import known_charges
from apps.core.clock import ASSUMED_UTC
from apps.drivers.messages import IdTokenSeen
from apps.stations.messages import ConnectorStatus, OcppVersion, Quirk, RegisterMode
from apps.stations.models import QuirkObservation, QuirkState, StationClock
from apps.stations.services.quirks import accept_observation, dismiss_observation, set_override
from apps.tariffs.messages import Prices
from apps.tariffs.services import assign_tariff, save_tariff
from tests.charging.conftest import NOON, Talker, begin, end, minutes, reading, the_charge

pytestmark = pytest.mark.usefixtures("alpha")
BY = "ada@alpha.example"


def with_power(minute: float, wh: float, power_w: float = 9400) -> MeterReading:
    power = SampledValue(value=power_w, measurand="Power.Active.Import", unit="W")
    return MeterReading(at=minutes(minute), samples=(SampledValue(value=wh), power))


def mislabelled_charge(talker: Talker, *, first_minute: int = 0, base: int = 361) -> Transaction:
    """kWh called Wh, as OpenEVSE did: 9.4 kWh in an hour told as 9."""
    number = talker.start(at=minutes(first_minute), meter_wh=base).transaction_number
    for step in range(5):
        told = with_power(first_minute + 15 * step, base + 2.35 * step)
        talker.meter(told, ref=str(number), at=minutes(first_minute + 15 * step))
    talker.stop(number, at=minutes(first_minute + 60), meter_wh=base + 9)
    return Transaction.objects.get(pk=number)


def seen(kind: Quirk) -> QuirkObservation:
    return QuirkObservation.objects.get(kind=kind)


@pytest.fixture
def per_minute(alpha: object) -> None:
    prices = Prices(currency="EUR", vat_percent=Decimal(19), price_per_minute=Decimal("0.10"))
    assign_tariff(save_tariff("Time", prices, valid_from=NOON - timedelta(days=1), by="tests"), by="tests")


# --- units (Q25) ----------------------------------------------------------------------------------------------


def test_q25_kwh_called_wh_are_held_and_the_unit_is_proposed(talker: Talker) -> None:
    charge = mislabelled_charge(talker)

    observation = seen(Quirk.REGISTER_UNIT)
    assert (charge.hold_reason, charge.energy_wh) == (HoldReason.UNIT_SUSPECT, 9)
    assert (observation.value, observation.state, observation.count) == ("kWh", QuirkState.OPEN, 1)
    assert observation.evidence[0]["told_wh"] == 9
    assert observation.evidence[0]["flowed_wh"] == 9400


def test_q25_nothing_changes_until_somebody_accepts_it_and_then_all_that_comes_does(talker: Talker) -> None:
    mislabelled_charge(talker)
    assert mislabelled_charge(talker, first_minute=100, base=370).hold_reason == HoldReason.UNIT_SUSPECT

    accept_observation(seen(Quirk.REGISTER_UNIT), by=BY)
    charge = mislabelled_charge(talker, first_minute=200, base=380)

    assert (charge.energy_wh, charge.hold_reason) == (9000, "")
    assert (charge.meter_start_wh, charge.meter_stop_wh) == (380_000, 389_000)
    assert Transaction.objects.filter(hold_reason=HoldReason.UNIT_SUSPECT).count() == 2


def test_q25_where_start_and_stop_agree_with_the_power_only_readings_are_suspect(talker: Talker) -> None:
    number = talker.start(meter_wh=361_000).transaction_number
    for step in range(5):
        talker.meter(with_power(15 * step, 361 + 2.35 * step), ref=str(number), at=minutes(15 * step))
    talker.stop(number, meter_wh=370_400)

    assert the_charge().hold_reason == HoldReason.UNIT_SUSPECT
    assert seen(Quirk.READING_UNIT).value == "kWh"
    assert not QuirkObservation.objects.filter(kind=Quirk.REGISTER_UNIT).exists()


def test_q25_accepting_a_unit_makes_no_repeated_start_a_new_charge(talker: Talker) -> None:
    """The keys of repeated messages are those of the words as told (Q01)."""
    first = talker.start(meter_wh=361).transaction_number
    set_override(Quirk.REGISTER_UNIT, "kWh", station=talker.station, by=BY)

    assert talker.start(meter_wh=361).transaction_number == first
    assert Transaction.objects.count() == 1


def test_q25_a_unit_of_readings_counts_instead_of_the_one_of_all_registers_and_not_twice(talker: Talker) -> None:
    set_override(Quirk.REGISTER_UNIT, "kWh", station=talker.station, by=BY)
    set_override(Quirk.READING_UNIT, "kWh", station=talker.station, by=BY)
    number = talker.start(meter_wh=361).transaction_number
    talker.meter(reading(minutes(30), 365), ref=str(number), at=minutes(30))
    close_charge(the_charge(), by=BY)

    assert the_charge().energy_wh == 4000


def test_readings_of_an_amended_station_never_go_the_short_way(talker: Talker) -> None:
    number = talker.start().transaction_number
    talker.meter(reading(minutes(1), 1001), ref=str(number), at=minutes(1))
    assert len(known_charges(talker.caller(NOON))) == 1

    set_override(Quirk.READING_UNIT, "kWh", station=talker.station, by=BY)

    assert known_charges(talker.caller(NOON)) == ()


# --- registers (Q14, Q31) and connectors (Q30, Q45) -------------------------------------------------------------


def charges_from_zero(talker: Talker, count: int) -> None:
    for number in range(count):
        started = talker.start(at=minutes(100 * number), meter_wh=0).transaction_number
        talker.stop(started, at=minutes(100 * number + 60), meter_wh=7000 + number)


def test_q14_a_register_that_begins_at_zero_three_times_is_learned_per_connector(talker: Talker) -> None:
    charges_from_zero(talker, 3)
    assert not QuirkObservation.objects.exists()

    charges_from_zero(talker, 4)

    observation = seen(Quirk.REGISTER_MODE)
    assert (observation.value, observation.evse, observation.state) == (RegisterMode.SESSION, 1, QuirkState.OPEN)
    assert not Transaction.objects.exclude(hold_reason="").exists()


def test_q14_a_register_that_counts_on_is_nothing_to_remark(talker: Talker) -> None:
    for number in range(5):
        started = talker.start(at=minutes(100 * number), meter_wh=1000 * number).transaction_number
        talker.stop(started, at=minutes(100 * number + 60), meter_wh=1000 * number + 1000)

    assert not QuirkObservation.objects.exists()


def test_q14_an_accepted_session_register_bounds_a_charge_known_by_its_end_alone(talker: Talker) -> None:
    set_override(Quirk.REGISTER_MODE, RegisterMode.SESSION, station=talker.station, by=BY)

    talker.stop(None, meter_wh=7000)

    notes = {note["code"]: note for note in the_charge().notes}
    assert notes["energy_at_most"]["wh"] == 7000
    assert the_charge().hold_reason == HoldReason.START_UNKNOWN


def test_q31_an_end_without_a_begin_reading_is_noticed(talker2: Talker) -> None:
    talker2.started(readings=())
    talker2.updated(at=minutes(10), readings=(reading(minutes(10), 2000),))
    talker2.ended()

    assert seen(Quirk.MISSING_BEGIN).count == 1
    assert (the_charge().energy_wh, the_charge().energy_source) == (11000, "first_and_last")


def test_q30_connector_0_means_connector_1_only_once_somebody_has_said_so(talker: Talker) -> None:
    number = talker.start().transaction_number
    talker.meter(reading(minutes(10), 5000), evse=0, ref=str(number), at=minutes(10))
    assert seen(Quirk.CONNECTOR_ZERO).value == "yes"
    assert talker.start(at=minutes(20), evse=0, meter_wh=7).transaction_number != number
    assert Transaction.objects.order_by("-pk")[0].evse is None

    accept_observation(seen(Quirk.CONNECTOR_ZERO), by=BY)
    talker.start(at=minutes(30), evse=0, meter_wh=5000)

    newest = Transaction.objects.order_by("-pk")[0]
    assert newest.evse is not None
    assert (newest.evse.number, newest.connector_number) == (1, 1)


# --- time (Q35, Q38, Q39) ---------------------------------------------------------------------------------------


def shows(talker: Talker, count: int, *, ahead_s: float, zoneless: bool = False) -> None:
    """So many live statuses of a clock that is so far ahead."""
    for number in range(count):
        received_at = NOON - timedelta(hours=20) + timedelta(minutes=5 * number)
        told_at = received_at + timedelta(seconds=ahead_s)
        talker.received_at = received_at
        word = ("Preparing", "Finishing")[number % 2]
        talker.status(word, at=told_at.replace(tzinfo=ASSUMED_UTC) if zoneless else told_at)
    talker.received_at = None


def test_q38_a_clock_that_is_right_leaves_no_trace(talker: Talker) -> None:
    shows(talker, 8, ahead_s=2)

    assert not StationClock.objects.exists()


@pytest.mark.parametrize(("ahead_s", "grade"), [(90, "skewed"), (-90, "skewed"), (400, "wrong"), (-7200, "wrong")])
def test_q38_a_clock_more_than_a_minute_off_is_told(talker: Talker, ahead_s: float, grade: str) -> None:
    shows(talker, 4, ahead_s=ahead_s)
    assert not QuirkObservation.objects.exists()

    shows(talker, 6, ahead_s=ahead_s)

    assert seen(Quirk.CLOCK_OFFSET).value == grade


@pytest.mark.usefixtures("per_minute")
@pytest.mark.parametrize(("ahead_s", "hold"), [(90, ""), (-400, HoldReason.CLOCK), (400, HoldReason.CLOCK)])
def test_q38_beyond_five_minutes_no_price_per_minute_is_billed(talker: Talker, ahead_s: float, hold: str) -> None:
    shows(talker, 8, ahead_s=ahead_s)

    talker.stop(talker.start().transaction_number)

    assert the_charge().hold_reason == hold


def test_q38_a_wrong_clock_holds_no_price_per_kwh(talker: Talker) -> None:
    shows(talker, 8, ahead_s=400)

    talker.stop(talker.start().transaction_number)

    assert the_charge().hold_reason == ""


def test_q38_old_messages_from_a_queue_do_not_make_a_right_clock_wrong(talker: Talker) -> None:
    shows(talker, 8, ahead_s=40)
    talker.received_at = NOON
    for minute in range(-120, 0, 10):
        talker.status("Preparing", at=minutes(minute))
    talker.status("Finishing", at=minutes(0))

    assert not QuirkObservation.objects.exists()


def test_q35_the_offset_of_a_clock_without_a_zone_is_learned_and_times_are_read_by_it(talker: Talker) -> None:
    shows(talker, 6, ahead_s=7200, zoneless=True)
    assert (seen(Quirk.ZONE_OFFSET).value, StationClock.objects.get().zone_offset_min) == ("+120", 120)

    local = minutes(120).replace(tzinfo=ASSUMED_UTC)
    talker.received_at = NOON
    talker.start(at=local)

    charge = the_charge()
    assert charge.started_at == NOON
    assert [note["offset_min"] for note in charge.notes if note["code"] == "tz_assumed"] == [120]


def test_q35_without_a_learned_offset_utc_is_assumed_and_said_so(talker: Talker) -> None:
    talker.start(at=NOON.replace(tzinfo=ASSUMED_UTC))

    assert the_charge().started_at == NOON
    assert [note["offset_min"] for note in the_charge().notes] == [0]


def test_q35_a_skew_near_no_quarter_of_an_hour_is_a_wrong_clock_and_no_zone(talker: Talker) -> None:
    shows(talker, 6, ahead_s=7200 + 400, zoneless=True)

    assert StationClock.objects.get().zone_offset_min is None
    assert seen(Quirk.CLOCK_OFFSET).value == "wrong"


def test_q35_a_dismissed_offset_is_not_used_and_an_accepted_one_counts_more(talker: Talker) -> None:
    shows(talker, 6, ahead_s=7200, zoneless=True)
    dismiss_observation(seen(Quirk.ZONE_OFFSET), by=BY)
    talker.start(at=minutes(5).replace(tzinfo=ASSUMED_UTC))
    assert the_charge().started_at == minutes(5)

    set_override(Quirk.ZONE_OFFSET, "+60", station=talker.station, by=BY)
    talker.start(at=minutes(65).replace(tzinfo=ASSUMED_UTC), evse=2)
    assert Transaction.objects.get(evse__number=2).started_at == minutes(5)


@pytest.mark.usefixtures("per_minute")
def test_q35_a_charge_whose_zone_was_learned_meanwhile_is_held_where_time_costs(talker: Talker) -> None:
    number = talker.start(at=NOON.replace(tzinfo=ASSUMED_UTC)).transaction_number
    set_override(Quirk.ZONE_OFFSET, "+60", station=talker.station, by=BY)

    talker.stop(number, at=minutes(120).replace(tzinfo=ASSUMED_UTC))

    assert (the_charge().ended_at, the_charge().hold_reason) == (minutes(60), HoldReason.CLOCK)


# --- what is only noticed (Q62) -----------------------------------------------------------------------------------


def test_q62_a_tag_longer_than_20_is_used_whole_and_marked(talker: Talker) -> None:
    tag = "A" * 30
    answer = talker.start(token=tag)

    assert answer.transaction_number == the_charge().pk
    assert (the_charge().token_value, the_charge().has_note("long_token")) == (tag, True)
    assert seen(Quirk.LONG_TOKEN).evidence[0]["length"] == 30


def test_q62_a_long_token_of_2x_is_nothing_to_remark(talker2: Talker) -> None:
    talker2.started(id_token=IdTokenSeen(value="A" * 30), readings=(begin(0),))
    talker2.ended(readings=(end(5),))

    assert talker2.version is OcppVersion.V201
    assert not QuirkObservation.objects.exists()


def test_what_comes_again_is_counted_and_what_was_dismissed_stays_so(talker: Talker) -> None:
    for minute in range(8):
        talker.start(at=minutes(minute), token="B" * 25)
        if minute == 2:
            dismiss_observation(seen(Quirk.LONG_TOKEN), by=BY)

    observation = seen(Quirk.LONG_TOKEN)
    assert (observation.count, observation.state, len(observation.evidence)) == (8, QuirkState.DISMISSED, 5)
    assert (observation.first_at, observation.last_at) == (NOON, minutes(7))


def test_a_free_connector_is_a_status_like_any_other(talker: Talker) -> None:
    talker.status("Available", at=NOON, status=ConnectorStatus.AVAILABLE)

    assert not QuirkObservation.objects.exists()
