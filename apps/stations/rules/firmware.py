"""How far a firmware update has come, and what a campaign does next.

Stations skip states, repeat them and forget the last one (Q71), so every word is taken for what it says by itself.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from apps.stations.messages import FirmwareStatus


class UpdateState(StrEnum):
    """`waiting` for its wave, `asked` until the station answers, `unknown` when nothing was heard in time."""

    WAITING = "waiting"
    ASKED = "asked"
    ACCEPTED = "accepted"
    DOWNLOADING = "downloading"
    DOWNLOADED = "downloaded"
    INSTALLING = "installing"
    INSTALLED = "installed"
    FAILED = "failed"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"


ENDED = (UpdateState.INSTALLED, UpdateState.FAILED, UpdateState.UNKNOWN, UpdateState.CANCELLED)
OPEN = tuple(state for state in UpdateState if state not in ENDED)

_SAYS = {
    FirmwareStatus.DOWNLOAD_SCHEDULED: UpdateState.DOWNLOADING,
    FirmwareStatus.DOWNLOADING: UpdateState.DOWNLOADING,
    FirmwareStatus.DOWNLOAD_PAUSED: UpdateState.DOWNLOADING,
    FirmwareStatus.DOWNLOADED: UpdateState.DOWNLOADED,
    FirmwareStatus.SIGNATURE_VERIFIED: UpdateState.DOWNLOADED,
    FirmwareStatus.INSTALL_SCHEDULED: UpdateState.DOWNLOADED,
    FirmwareStatus.INSTALLING: UpdateState.INSTALLING,
    FirmwareStatus.INSTALL_REBOOTING: UpdateState.INSTALLING,
    FirmwareStatus.INSTALLED: UpdateState.INSTALLED,
    FirmwareStatus.DOWNLOAD_FAILED: UpdateState.FAILED,
    FirmwareStatus.INSTALLATION_FAILED: UpdateState.FAILED,
    FirmwareStatus.INSTALL_VERIFICATION_FAILED: UpdateState.FAILED,
    FirmwareStatus.INVALID_SIGNATURE: UpdateState.FAILED,
}


def state_after(state: UpdateState, told: FirmwareStatus | None) -> UpdateState:
    """The state once a station has said this. Idle and unknown words change nothing.

    What is installed stays so, and what people cancelled only becomes installed. All else follows the station: a
    download that failed may begin again, and a state may be left out.
    """
    said = _SAYS.get(told) if told else None
    if said is None or state in (UpdateState.WAITING, UpdateState.INSTALLED):
        return state
    if state is UpdateState.CANCELLED and said is not UpdateState.INSTALLED:
        return state
    return said


def proves_success(state: UpdateState, *, before: str, reported: str, wanted: str) -> bool:
    """Whether the version that a station reports when it boots says that the update has worked.

    Once a station has agreed any new version will do, as makers spell theirs in several ways; before, and after the
    update has ended, only the wanted one.
    """
    if not reported or reported == before or state in (UpdateState.WAITING, UpdateState.INSTALLED):
        return False
    return reported == wanted or (bool(before) and state in OPEN and state is not UpdateState.ASKED)


@dataclass(frozen=True, kw_only=True)
class Tally:
    """How the updates of a campaign stand: `left` in waves to come, `busy` in waves begun, `away` were not reached."""

    left: int
    busy: int
    away: int
    bad: int


class Step(StrEnum):
    WAIT = "wait"
    PAUSE = "pause"
    START = "start"
    STOP = "stop"
    FINISH = "finish"


def next_step(tally: Tally, *, stop_after: int, due_at: datetime | None, at: datetime) -> Step:
    """A wave begins when the one before has ended and the pause after it is over.

    Stations that could not be reached hold up no wave, only the end. `stop_after` 0 never stops.
    """
    if tally.left and stop_after and tally.bad >= stop_after:
        return Step.STOP
    if tally.busy or not tally.left:
        return Step.WAIT if tally.busy or tally.away else Step.FINISH
    if due_at is None:
        return Step.PAUSE
    return Step.START if at >= due_at else Step.WAIT
