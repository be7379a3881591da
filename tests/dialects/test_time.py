"""The clocks of stations, Q35 to Q38."""

from datetime import UTC, datetime, timedelta

import pytest

from apps.dialects.adapters.registry import dialect_for
from apps.stations.messages import OcppVersion

NOW = datetime(2026, 3, 1, 12, 0, 5, tzinfo=UTC)
AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def parse(action, payload):
    wire = {name: value for name, value in payload.items() if value is not ...}
    return dialect_for(OcppVersion.V16).parse(action, wire, received_at=NOW)


def start(timestamp):
    return parse("StartTransaction", {"connectorId": 1, "idTag": "A", "meterStart": 0, "timestamp": timestamp})


def stop(timestamp):
    return parse("StopTransaction", {"transactionId": 7, "meterStop": 0, "timestamp": timestamp})


@pytest.mark.parametrize(
    "wire",
    [
        "2026-03-01T12:00:00Z",
        "2026-03-01T12:00:00z",
        "2026-03-01T12:00:00.000Z",
        "2026-03-01T12:00:00.0000000Z",
        "2026-03-01T12:00:00",
        "2026-03-01 12:00:00",
        "2026-03-01 12:00:00 Z",
        "2026-03-01T12:00:00 UTC",
        "2026-03-01T14:00:00+02",
        "2026-03-01T14:00:00+02:00",
        "2026-03-01T14:00:00 +0200",
        "2026-03-01T04:30:00-07:30",
        "2026-03-01T12:00Z",
        "20260301T120000Z",
        " 2026-03-01T12:00:00Z ",
    ],
)
def test_q35_every_spelling_of_an_instant_is_the_same_instant(wire):
    event = start(timestamp=wire)

    assert (event.at, event.raw_at) == (AT, wire)


def test_q35_fractions_of_a_second_are_kept():
    assert start(timestamp="2026-03-01T12:00:00.25Z").at == AT + timedelta(milliseconds=250)


def test_a_leap_second_is_read():
    assert start(timestamp="2026-03-01T11:59:60Z").at == AT - timedelta(seconds=1)


@pytest.mark.parametrize(
    "wire",
    [
        "1970-01-01T00:00:00Z",
        "2009-12-31T23:59:59Z",
        "2026-03-04T12:00:00Z",
        "2106-02-07T06:28:15Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "222222017-10-27T10:00:00Z",
        "1000000",
        "2026-03-01",
        "yesterday",
        "2026-13-45T99:99:99Z",
    ],
)
def test_q36_q37_an_impossible_instant_is_null_with_its_words_kept(wire):
    event = stop(timestamp=wire)

    assert (event.at, event.raw_at) == (None, wire)


@pytest.mark.parametrize("wire", [None, ..., {}, [], True])
def test_no_instant_at_all_is_null_and_never_unreadable(wire):
    assert stop(timestamp=wire).at is None
    assert start(timestamp=wire).at is None


def test_q38_a_clock_two_hours_ahead_is_taken_as_it_is_for_others_to_grade():
    assert start(timestamp="2026-03-01T14:00:05Z").at == NOW + timedelta(hours=2)
