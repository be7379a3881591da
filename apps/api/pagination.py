"""Pages by cursor: exact whatever is inserted meanwhile, and cheap however deep."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError as ModelError
from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from apps.api.problems import FieldProblem
from apps.core.errors import FieldError

CURSOR, LIMIT = "cursor", "limit"


@dataclass(frozen=True)
class Cursor:
    """A place between two rows: after the row with these values, or, backward, before it."""

    values: tuple[Any, ...]
    backward: bool = False

    def encode(self) -> str:
        text = json.dumps([self.backward, *self.values], separators=(",", ":"), default=str)
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    @classmethod
    def decode(cls, text: str) -> "Cursor":
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        backward, *values = json.loads(base64.urlsafe_b64decode(padded))
        return cls(values=tuple(values), backward=bool(backward))


class CountedCursorPagination(BasePagination):
    """`{"count", "next", "previous", "results"}`. A view's `page_order` names fields that are unique together."""

    default_limit = 50
    highest_limit = 500
    display_page_controls = False

    def paginate_queryset(self, queryset: Any, request: Request, view: APIView | None = None) -> list[Any]:
        self.order: Sequence[str] = getattr(view, "page_order", ("-pk",))
        self.url = request.build_absolute_uri()
        self.limit = _limit(request, self.default_limit, self.highest_limit)
        self.count = queryset.count()
        cursor = _cursor(request, queryset.model, self.order)
        rows = list(_beyond(queryset, self.order, cursor)[: self.limit + 1])
        self._note_ends(rows, cursor)
        page = rows[: self.limit]
        self.page = page[::-1] if cursor and cursor.backward else page
        return self.page

    def _note_ends(self, rows: list[Any], cursor: Cursor | None) -> None:
        has_more = len(rows) > self.limit
        backward = cursor is not None and cursor.backward
        self.has_next = has_more or backward
        self.has_previous = has_more if backward else cursor is not None

    def get_paginated_response(self, data: Any) -> Response:
        return Response({
            "count": self.count,
            "next": self._link(self.page[-1], backward=False) if self.page and self.has_next else None,
            "previous": self._link(self.page[0], backward=True) if self.page and self.has_previous else None,
            "results": data,
        })  # fmt: skip

    def _link(self, row: Model, *, backward: bool) -> str:
        values = tuple(getattr(row, name.lstrip("-")) for name in self.order)
        return replace_query_param(self.url, CURSOR, Cursor(values, backward).encode())

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": "string", "format": "uri", "nullable": True}
        return {
            "type": "object",
            "required": ["count", "next", "previous", "results"],
            "properties": {"count": {"type": "integer"}, "next": link, "previous": link, "results": schema},
        }

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        limit = {"type": "integer", "minimum": 1, "maximum": self.highest_limit, "default": self.default_limit}
        return [
            _parameter(CURSOR, _("Where the page begins; taken from `next` and `previous`."), {"type": "string"}),
            _parameter(LIMIT, _("How many results a page has."), limit),
        ]


def _parameter(name: str, description: Any, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "description": str(description), "schema": schema}


def _limit(request: Request, default: int, highest: int) -> int:
    given = request.query_params.get(LIMIT)
    if given is None:
        return default
    if len(given) <= len(str(highest)) and given.isdecimal() and 1 <= int(given) <= highest:
        return int(given)
    message = _("A whole number from 1 to %(highest)d.") % {"highest": highest}
    raise FieldProblem([FieldError(f"?{LIMIT}", str(message))])


def _cursor(request: Request, model: type[Model], order: Sequence[str]) -> Cursor | None:
    text = request.query_params.get(CURSOR)
    if text is None:
        return None
    try:
        cursor = Cursor.decode(text)
        values = tuple(_value(model, name, value) for name, value in zip(order, cursor.values, strict=True))
    except (ValueError, TypeError, RecursionError, OverflowError, ModelError) as problem:
        message = str(_("This cursor is not one of ours: take it from “next” or “previous”."))
        raise FieldProblem([FieldError(f"?{CURSOR}", message)]) from problem
    return Cursor(values, cursor.backward)


def _value(model: type[Model], name: str, value: Any) -> Any:
    field = model._meta.pk if name.lstrip("-") == "pk" else model._meta.get_field(name.lstrip("-"))
    if value is None or isinstance(value, list | dict):
        raise ValueError(value)
    return field.to_python(value)  # type: ignore[union-attr]


def _beyond(queryset: QuerySet[Any], order: Sequence[str], cursor: Cursor | None) -> QuerySet[Any]:
    """The rows after the cursor in its direction, nearest first."""
    if cursor is None:
        return queryset.order_by(*order)
    directed = [_reversed(name) for name in order] if cursor.backward else list(order)
    condition, equal = Q(), Q()
    for name, value in zip(directed, cursor.values, strict=True):
        column, ahead = name.lstrip("-"), "lt" if name.startswith("-") else "gt"
        condition |= equal & Q((f"{column}__{ahead}", value))
        equal &= Q((column, value))
    return queryset.filter(condition).order_by(*directed)


def _reversed(name: str) -> str:
    return name.removeprefix("-") if name.startswith("-") else f"-{name}"
