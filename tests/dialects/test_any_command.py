"""Whatever stands in a command's fields: a lawful frame, or a refusal in a sentence."""

import dataclasses
import json
from datetime import UTC, datetime, timedelta, timezone
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.core.errors import UnableTo
from apps.dialects.adapters.registry import dialect_for
from apps.dialects.messages import Command
from apps.stations.messages import OcppVersion
from apps.stations.services.command_kinds import kind_of, message_from, stored_form

letters = st.characters(exclude_characters="\0", exclude_categories=["Cs"])
SIMPLE = {
    NoneType: st.none(),
    bool: st.booleans(),
    int: st.integers(-1, 5) | st.integers(),
    float: st.floats(0, 100) | st.floats(),
    str: st.sampled_from(["", "1", "4711", "https://files.example/x", "MeterValues"]) | st.text(letters, max_size=40),
    datetime: st.datetimes(
        min_value=datetime(2000, 1, 2),  # noqa: DTZ001 - Hypothesis wants naive bounds
        max_value=datetime(2100, 1, 1),  # noqa: DTZ001
        timezones=st.sampled_from([UTC, timezone(timedelta(hours=-9, minutes=-30))]),
    ),
    Any: st.none() | st.integers(-9, 9) | st.text(letters, max_size=9) | st.lists(st.booleans(), max_size=2),
}


def of_type(hint: Any) -> st.SearchStrategy[Any]:
    """Any value of a type that commands are made of."""
    if hint in SIMPLE:
        return SIMPLE[hint]
    if get_origin(hint) in (Union, UnionType):
        return st.one_of([of_type(part) for part in get_args(hint)])
    if get_origin(hint) is tuple:
        return st.lists(of_type(get_args(hint)[0]), max_size=2).map(tuple)
    if issubclass(hint, Enum):
        return st.sampled_from(hint)
    hints = get_type_hints(hint)
    return st.builds(hint, **{field.name: of_type(hints[field.name]) for field in dataclasses.fields(hint)})


def said_or_refused(dialect, command):
    try:
        return dialect.encode(command)
    except UnableTo as refusal:
        return refusal


@pytest.mark.parametrize("kind", get_args(Command))
@pytest.mark.parametrize("version", OcppVersion)
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_a_command_is_lawful_or_refused(version, kind, data):
    dialect = dialect_for(version)

    said = said_or_refused(dialect, data.draw(of_type(kind)))

    if isinstance(said, UnableTo):
        assert str(said).endswith(".")
    else:
        assert dialect.check_request(*said) == ()
        assert json.loads(json.dumps(said[1], allow_nan=False)) == said[1]


@pytest.mark.parametrize("kind", get_args(Command))
@given(data=st.data())
@settings(max_examples=30, deadline=None)
def test_a_command_comes_back_from_the_queue_as_it_was(kind, data):
    command = data.draw(of_type(kind).filter(is_finite))

    assert message_from(kind_of(command), json.loads(json.dumps(stored_form(command)))) == command


def is_finite(command: Any) -> bool:
    """JSON has no words for infinity; no service asks for it."""
    try:
        json.dumps(stored_form(command), allow_nan=False)
    except ValueError:
        return False
    return True
