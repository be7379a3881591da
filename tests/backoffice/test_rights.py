"""Who may do what: every role at every button."""

from collections.abc import Callable

import pytest
from django.test import Client

from apps.accounts.messages import Role
from apps.billing.models import Invoice
from apps.drivers.models import IdToken
from apps.stations.models import ChargingStation, QuarantinedMessage, StationCommand
from tests.backoffice.conftest import begin_charge

O, M, P, I, F, S, R = Role  # noqa: E741
ALLOWED = {
    "start": {O, M, P, I, S},
    "stop": {O, M, P, I, S},
    "reserve": {O, M, P, I, S},
    "reset": {O, M, P, I, S},
    "write": {O, M, P, I},
    "raw": {O, M, P, I},
    "password": {O, M, P, I},
    "settle": {O, M, P, I},
    "charges.csv": {O, M, P, F},
    "credit": {O, M, F},
    "release": {O, M, F},
}


@pytest.mark.parametrize("role", list(Role))
def test_a_role_may_do_what_it_is_for_and_nothing_else(
    browser_of: Callable[..., Client], station: ChargingStation, token: IdToken, invoice: Invoice, role: Role
) -> None:
    browser = browser_of(role)

    allowed = {name for name in ALLOWED if attempt(browser, name, station, token, invoice) != 403}

    assert allowed == {name for name, roles in ALLOWED.items() if role in roles}


def attempt(browser: Client, name: str, station: ChargingStation, token: IdToken, invoice: Invoice) -> int:
    charge = begin_charge(station, evse=station.evses.get(number=2))
    kept = QuarantinedMessage.objects.create(station=station, action="StopTransaction", payload="{}", problem="?")
    commands = "/stations/CS-1/commands"
    posts = {
        "start": (f"{commands}/start/", {"evse": station.evses.get(number=1).pk, "token": token.pk}),
        "stop": (f"/charges/{charge.pk}/stop/", {}),
        "reserve": ("/reservations/new/", {}),
        "reset": (f"{commands}/reset/", {"type": "OnIdle"}),
        "write": (f"{commands}/write/", {"key": "HeartbeatInterval", "value": "60"}),
        "raw": (f"{commands}/raw/", {"action": "ClearCache", "payload": "{}"}),
        "password": ("/stations/CS-1/password/", {}),
        "settle": (f"/quarantine/{kept.pk}/settle/", {}),
        "credit": (f"/invoices/{invoice.number}/credit/", {"reason": "wrong tariff"}),
        "release": (f"/charges/{charge.pk}/release/", {}),
    }
    if name == "charges.csv":
        return browser.get("/exports/charges.csv").status_code
    address, data = posts[name]
    return browser.post(address, data).status_code


def test_buttons_that_would_be_refused_are_not_shown(
    browser_of: Callable[..., Client], station: ChargingStation
) -> None:
    charge = begin_charge(station)
    page = browser_of(Role.FINANCE).get("/stations/CS-1/").content.decode()

    assert f"/charges/{charge.pk}/stop/" not in page
    assert "/commands/unlock/" not in page


def test_a_refused_command_leaves_no_row(browser_of: Callable[..., Client], station: ChargingStation) -> None:
    browser_of(Role.FINANCE).post("/stations/CS-1/commands/reset/", {"type": "OnIdle"})

    assert not StationCommand.objects.exists()


def test_a_form_without_a_token_against_forgery_is_refused(
    browser_of: Callable[..., Client], station: ChargingStation
) -> None:
    session = browser_of(Role.OWNER).cookies["sessionid"].value
    stranger = Client(HTTP_HOST="alpha.localhost", enforce_csrf_checks=True)
    stranger.cookies["sessionid"] = session

    assert stranger.post("/stations/CS-1/commands/reset/", {"type": "OnIdle"}).status_code == 403
    assert not StationCommand.objects.exists()
