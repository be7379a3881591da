"""Which bytes of a file a client asks for (RFC 9110 §14)."""

import re
from dataclasses import dataclass

_ONE_RANGE = re.compile(r"bytes\s*=\s*(\d{0,18})\s*-\s*(\d{0,18})\s*", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True)
class Span:
    """`length` bytes from `start` on."""

    start: int
    length: int

    def reaches(self, size: int) -> bool:
        """Whether the last byte of a file of this size is among them."""
        return self.start + self.length == size


class UnableToSatisfy(Exception):
    """No byte of the file lies in the range."""


def wanted_span(header: str, size: int) -> Span | None:
    """The one range asked for, or None for the whole: several ranges at once and other units may be ignored."""
    found = _ONE_RANGE.fullmatch(header.strip())
    if not found or found[1] == found[2] == "":
        return None
    if not found[1]:
        return _last(int(found[2]), size)
    start, last = int(found[1]), int(found[2] or size - 1)
    if found[2] and last < start:
        return None
    if start >= size:
        raise UnableToSatisfy
    return Span(start, min(last, size - 1) - start + 1)


def _last(length: int, size: int) -> Span:
    if not length or not size:
        raise UnableToSatisfy
    return Span(max(0, size - length), min(length, size))
