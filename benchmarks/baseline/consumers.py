"""A consumer per station that hands each message to the `ocpp` package."""

import base64
from datetime import datetime
from decimal import Decimal
from typing import Any

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.db import transaction
from ocpp.charge_point import ChargePoint
from ocpp.routing import on
from ocpp.v16 import call_result as call_result_16
from ocpp.v16.enums import Action as Action16
from ocpp.v201 import call_result as call_result_201
from ocpp.v201.enums import Action as Action201

from apps.stations.services.credentials import check
from apps.tenants.models import schema_of
from apps.tenants.scope import schema_scope
from benchmarks.baseline.models import Sample


def log_in(schema: str, identity: str, password: str) -> bool:
    with schema_scope(schema):
        return check(identity, password) is not None


def store(schema: str, number: str, meter_values: list[dict[str, Any]]) -> None:
    with schema_scope(schema), transaction.atomic():
        Sample.objects.bulk_create(
            _sample(number, value["timestamp"], sample) for value in meter_values for sample in value["sampled_value"]
        )


def _sample(number: str, at: str, sample: dict[str, Any]) -> Sample:
    return Sample(
        transaction=number,
        at=datetime.fromisoformat(at.replace("Z", "+00:00")),
        measurand=sample["measurand"],
        phase=sample.get("phase", ""),
        context=sample["context"],
        location=sample["location"],
        unit=sample["unit"] if "unit" in sample else sample["unit_of_measure"]["unit"],
        value=Decimal(str(sample["value"])),
    )


class Station16(ChargePoint):
    _ocpp_version = "1.6"

    def __init__(self, identity: str, connection: Any, schema: str) -> None:
        super().__init__(identity, connection)
        self.schema = schema

    @on(Action16.meter_values)
    async def take_meter_values(self, connector_id: int, meter_value: list[Any], transaction_id: int = 0) -> Any:
        await database_sync_to_async(store)(self.schema, str(transaction_id), meter_value)
        return call_result_16.MeterValues()


class Station201(ChargePoint):
    _ocpp_version = "2.0.1"

    def __init__(self, identity: str, connection: Any, schema: str) -> None:
        super().__init__(identity, connection)
        self.schema = schema

    @on(Action201.transaction_event)
    async def take_event(self, transaction_info: dict[str, Any], meter_value: Any = (), **_: Any) -> Any:
        await database_sync_to_async(store)(self.schema, transaction_info["transaction_id"], meter_value)
        return call_result_201.TransactionEvent()


STATIONS: dict[str, Any] = {"ocpp1.6": Station16, "ocpp2.0.1": Station201}


class StationConsumer(AsyncWebsocketConsumer):
    """The socket of one station; it is also the connection that `ocpp` sends through."""

    async def connect(self) -> None:
        _, _, slug, identity = self.scope["path"].split("/")
        headers = dict(self.scope["headers"])
        _, _, password = base64.b64decode(headers[b"authorization"].split()[1]).decode().partition(":")
        if not await database_sync_to_async(log_in)(schema_of(slug), identity, password):
            await self.close()
            return
        subprotocol = self.scope["subprotocols"][0]
        self.station = STATIONS[subprotocol](identity, self, schema_of(slug))
        await self.accept(subprotocol)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        await self.station.route_message(text_data)
