"""Texts that were marked for translation where nobody knew their reader, in the language of who reads them now."""

from collections.abc import Iterable

from django.utils.translation import gettext

from apps.core.errors import FieldError


def in_words(text: str) -> str:
    """One of our own texts in the active language; what a station said, or anything else, as it is.

    For texts of modules that know no Django, and for those that a process without a reader has stored.
    """
    return gettext(text)


def errors_in_words(errors: Iterable[FieldError]) -> tuple[FieldError, ...]:
    """What a dialect finds wrong with a request."""
    return tuple(FieldError(error.path, in_words(error.message)) for error in errors)
