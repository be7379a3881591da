"""Nearly right frames of every action and version: none ends more than its rule says, none is an unhandled mistake."""

import ctypes
import gc
import itertools
import json
import os
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from apps.dialects.adapters.frames import decode_frame
from apps.dialects.adapters.registry import dialect_for
from apps.dialects.messages import Bad, Call, Send, UnknownAction, Unreadable
from apps.ocpp import connection
from apps.ocpp.limits import BAD_FRAMES, is_oversized
from apps.ocpp.messages import Link, Login
from apps.ocpp.services import calls
from apps.ocpp.services.links import Attempt, log_in, open_link
from apps.stations.messages import OcppVersion
from apps.stations.services.credentials import set_password
from apps.telemetry.adapters import writer
from apps.tenants.models import Tenant
from apps.tenants.scope import current_schema
from tests.faults.mutator import Mutator, schemas
from tests.faults.names import VERSIONS
from tests.plugged import PASSWORD, RawStation, RunningGateway

SHARE_OF_SERVICES, SHARE_OF_SOCKET = 10, 20
TOO_LARGE = 1009
MOST_GROWTH = 0.10
AT = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture
def how_many(measure):
    """Frames of each version: 5,000 in all, or 1,500 for every kill of the long form."""
    return measure.of(short=5000, per_kill=1500) // len(VERSIONS)


@pytest.fixture
def station(live_tenant, make_station):
    made = make_station("CS-1")
    set_password(made, PASSWORD, by="test")
    return made


@pytest.fixture
def mistakes(monkeypatch):
    """What the gateway logs as a mistake of its own."""
    seen = []

    def exception(event, **facts):
        seen.append((event, facts, sys.exc_info()[1]))

    for module in (calls, connection, writer):
        monkeypatch.setattr(module.log, "exception", exception, raising=False)
    return seen


@pytest.fixture
def gateway(live_tenant):
    running = RunningGateway()
    yield running
    running.stop()


def memory_bytes() -> int:
    """What this process needs now, without what its allocator merely keeps; 0 where nobody tells."""
    gc.collect()
    if trim := getattr(ctypes.CDLL(None), "malloc_trim", None):
        trim(0)
    statm = Path("/proc/self/statm")
    return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") if statm.exists() else 0


@pytest.mark.parametrize("version", VERSIONS)
def test_every_frame_is_read_or_refused_by_its_dialect(version, how_many, measure):
    dialect, kinds = dialect_for(OcppVersion(version)), Counter()
    frames = Mutator(version, measure.seed).frames()
    settled = 0
    for number, raw in enumerate(itertools.islice(frames, how_many)):
        frame = decode_frame(raw, version=OcppVersion(version))
        kinds[type(frame).__name__] += 1
        if isinstance(frame, Call | Send):
            kinds[read(dialect, frame)] += 1
        if number == how_many // 2:
            settled = memory_bytes()

    assert memory_bytes() - settled <= settled * MOST_GROWTH
    assert kinds["read"] > how_many / 20
    assert kinds["Unreadable"] > how_many / 20
    assert sum(kinds[name] for name in ("Call", "Send", "Bad", "Ignored", "CallResult", "CallError",
                                        "CallResultError")) == how_many  # fmt: skip
    sys.stdout.write(f"\n{version}: {dict(kinds)}, {settled >> 20} MiB, then {memory_bytes() >> 20} MiB\n")


def read(dialect, frame) -> str:
    """What becomes of a request; a transaction message that can't be read still has a valid acceptance."""
    try:
        dialect.parse(frame.action, frame.payload, received_at=AT)
    except (UnknownAction, Unreadable) as problem:
        if dialect.is_transaction_message(frame.action):
            reply = dialect.quarantine_reply(frame.action, frame.payload, number=7)
            assert dialect.check_answer(dialect.known_action(frame.action), reply) == ()
        return type(problem).__name__
    return "read"


@pytest.mark.parametrize("version", VERSIONS)
def test_services_make_no_mistake_and_refuse_no_transaction_message(version, how_many, measure, station, mistakes):
    link = linked(station, version)
    dialect = dialect_for(link.version)
    frames = (decode_frame(raw, version=link.version) for raw in Mutator(version, measure.seed + 1).frames())
    requests = (frame for frame in frames if isinstance(frame, Call | Send) and not is_heartbeat(dialect, frame))
    for frame in itertools.islice(requests, how_many // SHARE_OF_SERVICES):
        reply = calls.take_call(link, frame, received_at=datetime.now(UTC), is_barred=False)
        if reply.frame is not None and dialect.is_transaction_message(frame.action):
            assert json.loads(reply.frame)[0] == 3, frame

    assert mistakes == []


def is_heartbeat(dialect, frame) -> bool:
    """Which a connection answers from memory; no service takes it."""
    return bool(dialect.known_action(frame.action) == "Heartbeat")


def linked(station, version) -> Link:
    slug = Tenant.objects.get(schema_name=current_schema()).slug
    attempt = Attempt(slug=slug, identity="CS-1", user="CS-1", password=PASSWORD.encode(), address="", subprotocols=())
    login = log_in(attempt)
    assert isinstance(login, Login)
    return open_link(login, gateway="gateway.test", version=OcppVersion(version), subprotocol="", address="")


@pytest.mark.parametrize("version", VERSIONS)
def test_over_a_socket_only_the_rules_end_it(version, how_many, measure, live_tenant, station, gateway, mistakes):
    dialect, bad = dialect_for(OcppVersion(version)), 0
    raw = RawStation.plug(gateway.port, live_tenant.slug, "CS-1", version=version)
    for text in itertools.islice(Mutator(version, measure.seed + 2).frames(), how_many // SHARE_OF_SOCKET):
        frame = decode_frame(text, version=dialect.version)
        is_too_large = is_oversized(text, frame, dialect)
        bad += isinstance(frame, Bad) and not is_too_large
        raw.socket.send(text)
        if is_too_large or bad == BAD_FRAMES - 1:  # one more than that no socket has to bear within a minute
            assert raw.close_code() == TOO_LARGE if is_too_large else "currentTime" in raw.call("Heartbeat")
            raw.unplug()
            raw, bad = RawStation.plug(gateway.port, live_tenant.slug, "CS-1", version=version), 0

    assert "currentTime" in raw.call("Heartbeat")
    raw.unplug()
    assert mistakes == []


def test_all_actions_of_all_versions_have_their_turn():
    assert {version: len(schemas(version)) for version in VERSIONS} == {"1.6": 39, "2.0.1": 64, "2.1": 91}
