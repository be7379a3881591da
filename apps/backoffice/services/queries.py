"""Reading addresses leniently: what can't be understood is no filter."""

from datetime import date

from django.utils.dateparse import parse_date

LONGEST_TEXT = 200
LONGEST_NUMBER = 16


def text_of(raw: str | None) -> str:
    """Something to search for; NUL can't be stored, so it can't be found."""
    return (raw or "").replace("\0", "").strip()[:LONGEST_TEXT]


def number_of(raw: str | None) -> int | None:
    return int(raw) if raw and raw.isascii() and raw.isdigit() and len(raw) < LONGEST_NUMBER else None


def day_of(raw: str | None) -> date | None:
    try:
        return parse_date(raw or "")
    except ValueError:
        return None
