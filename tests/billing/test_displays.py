"""Prices on the displays of stations: which words at which time, and only where they are shown."""

import json
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine

from apps.billing.adapters import costmsg
from apps.billing.models import Cdr
from apps.billing.services import displays, issue_cdr
from apps.charging.models import Transaction, TransactionState
from apps.core.clock import now
from apps.drivers.messages import Authorize, IdTokenSeen, TokenType
from apps.drivers.models import Driver, IdToken
from apps.drivers.services import answer_authorize
from apps.stations.messages import Caller, OcppVersion
from apps.stations.models import ChargingStation, StationCommand, Variable
from apps.tariffs.messages import Prices, TariffTerms, Usage
from apps.tariffs.rules import price
from apps.tariffs.services import assign_tariff, save_tariff
from apps.telemetry.services.leases import release_lease, take_lease

PRICES = Prices(
    currency="EUR", vat_percent=Decimal("19.00"), price_per_kwh=Decimal("0.59"), price_per_minute=Decimal("0.03"),
    price_per_session=Decimal("0.35"), idle_per_minute=Decimal("0.10"), idle_grace_s=600,
)  # fmt: skip
TERMS = TariffTerms(**vars(PRICES), tariff="Day", version_id=1, version_number=1, time_zone="Europe/Berlin")


@pytest.fixture
def station(alpha, make_station: Callable[..., ChargingStation]) -> ChargingStation:
    made = make_station("CS-1", evses=2, ocpp_version="1.6")
    Variable.objects.create(station=made, name="CustomDisplayCostAndPrice", value="true", reported_at=now())
    take_lease(made.pk, gateway="gateway-test", version="1.6", address="127.0.0.1")
    return made


@pytest.fixture
def tariff(station):
    tariff = save_tariff("Day", PRICES, by="test", valid_from=now() - timedelta(days=1))
    assign_tariff(tariff, by="test")
    return tariff


@pytest.fixture
def token(station):
    driver = Driver.objects.create(name="Erika", language="de")
    return IdToken.objects.create(value="04A2B3C4", driver=driver)


@pytest.fixture
def charge(station) -> Transaction:
    at = now() - timedelta(minutes=30)
    return Transaction.objects.create(
        station=station, evse=station.evses.get(number=1), ocpp_id="4711", start_key="s", started_at=at,
        started_received_at=at, meter_start_wh=1000, token_value="04A2B3C4", tariff=TERMS.to_json(),
        charging_state="Charging",
    )  # fmt: skip


def told(name):
    """What was told of this kind, the oldest first."""
    rows = StationCommand.objects.filter(kind="stations.DataTransfer", message__message_id=name)
    assert all(row.message["vendor_id"] == "org.openchargealliance.costmsg" for row in rows)
    return [json.loads(row.message["data"]) for row in rows.order_by("created_at")]


def authorize(station, version=OcppVersion.V16):
    seen = IdTokenSeen(value="04A2B3C4", type=TokenType.ISO14443)
    by = Caller(station_id=station.pk, version=version, epoch=1, received_at=now())
    return answer_authorize(by, Authorize(id_token=seen))


def test_a_token_that_was_accepted_is_told_the_price_in_its_drivers_language(station, tariff, token, run_outbox):
    authorize(station)
    run_outbox()

    [said] = told("SetUserPrice")
    assert said["idToken"] == "04A2B3C4"
    assert said["priceText"].startswith("0,59\xa0€ je kWh, 0,03\xa0€ je Minute Ladezeit, 0,35\xa0€ je Ladevorgang, ")
    assert said["priceText"].endswith(", nach den ersten 10 Minuten. Die Preise enthalten 19\xa0% MwSt.")


def test_evses_with_different_prices_are_told_one_by_one(station, tariff, token):
    other = save_tariff(
        "Dear", Prices(currency="EUR", vat_percent=Decimal(19), price_per_kwh=Decimal("0.79")), by="test",
        valid_from=now() - timedelta(days=1),
    )  # fmt: skip
    assign_tariff(other, by="test", evse=station.evses.get(number=2))
    Driver.objects.update(language="en")
    displays.show_price(station.pk, token.pk)

    [said] = told("SetUserPrice")
    assert "EVSE 1: €0.59 per kWh" in said["priceText"]
    assert "EVSE 2: €0.79 per kWh" in said["priceText"]


@pytest.mark.parametrize("value", ["false", ""])
def test_a_station_that_shows_no_prices_is_told_none(station, tariff, token, charge, run_outbox, value):
    Variable.objects.update(value=value)
    authorize(station)
    run_outbox()
    displays.show_start(charge.pk)
    displays.show_running_costs()

    assert not StationCommand.objects.exists()


def test_a_token_that_was_refused_is_told_nothing(station, tariff, token, run_outbox):
    IdToken.objects.update(status="blocked")
    authorize(station)
    run_outbox()

    assert not StationCommand.objects.exists()


def test_a_start_is_told_the_price_and_the_cost_so_far(station, charge):
    displays.show_start(charge.pk)

    [said] = told("SetUserPrice")
    assert said["priceText"].startswith("€0.59 per kWh, ")
    [running] = told("RunningCost")
    assert running["transactionId"] == 4711
    assert running["meterValue"] == 1000
    assert running["state"] == "Charging"
    assert running["chargingPrice"] == {"kWhPrice": 0.59, "hourPrice": 1.8, "flatFee": 0.35}
    assert running["idlePrice"] == {"graceMinutes": 10, "hourPrice": 6.0}
    assert running["triggerMeterValue"] == {"atCPStatus": ["SuspendedEV", "SuspendedEVSE"]}


def test_the_start_does_not_repeat_the_price_that_the_display_has_just_shown(station, charge):
    displays.show_start(charge.pk)
    displays.show_start(charge.pk)

    assert (len(told("SetUserPrice")), len(told("RunningCost"))) == (1, 1)


def test_the_running_cost_is_that_of_the_one_pricing_function(station, charge):
    with time_machine.travel(charge.started_at + timedelta(minutes=30), tick=False):
        displays.show_running_costs()
        usage = Usage(started_at=charge.started_at, ended_at=now(), energy_wh=0, duration_s=1800)

        [said] = told("RunningCost")
        assert Decimal(str(said["cost"])) == price(usage, PRICES).gross == Decimal("1.25")


def test_the_running_cost_is_told_every_five_minutes_at_most(station, charge):
    start = now()
    for minute in range(11):
        with time_machine.travel(start + timedelta(minutes=minute, seconds=1), tick=False):
            displays.show_running_costs()

    assert len(told("RunningCost")) == 3


def test_a_car_that_ceases_to_take_energy_changes_the_cost_at_once(station, charge):
    displays.show_running_costs()
    Transaction.objects.update(charging_state="SuspendedEV")
    displays.show_running_costs()

    assert [said["state"] for said in told("RunningCost")] == ["Charging", "Idle"]
    assert told("RunningCost")[1]["triggerMeterValue"] == {"atCPStatus": ["Charging"]}


def test_waiting_before_the_first_energy_and_for_the_station_is_not_idle(station, charge):
    Transaction.objects.update(charging_state="EVConnected")
    displays.show_running_costs()
    TransactionState.objects.create(transaction=charge, at=now(), state="Charging")
    displays.show_running_costs()
    Transaction.objects.update(charging_state="SuspendedEVSE")
    displays.show_running_costs()

    assert [said["state"] for said in told("RunningCost")] == ["Charging", "Idle", "Charging"]


def test_a_station_that_is_offline_is_not_told_running_costs(station, charge):
    release_lease(station.pk, epoch=1)
    displays.show_running_costs()

    assert not StationCommand.objects.exists()


def test_a_free_charge_costs_nothing_and_says_so(station, charge):
    Transaction.objects.update(tariff=None)
    displays.show_start(charge.pk)

    [running] = told("RunningCost")
    assert (running["cost"], running["chargingPrice"]) == (0, {"kWhPrice": 0})
    assert "idlePrice" not in running
    assert told("SetUserPrice")[0]["priceText"] == "Charging is free of charge."


def test_net_prices_are_shown_with_vat():
    prices = Prices(currency="EUR", vat_percent=Decimal(20), price_per_kwh=Decimal("0.50"), tax_included=False)
    said = costmsg.running_cost(number=1, at=now(), meter_wh=0, cost=Decimal("1.20"), is_idle=False, prices=prices)

    assert json.loads(said.data)["chargingPrice"] == {"kWhPrice": 0.6}


def end(charge, ended_at):
    charge.ended_at = charge.ended_received_at = ended_at
    charge.energy_wh, charge.meter_stop_wh = 10_000, 11_000
    charge.save()


def test_the_final_cost_is_the_cdrs_and_told_once(station, charge, run_outbox):
    end(charge, now())
    cdr = issue_cdr(charge.pk)
    run_outbox()
    displays.show_final_cost(cdr.pk)

    [said] = told("FinalCost")
    assert said["transactionId"] == 4711
    assert Decimal(str(said["cost"])) == Cdr.objects.get().gross == Decimal("7.15")
    assert said["priceText"] == "10.00 kWh, €7.15 in total, VAT included."


def test_a_cost_that_is_known_long_after_the_end_is_not_shown_to_the_next_driver(station, charge, run_outbox):
    end(charge, now() - timedelta(minutes=11))
    issue_cdr(charge.pk)
    run_outbox()

    assert told("FinalCost") == []


def unplugged(station, data):
    by = Caller(station_id=station.pk, version=OcppVersion.V16, epoch=1, received_at=now())
    return displays.take_unplugged(by, data).status


def test_a_cable_that_is_out_is_noted_on_its_charge(station, charge):
    said = json.dumps({"transactionId": 4711, "timestamp": "2026-06-01T12:34:00Z"})

    assert unplugged(station, said) == "Accepted"
    charge.refresh_from_db()
    assert charge.notes[0]["code"] == "connector_unplugged"
    assert charge.notes[0]["told_at"] == "2026-06-01T12:34:00Z"


@pytest.mark.parametrize("data", [None, "", "{", "[]", "4711", '{"transactionId": 4712}', '{"transactionId": null}'])
def test_what_names_no_charge_of_this_station_is_rejected(station, charge, data):
    assert unplugged(station, data) == "Rejected"


def test_another_stations_charge_is_out_of_reach(station, charge, make_station):
    other = make_station("CS-2", ocpp_version="1.6")

    assert unplugged(other, json.dumps({"transactionId": 4711})) == "Rejected"
