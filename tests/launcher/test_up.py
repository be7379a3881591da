import json
import os
import signal
import socket

import pytest

from config.launcher import ports

READY = "Ctrl-C"


@pytest.fixture
def house(scratch, read_until):
    """A running `up` with stand-ins for our programs."""
    process = scratch.launch("manage.py", "up")
    process.greeting = read_until(process, READY)
    return process


def test_up_tells_each_step_and_then_where_to_log_in(house):
    steps = ("PostgreSQL", "Valkey", "Database schema", "Demo tenant", "Web", "Gateway")

    assert all(f"  {step} " in house.greeting for step in steps)
    assert house.greeting.count("✓") >= len(steps)
    assert "http://demo.localhost:8000/" in house.greeting
    assert "owner@demo.example   pw-1" in house.greeting
    assert "platform@demo.example   (the same password)" in house.greeting
    assert "http://demo.localhost:8000/api/docs/" in house.greeting


def test_ctrl_c_stops_everything_in_order(house, scratch, until, is_alive):
    until(lambda: len(scratch.notes("started")) == 8)
    house.send_signal(signal.SIGINT)

    assert house.wait(15) == 0
    assert scratch.notes("stopped") == ["demo_stations", "gateway", "web", "worker", "beat", "dispatcher"]
    assert "database system is shut down" in (scratch.checkout.log / "postgres.log").read_text()
    assert not any(is_alive(pid) for pid in scratch.all_pids())


def test_a_killed_child_comes_back(house, scratch, until):
    os.kill(scratch.pids("web")[0], signal.SIGKILL)

    until(lambda: len(scratch.pids("web")) == 2)


def test_a_killed_database_comes_back_at_the_same_address(house, scratch, until):
    pid_file = scratch.checkout.var / "postgres" / "data" / "postmaster.pid"
    first = pid_file.read_text().splitlines()
    os.kill(int(first[0]), signal.SIGKILL)

    def is_ready_again():
        lines = pid_file.read_text().splitlines() if pid_file.exists() else []
        return len(lines) > 7 and lines[0] != first[0] and lines[7].strip() == "ready" and lines[3] == first[3]

    until(is_ready_again)


def test_a_killed_launcher_leaves_no_orphan(house, scratch, until, is_alive):
    until(lambda: len(scratch.notes("started")) == 8)
    postmaster = int((scratch.checkout.var / "postgres" / "data" / "postmaster.pid").read_text().split()[0])
    valkey_port = int((scratch.checkout.var / "valkey" / "port").read_text())
    assert not ports.is_free(valkey_port)
    house.kill()

    until(lambda: not any(is_alive(pid) for pid in [*scratch.all_pids(), postmaster]))
    until(lambda: ports.is_free(valkey_port))
    assert "database system is shut down" in (scratch.checkout.log / "postgres.log").read_text()


def test_after_a_killed_launcher_the_next_up_starts_as_ever(house, scratch, read_until):
    house.kill()
    house.wait()

    assert READY in read_until(scratch.launch("manage.py", "up"), READY)


def test_a_second_up_says_that_one_is_running(house, scratch):
    second = scratch.launch("manage.py", "up")

    assert f"already runs in this checkout (process {house.pid})" in second.communicate(timeout=60)[0]
    assert second.returncode == 1


def test_other_commands_learn_the_addresses_while_up_runs_and_only_then(house, scratch):
    told = scratch.checkout.run / "env.json"

    assert told.stat().st_mode & 0o777 == 0o600
    assert json.loads(told.read_text()).keys() == {"DATABASE_URL", "REDIS_URL", "SECRET_KEY", *scratch.ports}
    assert json.loads(told.read_text()).items() >= scratch.ports.items()
    house.send_signal(signal.SIGTERM)
    assert house.wait(15) == 0
    assert not told.exists()


def test_without_demo_nothing_of_it_is_started(scratch, read_until):
    greeting = read_until(scratch.launch("manage.py", "up", "--no-demo"), READY)

    assert "manage.py provision tenant" in greeting
    assert not {"demo", "demo_stations"} & set(scratch.notes("started"))


def test_migrations_run_once_and_again_when_they_changed(house, scratch, read_until):
    def stop_and_start(process):
        process.send_signal(signal.SIGTERM)
        process.wait(15)
        following = scratch.launch("manage.py", "up")
        read_until(following, READY)
        return following

    second = stop_and_start(house)
    assert scratch.notes("started").count("migrate") == 1

    migration = scratch.root / "apps" / "tariffs" / "migrations" / "0002_more.py"
    migration.parent.mkdir(parents=True)
    migration.write_text("")
    stop_and_start(second)
    assert scratch.notes("started").count("migrate") == 2


def test_a_taken_port_is_named_with_the_variable_that_changes_it(scratch):
    with socket.create_server(("127.0.0.1", int(scratch.ports["WEB_PORT"]))):
        said = scratch.launch("manage.py", "up").communicate(timeout=60)[0]

    port = int(scratch.ports["WEB_PORT"])
    assert f"Port {port} is taken by another program" in said
    assert f"`WEB_PORT={port + 1} python3 manage.py up`" in said
    assert "Traceback" not in said


def test_an_address_that_is_not_ours_is_told(scratch):
    process = scratch.launch("manage.py", "up", HOST="192.0.2.1")

    assert "HOST is '192.0.2.1', which is no address of this machine" in process.communicate(timeout=60)[0]
    assert process.returncode == 1


def test_it_can_listen_on_every_address(scratch, read_until):
    stand_in = scratch.root / "manage.py"
    stand_in.write_text(stand_in.read_text().replace('("127.0.0.1", port)', '(os.environ["HOST"], port)'))

    assert READY in read_until(scratch.launch("manage.py", "up", "--no-demo", HOST="0.0.0.0"), READY)


def test_with_addresses_given_nothing_embedded_starts(scratch, read_until):
    addresses = {"DATABASE_URL": "postgres://nobody@127.0.0.1:1/none", "REDIS_URL": "redis://127.0.0.1:1/0"}
    greeting = read_until(scratch.launch("manage.py", "up", **addresses), READY)

    assert "PostgreSQL" not in greeting
    assert not (scratch.checkout.var / "postgres").exists()
    assert not (scratch.checkout.var / "valkey").exists()


def test_embedded_forbidden_and_no_address_given_is_told(scratch):
    process = scratch.launch("manage.py", "up", EMBEDDED="0")

    assert "set DATABASE_URL" in process.communicate(timeout=60)[0]
    assert process.returncode == 1


def test_a_child_that_never_stays_up_ends_the_start_with_its_last_words(scratch):
    stand_in = (scratch.root / "manage.py").read_text()
    broken = stand_in.replace('note("started")', 'note("started")\nif name == "web": sys.exit("no such setting")')
    (scratch.root / "manage.py").write_text(broken)
    process = scratch.launch("manage.py", "up")

    assert "web does not stay up (no such setting)" in process.communicate(timeout=60)[0]
    assert process.returncode == 1


def test_a_failed_migration_ends_the_start_with_its_last_words(scratch):
    stand_in = (scratch.root / "manage.py").read_text()
    broken = stand_in.replace('note("started")', 'if name == "migrate": sys.exit("relation exists")')
    (scratch.root / "manage.py").write_text(broken)
    process = scratch.launch("manage.py", "up")

    said = process.communicate(timeout=60)[0]
    assert "`manage.py migrate` failed (relation exists)" in said
    assert "Traceback" not in said
    assert process.returncode == 1


def test_reset_asks_and_anything_but_yes_deletes_nothing(scratch):
    kept = scratch.checkout.var / "postgres" / "kept"
    kept.parent.mkdir(parents=True)
    kept.write_text("data")
    process = scratch.launch("manage.py", "up", "--reset")

    assert "Nothing was deleted" in process.communicate("y\n", timeout=60)[0]
    assert process.returncode == 1
    assert kept.read_text() == "data"


def test_reset_begins_anew_and_touches_only_its_own(scratch, read_until):
    for name in ("postgres/data/old", "valkey/old", "blobs/demo/old", "test/1/kept", "notes-of-mine"):
        file = scratch.checkout.var / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("")
    process = scratch.launch("manage.py", "up", "--reset")
    process.stdin.write("yes\n")
    process.stdin.flush()
    read_until(process, READY)

    left = {str(file.relative_to(scratch.checkout.var)) for file in scratch.checkout.var.rglob("*") if file.is_file()}
    assert not {"postgres/data/old", "valkey/old", "blobs/demo/old"} & left
    assert {"test/1/kept", "notes-of-mine"} <= left
