"""In CI a browser test that was skipped is a failure: a page nobody looked at is not a page that works."""

import os
from collections.abc import Iterator

import pytest

MARKER = "browser"


def pytest_configure(config: pytest.Config) -> None:
    if os.environ.get("CI", "").lower() in ("true", "1"):
        config.pluginmanager.register(BrowserGuard(), "browser-guard")


class BrowserGuard:
    def __init__(self) -> None:
        self._skipped: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped and MARKER in report.keywords:
            self._skipped.append(report.nodeid)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Iterator[None]:
        if self._skipped and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        yield

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self._skipped:
            terminalreporter.section("Browser tests were skipped, which CI does not accept", red=True)
            for nodeid in self._skipped:
                terminalreporter.line(nodeid)
