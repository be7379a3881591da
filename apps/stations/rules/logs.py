"""How far the upload of a log has come."""

from enum import StrEnum

from apps.stations.messages import LogStatus


class LogState(StrEnum):
    """`unknown` when neither a file nor news came in time."""

    ASKED = "asked"
    ACCEPTED = "accepted"
    UPLOADING = "uploading"
    UPLOADED = "uploaded"
    FAILED = "failed"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"


ENDED = (LogState.UPLOADED, LogState.FAILED, LogState.UNKNOWN, LogState.CANCELLED)
OPEN = tuple(state for state in LogState if state not in ENDED)

_SAYS = {
    LogStatus.UPLOADING: LogState.UPLOADING,
    LogStatus.UPLOADED: LogState.UPLOADED,
    LogStatus.UPLOAD_FAILURE: LogState.FAILED,
    LogStatus.BAD_MESSAGE: LogState.FAILED,
    LogStatus.PERMISSION_DENIED: LogState.FAILED,
    LogStatus.NOT_SUPPORTED_OPERATION: LogState.FAILED,
    LogStatus.ACCEPTED_CANCELED: LogState.CANCELLED,
}


def state_after(state: LogState, told: LogStatus | None) -> LogState:
    """The state once a station has said this. Idle and unknown words change nothing; a file that is here stays."""
    said = _SAYS.get(told) if told else None
    return state if said is None or state is LogState.UPLOADED else said
