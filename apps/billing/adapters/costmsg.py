"""What stations of OCPP 1.6 show drivers of prices: the vendor data of the OCA's “OCPP & California Pricing
Requirements”, section 3. `data` is JSON as text, as 1.6 carries it. docs/vendor-data.md says where each fact is from.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from apps.core.units import SECONDS_PER_HOUR, SECONDS_PER_MINUTE
from apps.stations.messages import DataTransfer
from apps.tariffs.messages import Prices
from apps.tariffs.rules import gross_price

VENDOR = "org.openchargealliance.costmsg"
USER_PRICE, RUNNING, FINAL = "SetUserPrice", "RunningCost", "FinalCost"
CHARGING, IDLE = "Charging", "Idle"
MINUTES_PER_HOUR = SECONDS_PER_HOUR // SECONDS_PER_MINUTE


def user_price(token: str, text: str) -> DataTransfer:
    """The price in words for who has just shown a token."""
    return _message(USER_PRICE, {"idToken": token, "priceText": text})


def running_cost(
    *, number: int, at: datetime, meter_wh: int, cost: Decimal, is_idle: bool, prices: Prices | None
) -> DataTransfer:
    """What a charge has cost by the reading at `at`, and the prices by which the station counts on until the next one.

    A status by which charging stops or goes on makes the station send a reading at once; it is free without prices.
    """
    data: dict[str, Any] = {
        "transactionId": number,
        "timestamp": at.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "meterValue": meter_wh,
        "cost": _number(cost),
        "state": IDLE if is_idle else CHARGING,
        "chargingPrice": _charging_price(prices),
    }
    if prices and prices.idle_per_minute:
        data["idlePrice"] = {
            "graceMinutes": prices.idle_grace_s // SECONDS_PER_MINUTE,
            "hourPrice": _number(gross_price(prices.idle_per_minute, prices) * MINUTES_PER_HOUR),
        }
        data["triggerMeterValue"] = {"atCPStatus": ["Charging"] if is_idle else ["SuspendedEV", "SuspendedEVSE"]}
    return _message(RUNNING, data)


def final_cost(*, number: int, cost: Decimal, text: str) -> DataTransfer:
    """What a charge has cost in the end, also in words."""
    return _message(FINAL, {"transactionId": number, "cost": _number(cost), "priceText": text})


def data_in(stored: Mapping[str, Any] | None) -> dict[str, Any]:
    """The data of one of our messages as it was queued."""
    return object_in((stored or {}).get("data"))


def object_in(data: Any) -> dict[str, Any]:
    """JSON as text, or an object; empty for anything else."""
    try:
        found = json.loads(data) if isinstance(data, str) else data
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _charging_price(prices: Prices | None) -> dict[str, float]:
    if prices is None:
        return {"kWhPrice": 0.0}
    parts = {
        "kWhPrice": gross_price(prices.price_per_kwh, prices),
        "hourPrice": gross_price(prices.price_per_minute, prices) * MINUTES_PER_HOUR,
        "flatFee": gross_price(prices.price_per_session, prices),
    }
    return {name: _number(price) for name, price in parts.items() if price or name == "kWhPrice"}


def _message(name: str, data: dict[str, Any]) -> DataTransfer:
    return DataTransfer(vendor_id=VENDOR, message_id=name, data=json.dumps(data, ensure_ascii=False))


def _number(amount: Decimal) -> float:
    """JSON has no decimals; up to 15 digits a float is written as the same digits."""
    return float(amount)
