"""Numbers, amounts and instants as people read them in a language."""

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime
from babel.numbers import format_currency, format_decimal, format_percent

from apps.core.money import quantum

_PRICE_DIGITS = 6
_PERCENT = 100


def locale_of(language: str) -> Locale:
    """Plain English means European English: the day before the month and 24 hours."""
    try:
        locale = Locale.parse(language.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return Locale("en", "GB")
    return Locale("en", "GB") if str(locale) == "en" else locale


def money(amount: Decimal, currency: str, language: str) -> str:
    """An amount with its currency: €12.50, 12,50 €."""
    return format_currency(amount, currency, locale=locale_of(language))


def unit_price(price: Decimal, currency: str, language: str) -> str:
    """A price per unit: at least the minor unit's digits, at most the six that tariffs keep."""
    locale = locale_of(language)
    digits = -int(quantum(currency).as_tuple().exponent)
    fraction = "0" * digits + "#" * (_PRICE_DIGITS - digits)
    pattern = locale.currency_formats["standard"].pattern.split(";")[0].replace("0.00", f"0.{fraction}")
    return format_currency(price, currency, format=pattern, locale=locale, currency_digits=False)


def number(amount: Decimal, language: str, *, digits: int) -> str:
    """A quantity with a fixed number of decimals."""
    return format_decimal(amount, format=f"#,##0.{'0' * digits}", locale=locale_of(language))


def percent(rate: Decimal, language: str) -> str:
    """A rate given in percent: 19 → 19%, 25.5 → 25,5 %."""
    pattern = locale_of(language).percent_formats[None].pattern.replace("##0", "##0.##")
    return format_percent(rate / _PERCENT, format=pattern, locale=locale_of(language))


def day(on: date, language: str) -> str:
    """A calendar day: 3 Nov 2026, 03.11.2026."""
    return format_date(on, format="medium", locale=locale_of(language))


def instant(at: datetime, zone: str, language: str) -> str:
    """A local time with its zone, so that the hour that autumn repeats is told apart."""
    local = at.astimezone(ZoneInfo(zone))
    name = local.tzname() or ""
    zone_name = name if name.isalpha() else f"UTC{name}"
    return f"{format_datetime(local, format='medium', locale=locale_of(language))} {zone_name}"


def country(code: str, language: str) -> str:
    """A country's name: DE → Germany, Deutschland. An unknown code stays as it is."""
    return str(locale_of(language).territories.get(code, code))
