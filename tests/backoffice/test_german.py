"""Pages in German: nothing of ours is left in English."""

import html
import re
from collections.abc import Callable

import pytest
from django.test import Client

from apps.billing.models import Invoice
from apps.billing.services import credit_invoice, save_seller
from apps.core.clock import now
from apps.stations.messages import Reset, ResetType
from apps.stations.models import ChargingStation, QuarantinedMessage, RefusedConnection, StationCommand, Variable
from apps.stations.services.commands import LOST, queue_command, time_out_command
from apps.tariffs.messages import Prices
from apps.tariffs.services import assign_tariff, save_tariff
from apps.tenants.models import Tenant
from tests.backoffice.conftest import begin_charge, connected
from tests.test_translations import catalogue, forms_of, messages

# What is shown as a station said it, as a program wants it, or as somebody called it.
AS_IT_IS = re.compile(
    r"<(script|style|pre|code|svg|head)\b.*?</\1>|<[^>]*class=\"[^\"]*\bmono\b[^\"]*\"[^>]*>[^<]*|<!--.*?-->", re.DOTALL
)
# No German sentence holds one of these, and hardly an English one does without.
SMALL_WORDS = re.compile(
    r"\b(the|and|of|to|is|are|with|for|from|your|yet|by|no|not|it|its|this|that|there|when|has|have|can't|at|on)\b"
)
# Single words that the pages are full of.
ENGLISH = re.compile(
    r"\b(Charges?|Invoices?|Stations?|Connectors?|Energy|Power|Battery|Search|Price|Prices|Duration|Overview|Messages?|"
    r"Commands?|Configuration|Charging|Offline now|State|Location|Amount|Total|Net|Customer|Seller|Started|Ended|"
    r"charging|free|paused|faulted|ended|connected|rejected|accepted|queued|Save|Delete|Log in|Password)\b"
)

PAGES = [
    "/", "/?state=faulted", "/stations/", "/stations/CS-1/", "/stations/CS-1/configuration/", "/stations/CS-1/frames/",
    "/stations/CS-1/commands/", "/stations/CS-1/connect/", "/stations/CS-1/commands/start/",
    "/stations/CS-1/commands/reset/", "/stations/CS-1/commands/availability/", "/stations/CS-1/commands/trigger/",
    "/stations/CS-1/commands/write/", "/stations/CS-1/commands/read/", "/refused/", "/charges/", "/charges/?state=held",
    "/charges/1000000/", "/invoices/", "/password/", "/nothing-here/", "/decide/", "/reservations/", "/configuration/",
    "/quirks/", "/firmware/", "/campaigns/", "/local-lists/", "/security-events/", "/certificates/", "/bulk/",
    "/stations/CS-1/profiles/", "/stations/CS-1/profiles/new/", "/stations/CS-1/local-list/",
    "/stations/CS-1/firmware/", "/stations/CS-1/certificates/",
]  # fmt: skip
LISTS = [
    "accounts/apikey", "accounts/user", "billing/cdr", "billing/sellerprofile",
    "charging/transaction", "drivers/driver", "drivers/idtoken", "stations/chargingstation", "stations/connector",
    "stations/evse", "stations/location", "stations/quarantinedmessage", "stations/refusedconnection",
    "stations/stationcommand", "stations/stationevent", "stations/variable", "tariffs/tariff",
    "tariffs/tariffassignment",
]  # fmt: skip
FORMS = ["accounts/apikey", "accounts/user", "drivers/driver", "drivers/idtoken", "stations/chargingstation",
         "stations/evse", "stations/location", "tariffs/tariff", "tariffs/tariffassignment"]  # fmt: skip


@pytest.fixture
def seller(alpha: Tenant) -> None:
    """Writes its papers in German; they are stored in the language they were issued in."""
    save_seller(by="test", language="de")


@pytest.fixture
def rows(
    station: ChargingStation, seller: None, invoice: Invoice, make_station: Callable[..., ChargingStation]
) -> Invoice:
    """Something of everything that pages draw."""
    connected(make_station("CS-2", ocpp_version="2.0.1"))
    make_station("CS-3", evses=0)
    begin_charge(station)
    begin_charge(station, ended_at=now(), ended_received_at=now(), hold_reason="end_unknown")
    command = queue_command(station, Reset(type=ResetType.ON_IDLE), by="ada@alpha.example")
    time_out_command(command.pk, error=LOST)
    QuarantinedMessage.objects.create(station=station, action="MeterValues", payload="[]", problem="$")
    RefusedConnection.objects.create(
        identity="CS-9", reason="wrong identity or password", address="192.0.2.9", last_at=now()
    )
    Variable.objects.create(station=station, name="HeartbeatInterval", value="300", reported_at=now())
    assign_tariff(save_tariff("Tag", Prices(currency="EUR", vat_percent=19), by="ada"), by="ada")
    credit_invoice(invoice, by="ada@alpha.example", reason="Falscher Tarif")
    return invoice


def german(browser: Client) -> Client:
    browser.defaults["HTTP_ACCEPT_LANGUAGE"] = "de"
    return browser


def seen(page: str) -> str:
    """What a person reads of a page, attributes that are read out or shown included."""
    bare = AS_IT_IS.sub(" ", page)
    told = re.findall(r"\b(?:title|placeholder|aria-label|alt|hx-confirm|data-label)=\"([^\"]*)\"", bare)
    return html.unescape(" \n ".join([re.sub(r"<[^>]+>", " \n ", bare), *told]))


def english_in(page: str) -> set[str]:
    text = re.sub(r"[ \t]+", " ", seen(page))
    sentences = {
        source
        for message in messages(catalogue()).values()
        for source in forms_of(message.id)
        if " " in source and "%" not in source and "{" not in source and source not in forms_of(message.string)
    }
    lines = {match.string[max(0, match.start() - 40) : match.end() + 40].strip()
             for words in (SMALL_WORDS, ENGLISH) for match in words.finditer(text)}  # fmt: skip
    return lines | {sentence for sentence in sentences if re.search(rf"(?<!\w){re.escape(sentence)}(?!\w)", text)}


@pytest.mark.parametrize("address", ["/", "/charges/", "/stations/CS-1/", "/admin/stations/chargingstation/add/"])
def test_english_would_be_noticed(browser: Client, rows: Invoice, address: str) -> None:
    assert len(english_in(browser.get(address).content.decode())) > 8


@pytest.mark.parametrize("address", PAGES)
def test_a_page_is_german(browser: Client, rows: Invoice, address: str) -> None:
    page = german(browser).get(address).content.decode()

    assert 'lang="de"' in page or "<form" in page
    assert english_in(page) == set()


def test_papers_and_charges_are_german(browser: Client, rows: Invoice) -> None:
    german(browser)
    numbers = [rows.number, rows.credit_note.number]
    charges = [rows.cdr.transaction_id, *range(rows.cdr.transaction_id + 1, rows.cdr.transaction_id + 3)]
    addresses = [*(f"/invoices/{number}/" for number in numbers), *(f"/charges/{charge}/" for charge in charges)]

    for address in addresses:
        answer = browser.get(address)
        assert answer.status_code == 200, address
        assert english_in(answer.content.decode()) == set(), address


@pytest.mark.parametrize("model", LISTS)
def test_a_list_of_the_admin_is_german(browser: Client, rows: Invoice, model: str) -> None:
    assert english_in(german(browser).get(f"/admin/{model}/", follow=True).content.decode()) == set()


@pytest.mark.parametrize("model", FORMS)
def test_a_form_of_the_admin_is_german(browser: Client, rows: Invoice, model: str) -> None:
    assert english_in(german(browser).get(f"/admin/{model}/add/").content.decode()) == set()


@pytest.mark.parametrize("host", ["alpha.localhost", "localhost", "nobody.localhost"])
def test_the_door_is_german(alpha: Tenant, host: str) -> None:
    stranger = german(Client(HTTP_HOST=host))

    assert english_in(stranger.get("/", follow=True).content.decode()) == set()
    assert english_in(stranger.get("/login/").content.decode()) == set()


def test_what_a_gateway_stored_is_read_in_the_readers_language(browser: Client, rows: Invoice) -> None:
    page = german(browser).get("/stations/CS-1/").content.decode()

    assert StationCommand.objects.get().error == "The connection was lost before the station answered."
    assert "Die Verbindung brach ab, bevor die Ladestation geantwortet hat." in page


def test_a_refused_order_says_why_in_german(browser: Client, rows: Invoice) -> None:
    answer = german(browser).post("/stations/CS-1/commands/raw/", {"action": "Reset", "payload": "{}"})

    assert "$.type: Dieses Feld ist erforderlich." in answer.content.decode()
