"""JSON in, more strictly than Python reads it: whatever passes can be stored in PostgreSQL and sent as JSON again."""

import json
import math
from collections.abc import Iterator, Mapping
from typing import IO, Any, NoReturn

from django.utils.translation import gettext_lazy as _
from rest_framework import status
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser

from apps.api.problems import FieldProblem
from apps.core.errors import FieldError
from apps.core.text import storable

LONGEST_BODY = 1_000_000
DEEPEST = 50


class TooLarge(APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = _("The body is larger than one megabyte.")


class StrictJSONParser(BaseParser):
    """RFC 8259 JSON in UTF-8, without NaN, infinite numbers, NUL characters and half surrogates (Q65)."""

    media_type = "application/json"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        body = stream.read(LONGEST_BODY + 1)
        if len(body) > LONGEST_BODY:
            raise TooLarge
        document = _loads(body)
        errors = list(_unstorable(document, "$", 0))
        if errors:
            raise FieldProblem(errors)
        return document


def _loads(body: bytes) -> Any:
    try:
        return json.loads(body.decode("utf-8"), parse_constant=_refuse_constant, parse_float=_finite)
    except RecursionError as problem:
        raise ParseError(_("The JSON is nested too deeply.")) from problem
    except ValueError as problem:
        raise ParseError(_("The body is no JSON: %(problem)s") % {"problem": problem}) from problem


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text[:20]} is too large a number")
    return number


def _unstorable(value: Any, path: str, depth: int) -> Iterator[FieldError]:
    """Every place that holds text which no database column or JSON document can carry."""
    if depth > DEEPEST:
        yield FieldError(path, str(_("This is nested too deeply.")))
    elif isinstance(value, str) and storable(value) != value:
        yield FieldError(path, str(_("NUL characters and half surrogates are not allowed.")))
    elif isinstance(value, list):
        for position, item in enumerate(value):
            yield from _unstorable(item, f"{path}[{position}]", depth + 1)
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from _unstorable(name, f"{path}.{storable(name)}", depth + 1)
            yield from _unstorable(item, f"{path}.{storable(name)}", depth + 1)
