"""Pricing to the cent: worked examples of OCPI and its properties for any usage."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.money import quantum
from apps.tariffs.messages import LineKind, Prices, Quote, TariffTerms, Unit, Usage
from apps.tariffs.rules import gross_price, price

START = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)


def usage(*, kwh: str = "0", minutes: int = 0, idle_minutes: int = 0) -> Usage:
    duration_s = (minutes + idle_minutes) * 60
    return Usage(
        started_at=START,
        ended_at=START + timedelta(seconds=duration_s),
        energy_wh=int(Decimal(kwh) * 1000),
        duration_s=duration_s,
        idle_s=idle_minutes * 60,
    )


def prices(
    *, kwh: str = "0", minute: str = "0", once: str = "0", idle: str = "0", grace_s: int = 0, vat: str = "0",
    included: bool = False, currency: str = "EUR",
) -> Prices:  # fmt: skip
    return Prices(
        currency=currency,
        vat_percent=Decimal(vat),
        price_per_kwh=Decimal(kwh),
        price_per_minute=Decimal(minute),
        price_per_session=Decimal(once),
        idle_per_minute=Decimal(idle),
        idle_grace_s=grace_s,
        tax_included=included,
    )


def totals(quote: Quote) -> tuple[str, str, str]:
    return str(quote.net), str(quote.vat), str(quote.gross)


# The worked examples of OCPI's tariff chapter that need neither steps, limits nor a rate per component (§1.3).
@pytest.mark.parametrize(
    ("terms", "used", "expected"),
    [
        pytest.param(
            prices(kwh="0.25", vat="10"), usage(kwh="20", minutes=95), ("5.00", "0.50", "5.50"), id="t8: energy"
        ),
        pytest.param(
            prices(kwh="0.25", once="0.50", vat="10"),
            usage(kwh="20", minutes=95),
            ("5.50", "0.55", "6.05"),
            id="t9: energy and a fee per charge, at one rate",
        ),
        pytest.param(
            prices(minute="0.033333", vat="10"),
            usage(minutes=150),
            ("5.00", "0.50", "5.50"),
            id="t1: two an hour for two and a half hours",
        ),
        pytest.param(
            prices(kwh="0.25", once="0.50", idle="0.033333", vat="0"),
            usage(kwh="20", minutes=30, idle_minutes=45),
            ("7.00", "0.00", "7.00"),
            id="t10: and parked for its three started quarters of an hour",
        ),
        pytest.param(
            prices(minute="0.05", idle="0.083333", vat="0"),
            usage(minutes=150, idle_minutes=45),
            ("11.25", "0.00", "11.25"),
            id="t13: charging and parking have prices of their own",
        ),
    ],
)
def test_worked_examples_of_ocpi_come_out_to_the_cent(
    terms: Prices, used: Usage, expected: tuple[str, str, str]
) -> None:
    assert totals(price(used, terms)) == expected


@pytest.mark.parametrize(
    ("terms", "used", "expected"),
    [
        pytest.param(
            prices(kwh="0.59", vat="19", included=True),
            usage(kwh="12.345", minutes=61),
            ("6.12", "1.16", "7.28"),
            id="7.28355 gross, VAT 1.1624 out of it",
        ),
        pytest.param(
            prices(kwh="0.59", minute="0.02", once="0.35", idle="0.10", grace_s=600, vat="19", included=True),
            usage(kwh="30.001", minutes=42, idle_minutes=25),
            ("17.13", "3.26", "20.39"),
            id="all four components: 17.70 + 0.84 + 0.35 + 1.50",
        ),
        pytest.param(
            prices(kwh="0.4165", vat="25.5"), usage(kwh="10"), ("4.17", "1.06", "5.23"), id="half a cent rounds up"
        ),
        pytest.param(
            prices(kwh="31.5", vat="10", included=True, currency="JPY"),
            usage(kwh="21.7"),
            ("622", "62", "684"),
            id="yen have no decimals: 683.55",
        ),
        pytest.param(
            prices(kwh="0.0855", vat="5", currency="KWD"),
            usage(kwh="10.01"),
            ("0.856", "0.043", "0.899"),
            id="dinars have three",
        ),
    ],
)
def test_amounts_are_rounded_once_per_line_and_the_tax_once_per_rate(
    terms: Prices, used: Usage, expected: tuple[str, str, str]
) -> None:
    assert totals(price(used, terms)) == expected


def test_lines_stand_in_the_order_in_which_prices_must_be_shown() -> None:
    terms = prices(kwh="0.5", minute="0.1", once="1", idle="0.2", vat="20")

    quote = price(usage(kwh="1", minutes=10, idle_minutes=5), terms)

    assert [line.kind for line in quote.lines] == [LineKind.ENERGY, LineKind.TIME, LineKind.SESSION, LineKind.IDLE]
    assert [line.unit for line in quote.lines] == [Unit.KWH, Unit.MIN, Unit.ONE, Unit.MIN]
    assert [line.quantity for line in quote.lines] == [Decimal(1), Decimal(10), Decimal(1), Decimal(5)]


def test_what_costs_nothing_or_was_not_used_has_no_line() -> None:
    quote = price(usage(kwh="0", minutes=5), prices(kwh="0.5", once="1"))

    assert [line.kind for line in quote.lines] == [LineKind.SESSION]


def test_idle_seconds_within_the_grace_cost_neither_the_idle_nor_the_charging_price() -> None:
    terms = prices(minute="1", idle="2", grace_s=600)

    assert price(usage(minutes=10, idle_minutes=10), terms).gross == Decimal("10.00")
    assert price(usage(minutes=10, idle_minutes=11), terms).gross == Decimal("12.00")


def test_gross_lines_share_the_tax_of_the_whole_so_that_every_column_adds_up() -> None:
    terms = prices(kwh="0.07", minute="0.07", once="0.07", vat="19", included=True)

    quote = price(usage(kwh="1", minutes=1), terms)

    assert [quote.amount(line) for line in quote.lines] == [Decimal("0.07")] * 3
    assert [line.vat for line in quote.lines] == [Decimal("0.01"), Decimal("0.01"), Decimal("0.01")]
    assert totals(quote) == ("0.18", "0.03", "0.21")


def test_a_charge_cannot_use_less_than_nothing() -> None:
    with pytest.raises(ValueError, match="less than nothing"):
        Usage(started_at=START, ended_at=START, energy_wh=-1, duration_s=0)


def test_consumers_see_net_prices_with_the_tax_on_top() -> None:
    assert gross_price(Decimal("0.39"), prices(vat="19")) == Decimal("0.464100")
    assert gross_price(Decimal("0.39"), prices(vat="19", included=True)) == Decimal("0.39")


def test_terms_survive_storage_as_they_are() -> None:
    terms = TariffTerms(
        currency="EUR", vat_percent=Decimal("19.00"), price_per_kwh=Decimal("0.590000"), idle_per_minute=Decimal("0.1"),
        idle_grace_s=900, tariff="Day", version_id=7, version_number=3, time_zone="Europe/Berlin",
    )  # fmt: skip

    stored = terms.to_json()

    assert stored["price_per_kwh"] == "0.590000"
    assert TariffTerms.from_json(stored) == terms


any_price = st.decimals(min_value=0, max_value=1000, places=6)
any_prices = st.builds(
    Prices,
    currency=st.sampled_from(["EUR", "JPY", "KWD", "ISK", "CZK"]),
    vat_percent=st.decimals(min_value=0, max_value=100, places=2),
    price_per_kwh=any_price,
    price_per_minute=any_price,
    price_per_session=any_price,
    idle_per_minute=any_price,
    idle_grace_s=st.integers(0, 7200),
    tax_included=st.booleans(),
)
any_usage = st.builds(
    lambda energy_wh, charging_s, idle_s: Usage(
        started_at=START,
        ended_at=START + timedelta(seconds=charging_s + idle_s),
        energy_wh=energy_wh,
        duration_s=charging_s + idle_s,
        idle_s=idle_s,
    ),
    st.integers(0, 500_000),
    st.integers(0, 200_000),
    st.integers(0, 200_000),
)


@given(any_usage, any_prices)
def test_lines_and_tax_always_add_up_and_nothing_is_ever_negative(used: Usage, terms: Prices) -> None:
    quote = price(used, terms)

    assert sum((line.net for line in quote.lines), Decimal(0)) == quote.net
    assert sum((line.vat for line in quote.lines), Decimal(0)) == quote.vat
    assert sum((line.gross for line in quote.lines), Decimal(0)) == quote.gross == quote.net + quote.vat
    assert all(line.net >= 0 and line.vat >= 0 for line in quote.lines)


@given(any_usage, any_prices)
def test_every_amount_is_a_whole_number_of_minor_units(used: Usage, terms: Prices) -> None:
    quote = price(used, terms)

    for amount in (quote.net, quote.vat, quote.gross, *(line.net for line in quote.lines)):
        assert amount.as_tuple().exponent == quantum(terms.currency).as_tuple().exponent


@given(any_usage, any_prices, st.integers(0, 100_000))
def test_more_energy_never_costs_less(used: Usage, terms: Prices, more_wh: int) -> None:
    assert price(replace(used, energy_wh=used.energy_wh + more_wh), terms).gross >= price(used, terms).gross


@given(any_usage, any_prices)
def test_the_tax_is_within_half_a_minor_unit_of_the_exact_one(used: Usage, terms: Prices) -> None:
    quote = price(used, terms)

    exact = quote.net * terms.vat_percent / 100
    if terms.tax_included:
        exact = quote.gross * terms.vat_percent / (100 + terms.vat_percent)
    assert abs(quote.vat - exact) <= quantum(terms.currency) / 2


@given(any_usage, any_prices)
def test_a_quote_from_stored_terms_is_the_same_quote(used: Usage, terms: Prices) -> None:
    full = TariffTerms(**vars(terms), tariff="T", version_id=1, version_number=1, time_zone="UTC")

    assert price(used, TariffTerms.from_json(full.to_json())) == price(used, terms)


@given(st.integers(0, 500_000), st.integers(0, 500_000), any_price)
def test_splitting_an_energy_priced_charge_changes_it_by_one_minor_unit_at_most(
    first_wh: int, second_wh: int, per_kwh: Decimal
) -> None:
    terms = Prices(currency="EUR", vat_percent=Decimal(19), price_per_kwh=per_kwh)
    whole, first, second = (
        price(Usage(started_at=START, ended_at=START, energy_wh=wh, duration_s=0), terms).gross
        for wh in (first_wh + second_wh, first_wh, second_wh)
    )

    assert abs(whole - first - second) <= Decimal("0.01")
