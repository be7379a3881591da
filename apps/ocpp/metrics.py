"""What a gateway process counts, for Prometheus. Never by station or tenant: the values of a label must stay few.

The one place of the gateway with module state: a process has one registry. Labelled children are kept once they were
used, because looking one up costs more than counting.
"""

from datetime import datetime
from functools import cache

from prometheus_client import Counter, Gauge, Histogram

from apps.core.clock import now
from apps.stations.messages import OcppVersion

LATENCIES_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
BATCHES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)

_CONNECTIONS = Gauge("ohmstead_gateway_connections", "Open sockets of stations.", ["version"])
_MESSAGES = Counter("ohmstead_gateway_messages", "Messages of stations.", ["version", "action", "outcome"])
_BAD_FRAMES = Counter("ohmstead_gateway_bad_frames", "Frames that are not OCPP-J.", ["version"])
_QUARANTINED = Counter("ohmstead_gateway_quarantined", "Messages set aside for people.", ["version"])
_REFUSED = Counter("ohmstead_gateway_refused", "Connections refused, by HTTP status.", ["status"])
_CLOSED = Counter("ohmstead_gateway_closed", "Sockets that we closed, by close code.", ["code"])
_COMMANDS = Counter("ohmstead_gateway_commands", "Requests of ours, by what became of them.", ["outcome"])

OPENED = Counter("ohmstead_gateway_opened", "Sockets of stations that were let in.")
SUPERSEDED = Counter("ohmstead_gateway_superseded", "Sockets that a newer one of the same station replaced.")
REUSED_IDS = Counter("ohmstead_gateway_reused_ids", "Message numbers used for other messages about charges.")
ACK_S = Histogram("ohmstead_gateway_ack_seconds", "From a message's arrival to its reply.", buckets=LATENCIES_S)
QUEUE_DEPTH = Gauge("ohmstead_gateway_queue_depth", "Messages that wait for their commit.")
BATCH_SIZE = Histogram("ohmstead_gateway_batch_size", "Messages in one commit.", buckets=BATCHES)
COMMIT_S = Histogram("ohmstead_gateway_commit_seconds", "Duration of one such commit.", buckets=LATENCIES_S)

connections = cache(_CONNECTIONS.labels)
messages = cache(_MESSAGES.labels)
bad_frames = cache(_BAD_FRAMES.labels)
quarantined = cache(_QUARANTINED.labels)
refused = cache(_REFUSED.labels)
closed = cache(_CLOSED.labels)
commands = cache(_COMMANDS.labels)


def note_answer(version: OcppVersion, known_action: str | None, frame: str | None, *, received_at: datetime) -> None:
    """A message was worked off. What a station calls it becomes a label only if OCPP knows it."""
    outcome = "silent" if frame is None else "refused" if frame.startswith("[4") else "answered"
    messages(version, known_action or "unknown", outcome).inc()
    ACK_S.observe(max(0.0, (now() - received_at).total_seconds()))


def note_reading(version: OcppVersion, action: str, received_at: datetime, answered_at: datetime) -> None:
    """The same for a message of the hot path."""
    messages(version, action, "answered").inc()
    ACK_S.observe(max(0.0, (answered_at - received_at).total_seconds()))
