"""What an operator sees and does, in a real browser."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from apps.charging.models import Transaction
from apps.core.clock import now
from apps.drivers.models import IdToken
from apps.events.services import broadcast
from apps.stations.messages import CommandOutcome
from apps.stations.models import ChargingStation, Connector, StationCommand
from apps.stations.services.commands import claim_next, finish_command, record_sent
from apps.tariffs.messages import TariffTerms
from apps.telemetry.messages import ContextCode, MeterRow
from apps.telemetry.services.leases import take_lease
from apps.telemetry.services.writing import store_charge_live, store_readings
from tests.browser.conftest import Visit

TERMS = TariffTerms(
    currency="EUR", vat_percent=Decimal(19), price_per_kwh=Decimal("0.59"), tariff="Day", version_id=1,
    version_number=1, time_zone="Europe/Berlin",
)  # fmt: skip
POLYGLOT = "\"'><img src=x onerror=alert(1)>{{7*7}}</script><script>alert(2)</script>"
PAGES = (
    "/",
    "/stations/",
    "/stations/CS-1/",
    "/stations/CS-1/configuration/",
    "/stations/CS-1/frames/",
    "/stations/CS-1/commands/",
    "/stations/CS-1/connect/",
    "/charges/",
    "/invoices/",
    "/refused/",
    "/admin/",
    "/admin/stations/chargingstation/",
    "/admin/stations/chargingstation/add/",
    "/admin/tariffs/tariff/add/",
)


@pytest.fixture
def station(live_tenant: object, make_station: Callable[..., ChargingStation]) -> ChargingStation:
    made = make_station("CS-1", evses=2, ocpp_version="1.6", name="Gate")
    take_lease(made.pk, gateway="gateway.test", version="1.6", address="192.0.2.7")
    return made


@pytest.fixture
def charge(station: ChargingStation) -> Transaction:
    """Open for an hour, with a reading every five minutes."""
    begin = now() - timedelta(hours=1)
    made = Transaction.objects.create(
        station=station, evse=station.evses.get(number=1), connector_number=1, ocpp_id="1", start_key="1",
        started_at=begin, started_received_at=begin, meter_start_wh=0, charging_state="Charging", token_value="CAFE",
        tariff=TERMS.to_json(),
    )  # fmt: skip
    store_readings(
        [
            MeterRow(
                station_id=station.pk, evse=1, context=ContextCode.SAMPLE_PERIODIC,
                at=begin + timedelta(minutes=minute), received_at=begin, transaction_id=made.pk,
                energy_wh=minute * 180.0, power_w=10_800.0,
            )
            for minute in range(0, 60, 5)
        ]
    )  # fmt: skip
    store_charge_live(made.pk, at=now(), energy_wh=10_000.0, power_w=10_800.0, soc_percent=40.0)
    return made


def test_logging_in_leads_to_the_board(visit: Visit, owner: str, station: ChargingStation) -> None:
    page = visit.log_in(owner)

    expect(page.locator("h1")).to_have_text("Live board")
    expect(page.locator(".connector")).to_have_count(2)


def test_the_board_follows_a_connector_without_reloading(visit: Visit, owner: str, station: ChargingStation) -> None:
    page = visit.log_in(owner)
    visit.wait_until_live()
    page.evaluate("window.wasHereBefore = true")
    connector = Connector.objects.get(evse__number=1)

    Connector.objects.filter(pk=connector.pk).update(status="Faulted", error_code="GroundFailure", status_at=now())
    broadcast("connectors", id=connector.pk)

    expect(page.locator(f"#connector-{connector.pk} .state")).to_have_text("faulted", timeout=10_000)
    expect(page.locator(f"#connector-{connector.pk}")).to_contain_text("GroundFailure")
    expect(page.locator("#tiles")).to_contain_text("Faulted")
    assert page.evaluate("window.wasHereBefore") is True


def test_a_new_connector_appears_on_an_open_board(visit: Visit, owner: str, station: ChargingStation) -> None:
    page = visit.log_in(owner)
    visit.wait_until_live()

    new = Connector.objects.create(evse=station.evses.get(number=2), number=2, status="Available", status_at=now())
    broadcast("connectors", id=new.pk)

    expect(page.locator(f"#connector-{new.pk}")).to_be_visible(timeout=10_000)


def test_a_board_that_lost_its_socket_comes_back_and_catches_up(
    visit: Visit, owner: str, station: ChargingStation
) -> None:
    page = visit.log_in(owner)
    visit.wait_until_live()
    connector = Connector.objects.get(evse__number=1)

    # Told to nobody, as if it had happened while the socket was away.
    Connector.objects.filter(pk=connector.pk).update(status="Reserved")
    page.evaluate(
        "() => { const live = document.querySelector('[ws-connect]')['htmx-internal-data'].webSocket;"
        " live.publicInterface.reconnect(); }"
    )

    expect(page.locator(f"#connector-{connector.pk} .state")).to_have_text("reserved", timeout=15_000)


def test_a_command_shows_its_way_from_queued_to_accepted(visit: Visit, owner: str, station: ChargingStation) -> None:
    visit.log_in(owner)
    page = visit.open("/stations/CS-1/")
    visit.wait_until_live()

    page.locator(".connector").first.get_by_role("button", name="Unlock").click()
    state = page.locator("#commands .command .state").first
    expect(state).to_have_text("queued", timeout=10_000)
    command = StationCommand.objects.get()
    claimed = claim_next(station.pk, epoch=1)
    assert claimed is not None
    record_sent(claimed, action="UnlockConnector", payload={"connectorId": 1}, message_id="m-1")
    expect(state).to_have_text("sent", timeout=10_000)
    finish_command(command.pk, outcome=CommandOutcome(accepted=True, status="Unlocked"), answer={"status": "Unlocked"})
    expect(state).to_have_text("accepted", timeout=10_000)
    expect(page.locator("#commands .command")).to_have_count(1)


def test_a_charge_is_started_with_a_token_that_was_searched(visit: Visit, owner: str, station: ChargingStation) -> None:
    IdToken.objects.create(value="DEADBEEF", label="Blue card")
    IdToken.objects.create(value="CAFEBABE", label="Red card")
    visit.log_in(owner)
    page = visit.open("/stations/CS-1/")

    page.locator(".connector").first.get_by_role("button", name="Start").click()
    page.locator("#order [name=text]").press_sequentially("blue", delay=60)
    expect(page.locator("#id_token option")).to_have_text(["Blue card"], timeout=10_000)
    page.locator("#order button[type=submit]").click()

    expect(page.locator("#commands .command")).to_contain_text("Start charge", timeout=10_000)
    expect(page.locator("#order form")).to_have_count(0)
    assert StationCommand.objects.get().message["id_token"]["value"] == "DEADBEEF"


def test_lists_of_charges_follow_a_charge_without_reloading(visit: Visit, owner: str, charge: Transaction) -> None:
    visit.log_in(owner)
    page = visit.open("/charges/")
    visit.wait_until_live()
    row = page.locator(f"#charge-{charge.pk}")
    expect(row).to_contain_text("10.00 kWh")

    Transaction.objects.update(ended_at=now(), ended_received_at=now(), energy_wh=12_500)
    broadcast("transactions", id=charge.pk)

    expect(row.locator(".state")).to_have_text("ended", timeout=10_000)
    expect(row).to_contain_text("12.50 kWh")


def test_a_charge_that_begins_appears_on_its_stations_page(visit: Visit, owner: str, station: ChargingStation) -> None:
    visit.log_in(owner)
    page = visit.open("/stations/CS-1/")
    visit.wait_until_live()

    charge = Transaction.objects.create(
        station=station, evse=station.evses.get(number=1), ocpp_id="7", start_key="7", started_at=now(),
        started_received_at=now(), token_value="CAFE",
    )  # fmt: skip
    broadcast("transactions", id=charge.pk)

    expect(page.locator(f"#charge-{charge.pk}")).to_be_visible(timeout=10_000)
    expect(page.locator(".connector").first).to_contain_text("charging")


def test_a_refusal_is_said_beside_the_form(visit: Visit, owner: str, station: ChargingStation) -> None:
    visit.log_in(owner)
    page = visit.open("/stations/CS-1/")

    page.get_by_role("button", name="Any request").click()
    page.select_option("#order [name=action]", "ClearCache")
    page.fill("#order [name=payload]", '{"x": 1}')
    page.locator("#order button[type=submit]").click()

    expect(page.locator("#order .errorlist")).to_be_visible(timeout=10_000)
    visit.complaints = [said for said in visit.complaints if "422" not in said]


def test_a_charge_draws_its_curve_and_its_running_price(visit: Visit, owner: str, charge: Transaction) -> None:
    visit.log_in(owner)
    page = visit.open(f"/charges/{charge.pk}/")

    expect(page.locator("#curve canvas")).to_be_visible(timeout=15_000)
    expect(page.locator("#curve")).to_have_attribute("data-points", "12")
    expect(page.locator("#charge-live")).to_contain_text("€5.90")


AXIS_LABELS = """() => {
    const model = echarts.getInstanceByDom(document.getElementById("curve")).getModel();
    return ["xAxis", "yAxis"].map((kind) => model.getComponent(kind, kind === "yAxis" ? 1 : 0).axis)
        .map((axis) => axis.getViewLabels().map((label) => label.formattedLabel));
}"""


def test_a_short_and_small_charge_has_no_two_axis_labels_alike(
    visit: Visit, owner: str, station: ChargingStation
) -> None:
    begin = now().replace(second=7, microsecond=0) - timedelta(minutes=5)
    brief = Transaction.objects.create(
        station=station, evse=station.evses.get(number=1), connector_number=1, ocpp_id="2", start_key="2",
        started_at=begin, started_received_at=begin, meter_start_wh=0, tariff=TERMS.to_json(),
    )  # fmt: skip
    store_readings(
        [
            MeterRow(
                station_id=station.pk, evse=1, context=ContextCode.SAMPLE_PERIODIC,
                at=begin + timedelta(seconds=second), received_at=begin, transaction_id=brief.pk,
                energy_wh=second / 10, power_w=360.0,
            )
            for second in range(0, 90, 10)
        ]
    )  # fmt: skip
    visit.log_in(owner)
    page = visit.open(f"/charges/{brief.pk}/")
    expect(page.locator("#curve canvas")).to_be_visible(timeout=15_000)

    times, energies = page.evaluate(AXIS_LABELS)

    assert len(times) > 3
    assert len(energies) > 3
    assert sorted(set(times)) == sorted(times)
    assert sorted(set(energies)) == sorted(energies)


def test_the_switch_turns_the_lights_off_and_the_page_remembers(visit: Visit, owner: str) -> None:
    page = visit.log_in(owner)

    page.click("[data-action=theme]")
    page.reload()

    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_what_a_station_says_is_text_in_every_corner(visit: Visit, owner: str, charge: Transaction) -> None:
    ChargingStation.objects.update(name=POLYGLOT, vendor=POLYGLOT, model=POLYGLOT, firmware_version=POLYGLOT)
    Connector.objects.update(error_code=POLYGLOT[:50], info=POLYGLOT, status="Faulted")
    Transaction.objects.update(token_value=POLYGLOT)
    visit.log_in(owner)
    dialogs: list[str] = []
    visit.page.on("dialog", lambda dialog: dialogs.append(dialog.message) or dialog.dismiss())

    for path in (*PAGES, f"/charges/{charge.pk}/"):
        visit.open(path)
        assert visit.page.locator("img[src=x]").count() == 0, path

    assert dialogs == []


def test_pages_fit_the_screen_and_ask_nobody_else(visit_as: Visit, owner: str, charge: Transaction) -> None:
    visit_as.log_in(owner)
    for path in (*PAGES, f"/charges/{charge.pk}/"):
        page = visit_as.open(path)
        page.wait_for_load_state("networkidle")
        width, screen = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        assert width <= screen, path
