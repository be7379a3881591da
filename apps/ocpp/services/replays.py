"""Messages that come again under the number they had (Q19); the frame log remembers them, also across connections."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from apps.dialects.adapters.frames import CALL, CALL_RESULT
from apps.dialects.messages import Call, Payload, Send
from apps.ocpp.messages import Link
from apps.ocpp.services.frames import masked_text
from apps.telemetry.models import Frame

REMEMBERED = timedelta(days=1)
FRAMES_LOOKED_AT = 8


@dataclass(frozen=True)
class Earlier:
    """What came and went under a message's number before: the answer to the very same, and whether another came."""

    answer: Payload | None = None
    was_other: bool = False


def earlier_messages(link: Link, call: Call | Send, action: str, *, received_at: datetime) -> Earlier:
    """Numbers count per station, as stations may use one again after a reconnect."""
    frames = Frame.objects.filter(
        station_id=link.station_id, message_id=call.message_id, at__gte=received_at - REMEMBERED
    )
    told = list(frames.order_by("-at", "-id")[:FRAMES_LOOKED_AT])
    asked = [frame for frame in told if frame.incoming and frame.kind == CALL and frame.action == action]
    if not asked:
        return Earlier()
    same = masked_text(link, action, call.payload)
    if all(frame.payload != same for frame in asked):
        return Earlier(was_other=True)
    answers = [frame for frame in told if not frame.incoming and frame.kind == CALL_RESULT]
    return Earlier(answer=_payload(answers[0].payload) if answers else None)


def _payload(text: str) -> Payload | None:
    found = msgspec.json.decode(text)
    return found if isinstance(found, dict) else None
