"""Frames that nearly are OCPP: made from the official schemas of all versions, then damaged in one place or several."""

import json
from collections.abc import Callable, Iterator
from functools import cache
from importlib.resources import files
from random import Random
from typing import Any

PACKAGES = {"1.6": "v16", "2.0.1": "v201", "2.1": "v21"}
# What stations send and we understand: every second frame is one of these, so that the deep code has its share.
UNDERSTOOD = (
    "Authorize", "BootNotification", "DataTransfer", "Heartbeat", "MeterValues", "NotifyEvent", "NotifyReport",
    "StartTransaction", "StatusNotification", "StopTransaction", "TransactionEvent",
)  # fmt: skip
DEEPEST = 5
LARGEST = 2**20  # a longer one ends in the websocket's own limit
CALL, CALL_RESULT, CALL_ERROR = 2, 3, 4

STRANGE: list[Any] = [
    None, True, False, 0, -1, 1, 2**31, -(2**63), 2**64, 10**25, 1e308, -0.0, 0.1, "", " ", "\x00", "\ud800", "\u202e",
    "x" * 300, "ü" * 70_000, "NaN", "1e999", "-Infinity", "2026-02-30T25:61:61Z", "222222017-10-27T10:00:00Z",
    "0001-01-01T00:00:00-23:59", "9999-12-31T23:59:59.999999999+00:00", "'; DROP TABLE x; --", "<script>", [], {},
    [[]], [{}], {"a": None}, [None] * 50,
]  # fmt: skip


@cache
def schemas(version: str) -> dict[str, dict[str, Any]]:
    """Every request of this version, by its action."""
    folder = files("ocpp").joinpath(PACKAGES[version], "schemas")
    found = {}
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        action = file.name.removesuffix(".json").removesuffix("Request")
        if file.name.endswith(".json") and not action.endswith("Response"):
            found[action] = json.loads(file.read_text(encoding="utf-8-sig"))
    return found


class Mutator:
    """The same seed makes the same frames."""

    def __init__(self, version: str, seed: int) -> None:
        self._rng = Random(f"{version}/{seed}")
        self._schemas = schemas(version)
        self._actions = sorted(self._schemas)
        self._understood = [action for action in self._actions if action in UNDERSTOOD]
        self._count = 0

    def frames(self) -> Iterator[str | bytes]:
        """Without end; every action has its turn."""
        while True:
            turn, is_second = divmod(self._count, 2)
            actions = self._understood if is_second else self._actions
            action = actions[turn % len(actions)]
            self._count += 1
            frame = self._frame(action)
            if len(frame) <= LARGEST:
                yield frame

    def _frame(self, action: str) -> str | bytes:
        schema = self._schemas[action]
        payload = self._value(schema, schema, 0)
        for _ in range(self._rng.choice((0, 1, 1, 1, 2, 5))):
            payload = self._damaged(payload)
        frame: list[Any] = [CALL, f"f{self._count}", action, payload]
        if self._rng.random() < 0.1:
            frame = self._rng.choice(FRAME_DAMAGE)(frame, self._rng)
        text = json.dumps(frame)
        if self._rng.random() < 0.1:
            return self._rng.choice(TEXT_DAMAGE)(text, self._rng)
        return text

    # --- valid values ---------------------------------------------------------------------------------------

    def _value(self, schema: dict[str, Any], root: dict[str, Any], depth: int) -> Any:
        if "$ref" in schema:
            return self._value(root["definitions"][schema["$ref"].rsplit("/", 1)[1]], root, depth)
        if "enum" in schema:
            return self._rng.choice(schema["enum"])
        kind = schema.get("type", "string")
        if kind == "object":
            return self._object(schema, root, depth)
        if kind == "array":
            least = schema.get("minItems", 0)
            return [self._value(schema["items"], root, depth + 1) for _ in range(self._rng.randint(least, least + 2))]
        return self._plain(kind, schema)

    def _object(self, schema: dict[str, Any], root: dict[str, Any], depth: int) -> dict[str, Any]:
        required = set(schema.get("required", ()))
        wanted = 0.0 if depth > DEEPEST else 0.5
        return {
            name: self._value(part, root, depth + 1)
            for name, part in schema.get("properties", {}).items()
            if name in required or self._rng.random() < wanted
        }

    def _plain(self, kind: str, schema: dict[str, Any]) -> Any:
        if kind == "integer":
            return self._rng.choice((0, 1, 2, self._rng.randrange(10**6)))
        if kind == "number":
            return round(self._rng.uniform(0, 1e5), 1)
        if kind == "boolean":
            return self._rng.random() < 0.5
        if schema.get("format") == "date-time":
            return f"2026-0{self._rng.randint(1, 9)}-1{self._rng.randint(0, 9)}T10:00:00Z"
        return "a" * self._rng.randint(1, min(schema.get("maxLength", 20), 20))

    # --- damage ---------------------------------------------------------------------------------------------

    def _damaged(self, value: Any) -> Any:
        """One random place is removed, doubled, renamed or replaced by something strange."""
        if isinstance(value, dict) and value and self._rng.random() < 0.9:
            return self._damaged_object(dict(value))
        if isinstance(value, list) and value and self._rng.random() < 0.7:
            place = self._rng.randrange(len(value))
            return [*value[:place], self._damaged(value[place]), *value[place + 1 :]]
        return self._rng.choice(STRANGE)

    def _damaged_object(self, value: dict[str, Any]) -> dict[str, Any]:
        name = self._rng.choice(sorted(value))
        chance = self._rng.random()
        if chance < 0.2:
            del value[name]
        elif chance < 0.3:
            value[name.swapcase()] = value.pop(name)
        elif chance < 0.4:
            value[f"{name}\x00"] = self._rng.choice(STRANGE)
        elif chance < 0.5:
            value[name] = [value[name]] * self._rng.randint(1, 40)
        else:
            value[name] = self._damaged(value[name])
        return value


def _nested(frame: list[Any], rng: Random) -> list[Any]:
    deep: Any = {}
    for _ in range(rng.choice((30, 33, 500))):
        deep = {"a": deep} if rng.random() < 0.5 else [deep]
    return [*frame[:3], deep]


def _flipped(text: str, rng: Random) -> bytes:
    data = bytearray(text.encode(errors="surrogatepass"))
    for _ in range(rng.randint(1, 4)):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return bytes(data)


FRAME_DAMAGE: list[Callable[[list[Any], Random], list[Any]]] = [
    lambda frame, rng: frame[: rng.randrange(4)],
    lambda frame, rng: [*frame, *frame],
    lambda frame, rng: [rng.choice((0, 1, CALL_RESULT, CALL_ERROR, 5, 6, 99, "2", 2.0, None, [])), *frame[1:]],
    lambda frame, rng: [frame[0], rng.choice(STRANGE), *frame[2:]],
    lambda frame, rng: [*frame[:2], rng.choice((*STRANGE, "heartbeat", "METERVALUES")), frame[3]],
    lambda frame, rng: [*frame[:3], rng.choice(STRANGE)],
    _nested,
]
TEXT_DAMAGE: list[Callable[[str, Random], str | bytes]] = [
    lambda text, rng: text[: rng.randrange(len(text))],
    lambda text, rng: text.replace('"', "'", 3),
    lambda text, rng: text.replace("}", ',"x":NaN}', 1),
    lambda text, rng: "\ufeff" + text,
    lambda text, rng: text + rng.choice(("]", ",", "\x00", " ")),
    lambda text, rng: text.encode("utf-16"),
    _flipped,
]
