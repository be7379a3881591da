"""CSV that no spreadsheet runs as a program."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.exports.rules import CsvStyle, csv_text

COMMA, SEMICOLON = CsvStyle(), CsvStyle(delimiter=";")


@pytest.mark.parametrize(
    "attack",
    [
        '=HYPERLINK("http://x","y")',
        "+1+1",
        "-2+3",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "＝1",
        "－1",
        "=cmd|' /C calc'!A0",
    ],
)
def test_text_that_a_spreadsheet_would_run_is_made_text(attack):
    [[cell]] = csv.reader(io.StringIO(csv_text([[attack]], COMMA), newline=""))

    assert cell == "'" + attack


def test_negative_numbers_stay_numbers():
    assert csv_text([[Decimal("-12.50"), -3]], COMMA) == '"-12.50","-3"\r\n'


def test_decimals_have_a_comma_where_the_semicolon_delimits():
    assert csv_text([[Decimal("-12.50"), "1.5"]], SEMICOLON) == '"-12,50";"1.5"\r\n'


def test_large_and_small_numbers_are_written_out():
    assert csv_text([[Decimal("1E+9"), Decimal("0.000001")]], COMMA) == '"1000000000","0.000001"\r\n'


def test_instants_days_and_nothing_have_one_form_each():
    row = [datetime(2026, 10, 25, 0, 30, 0, 123456, tzinfo=UTC), date(2026, 10, 25), None, ""]

    assert csv_text([row], COMMA) == '"2026-10-25T00:30:00+00:00","2026-10-25","",""\r\n'


@given(st.lists(st.lists(st.text(), min_size=1, max_size=4), max_size=4), st.sampled_from([COMMA, SEMICOLON]))
def test_any_text_comes_back_as_it_was_but_for_the_escape(rows, style):
    read = list(csv.reader(io.StringIO(csv_text(rows, style), newline=""), delimiter=style.delimiter))

    assert len(read) == len(rows)
    for row, back in zip(rows, read, strict=True):
        assert [cell.removeprefix("'") for cell in back] == [text.removeprefix("'") for text in row]
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) for cell in back)
