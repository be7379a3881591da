"""A 1.6 station with a display, from the card to the final cost, over a real socket."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from apps.billing.models import Cdr
from apps.core.clock import now
from apps.stations.models import ChargingStation, StationCommand, Variable
from tests.plugged import RawStation
from tests.stories.certifying import Point, unlawful_frames
from tests.stories.conftest import CARD

ACCEPTED = {"status": "Accepted"}


def told(point: Point, message: str) -> Any:
    payload = point.obey("DataTransfer", ACCEPTED)
    assert (payload["vendorId"], payload["messageId"]) == ("org.openchargealliance.costmsg", message)
    return json.loads(payload["data"])


def test_the_display_is_told_the_price_the_cost_so_far_and_what_is_billed(
    plug: Callable[..., RawStation], depot: ChargingStation, run_outbox: Callable[[], None]
) -> None:
    point = Point(plug("1.6"))
    point.boot()
    Variable.objects.create(station=depot, name="CustomDisplayCostAndPrice", value="true", reported_at=now())

    point.authorize()
    run_outbox()
    price = told(point, "SetUserPrice")
    assert price["idToken"] == CARD.replace(":", "")
    assert price["priceText"].startswith("€0.59 per kWh, €0.03 per minute of charging, €0.35 per charge, ")

    number = point.start()["transactionId"]
    run_outbox()
    running = told(point, "RunningCost")
    assert (running["transactionId"], running["meterValue"], running["cost"]) == (number, 1000, 0.35)
    assert running["chargingPrice"] == {"kWhPrice": 0.59, "hourPrice": 1.8, "flatFee": 0.35}

    point.stop(number, meter_wh=11_000)
    run_outbox()
    final = told(point, "FinalCost")
    assert final["transactionId"] == number
    assert Decimal(str(final["cost"])) == Cdr.objects.get().gross == Decimal("6.25")
    assert final["priceText"] == "10.00 kWh, €6.25 in total, VAT included."
    assert unlawful_frames() == []


def test_a_station_without_one_is_told_nothing(
    plug: Callable[..., RawStation], depot: ChargingStation, run_outbox: Callable[[], None]
) -> None:
    point = Point(plug("1.6"))
    point.boot()
    point.authorize()
    point.stop(point.start()["transactionId"])
    run_outbox()

    assert not StationCommand.objects.filter(kind="stations.DataTransfer").exists()
