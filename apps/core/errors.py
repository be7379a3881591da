"""Errors that are expected, worded for the person who reads them."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class FieldError:
    """What is wrong at one place of an input; `path` is a JSON path such as `$.payload.type`."""

    path: str
    message: str


class UnableTo(Exception):
    """Something that was asked for can't be done; the text says why and what to do.

    The message may be a lazily translated string: it is rendered when it is shown.
    """

    def __init__(self, message: object, *, errors: Sequence[FieldError] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.errors = tuple(errors)

    def __str__(self) -> str:
        return str(self.message)


class UnableToFind(UnableTo):
    """The thing named does not exist (for this tenant)."""


class UnableToReach(UnableTo):
    """The charging station is not connected."""
