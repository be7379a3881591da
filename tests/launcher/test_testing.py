import os
import shutil
import signal
from pathlib import Path

import pytest

from config.launcher import testing
from config.launcher.checkout import Checkout
from config.launcher.problems import Problem

ROOT = Path(__file__).resolve().parents[2]

A_SUITE = """
import os, pathlib, socket, urllib.parse

def test_servers():
    for name in ("DATABASE_URL", "REDIS_URL"):
        address = urllib.parse.urlsplit(os.environ[name])
        socket.create_connection((address.hostname, address.port)).close()
    assert os.environ["SECRET_KEY"]
    pathlib.Path("seen").write_text(os.environ["DATABASE_URL"])
"""

A_SKIPPED_BROWSER_TEST = """
import pytest

@pytest.mark.browser
def test_page():
    pytest.skip("no Chromium here")
"""


@pytest.fixture
def suite(scratch):
    """A scratch checkout with one test, a plain pytest and something that passes for a browser."""
    plugins = scratch.root / "tests" / "plugins"
    plugins.mkdir(parents=True)
    shutil.copy(ROOT / "tests" / "plugins" / "browser_guard.py", plugins)
    (scratch.root / "pyproject.toml").write_text('[tool.pytest.ini_options]\nmarkers = ["browser: drives a browser"]\n')
    (scratch.root / "test_it.py").write_text(A_SUITE)
    browser = scratch.root / "bin" / "chromium"
    browser.parent.mkdir()
    browser.write_text("")
    browser.chmod(0o755)
    scratch.environment["PATH"] = f"{browser.parent}:{os.environ['PATH']}"
    scratch.environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    return scratch


def run(suite, *words, **environment):
    process = suite.launch("manage.py", "test", "-p", "no:cacheprovider", *words, **environment)
    said = process.communicate(timeout=120)[0]
    return process.returncode, said


def test_a_run_has_servers_of_its_own_and_stops_them(suite, is_alive):
    code, said = run(suite)

    assert (code, "1 passed" in said) == (0, True), said
    assert not (suite.checkout.var / "test" / "1" / "postgres" / "data" / "postmaster.pid").exists()


def test_a_run_never_uses_the_database_of_the_environment(suite):
    code, said = run(suite, DATABASE_URL="postgres://me@production/real", REDIS_URL="redis://production")

    assert code == 0, said
    assert "@127.0.0.1:" in (suite.root / "seen").read_text()


def test_the_exit_code_is_that_of_pytest(suite):
    (suite.root / "test_it.py").write_text("def test_it(): assert 1 == 2\n")
    assert run(suite)[0] == 1

    (suite.root / "test_it.py").write_text("")
    assert run(suite)[0] == 5


def test_in_ci_a_skipped_browser_test_fails_the_run(suite):
    (suite.root / "test_it.py").write_text(A_SKIPPED_BROWSER_TEST)

    assert run(suite, CI="")[0] == 0
    code, said = run(suite, CI="true")
    assert code == 1
    assert "Browser tests were skipped" in said


def test_in_ci_it_fails_when_workers_run_the_tests_too(suite):
    (suite.root / "test_it.py").write_text(A_SKIPPED_BROWSER_TEST)

    assert run(suite, "-p", "xdist.plugin", "-n", "1", CI="true")[0] == 1


def test_two_runs_in_one_checkout_have_places_of_their_own(tmp_path):
    checkout = Checkout(tmp_path)
    with testing._place(checkout) as first, testing._place(checkout) as second:
        assert {first.name, second.name} == {"1", "2"}
    with testing._place(checkout) as again:
        assert again.name == "1"


def test_more_runs_than_places_are_told(tmp_path, monkeypatch):
    monkeypatch.setattr(testing, "PLACES", 1)
    checkout = Checkout(tmp_path)
    with testing._place(checkout), pytest.raises(Problem, match="wait for one to end"):
        testing._place(checkout).__enter__()


@pytest.mark.parametrize(
    ("words", "added"),
    [
        ([], ["-n", "2"]),
        (["tests/core", "-k", "money"], ["-n", "2"]),
        (["-n0"], []),
        (["-p", "no:xdist"], []),
        (["--pdb"], []),
    ],
)
def test_two_workers_unless_asked_otherwise(monkeypatch, words, added):
    monkeypatch.setattr(os, "cpu_count", lambda: 2)

    assert testing._workers(words) == added


def test_faults_are_asked_for_by_number():
    assert testing._fault_rounds(["--faults", "200", "-n0"]) == (
        {"FAULT_ROUNDS": "200"}, ["tests/faults", "-rP", "--show-capture=stdout", "-n0"],
    )  # fmt: skip
    assert testing._fault_rounds(["tests/core"]) == ({}, ["tests/core"])


@pytest.mark.parametrize("words", [["--faults"], ["--faults", "0"], ["--faults", "tests/core"]])
def test_faults_without_a_number_are_explained(words):
    with pytest.raises(Problem, match="how many gateways"):
        testing._fault_rounds(words)


def test_one_core_gets_one_process(monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 1)

    assert testing._workers([]) == []


def test_a_stopped_run_stops_pytest_and_the_servers(suite, until, is_alive):
    (suite.root / "test_it.py").write_text(
        "import pathlib, time\ndef test_it():\n    pathlib.Path('begun').write_text('')\n    time.sleep(60)\n"
    )
    process = suite.launch("manage.py", "test", "-p", "no:cacheprovider")
    until((suite.root / "begun").exists)
    pid_file = suite.checkout.var / "test" / "1" / "postgres" / "data" / "postmaster.pid"
    process.send_signal(signal.SIGTERM)

    said = process.communicate(timeout=60)[0]
    assert process.returncode == 128 + signal.SIGTERM
    assert "KeyboardInterrupt" in said
    assert not pid_file.exists()


def test_a_killed_run_leaves_no_server(suite, until, is_alive):
    (suite.root / "test_it.py").write_text("import time\ndef test_it(): time.sleep(60)\n")
    process = suite.launch("manage.py", "test", "-p", "no:cacheprovider")
    pid_file = suite.checkout.var / "test" / "1" / "postgres" / "data" / "postmaster.pid"
    until(pid_file.exists)
    postmaster = int(pid_file.read_text().split()[0])
    process.kill()

    until(lambda: not is_alive(postmaster))
