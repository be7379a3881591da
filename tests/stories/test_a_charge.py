"""The main job of the house: a car is plugged in, and in the end there is an invoice; the same one in every dialect."""

import json
from decimal import Decimal

import pytest

from apps.billing.models import Cdr, Invoice
from apps.charging.models import Transaction
from apps.charging.services.requests import request_start, request_stop
from apps.dialects.adapters.registry import dialect_for
from apps.drivers.models import IdToken
from apps.stations.messages import OcppVersion
from apps.stations.models import ChargingStation, Connector, StationCommand
from apps.telemetry.models import Frame, MeterValue
from apps.tenants.scope import schema_scope
from tests.plugged import wait_for
from tests.stories.scripts import BEGIN_WH, SCRIPTS

DIALECTS = pytest.mark.parametrize("dialect", ["1.6", "2.0.1", "2.1"])


@DIALECTS
def test_a_charge_from_plug_to_invoice(dialect, plug, depot, run_outbox):
    script = SCRIPTS[dialect](plug(dialect))

    assert script.boot() == "Accepted"
    script.plug_in()
    assert script.authorise() == "Accepted"
    assert script.start() == "Accepted"
    script.meter(50, BEGIN_WH + 1600, 115_000)
    script.meter(95, BEGIN_WH + 3217, 90_000)
    script.suspend()
    script.stop()
    run_outbox()

    charge = Transaction.objects.get()
    assert (charge.energy_wh, charge.idle_s, charge.hold_reason) == (3217, 130, "")
    assert MeterValue.objects.filter(transaction_id=charge.pk, power_w__gt=80_000).count() == 2
    invoice = Invoice.objects.get()
    assert told(invoice) == {
        "net": Decimal("2.10"),
        "vat": Decimal("0.40"),
        "gross": Decimal("2.50"),
        "buyer": "Erika Mustermann",
        "lines": [
            ("energy", Decimal("3.217"), Decimal("1.90")),
            ("time", Decimal("1.666667"), Decimal("0.05")),
            ("session", Decimal("1"), Decimal("0.35")),
            ("idle", Decimal("2"), Decimal("0.20")),
        ],
    }
    assert Connector.objects.get(evse__station=depot).status == "Available"
    assert unlawful_frames(dialect) == []


def unlawful_frames(dialect):
    """What we sent that the schemas of that version do not allow."""
    checks = {2: dialect_for(OcppVersion(dialect)).check_request, 3: dialect_for(OcppVersion(dialect)).check_answer}
    sent = Frame.objects.filter(incoming=False)
    wait_for(lambda: sent.count() >= 9)  # what changes nothing is logged within a second
    return [frame.action for frame in sent if checks[frame.kind](frame.action, json.loads(frame.payload))]


def told(invoice):
    """What the customer reads."""
    lines = Cdr.objects.get(pk=invoice.cdr_id).quote.lines
    return {
        "net": invoice.net,
        "vat": invoice.vat,
        "gross": invoice.gross,
        "buyer": invoice.buyer.name,
        "lines": [(line.kind.value, line.quantity, line.gross) for line in lines],
    }


@DIALECTS
def test_a_charge_that_is_told_twice_is_billed_once(dialect, plug, depot, run_outbox):
    """Every message is repeated on a new connection, as after a lost answer."""
    script = SCRIPTS[dialect](plug(dialect))
    script.start()
    script.suspend()
    script.stop()

    again = SCRIPTS[dialect](plug(dialect), begin=script.begin)
    assert again.start() == "Accepted"
    again.suspend()
    again.stop()
    run_outbox()

    assert Transaction.objects.count() == 1
    assert Invoice.objects.get().gross == Decimal("2.50")


@DIALECTS
def test_a_click_on_start_and_stop_reaches_the_station_and_the_bill(dialect, plug, depot, run_outbox):
    raw = plug(dialect)
    script = SCRIPTS[dialect](raw)
    script.boot()
    start = request_start(depot.evses.get(), token=IdToken.objects.get(), by="olga")
    raw.obey("RemoteStartTransaction" if dialect == "1.6" else "RequestStartTransaction", {"status": "Accepted"})
    wait_for(lambda: StationCommand.objects.get(pk=start.pk).state == "accepted")
    script.start()

    stop = request_stop(Transaction.objects.get(), by="olga")
    raw.obey("RemoteStopTransaction" if dialect == "1.6" else "RequestStopTransaction", {"status": "Accepted"})
    wait_for(lambda: StationCommand.objects.get(pk=stop.pk).state == "accepted")
    script.suspend()
    script.stop()
    run_outbox()

    assert Invoice.objects.get().gross == Decimal("2.50")


@DIALECTS
def test_an_unknown_card_charges_on_nobodys_bill(dialect, plug, depot, run_outbox):
    IdToken.objects.all().delete()
    script = SCRIPTS[dialect](plug(dialect))

    assert script.authorise() == "Invalid"
    assert script.start() == "Invalid"

    assert not Invoice.objects.exists()
    assert Transaction.objects.get().token_status == "Invalid"
    assert ChargingStation.objects.get().pk == depot.pk


def test_two_tenants_with_the_same_station_card_and_numbers_have_each_their_own_bill(
    plug, depot, live_tenant, second_tenant, run_outbox
):
    mine, theirs = SCRIPTS["1.6"](plug("1.6")), SCRIPTS["2.1"](plug("2.1", second_tenant.slug))
    for step in ("boot", "plug_in", "authorise", "start", "suspend", "stop"):
        for script in (mine, theirs):
            getattr(script, step)()
    run_outbox()

    bills = {}
    for tenant in (live_tenant, second_tenant):
        with schema_scope(tenant.schema_name):
            assert (Transaction.objects.count(), Cdr.objects.count()) == (1, 1)
            assert set(MeterValue.objects.values_list("transaction_id", flat=True)) <= {Transaction.objects.get().pk}
            assert set(Frame.objects.values_list("station_id", flat=True)) == {ChargingStation.objects.get().pk}
            bills[tenant.pk] = Invoice.objects.get()
    assert [bill.gross for bill in bills.values()] == [Decimal("2.50"), Decimal("3.78")]
    assert len({bill.number for bill in bills.values()}) == 1
