"""Setting, clearing and reading back charging profiles, and what we know of them."""

from apps.smartcharging.services.clearing import clear_profile, clear_profiles
from apps.smartcharging.services.knowledge import (
    abilities_of,
    charge_at,
    composite_of,
    preview,
    purposes_at,
)
from apps.smartcharging.services.reading import read_composite
from apps.smartcharging.services.setting import check_profile, set_profile, start_with_profile

__all__ = [
    "abilities_of",
    "charge_at",
    "check_profile",
    "clear_profile",
    "clear_profiles",
    "composite_of",
    "preview",
    "purposes_at",
    "read_composite",
    "set_profile",
    "start_with_profile",
]
