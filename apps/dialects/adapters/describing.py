"""What a form for a request has to ask for, read from the request's schema."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from apps.dialects.adapters.schemas import COMMANDS, document, request_schema
from apps.stations.messages import OcppVersion

# Every object of 2.x may hold it; it is for vendors, who have the raw editor.
LEFT_OUT = "customData"


class FieldKind(StrEnum):
    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    CHOICE = "choice"
    FLAG = "flag"
    INSTANT = "instant"
    OBJECT = "object"
    LIST = "list"


@dataclass(frozen=True, kw_only=True)
class FieldDescription:
    """One field. An object has `fields`, a list `item`; bounds are null where the schema has none.

    `minimum` and `maximum` bound a number's value and a list's length.
    """

    name: str
    kind: FieldKind
    required: bool
    options: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    max_length: int | None = None
    fields: "tuple[FieldDescription, ...]" = ()
    item: "FieldDescription | None" = None


@cache
def describe(version: OcppVersion, action: str) -> tuple[FieldDescription, ...]:
    """The fields of a request that we may send, the required ones first. Raises KeyError for any other action."""
    if action not in COMMANDS[version]:
        raise KeyError(action)
    root = document(version, request_schema(version, action))
    return tuple(_fields(root, root))


def _fields(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Iterator[FieldDescription]:
    required = set(schema.get("required", ()))
    names = [name for name in schema.get("properties", {}) if name != LEFT_OUT]
    for name in sorted(names, key=lambda name: name not in required):
        yield _field(name, schema["properties"][name], root, required=name in required)


def _field(name: str, schema: Mapping[str, Any], root: Mapping[str, Any], *, required: bool) -> FieldDescription:
    schema = _resolved(schema, root)
    kind = _kind(schema)
    bounds = ("minItems", "maxItems") if kind is FieldKind.LIST else ("minimum", "maximum")
    return FieldDescription(
        name=name,
        kind=kind,
        required=required,
        options=tuple(schema.get("enum", ())),
        minimum=schema.get(bounds[0]),
        maximum=schema.get(bounds[1]),
        max_length=schema.get("maxLength"),
        fields=tuple(_fields(schema, root)) if kind is FieldKind.OBJECT else (),
        item=_field("", schema["items"], root, required=True) if kind is FieldKind.LIST else None,
    )


def _resolved(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schemas refer to their own definitions only, and to none that holds itself."""
    reference = schema.get("$ref")
    return schema if reference is None else root["definitions"][reference.rpartition("/")[2]]


_KINDS = {
    "array": FieldKind.LIST, "boolean": FieldKind.FLAG, "integer": FieldKind.INTEGER, "number": FieldKind.NUMBER,
    "object": FieldKind.OBJECT,
}  # fmt: skip


def _kind(schema: Mapping[str, Any]) -> FieldKind:
    """What names no type holds anything, and is asked for as text (`data` of DataTransfer in 2.x)."""
    if "enum" in schema:
        return FieldKind.CHOICE
    if schema.get("format") == "date-time":
        return FieldKind.INSTANT
    return _KINDS.get(str(schema.get("type")), FieldKind.TEXT)
