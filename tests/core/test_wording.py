"""Figures as people read them."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from apps.core import wording


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "-€1,234.50"), ("de", "-1.234,50\xa0€"), ("fr", "-1\u202f234,50\xa0€"), ("xx", "-€1,234.50")],
)
def test_money_reads_as_it_is_written_in_the_language(language, said):
    assert wording.money(Decimal("-1234.5"), "EUR", language) == said


@pytest.mark.parametrize(
    ("price", "currency", "said"),
    [
        ("0.590000", "EUR", "€0.59"),
        ("0.416500", "EUR", "€0.4165"),
        ("0.495798", "EUR", "€0.495798"),
        ("12.000000", "JPY", "JP¥12"),
        ("12.500000", "JPY", "JP¥12.5"),
        ("1.000000", "KWD", "KWD1.000"),
    ],
)
def test_a_unit_price_keeps_the_digits_it_needs(price, currency, said):
    assert wording.unit_price(Decimal(price), currency, "en").replace("\xa0", "") == said


@pytest.mark.parametrize(("rate", "en", "de"), [("19.00", "19%", "19\xa0%"), ("25.50", "25.5%", "25,5\xa0%")])
def test_a_rate_in_percent_is_not_multiplied(rate, en, de):
    assert wording.percent(Decimal(rate), "en") == en
    assert wording.percent(Decimal(rate), "de") == de


def test_the_two_half_past_two_of_an_autumn_night_are_told_apart():
    first, second = datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)

    assert wording.instant(first, "Europe/Berlin", "en") == "25 Oct 2026, 02:30:00 CEST"
    assert wording.instant(second, "Europe/Berlin", "en") == "25 Oct 2026, 02:30:00 CET"


def test_a_zone_without_a_name_is_said_by_its_offset():
    at = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)

    assert wording.instant(at, "America/Sao_Paulo", "de") == "24.10.2026, 21:30:00 UTC-03"


def test_english_days_cannot_be_mistaken_for_american_ones():
    assert wording.day(date(2026, 3, 11), "en") == "11 Mar 2026"


def test_countries_have_names_and_unknown_ones_their_code():
    assert (wording.country("DE", "en"), wording.country("DE", "de"), wording.country("QQ", "en")) == (
        "Germany", "Deutschland", "QQ",
    )  # fmt: skip


def test_quantities_have_a_fixed_number_of_decimals():
    assert wording.number(Decimal("12345.6"), "de", digits=3) == "12.345,600"
    assert wording.number(Decimal(1), "en", digits=0) == "1"
