"""What was odd about a charge, and where its energy is from, in words."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

REMARKS: dict[str, Promise] = {
    "clock_ahead": _("the station's clock was ahead"),
    "clock_behind": _("the station's clock was behind"),
    "closed_by_operator": _("closed by hand"),
    "decision_undone": _("a decision was taken back"),
    "end_before_start": _("it ended before it began"),
    "energy_at_most": _("only the most it may have used is known"),
    "energy_source": _("energy from other readings than usual"),
    "grace_over": _("the connector was free and no stop came"),
    "implicit_stop": _("the next charge began"),
    "interrupted": _("the station restarted meanwhile"),
    "long_token": _("the token is longer than OCPP allows"),
    "matched_by_operator": _("matched with a stop by hand"),
    "matched_elsewhere": _("its stop belongs to another charge"),
    "matched_orphan_stop": _("its stop came before its start"),
    "matched_without_number": _("its stop named no number"),
    "messages_missing": _("messages are missing"),
    "not_ongoing": _("the station says that it does not go on"),
    "nothing_queued": _("the station has no more messages about it"),
    "number_reused": _("a message number was used twice"),
    "number_used_before": _("the station used its number before"),
    "other_end": _("a second stop told something else"),
    "released": _("released by hand"),
    "replay_after_stop": _("its start was repeated after its stop"),
    "reservation_unknown": _("it names a reservation that nobody made"),
    "reserved_for_other": _("the place was reserved for somebody else"),
    "still_ongoing": _("the station says that it still goes on"),
    "stopped_with_other_token": _("stopped with another token"),
    "time_reconstructed": _("its time could not be read"),
    "tz_assumed": _("its time was told without a zone"),
    "unit_suspect": _("the unit of its energy is suspect"),
}
SOURCES: dict[str, Promise] = {
    "registers": _("start and stop"),
    "transaction_end": _("the end reading"),
    "transaction_readings": _("begin and end readings"),
    "first_and_last": _("the first and the last reading"),
    "pieces": _("pieces added up"),
    "roll_over": _("a register that rolled over"),
    "person": _("entered by hand"),
    "none": _("nothing that can be used"),
}


def remark_text(note: Mapping[str, Any]) -> str:
    """A remark in words; one that has none yet as it is stored."""
    code = str(note.get("code", ""))
    return str(REMARKS.get(code, code.replace("_", " ")))


def source_text(source: str) -> str:
    return str(SOURCES.get(source, source))
