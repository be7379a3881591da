"""Publishing into the channel layer from plain synchronous code.

`async_to_sync(layer.group_send)` would open an event loop and a Redis connection for every call; the pub/sub
layer's wire format is a Redis PUBLISH, so we do just that. A test holds this against the installed layer.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import structlog
from channels_redis.serializers import registry
from django.conf import settings
from redis import Redis, RedisError

log = structlog.get_logger(__name__)
PREFIX = "asgi"
# A Redis that hangs costs whoever publishes this long each time, and a thread that stations wait for meanwhile.
PUBLISH_WITHIN_S = 0.5


@cache
def _redis() -> "Redis":
    return Redis.from_url(settings.REDIS_URL, socket_timeout=PUBLISH_WITHIN_S, socket_connect_timeout=PUBLISH_WITHIN_S)


@cache
def _serializer() -> Any:
    return registry.get_serializer("msgpack")


def publish_group(group: str, message: dict[str, Any]) -> None:
    """Send to every consumer of a group; without Redis it is lost, which costs a page its live update only."""
    _publish(f"{PREFIX}__group__{group}", {"type": "live.changed", **message})


def publish_channel(channel: str, message: dict[str, Any]) -> None:
    """Send to one channel, such as a gateway process's own."""
    _publish(channel, message)


def publish_changes(topic: str, ids_by_group: Mapping[str, Iterable[int]]) -> None:
    """Tell many groups what changed, in two round trips; groups to which nobody listens cost nothing more."""
    channels = {f"{PREFIX}__group__{group}": ids for group, ids in ids_by_group.items()}
    if not channels:
        return
    try:
        counted: Any = _redis().pubsub_numsub(*channels)
        heard = [channel for channel, (_name, listeners) in zip(channels, counted, strict=True) if listeners]
        with _redis().pipeline(transaction=False) as pipeline:
            for channel in heard:
                for changed in channels[channel]:
                    message = {"type": "live.changed", "topic": topic, "id": changed}
                    pipeline.publish(channel, _serializer().serialize(message))
            pipeline.execute()
    except RedisError as problem:
        log.warning("live messages lost", topic=topic, problem=str(problem))


def _publish(name: str, message: dict[str, Any]) -> None:
    try:
        _redis().publish(name, _serializer().serialize(message))
    except RedisError as problem:
        log.warning("live message lost", channel=name, problem=str(problem))
