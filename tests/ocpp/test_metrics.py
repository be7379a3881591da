"""What a gateway tells Prometheus."""

import os
import socket
import subprocess
import sys
import urllib.request

import pytest
from django.conf import settings
from django.db import connection
from prometheus_client import REGISTRY
from websockets.exceptions import InvalidStatus

from apps.core.clock import now
from apps.core.metrics import serve_metrics
from apps.ocpp import metrics
from tests.plugged import RawStation, Refused, wait_for


def value(name, **labels):
    return REGISTRY.get_sample_value(f"ohmstead_gateway_{name}", labels) or 0.0


@pytest.fixture
def grown():
    """`grown(name, **labels)`: by how much a figure has grown since the test began."""
    before = {(s.name, *sorted(s.labels.items())): s.value for family in REGISTRY.collect() for s in family.samples}

    def since(name, **labels):
        return value(name, **labels) - before.get((f"ohmstead_gateway_{name}", *sorted(labels.items())), 0.0)

    return since


def test_messages_are_counted_by_action_and_outcome_and_timed(plug, station, grown):
    raw = plug()
    raw.call("Heartbeat")
    raw.call("heartbeat")
    with pytest.raises(Refused):
        raw.call("MadeUp\nAction")
    raw.call("Heartbeat")

    assert grown("messages_total", version="1.6", action="Heartbeat", outcome="answered") == 3
    assert grown("messages_total", version="1.6", action="unknown", outcome="refused") == 1
    assert grown("ack_seconds_count") == 4
    assert 0 < grown("ack_seconds_sum") < 15


def test_sockets_are_counted_while_they_are_open_and_when_a_newer_one_takes_over(plug, station, grown):
    old = plug()
    old.call("Heartbeat")
    assert grown("connections", version="1.6") == 1
    new = plug()
    assert old.close_code() == 4001
    new.call("Heartbeat")

    assert wait_for(lambda: grown("connections", version="1.6") == 1)
    assert (grown("opened_total"), grown("superseded_total"), grown("closed_total", code="4001")) == (2, 1, 1)
    new.unplug()
    assert wait_for(lambda: grown("connections", version="1.6") == 0)


def test_what_is_refused_or_unusable_is_counted_by_its_kind(plug, station, grown):
    with pytest.raises(InvalidStatus):
        plug(password="wrong" * 8)
    raw = plug()
    raw.socket.send("no JSON")
    raw.call("StartTransaction", {"connectorId": "?"})
    raw.call("Heartbeat")

    assert grown("refused_total", status="401") == 1
    assert grown("bad_frames_total", version="1.6") == 1
    assert grown("quarantined_total", version="1.6") == 1


def test_commits_of_readings_are_counted_with_their_size(plug, station, grown):
    raw = plug()
    start = {"connectorId": 1, "idTag": "AA", "meterStart": 0, "timestamp": now().isoformat()}
    number = raw.call("StartTransaction", start)["transactionId"]
    for wh in range(1, 4):
        value = {"timestamp": now().isoformat(), "sampledValue": [{"value": str(wh)}]}
        raw.call("MeterValues", {"connectorId": 1, "transactionId": number, "meterValue": [value]})

    assert 1 <= grown("batch_size_sum") <= 3  # the first may still be a service's
    assert 1 <= grown("batch_size_count") == grown("commit_seconds_count") <= 3
    assert grown("commit_seconds_sum") > 0
    assert REGISTRY.get_sample_value("ohmstead_gateway_queue_depth") == 0


def test_no_label_names_a_station_or_a_tenant():
    labels = {
        name for family in REGISTRY.collect() if family.name.startswith("ohmstead") for sample in family.samples
        for name in sample.labels
    }  # fmt: skip
    assert labels <= {"version", "action", "outcome", "status", "code", "le", "task"}


def test_a_port_in_use_costs_the_figures_only():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert serve_metrics("127.0.0.1", taken.getsockname()[1]) is False
    assert serve_metrics("127.0.0.1", 0) is False


def test_the_process_answers_prometheus_on_a_port_of_its_own(live_tenant, station):
    ports = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    port, metrics_port = (one.getsockname()[1] for one in ports)
    for one in ports:
        one.close()
    database = settings.DATABASE_URL.rsplit("/", 1)[0] + "/" + connection.settings_dict["NAME"]
    environment = os.environ | {
        "DATABASE_URL": database, "SECRET_KEY": settings.SECRET_KEY, "METRICS_PORT": str(metrics_port)
    }  # fmt: skip
    process = subprocess.Popen([sys.executable, "-m", "django", "gateway", "--port", str(port)], env=environment)
    try:
        raw = wait_for(lambda: _plugged(port, live_tenant.slug), seconds=30)
        raw.call("Heartbeat")
        with urllib.request.urlopen(f"http://127.0.0.1:{metrics_port}/metrics", timeout=10) as answer:
            text = answer.read().decode()
            assert answer.headers["Content-Type"].startswith("text/plain")
        raw.unplug()
    finally:
        process.terminate()
        assert process.wait(20) == 0

    assert 'ohmstead_gateway_connections{version="1.6"} 1.0' in text
    assert 'ohmstead_gateway_messages_total{action="Heartbeat",outcome="answered",version="1.6"} 1.0' in text


def _plugged(port, slug):
    try:
        return RawStation.plug(port, slug, "CS-1")
    except (OSError, InvalidStatus):
        return None


def test_a_labelled_child_is_looked_up_once():
    assert metrics.messages("1.6", "Heartbeat", "answered") is metrics.messages("1.6", "Heartbeat", "answered")
