"""What a connector's status tells of the reservation that it is kept for (S16 §5.13)."""

from datetime import datetime, timedelta
from enum import StrEnum

from apps.stations.messages import ConnectorStatus

# A station's clock may lead ours by so much; what it lifts earlier than that has not expired.
CLOCK_TOLERANCE = timedelta(minutes=2)
BROKEN = (ConnectorStatus.FAULTED, ConnectorStatus.UNAVAILABLE)


class Sign(StrEnum):
    HELD = "held"
    EXPIRED = "expired"
    LIFTED = "lifted"
    BROKEN = "broken"


def sign_of(status: ConnectorStatus, *, was_held: bool, ends_at: datetime, at: datetime) -> Sign | None:
    """What a 1.6 station says of a reservation by the status of its connector; none if nothing.

    It terminates what it can't keep any more, and becomes available where the reservation was.
    """
    if status is ConnectorStatus.RESERVED:
        return Sign.HELD
    if status in BROKEN:
        return Sign.BROKEN
    if status is ConnectorStatus.AVAILABLE and was_held:
        return Sign.EXPIRED if at >= ends_at - CLOCK_TOLERANCE else Sign.LIFTED
    return None
