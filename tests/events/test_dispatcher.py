"""The dispatcher as the process it is: a committed row reaches the broker within moments."""

import json
import os
import subprocess
import sys
import time
from base64 import b64decode

import pytest
import redis
from django.conf import settings
from django.db import connection, transaction

from apps.charging.messages import TransactionEnded
from apps.events.services import emit

DEADLINE_S = 20


@pytest.fixture
def broker():
    """The last Redis database, so that nobody else's worker takes the message away."""
    url = settings.REDIS_URL.rsplit("/", 1)[0] if settings.REDIS_URL.count("/") > 2 else settings.REDIS_URL
    client = redis.Redis.from_url(f"{url}/15")
    client.delete("celery")
    yield client, f"{url}/15"
    client.delete("celery")


def test_a_committed_event_reaches_the_broker_and_the_process_stops_when_told(live_tenant, broker):
    client, url = broker
    database = settings.DATABASE_URL.rsplit("/", 1)[0] + "/" + connection.settings_dict["NAME"]
    environment = os.environ | {"DATABASE_URL": database, "REDIS_URL": url}
    process = subprocess.Popen([sys.executable, "-m", "django", "dispatcher"], env=environment)
    try:
        with transaction.atomic():
            emit(TransactionEnded(transaction_id=77))
        message = _first_message(client)
    finally:
        process.terminate()
        assert process.wait(DEADLINE_S) == 0

    assert message["headers"]["task"] == "billing.issue_cdr"
    _args, kwargs, _options = json.loads(b64decode(message["body"]))
    assert (kwargs["transaction_id"], kwargs["schema"]) == (77, live_tenant.schema_name)


def _first_message(client):
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline:
        found = client.blpop("celery", timeout=1)
        if found:
            return json.loads(found[1])
    raise AssertionError("Nothing arrived at the broker.")
