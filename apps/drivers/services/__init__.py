"""Drivers, their id tokens, and the verdict whether one may charge."""

from apps.drivers.services.authorising import answer_authorize, authorize, authorize_local
from apps.drivers.services.tokens import find_token

__all__ = ["answer_authorize", "authorize", "authorize_local", "find_token"]
