"""Text from outside, made storable: PostgreSQL refuses NUL, and lone surrogates can't be encoded."""

_UNSTORABLE = {0: "\N{REPLACEMENT CHARACTER}", **dict.fromkeys(range(55296, 57344), "�")}


def storable(text: str) -> str:
    """The same text with NUL and surrogates replaced (Q65)."""
    return text.translate(_UNSTORABLE)


def shortened(text: str, length: int) -> str:
    """Text that fits a column; what is cut is marked. For display fields only, never for matching."""
    clean = storable(text)
    return clean if len(clean) <= length else clean[: length - 1] + "…"
