"""What a station's answers about its local list mean for us. These change the row; the caller saves it."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_noop

from apps.core.clock import now
from apps.drivers.models import LocalList
from apps.drivers.rules.local_lists import UNSUPPORTED, applied, has_drifted
from apps.stations.models import CommandState, StationCommand
from apps.stations.services.command_kinds import message_from

SEND, READ = "SendLocalList", "GetLocalListVersion"
SEND_KIND, READ_KIND = f"drivers.{SEND}", f"drivers.{READ}"
# CALLERROR codes by which a station says that it knows no local lists.
REFUSALS = frozenset({"NotSupported", "NotImplemented"})
# Stored as they are written here: whoever reads them later may read another language.
NO_LISTS = gettext_noop("The station does not support local lists. It is asked again after a firmware update.")
DRIFTED = gettext_noop("The station holds another version than the one it acknowledged, so its list is sent anew.")


def settle(found: LocalList, command: StationCommand) -> None:
    """The command that this list waited for has ended."""
    found.command = None
    if command.kind == SEND_KIND:
        _settle_update(found, command)
    elif command.kind == READ_KIND:
        _settle_version(found, command)


def _settle_update(found: LocalList, command: StationCommand) -> None:
    if command.state == CommandState.ACCEPTED:
        update = message_from(command.kind, command.message or {})
        found.hold(applied(found.there, update), version=update.version)
        found.needs_full = False
        found.status, found.problem, found.updated_at = command.status, "", command.finished_at
    elif command.state != CommandState.EXPIRED:  # it never left, so nothing has changed
        _note_failure(found, command)
        # Which list is there now is open: the next message replaces it (S16 §5.15), above the version that is there.
        found.needs_full = found.asks_version = True


def _settle_version(found: LocalList, command: StationCommand) -> None:
    version = told_version(command)
    if version is not None:
        note_version(found, version, at=command.finished_at or now())
    elif command.state != CommandState.EXPIRED:
        _note_failure(found, command)


def _note_failure(found: LocalList, command: StationCommand) -> None:
    """It says in its own words, or by an error, what it did not do; those that know no lists are left in peace."""
    if command.status.casefold() == "notsupported" or _error_code(command.answer) in REFUSALS:
        found.status = command.status or _error_code(command.answer)
        _note_unsupported(found)
    else:
        found.fail(at=now(), status=command.status, problem=command.error)


def _note_unsupported(found: LocalList) -> None:
    found.unsupported_firmware, found.problem = found.station.firmware_version, NO_LISTS


def _error_code(answer: Any) -> str:
    return str(answer.get("errorCode", "")) if isinstance(answer, dict) else ""


def told_version(command: StationCommand) -> int | None:
    """The version that an answer to GetLocalListVersion tells."""
    told = command.result
    return told if isinstance(told, int) and not isinstance(told, bool) else None


def note_version(found: LocalList, version: int, *, at: datetime) -> None:
    """The station has told its list's version. Another one than it acknowledged is repaired by a full list."""
    found.told_version, found.told_at, found.asks_version = version, at, False
    if version == UNSUPPORTED:
        _note_unsupported(found)
        return
    found.unsupported_firmware = None
    if has_drifted(version, found.version):
        found.problem = "" if found.version is None else DRIFTED
        found.needs_full = True
