"""Text from outside, made storable: PostgreSQL refuses NUL, and lone surrogates can't be encoded."""

from typing import Any

_UNSTORABLE = {0: "\N{REPLACEMENT CHARACTER}", **dict.fromkeys(range(55296, 57344), "�")}


def storable(text: str) -> str:
    """The same text with NUL and surrogates replaced (Q65)."""
    return text.translate(_UNSTORABLE)


def shortened(text: str, length: int) -> str:
    """Text that fits a column; what is cut is marked. For display fields only, never for matching."""
    clean = storable(text)
    return clean if len(clean) <= length else clean[: length - 1] + "…"


def storable_json(value: Any) -> Any:
    """A JSON value with every text in it storable: `jsonb` refuses NUL as well."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {storable(str(name)): storable_json(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [storable_json(item) for item in value]
    return value
