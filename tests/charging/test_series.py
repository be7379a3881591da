"""The curve of a charge, among years of readings."""

from datetime import timedelta

import time_machine

from apps.charging.services.series import CLOCK_MARGIN, curve_of
from apps.charging.services.series import _readings_of as readings_of
from apps.telemetry.services.partitions import make_partitions
from tests.charging.conftest import NOON, Talker, minutes, reading, the_charge


def test_a_curve_is_looked_for_in_the_weeks_around_its_charge_only(talker: Talker) -> None:
    for weeks in range(-30, 31, 5):
        with time_machine.travel(NOON + timedelta(weeks=weeks)):
            make_partitions()
    talker.stop(talker.start().transaction_number)

    plan = readings_of(the_charge()).explain()
    assert plan.count("Scan") - plan.count("Subquery Scan") - plan.count("Bitmap Index Scan") <= 4, plan


def test_readings_by_a_clock_that_was_put_right_meanwhile_are_drawn(talker: Talker) -> None:
    number = talker.start().transaction_number
    talker.meter(reading(NOON - CLOCK_MARGIN + timedelta(minutes=1), 2000), ref=str(number))
    talker.meter(reading(minutes(10), 3000), ref=str(number))

    assert len(curve_of(the_charge())) == 2
