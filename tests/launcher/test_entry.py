import json
import subprocess
import sys
from pathlib import Path

import pytest

from config.launcher import entry, running
from config.launcher.checkout import Checkout, locked

ADDRESSES = {"DATABASE_URL": "postgres://here", "REDIS_URL": "redis://here", "SECRET_KEY": "s", "WEB_PORT": "8001"}


@pytest.fixture
def checkout(tmp_path):
    made = Checkout(tmp_path)
    made.prepare()
    return made


@pytest.fixture
def is_running(checkout):
    """As if an `up` held this checkout."""
    running.announce(checkout, ADDRESSES)
    with locked(running.lock_file(checkout)):
        yield


def test_a_command_finds_the_servers_of_the_running_up(checkout, is_running):
    assert running.addresses(checkout, {}) == ADDRESSES


def test_what_the_environment_says_comes_first(checkout, is_running):
    assert running.addresses(checkout, {"DATABASE_URL": "postgres://mine"}) == {}
    assert running.addresses(checkout, {"SECRET_KEY": "mine"}).get("SECRET_KEY") is None


def test_addresses_of_an_up_that_was_killed_are_not_used(checkout):
    running.announce(checkout, ADDRESSES)

    assert running.addresses(checkout, {}) == {}


def test_the_secret_key_stays_and_only_its_owner_reads_it(checkout):
    first = running.secret_key(checkout)

    assert running.secret_key(checkout) == first
    assert len(first) >= 50
    assert (checkout.var / "secret_key").stat().st_mode & 0o777 == 0o600


def test_commands_of_django_are_left_to_django(checkout):
    assert entry.run(checkout, ["manage.py", "shell"]) is None


def test_in_the_image_everything_is_left_to_django(monkeypatch):
    monkeypatch.setenv("OHMSTEAD_IMAGE", "1")

    assert entry.main(Path("/nowhere"), ["manage.py", "up"]) is None


def test_preparing_starts_nothing(checkout):
    assert entry.run(checkout, ["manage.py", "prepare"]) == 0
    assert not (checkout.var / "postgres").exists()


def test_the_launcher_needs_the_standard_library_alone():
    code = "import sys, manage; manage.load_launcher(); import json; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, '.'); {code}"],
                          capture_output=True, text=True, check=True)  # fmt: skip

    loaded = {name.partition(".")[0] for name in json.loads(done.stdout)}
    assert loaded - set(sys.stdlib_module_names) <= {"manage", "launcher", "__main__"}


def test_a_low_limit_of_open_files_is_raised_for_what_is_started():
    code = (
        "import resource, sys; sys.path.insert(0, '.'); import manage\n"
        "hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (64, hard))\n"
        "manage.load_launcher(); from launcher import entry; entry.allow_open_files()\n"
        "print(resource.getrlimit(resource.RLIMIT_NOFILE)[0] == min(hard, entry.OPEN_FILES))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True
    )

    assert done.stdout == "True\n"
