"""Chromium against the real web role on a tenant with committed rows."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from apps.accounts.messages import Role
from apps.accounts.services.people import create_operator
from apps.tenants.models import Tenant

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
PASSWORD = "correct-horse-battery"
START_WITHIN_S = 40.0
# The PDF viewer is a part of the browser itself.
OWN_PARTS = ("data:", "blob:", "chrome-extension://", "chrome://")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = str(Path(__file__).parent)
    for item in items:
        if str(item.path).startswith(here):
            item.add_marker(pytest.mark.browser)
            if CHROMIUM is None:
                item.add_marker(
                    pytest.mark.skip(reason="Chromium is missing: install it (Debian: apt-get install chromium)")
                )


@pytest.fixture(scope="session")
def web_port(django_db_setup: None) -> Iterator[int]:
    """The port of a web role of its own, on the test database."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    database = settings.DATABASES["default"]
    url = "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**database)
    environment = {**os.environ, "DATABASE_URL": url, "WEB_PORT": str(port), "PUBLIC_URL": f"http://localhost:{port}"}
    command = [sys.executable, "-m", "django", "web"]
    with subprocess.Popen(command, env=environment, cwd=settings.BASE_DIR) as server:
        try:
            wait_until_ready(port, server)
            yield port
        finally:
            server.terminate()
            server.wait(timeout=15)


def wait_until_ready(port: int, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_WITHIN_S
    while time.monotonic() < deadline:
        assert server.poll() is None, "The web role ended."
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise AssertionError("The web role did not become ready.")


@pytest.fixture(scope="module")
def chromium(beside_playwright: None) -> Iterator[Browser]:
    """Ends with the module: while it runs, its event loop is the main thread's, and others need that too."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module", autouse=True)
def beside_playwright() -> Iterator[None]:
    """Playwright's synchronous calls turn an event loop underneath, which Django takes for asynchronous code."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        yield


@dataclass
class Visit:
    """An operator in front of a browser; `complaints` is what the browser found wrong."""

    page: Page
    root: str
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        self.page.goto(f"{self.root}{path}")
        return self.page

    def log_in(self, email: str) -> Page:
        page = self.open("/login/")
        page.fill("[name=username]", email)
        page.fill("[name=password]", PASSWORD)
        page.click("form.login button[type=submit]")
        return page

    def wait_until_live(self) -> None:
        self.page.wait_for_selector("body.is-live", timeout=15_000)


def watched(context: BrowserContext, root: str) -> Visit:
    visit = Visit(context.new_page(), root)
    visit.page.on("console", lambda said: said.type in ("error", "warning") and visit.complaints.append(said.text))
    visit.page.on("pageerror", lambda problem: visit.complaints.append(str(problem)))
    visit.page.on("request", lambda request: _check_host(visit, request.url))
    return visit


def _check_host(visit: Visit, url: str) -> None:
    if not url.startswith((visit.root, visit.root.replace("http:", "ws:"), *OWN_PARTS)):
        visit.complaints.append(f"external request: {url}")


@pytest.fixture
def owner(live_tenant: Tenant) -> str:
    """The e-mail address of the tenant's owner."""
    user, _password = create_operator("owner@live.example", role=Role.OWNER, by="test", password=PASSWORD)
    return user.email


@pytest.fixture(params=["light", "dark", "phone"])
def look(request: pytest.FixtureRequest) -> dict[str, Any]:
    """How the browser is set up: a light desk, a dark one, or a phone."""
    looks: dict[str, dict[str, Any]] = {
        "light": {"viewport": {"width": 1440, "height": 900}, "color_scheme": "light"},
        "dark": {"viewport": {"width": 1440, "height": 900}, "color_scheme": "dark"},
        "phone": {"viewport": {"width": 390, "height": 844}, "color_scheme": "light", "has_touch": True},
    }
    return looks[request.param]


@pytest.fixture
def visit(chromium: Browser, web_port: int, live_tenant: Tenant) -> Iterator[Visit]:
    """A light desk at the live tenant; nothing may be wrong with it in the end."""
    yield from _visit(chromium, web_port, live_tenant, {"viewport": {"width": 1440, "height": 900}})


@pytest.fixture
def visit_as(chromium: Browser, web_port: int, live_tenant: Tenant, look: dict[str, Any]) -> Iterator[Visit]:
    """The same for each look."""
    yield from _visit(chromium, web_port, live_tenant, look)


def _visit(chromium: Browser, web_port: int, tenant: Tenant, look: dict[str, Any]) -> Iterator[Visit]:
    context = chromium.new_context(locale="en-GB", **look)
    visit = watched(context, f"http://{tenant.slug}.localhost:{web_port}")
    yield visit
    context.close()
    assert visit.complaints == []


@pytest.fixture(autouse=True)
def committed() -> Iterator[None]:
    """Connections that a test opened are closed before its tenant is deleted."""
    yield
    connection.close()
