"""Which bytes a client asks for."""

import pytest

from apps.stations.rules.ranges import Span, UnableToSatisfy, wanted_span


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("bytes=0-9", Span(0, 10)), ("bytes=90-", Span(90, 10)), ("bytes=-5", Span(95, 5)),
        ("bytes=90-500", Span(90, 10)), ("bytes=-500", Span(0, 100)), (" Bytes = 5 - 5 ", Span(5, 1)),
        ("", None), ("bytes=-", None), ("bytes=9-5", None), ("bytes=0-1,5-6", None), ("lines=0-1", None),
        ("bytes=a-b", None), ("bytes=" + "9" * 40 + "-", None), ("bytes=٣-", None),
    ],
)  # fmt: skip
def test_one_range_is_served_and_everything_else_gets_the_whole(header, expected):
    assert wanted_span(header, 100) == expected


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=999-1000", "bytes=-0"])
def test_a_range_without_a_byte_of_the_file_can_not_be_served(header):
    with pytest.raises(UnableToSatisfy):
        wanted_span(header, 100)


def test_a_span_reaches_the_end_or_not():
    assert Span(90, 10).reaches(100)
    assert not Span(0, 99).reaches(100)
