import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from config.launcher import bootstrap
from config.launcher.bootstrap import Packages
from config.launcher.checkout import Busy, Checkout, is_locked, locked
from config.launcher.problems import Problem

ROOT = Path(__file__).resolve().parents[2]

OLD_PYTHON = """
import runpy, sys
sys.version_info = (3, 10, 4, "final", 0)
sys.argv = ["manage.py", "up"]
runpy.run_path({path!r}, run_name="__main__")
"""


@pytest.fixture
def installed(tmp_path):
    """A checkout whose .venv was just made for running, as far as the stamps tell."""
    for name in ("requirements.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path / name)
    checkout = Checkout(tmp_path)
    checkout.python.parent.mkdir(parents=True)
    checkout.python.write_text("")
    bootstrap.stamp_file(checkout, Packages.RUN).write_text(bootstrap.wanted(checkout))
    return checkout


@pytest.fixture
def clone(tmp_path):
    """What a first start needs of a fresh clone."""
    shutil.copytree(ROOT / "config" / "launcher", tmp_path / "config" / "launcher")
    for name in ("manage.py", "requirements.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def test_an_unchanged_lock_needs_no_installation(installed):
    assert bootstrap.is_current(installed, Packages.RUN)


def test_what_runs_is_not_yet_what_tests_need(installed):
    assert not bootstrap.is_current(installed, Packages.DEVELOP)


def test_a_changed_lock_needs_a_new_installation(installed):
    with (installed.root / "requirements.lock").open("a") as lock:
        lock.write("# one more line\n")

    assert not bootstrap.is_current(installed, Packages.RUN)


def test_a_dependency_stated_anew_needs_a_new_installation(installed):
    pyproject = installed.root / "pyproject.toml"
    pyproject.write_text(pyproject.read_text().replace('"babel>=', '"babel>=0.1,>='))

    assert not bootstrap.is_current(installed, Packages.RUN)


def test_the_settings_of_our_tools_need_none(installed):
    with (installed.root / "pyproject.toml").open("a") as pyproject:
        pyproject.write("\n[tool.something]\nnew = true\n")

    assert bootstrap.is_current(installed, Packages.RUN)


def test_a_python_that_is_gone_needs_a_new_environment(installed):
    installed.python.unlink()

    assert not bootstrap.is_current(installed, Packages.RUN)


def test_uv_is_installed_with_the_hashes_of_the_lock():
    lines = bootstrap.locked_lines((ROOT / "requirements.lock").read_text(), "uv")

    assert lines.startswith("uv==")
    assert lines.count("\nuv") == 0
    assert all(line.strip().startswith("--hash=sha256:") for line in lines.splitlines()[1:])
    assert len(lines.splitlines()) > 2


def test_a_lock_without_uv_is_told():
    with pytest.raises(Problem, match="does not pin uv"):
        bootstrap.locked_lines("uvicorn==1.0 \\\n    --hash=sha256:00\n", "uv")


@pytest.mark.parametrize(
    ("output", "advice"),
    [
        ("error: Failed to fetch: `https://index/simple/`\n  Caused by: dns error", "connect this machine"),
        ("WARNING: Retrying after NewConnectionError: [Errno 111] Connection refused", "connect this machine"),
        ("ERROR: Could not find a version that satisfies uv (from versions: none)", "connect this machine"),
        ("Caused by: invalid peer certificate: UnknownIssuer", "SSL_CERT_FILE"),
        ("error: failed to write: No space left on device (os error 28)", "make room"),
        ("building wheel\nerror: no C compiler\n\n", "(error: no C compiler): see install.log"),
    ],
)
def test_a_failed_installation_says_what_to_do(output, advice):
    assert advice in bootstrap.explain(output, Path("install.log"))


def test_without_a_network_the_first_start_says_so_in_one_sentence(clone):
    unreachable = {"PIP_INDEX_URL": "http://127.0.0.1:1/simple", "PIP_CONFIG_FILE": os.devnull, "PIP_NO_CACHE_DIR": "1"}
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "UV_"))}
    done = subprocess.run(
        [sys.executable, "manage.py", "up"], cwd=clone, env={**environment, **unreachable},
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 1
    assert "The package index cannot be reached: connect this machine to the internet" in done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_uv_asks_the_index_that_pip_is_configured_for(tmp_path, monkeypatch):
    configuration = tmp_path / "pip.conf"
    configuration.write_text("[global]\nindex-url = https://packages.example/simple\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(configuration))
    monkeypatch.delenv("PIP_INDEX_URL", raising=False)
    assert bootstrap.pips_index(Path(sys.executable)) == "https://packages.example/simple"

    monkeypatch.setenv("PIP_INDEX_URL", "https://other.example/simple")
    assert bootstrap.pips_index(Path(sys.executable)) == "https://other.example/simple"


def test_an_old_python_gets_a_sentence():
    code = OLD_PYTHON.format(path=str(ROOT / "manage.py"))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert done.stderr.startswith("Ohmstead needs Python 3.11 or newer, and this is Python 3.10")
    assert len(done.stderr.splitlines()) == 1


def test_an_old_python_can_read_manage_py_far_enough_to_say_so():
    ast.parse((ROOT / "manage.py").read_text(), feature_version=(3, 8))


def test_a_python_without_venv_is_told_how_to_get_it(monkeypatch, installed, tmp_path):
    monkeypatch.setattr(bootstrap.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(bootstrap.debian, "install", lambda packages, log: False)

    with pytest.raises(Problem, match="apt-get install python3-venv"):
        bootstrap._make_venv(installed, tmp_path / "log")


def test_a_read_only_directory_is_told():
    with pytest.raises(Problem, match="copy this directory to a place you may write to"):
        Checkout(Path("/proc/1")).prepare()


def test_a_checkout_of_another_user_is_told(monkeypatch, tmp_path):
    # Root may write anywhere, so the answer of the system is given.
    monkeypatch.setattr(os, "access", lambda path, mode: False)

    with pytest.raises(Problem, match="belongs to another user: run as that user"):
        Checkout(tmp_path).prepare()


def test_a_lock_tells_who_holds_it_and_ends_with_its_holder(tmp_path):
    file = tmp_path / "lock"
    with locked(file), pytest.raises(Busy, match=f"^{os.getpid()}$"):
        locked(file).__enter__()

    assert not is_locked(file)
    with locked(file):
        assert is_locked(file)
