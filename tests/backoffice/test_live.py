"""Live sockets: what changed arrives as the page's own partial, in the viewer's rights, and for nobody else."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator
from django.conf import settings
from django.db import connection
from django.test import Client

from apps.accounts.messages import Role
from apps.accounts.models import User
from apps.backoffice.services.board import BoardFilter
from apps.backoffice.services.live import Changes, LoggedOut, Watch, fragments
from apps.core.clock import now
from apps.events.services import broadcast
from apps.stations.messages import Reset, ResetType
from apps.stations.models import ChargingStation, Connector
from apps.stations.services.commands import queue_command
from apps.tenants.models import Tenant
from apps.tenants.scope import in_tenant
from config.asgi import application
from tests.backoffice.conftest import CARD, begin_charge, connected


def session_of(browser: Client) -> str:
    return browser.cookies[settings.SESSION_COOKIE_NAME].value


def drawn(browser: Client, watch: Watch, *changes: tuple[str, Any], language: str = "en") -> str:
    gathered = Changes()
    for topic, row_id in changes:
        gathered.add(topic, row_id)
    return "".join(fragments(watch, gathered, session_key=session_of(browser), language=language))


BOARD = Watch(page="board")


def test_a_changed_connector_is_drawn_as_the_page_draws_it(browser: Client, station: ChargingStation) -> None:
    connector = Connector.objects.get(evse__number=1)
    Connector.objects.filter(pk=connector.pk).update(status="Faulted", error_code="GroundFailure")

    fragment = drawn(browser, BOARD, ("connectors", connector.pk))

    assert f'id="connector-{connector.pk}"' in fragment
    assert "GroundFailure" in fragment
    assert 'id="tiles"' in fragment
    assert fragment.count("<article") == 1
    assert "GroundFailure" in browser.get("/").content.decode()


def test_a_station_that_comes_or_goes_changes_all_its_cards(browser: Client, station: ChargingStation) -> None:
    assert drawn(browser, BOARD, ("stations", station.pk)).count("<article") == 2


def test_a_charge_changes_the_card_of_its_evse_alone(browser: Client, station: ChargingStation) -> None:
    charge = begin_charge(station)

    fragment = drawn(browser, BOARD, ("transactions", charge.pk))

    assert fragment.count("<article") == 1
    assert "tone-charging" in fragment


def test_what_a_filter_hides_now_is_taken_off_the_board(browser: Client, station: ChargingStation) -> None:
    connector = Connector.objects.get(evse__number=1)
    watch = Watch(page="board", filter=BoardFilter(state="faulted"))

    fragment = drawn(browser, watch, ("connectors", connector.pk))

    assert f'<div id="connector-{connector.pk}" hx-swap-oob="delete"></div>' in fragment
    assert "<article" not in fragment


def test_a_fragment_shows_no_more_than_its_viewer_may_see(
    browser_of: Callable[..., Client], station: ChargingStation
) -> None:
    charge = begin_charge(station)

    open_eyed = drawn(browser_of(Role.SUPPORT), BOARD, ("transactions", charge.pk))
    masked = drawn(browser_of(Role.READ_ONLY), BOARD, ("transactions", charge.pk))

    assert CARD in open_eyed
    assert CARD not in masked
    assert "E601" in masked


def test_a_stations_page_hears_of_its_own_commands_only(
    browser: Client, station: ChargingStation, make_station: Callable[..., ChargingStation]
) -> None:
    mine = queue_command(station, Reset(type=ResetType.ON_IDLE), by="x")
    other = queue_command(make_station("CS-2"), Reset(type=ResetType.ON_IDLE), by="x")
    watch = Watch(page="station", identity="CS-1")

    fragment = drawn(browser, watch, ("commands", str(mine.pk)), ("commands", str(other.pk)))

    assert f'id="command-{mine.pk}"' in fragment
    assert str(other.pk) not in fragment


def test_a_charges_page_is_drawn_anew_with_its_price(browser: Client, station: ChargingStation) -> None:
    charge, other = begin_charge(station), begin_charge(station)
    watch = Watch(page="charge", charge_id=charge.pk)

    assert 'id="charge-live"' in drawn(browser, watch, ("transactions", charge.pk))
    assert drawn(browser, watch, ("transactions", other.pk)) == ""


def test_lists_of_charges_get_rows(browser: Client, station: ChargingStation) -> None:
    charge = begin_charge(station)

    assert f'<tr id="charge-{charge.pk}"' in drawn(browser, Watch(page="charges"), ("transactions", charge.pk))


def test_a_page_of_a_station_that_is_gone_hears_nothing(browser: Client, station: ChargingStation) -> None:
    assert drawn(browser, Watch(page="station", identity="GONE"), ("stations", station.pk)) == ""


def test_a_session_that_is_over_draws_nothing_more(browser: Client, station: ChargingStation) -> None:
    key = session_of(browser)
    User.objects.update(is_active=False)

    with pytest.raises(LoggedOut):
        fragments(BOARD, Changes(), session_key=key, language="en")


# ---- over the wire ----


@pytest.fixture
def live_browser(live_tenant: Tenant, make_station: Callable[..., ChargingStation]) -> Client:
    """The owner's browser at a tenant with committed rows."""
    user = User(email="owner@live.example", role=Role.OWNER)
    user.set_unusable_password()
    user.save()
    connected(make_station("CS-1"))
    browser = Client(HTTP_HOST=f"{live_tenant.slug}.localhost")
    browser.force_login(user)
    return browser


class Page(ApplicationCommunicator):
    """An open page's end of the socket."""

    async def open(self) -> bool:
        await self.send_input({"type": "websocket.connect"})
        return (await self.receive_output(timeout=10))["type"] == "websocket.accept"

    async def fragment(self) -> str:
        return str((await self.receive_output(timeout=10))["text"])

    async def close(self) -> None:
        await self.send_input({"type": "websocket.disconnect", "code": 1000})
        await self.wait(timeout=5)


@asynccontextmanager
async def socket(
    tenant: Tenant, browser: Client | None, *, origin: str | None = None, host: str | None = None, language: str = ""
) -> AsyncIterator[tuple[Page, bool]]:
    host = host or f"{tenant.slug}.localhost"
    headers = [(b"host", host.encode()), (b"origin", (origin or f"http://{host}").encode())]
    headers.append((b"accept-language", language.encode()))
    if browser:
        headers.append((b"cookie", f"sessionid={session_of(browser)}".encode()))
    scope = {
        "type": "websocket", "path": "/ws/live/", "query_string": b"page_kind=board", "headers": headers,
        "subprotocols": [],
    }  # fmt: skip
    page = Page(application, scope)
    accepted = await page.open()
    try:
        yield page, accepted
    finally:
        await page.close()


def change_first_connector(status: str) -> int:
    connector = Connector.objects.get()
    Connector.objects.update(status=status, status_at=now())
    broadcast("connectors", id=connector.pk)
    connection.close()
    return connector.pk


def log_out(browser: Client) -> None:
    browser.post("/logout/")
    connection.close()


async def test_a_change_reaches_an_open_page(live_tenant: Tenant, live_browser: Client) -> None:
    async with socket(live_tenant, live_browser) as (page, accepted):
        assert accepted
        pk = await in_tenant(live_tenant.schema_name, change_first_connector, "Reserved")
        fragment = await page.fragment()

    assert f'id="connector-{pk}"' in fragment
    assert "tone-reserved" in fragment


async def test_a_change_is_drawn_in_the_language_the_browser_asked_the_page_for(
    live_tenant: Tenant, live_browser: Client
) -> None:
    async with socket(live_tenant, live_browser, language="de-AT,de;q=0.9,en;q=0.5") as (page, _accepted):
        await in_tenant(live_tenant.schema_name, change_first_connector, "Reserved")
        fragment = await page.fragment()

    assert "reserviert" in fragment
    assert "reserved</span>" not in fragment


async def test_a_burst_of_changes_costs_one_drawing(live_tenant: Tenant, live_browser: Client) -> None:
    async with socket(live_tenant, live_browser) as (page, _accepted):
        for status in ("Reserved", "Unavailable", "Faulted"):
            await in_tenant(live_tenant.schema_name, change_first_connector, status)
        fragment, tiles = await page.fragment(), await page.fragment()
        quiet = await page.receive_nothing(timeout=0.6)

    assert "tone-faulted" in fragment
    assert 'id="tiles"' in tiles
    assert quiet


async def test_another_tenants_changes_are_not_heard(
    live_tenant: Tenant, live_browser: Client, beta: Tenant, transactional_db: None
) -> None:
    async with socket(live_tenant, live_browser) as (page, _accepted):
        await in_tenant(beta.schema_name, broadcast, "connectors", id=1)
        assert await page.receive_nothing(timeout=0.6)


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://localhost"])
async def test_another_sites_page_gets_no_socket(live_tenant: Tenant, live_browser: Client, origin: str) -> None:
    async with socket(live_tenant, live_browser, origin=origin) as (_page, accepted):
        assert not accepted


async def test_a_stranger_gets_no_socket(live_tenant: Tenant, live_browser: Client) -> None:
    async with socket(live_tenant, None) as (_page, accepted):
        assert not accepted


async def test_a_session_of_one_tenant_gets_no_socket_at_another(live_tenant: Tenant, live_browser: Client) -> None:
    async with socket(live_tenant, live_browser, host="alpha.localhost") as (_page, accepted):
        assert not accepted


async def test_logging_out_ends_the_socket_with_the_next_news(live_tenant: Tenant, live_browser: Client) -> None:
    async with socket(live_tenant, live_browser) as (page, _accepted):
        await asyncio.to_thread(log_out, live_browser)
        await in_tenant(live_tenant.schema_name, change_first_connector, "Reserved")
        end = await page.receive_output(timeout=10)

    assert (end["type"], end["code"]) == ("websocket.close", 4401)
