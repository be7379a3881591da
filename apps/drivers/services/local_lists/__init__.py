"""Local lists of tokens, kept in step with the tokens at every station that has one."""

from apps.drivers.services.local_lists.keeping import keep_all, note_boot, take_answer
from apps.drivers.services.local_lists.orders import read_version, send_full, set_keeping, set_policy

__all__ = ["keep_all", "note_boot", "read_version", "send_full", "set_keeping", "set_policy", "take_answer"]
