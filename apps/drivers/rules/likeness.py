"""Card numbers as readers show them that read from the wrong end, or not to the end (Q73)."""

import re

_HEX = re.compile(r"[0-9A-F]+")
# Card numbers have four, seven or ten bytes; some readers show only the first four or six of them.
SHORTEST_SHOWN = 8


def reversed_bytes(value: str) -> str | None:
    """A canonical number with its bytes in reverse; None for what is no row of bytes."""
    if len(value) % 2 or len(value) < SHORTEST_SHOWN or not _HEX.fullmatch(value):
        return None
    return bytes.fromhex(value)[::-1].hex().upper()


def shown_as(value: str, how: str) -> str | None:
    """What a reader shows of a known number: `reversed`, or `first12` for its first twelve digits."""
    if how == "reversed":
        return reversed_bytes(value)
    digits = how.removeprefix("first")
    if not digits.isdigit() or not SHORTEST_SHOWN <= int(digits) < len(value):
        return None
    return value[: int(digits)]


def ways_to_show(shown: str) -> list[tuple[str, str]]:
    """How an unknown number may come from a known one, as pairs of a way and what the known one begins with."""
    if not _HEX.fullmatch(shown) or len(shown) < SHORTEST_SHOWN:
        return []
    backwards = reversed_bytes(shown)
    ways = [("reversed", backwards)] if backwards and backwards != shown else []
    return [*ways, (f"first{len(shown)}", shown)]
