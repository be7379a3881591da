"""Broadcasts reach a consumer of the installed channel layer, after the commit."""

import asyncio
import socket
import time

import pytest
from channels.layers import get_channel_layer
from django.db import transaction

from apps.events.adapters import live
from apps.events.adapters.live import publish_channel
from apps.events.services import broadcast, live_group
from apps.tenants.scope import in_tenant


def _change_something(topic: str) -> None:
    with transaction.atomic():
        broadcast(topic, id=5)


async def test_a_broadcast_reaches_the_group_of_its_tenant_only(live_tenant):
    layer = get_channel_layer()
    mine, other = await layer.new_channel(), await layer.new_channel()
    await layer.group_add(live_group(live_tenant.schema_name), mine)
    await layer.group_add(live_group("t_other"), other)

    await in_tenant(live_tenant.schema_name, _change_something, "connectors")

    message = await asyncio.wait_for(layer.receive(mine), 5)
    assert message == {"type": "live.changed", "topic": "connectors", "id": 5}
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(layer.receive(other), 0.2)
    await layer.flush()


async def test_a_message_to_one_channel_arrives_there(live_tenant):
    layer = get_channel_layer()
    channel = await layer.new_channel("gateway.test")

    publish_channel(channel, {"type": "wake", "station_id": 3})

    assert await asyncio.wait_for(layer.receive(channel), 5) == {"type": "wake", "station_id": 3}
    await layer.flush()


@pytest.fixture
def hanging_redis(settings):
    """It takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.REDIS_URL = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        live._redis.cache_clear()
        yield
    live._redis.cache_clear()


def test_a_hanging_redis_holds_nobody_up_for_long(hanging_redis):
    began = time.monotonic()
    publish_channel("gateway.test", {"type": "wake"})

    assert time.monotonic() - began < 1.5
