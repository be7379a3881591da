"""Setting, clearing and reading back charging profiles, and what we know of them."""

from apps.smartcharging.services.clearing import clear_profile, clear_profiles
from apps.smartcharging.services.knowledge import Knowledge, abilities_of, knowledge_of
from apps.smartcharging.services.reading import read_composite
from apps.smartcharging.services.setting import check_profile, set_profile, start_with_profile

__all__ = [
    "Knowledge",
    "abilities_of",
    "check_profile",
    "clear_profile",
    "clear_profiles",
    "knowledge_of",
    "read_composite",
    "set_profile",
    "start_with_profile",
]
