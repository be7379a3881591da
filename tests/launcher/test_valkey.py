import os
import signal
from pathlib import Path

import pytest
import redis

from config.launcher import valkey
from config.launcher.problems import Problem
from config.launcher.valkey import Valkey

pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")


@pytest.fixture
def server(tmp_path):
    made = Valkey(valkey.find(), tmp_path / "a folder", log=tmp_path / "valkey.log")
    made.start()
    yield made
    made.stop(5)


def client(server):
    return redis.Redis.from_url(server.url)


def test_what_was_written_survives_a_clean_stop(server):
    client(server).set("kept", "one")
    server.stop(5)
    server.start()

    assert client(server).get("kept") == b"one"


def test_after_a_kill_it_comes_back_at_the_same_address(server):
    address = server.url
    os.kill(server._process.pid, signal.SIGKILL)
    server._process.wait()
    server.start()

    assert server.url == address
    assert client(server).ping() is True


def test_it_refuses_whoever_does_not_know_the_password(server):
    with pytest.raises(redis.AuthenticationError):
        redis.Redis(port=server.port, retry=None).ping()


def test_it_never_forgets_a_task_to_make_room(server):
    assert client(server).config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}


def test_its_password_stands_in_no_process_list(server):
    password = client(server).connection_pool.connection_kwargs["password"]

    assert password not in Path(f"/proc/{server._process.pid}/cmdline").read_text()


def test_without_any_server_the_way_to_one_is_told(monkeypatch):
    monkeypatch.setattr(valkey, "_candidates", lambda: iter(()))

    with pytest.raises(Problem, match=r"redis-server.*REDIS_URL"):
        valkey.find()
