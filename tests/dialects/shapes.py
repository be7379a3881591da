"""Payloads made from the official schemas: the least and the most that each allows, and every word of its lists."""

import json
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import jsonschema_rs

from apps.stations.messages import OcppVersion

FOLDERS = {OcppVersion.V16: "v16", OcppVersion.V201: "v201", OcppVersion.V21: "v21"}
INSTANT = "2026-03-01T12:00:00.000Z"
MOST_ITEMS = 3


def schema(version: OcppVersion, name: str) -> dict[str, Any]:
    text = (files("ocpp") / FOLDERS[version] / "schemas" / f"{name}.json").read_text(encoding="utf-8-sig")
    return json.loads(text)


def request_name(version: OcppVersion, action: str) -> str:
    return action if version is OcppVersion.V16 else f"{action}Request"


def shapes(version: OcppVersion, name: str) -> list[dict[str, Any]]:
    """All lawful, by the schema's own judgement."""
    document = schema(version, name)
    words = most_words(document)
    found = [Maker(document, full=False, pick=0).value(document)]
    found += [Maker(document, full=True, pick=pick).value(document) for pick in range(words)]
    lawful = jsonschema_rs.validator_for(document, validate_formats=True)
    for payload in found:
        lawful.validate(payload)
    return found


def most_words(node: Any) -> int:
    """The length of the longest list of words in a schema."""
    if isinstance(node, list):
        return max(map(most_words, node), default=1)
    if not isinstance(node, dict):
        return 1
    return max([len(node["enum"]) if isinstance(node.get("enum"), list) else 1, *map(most_words, node.values())])


class Maker:
    def __init__(self, document: dict[str, Any], *, full: bool, pick: int) -> None:
        self.definitions = document.get("definitions", {})
        self.full, self.pick = full, pick

    def value(self, node: dict[str, Any]) -> Any:
        if "$ref" in node:
            node = self.definitions[node["$ref"].rpartition("/")[2]]
        if "enum" in node:
            return node["enum"][self.pick % len(node["enum"])]
        return getattr(self, f"a_{node.get('type', 'text')}")(node)

    def a_object(self, node: dict[str, Any]) -> dict[str, Any]:
        return dict(self._fields(node))

    def _fields(self, node: dict[str, Any]) -> Iterator[tuple[str, Any]]:
        required = node.get("required", [])
        for name, child in node.get("properties", {}).items():
            if name in required or (self.full and name != "customData"):
                yield name, self.value(child)

    def a_array(self, node: dict[str, Any]) -> list[Any]:
        count = min(node.get("maxItems", MOST_ITEMS), MOST_ITEMS) if self.full else node.get("minItems", 0)
        return [self.value(node["items"]) for _ in range(count)]

    def a_string(self, node: dict[str, Any]) -> str:
        if node.get("format") == "date-time":
            return INSTANT
        if node.get("format") == "uri":
            return "https://files.example/x"
        return "A1" * (min(node.get("maxLength", 20), 20) // 2) if self.full else "A"

    def a_text(self, node: dict[str, Any]) -> str:
        return "anything"

    def a_integer(self, node: dict[str, Any]) -> int:
        return int(max(node.get("minimum", 0), min(node.get("maximum", 1), 1 + self.pick)))

    def a_number(self, node: dict[str, Any]) -> float:
        return float(max(node.get("minimum", -1e9), min(node.get("maximum", 1e9), 16.1)))

    def a_boolean(self, node: dict[str, Any]) -> bool:
        return self.full
