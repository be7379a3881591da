import io
import os
import signal
import sys
import time

import pytest

from config.launcher import supervisor
from config.launcher.console import Console
from config.launcher.log_watch import QUIET_S, LogWatch, last_words
from config.launcher.problems import Problem
from config.launcher.processes import Program
from config.launcher.supervisor import Supervisor

pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
FOREVER = "import time\nwhile True: time.sleep(60)"
DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True)\n" + FOREVER


@pytest.fixture
def said():
    return io.StringIO()


@pytest.fixture
def supervise(said):
    made = []

    def make(*stop_order):
        made.append(Supervisor(Console(said), stop_order=stop_order))
        return made[-1]

    yield make
    for each in made:
        each.stop()


@pytest.fixture
def program(tmp_path):
    def make(name, code):
        return Program(
            name, [sys.executable, "-c", code], log=tmp_path / f"{name}.log", env=dict(os.environ), cwd=tmp_path
        )

    return make


def test_a_killed_child_comes_back_and_the_console_says_so(supervise, program, said, until):
    keeper, child = supervise(), program("web", FOREVER)
    keeper.start(child)
    first = child.pid
    os.kill(first, signal.SIGKILL)

    until(lambda: keeper.tick() or child.pid != first)
    assert child.poll() is None
    assert "! web: ended (killed by SIGKILL), starts again in 0.5 s  (var/log/web.log)" in said.getvalue()


def test_each_fall_waits_longer_than_the_one_before(supervise, program, said, until):
    keeper = supervise()
    keeper.start(program("web", "raise SystemExit(3)"))

    until(lambda: keeper.tick() or said.getvalue().count("ended") == 3)
    pauses = [line.partition("again in ")[2][:3] for line in said.getvalue().splitlines()]
    assert pauses == ["0.5", "1.0", "2.0"]


def test_waiting_for_what_never_stays_up_ends_with_its_last_words(supervise, program, monkeypatch):
    monkeypatch.setattr(supervisor, "HOPELESS_AFTER", 2)
    keeper = supervise()
    keeper.start(program("web", "raise SystemExit('no such table')"))

    with pytest.raises(Problem, match=r"web does not stay up \(no such table\)"):
        keeper.wait_for(lambda: False, within_s=20, what="web")


def test_waiting_for_what_never_gets_ready_ends_in_time(supervise, program):
    keeper = supervise()
    keeper.start(program("web", FOREVER))

    with pytest.raises(Problem, match="web did not get ready within 0 s"):
        keeper.wait_for(lambda: False, within_s=0.1, what="web")


def test_who_does_not_listen_is_killed_and_the_others_still_get_their_time(supervise, program, until, monkeypatch):
    monkeypatch.setattr(supervisor, "STOP_ALL_WITHIN_S", 1.0)
    keeper, deaf, polite = supervise("deaf", "polite"), program("deaf", DEAF), program("polite", FOREVER)
    keeper.start(polite)
    keeper.start(deaf)
    until(lambda: "deaf" in deaf.log.read_text())
    began = time.monotonic()
    keeper.stop()

    assert (deaf.poll(), polite.poll()) == (-signal.SIGKILL, -signal.SIGTERM)
    assert time.monotonic() - began < 2


def test_an_error_in_a_log_is_told_with_its_file(supervise, program, said, until):
    keeper = supervise()
    keeper.start(program("worker", "print('INFO fine'); print('ERROR no such tariff', flush=True)\n" + FOREVER))

    until(lambda: keeper.tick() or "! worker: ERROR no such tariff  (var/log/worker.log)" in said.getvalue())
    assert "fine" not in said.getvalue()


def test_many_errors_are_told_once_in_a_while(tmp_path):
    log = tmp_path / "web.log"
    watch = LogWatch(log)
    log.write_text("ERROR one\nERROR two\n")
    assert watch.news(now=100) == "ERROR one"

    with log.open("a") as file:
        file.write("ERROR three\n")
    assert watch.news(now=101) is None

    with log.open("a") as file:
        file.write("ERROR four\n")
    assert watch.news(now=101 + QUIET_S) == "ERROR four"


def test_errors_of_an_earlier_run_are_no_news(tmp_path):
    log = tmp_path / "web.log"
    log.write_text("ERROR of yesterday\n")

    assert LogWatch(log).news(now=0) is None


def test_the_last_words_are_the_error_and_not_the_warnings_after_it(tmp_path):
    log = tmp_path / "log"
    log.write_text("ERRORS:\n?: (events.E002) No task.\n\nWARNINGS:\n?: (staticfiles.W004) No folder.\n")
    assert last_words(log) == "?: (events.E002) No task."

    log.write_text("Traceback (most recent call last):\nImportError: no module\n")
    assert last_words(log) == "ImportError: no module"


def test_the_last_words_of_a_silent_program(tmp_path):
    (tmp_path / "log").write_text("\n \n")

    assert last_words(tmp_path / "log") == "it said nothing"
