"""Stations that say things, at chosen instants."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine

from apps.charging.messages import (
    EventType,
    MeterReading,
    MeterValues,
    ReadingContext,
    SampledValue,
    TransactionEvent,
    TransactionEventAnswer,
)
from apps.charging.models import Transaction
from apps.charging.services.readings import take_meter_values
from apps.charging.services.states import take_status
from apps.charging.services.transactions import take_event
from apps.drivers.messages import IdTokenSeen
from apps.drivers.models import Driver, IdToken
from apps.stations.messages import Caller, ChargingState, ConnectorStatus, OcppVersion, StatusNotification
from apps.stations.models import ChargingStation
from apps.tariffs.messages import Prices
from apps.tariffs.services import assign_tariff, save_tariff
from apps.tenants.models import Tenant

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
CARD = "04A1B2C3"


def minutes(count: float) -> datetime:
    """That many minutes after the charge of most tests began."""
    return NOON + timedelta(minutes=count)


def reading(at: datetime | None, wh: float, context: ReadingContext = ReadingContext.SAMPLE_PERIODIC) -> MeterReading:
    return MeterReading(at=at, samples=(SampledValue(value=wh, context=context),))


def begin(wh: float, at: datetime | None = NOON) -> MeterReading:
    return reading(at, wh, ReadingContext.TRANSACTION_BEGIN)


def end(wh: float, at: datetime | None = None) -> MeterReading:
    return reading(at or minutes(60), wh, ReadingContext.TRANSACTION_END)


@dataclass
class Talker:
    """A station's side of the talk. What it says is received the moment it happens, unless told otherwise."""

    station: ChargingStation
    version: OcppVersion = OcppVersion.V16
    received_at: datetime | None = None
    epoch: int = 1
    extra: dict[str, Any] = field(default_factory=dict)

    def caller(self, at: datetime | None) -> Caller:
        return Caller(
            station_id=self.station.pk, version=self.version, epoch=self.epoch,
            received_at=self.received_at or at or NOON,
        )  # fmt: skip

    def say(self, event_type: EventType, *, at: datetime | None, **facts: Any) -> TransactionEventAnswer:
        return take_event(self.caller(at), TransactionEvent(event_type=event_type, at=at, **facts))

    def start(
        self, *, at: datetime | None = NOON, evse: int = 1, meter_wh: int = 1000, token: str | None = CARD, **facts: Any
    ) -> TransactionEventAnswer:
        """StartTransaction of 1.6."""
        seen = None if token is None else IdTokenSeen(value=token, raw=token)
        return self.say(
            EventType.STARTED, at=at, evse=evse, connector=1, meter_wh=meter_wh, id_token=seen, **facts
        )  # fmt: skip

    def stop(
        self, number: int | None, *, at: datetime | None = None, meter_wh: int | None = 13000, **facts: Any
    ) -> Any:
        """StopTransaction of 1.6, an hour later with 12 kWh unless told otherwise; no number stands for -1 and 0."""
        ref = None if number is None else str(number)
        facts = {"stopped_reason": "Local", **facts}
        return self.say(
            EventType.ENDED, at=at or minutes(60), transaction_ref=ref, ref_unknown=ref is None, meter_wh=meter_wh,
            **facts,
        )  # fmt: skip

    def started(self, ref: str = "tx-1", *, at: datetime | None = NOON, seq_no: int = 0, **facts: Any) -> Any:
        facts = {"evse": 1, "connector": 1, "id_token": IdTokenSeen(value=CARD), "readings": (begin(1000),), **facts}
        return self.say(EventType.STARTED, at=at, transaction_ref=ref, seq_no=seq_no, **facts)

    def updated(self, ref: str = "tx-1", *, at: datetime, seq_no: int = 1, **facts: Any) -> Any:
        return self.say(EventType.UPDATED, at=at, transaction_ref=ref, seq_no=seq_no, **facts)

    def ended(self, ref: str = "tx-1", *, at: datetime | None = None, seq_no: int = 2, **facts: Any) -> Any:
        facts = {"readings": (end(13000),), "stopped_reason": "EVDisconnected", **facts}
        return self.say(EventType.ENDED, at=at or minutes(60), transaction_ref=ref, seq_no=seq_no, **facts)

    def meter(self, *readings: MeterReading, evse: int = 1, ref: str | None = None, at: datetime | None = None) -> None:
        take_meter_values(self.caller(at), MeterValues(evse=evse, transaction_ref=ref, readings=readings))

    def status(
        self, word: str, *, at: datetime | None, evse: int = 1, state: ChargingState | None = None,
        status: ConnectorStatus = ConnectorStatus.OCCUPIED,
    ) -> None:  # fmt: skip
        take_status(
            self.caller(at),
            StatusNotification(evse=evse, connector=1, status=status, raw_status=word, at=at, charging_state=state),
        )


@pytest.fixture
def clock() -> Iterator[Any]:
    """Our own clock, stopped at noon."""
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def card(alpha: Tenant) -> IdToken:
    """A token that may charge, of a driver."""
    return IdToken.objects.create(value=CARD, driver=Driver.objects.create(name="Ada"))


@pytest.fixture
def talker(alpha: Tenant, card: IdToken, make_station: Callable[..., ChargingStation]) -> Talker:
    """A 1.6 station with two EVSEs."""
    return Talker(make_station("CS-16", evses=2))


@pytest.fixture
def talker2(alpha: Tenant, card: IdToken, make_station: Callable[..., ChargingStation]) -> Talker:
    """A 2.0.1 station with two EVSEs."""
    return Talker(make_station("CS-201", evses=2), version=OcppVersion.V201)


@pytest.fixture
def tariff(alpha: Tenant) -> None:
    """Everywhere 0.50 EUR per kWh and 0.10 EUR per idle minute."""
    prices = Prices(
        currency="EUR", vat_percent=Decimal(19), price_per_kwh=Decimal("0.50"), idle_per_minute=Decimal("0.10")
    )
    assign_tariff(save_tariff("Standard", prices, valid_from=NOON - timedelta(days=1), by="tests"), by="tests")


def the_charge() -> Transaction:
    """The only charge there is."""
    return Transaction.objects.get()
