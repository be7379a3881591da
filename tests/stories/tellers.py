"""A 2.x station as the certification cases drive it: each event ten seconds after the one before."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from apps.billing.models import Cdr, Invoice
from apps.charging.models import Transaction
from tests.stories.certifying import UPKEEP, Json, Point, stamp
from tests.stories.conftest import CARD
from tests.stories.scripts import some_minutes_ago

STRANGER = "C0FFEE01"
BEGIN_WH, END_WH = 1_000, 3_500
PACE = timedelta(seconds=10)
UPKEEP_2X: dict[str, Json] = UPKEEP | {
    "GetBaseReport": {"status": "NotSupported"},
    "GetLocalListVersion": {"versionNumber": 0},
    "GetVariables": {"getVariableResult": []},
    "SendLocalList": {"status": "Failed"},
    "SetVariables": {"setVariableResult": []},
}


@dataclass
class Teller(Point):
    """`ref` is the transaction it speaks of; `seq_no` counts on until somebody sets it."""

    upkeep: dict[str, Json] = field(default_factory=lambda: UPKEEP_2X)
    begin: datetime = field(default_factory=some_minutes_ago)
    ref: str = "tx-1"
    seq_no: int = 0
    told: int = 0

    def boot(self) -> Json:
        return self.raw.call(
            "BootNotification", {"reason": "PowerUp", "chargingStation": {"vendorName": "V", "model": "M"}}
        )

    def status(self, *words: str, connector: int = 1, evse: int = 1, error: str = "") -> None:
        for word in words:
            news = {"evseId": evse, "connectorId": connector, "connectorStatus": word, "timestamp": stamp()}
            assert self.raw.call("StatusNotification", news) == {}

    def authorize(self, tag: str = CARD) -> Json:
        info: Json = self.raw.call("Authorize", {"idToken": token(tag)})["idTokenInfo"]
        return info

    def clock(self) -> str:
        return stamp(self.begin + self.told * PACE)

    def event(self, kind: str, trigger: str, state: str = "", **more: Any) -> Json:
        """`info` goes into transactionInfo; what is told twice is the same message again."""
        return self.raw.call("TransactionEvent", self.event_payload(kind, trigger, state, **more))

    def event_payload(self, kind: str, trigger: str, state: str = "", **more: Any) -> Json:
        info = {"transactionId": self.ref} | ({"chargingState": state} if state else {}) | more.pop("info", {})
        said = {
            "eventType": kind, "timestamp": self.clock(), "triggerReason": trigger, "seqNo": self.seq_no,
            "transactionInfo": info,
        }  # fmt: skip
        self.told += 1
        self.seq_no += 1
        return said | more

    def starts(self, trigger: str = "Authorized", state: str = "EVConnected", **more: Any) -> Json:
        """With card, place and register; `evse=None` and the like leave one of them out."""
        facts = {
            "evse": {"id": 1, "connectorId": 1},
            "idToken": token(CARD),
            "meterValue": self.reads(BEGIN_WH, "Transaction.Begin"),
        }
        return self.event("Started", trigger, state, **_given(facts | more))

    def goes_on(self, trigger: str = "ChargingStateChanged", state: str = "Charging", **more: Any) -> Json:
        return self.event("Updated", trigger, state, **more)

    def ends(
        self, trigger: str = "StopAuthorized", reason: str = "Local", state: str = "EVConnected", **more: Any
    ) -> Json:
        facts = {"info": {"stoppedReason": reason}, "meterValue": self.reads(END_WH, "Transaction.End")}
        return self.event("Ended", trigger, state, **_given(facts | more))

    def reads(self, register_wh: int, context: str, **more: Any) -> list[Json]:
        sample = {"value": register_wh, "context": context, "unitOfMeasure": {"unit": "Wh"}} | more
        return [{"timestamp": self.clock(), "sampledValue": [sample]}]


def token(tag: str, kind: str = "ISO14443") -> Json:
    return {"idToken": tag, "type": kind}


def _given(facts: Json) -> Json:
    return {name: value for name, value in facts.items() if value is not None}


def the_charge() -> Transaction:
    return Transaction.objects.get()


def billed(run_outbox: Callable[[], None]) -> tuple[int, int]:
    """How many charges have a price, and how many an invoice, when all work is done."""
    run_outbox()
    return Cdr.objects.count(), Invoice.objects.count()
