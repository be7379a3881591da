"""A clock that is set back tells the same hour twice (Q39)."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from apps.billing.models import Cdr
from apps.billing.services import issue_cdr
from apps.tariffs.messages import Prices
from apps.tariffs.services import assign_tariff, save_tariff
from tests.charging.conftest import Talker, the_charge

SUMMER, WINTER = timezone(timedelta(hours=2)), timezone(timedelta(hours=1))


@pytest.fixture
def per_minute(alpha: object) -> None:
    prices = Prices(currency="EUR", vat_percent=Decimal(0), price_per_minute=Decimal("0.10"))
    since = datetime(2026, 1, 1, tzinfo=UTC)
    assign_tariff(save_tariff("Time", prices, valid_from=since, by="tests"), by="tests")


@pytest.mark.usefixtures("per_minute")
def test_q39_a_charge_over_the_repeated_hour_lasts_as_long_as_it_lasted(talker: Talker) -> None:
    """From 02:30 in summer time until 02:15 in winter time are 45 minutes."""
    number = talker.start(at=datetime(2026, 10, 25, 2, 30, tzinfo=SUMMER)).transaction_number
    talker.stop(number, at=datetime(2026, 10, 25, 2, 15, tzinfo=WINTER))

    issue_cdr(the_charge().pk)

    cdr = Cdr.objects.get()
    assert (cdr.duration_s, cdr.gross) == (45 * 60, Decimal("4.50"))
    assert the_charge().started_at == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@pytest.mark.usefixtures("per_minute")
def test_q39_an_hour_that_is_left_out_is_not_billed(talker: Talker) -> None:
    """From 01:30 in winter time until 03:30 in summer time is one hour."""
    number = talker.start(at=datetime(2026, 3, 29, 1, 30, tzinfo=WINTER)).transaction_number
    talker.stop(number, at=datetime(2026, 3, 29, 3, 30, tzinfo=SUMMER))

    issue_cdr(the_charge().pk)

    assert Cdr.objects.get().duration_s == 3600
