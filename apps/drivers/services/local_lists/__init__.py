"""Local lists of tokens, kept in step with the tokens at every station that has one."""

from apps.drivers.services.local_lists.keeping import keep_all, lists_are_kept, note_boot, take_answer
from apps.drivers.services.local_lists.orders import read_version, send_full, set_keeping, set_policy
from apps.drivers.services.local_lists.picture import Picture, picture_of

__all__ = [
    "Picture",
    "keep_all",
    "lists_are_kept",
    "note_boot",
    "picture_of",
    "read_version",
    "send_full",
    "set_keeping",
    "set_policy",
    "take_answer",
]
