"""The hot path: readings of a known open charge go straight to the group-commit writer, past the ORM."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from apps.charging.messages import KnownCharge, MeterValues, TransactionEvent
from apps.charging.rules.hot import charge_read
from apps.charging.rules.readings import meter_rows
from apps.dialects.adapters.registry import dialect_for
from apps.dialects.messages import Call, Message, Send, Unreadable
from apps.ocpp.messages import Link
from apps.ocpp.newest import Newest
from apps.ocpp.services.frames import incoming_row
from apps.stations.messages import OcppVersion
from apps.telemetry.adapters.writer import GroupWriter
from apps.telemetry.messages import MeterRow, Parcel

ACTIONS = {
    OcppVersion.V16: "MeterValues",
    OcppVersion.V201: "TransactionEvent",
    OcppVersion.V21: "TransactionEvent",
}


class Readings:
    """One connection's memory of its station's open charges; as long as it is empty, nothing goes the short way."""

    def __init__(self, link: Link, *, writer: GroupWriter, newest: Newest) -> None:
        self._link = link
        self._writer = writer
        self._newest = newest
        self._action = ACTIONS[link.version]
        self._is_16 = link.version is OcppVersion.V16
        self._dialect = dialect_for(link.version)
        self._charges: dict[str, KnownCharge] = {}

    def learn(self, charges: Iterable[KnownCharge]) -> None:
        """A service has looked: these are all the open charges there are."""
        self._charges = {charge.ref: charge for charge in charges}

    async def take(self, call: Call | Send, action: str, received_at: datetime) -> bool:
        """Whether it was stored, committed and is to be answered with nothing; False sends it to its service.

        What the writer did not store has told us that we remember wrongly: the charge is forgotten.
        """
        if not self._charges or action != self._action or isinstance(call, Send):
            return False
        message = self._parsed(call, received_at)
        if not isinstance(message, MeterValues | TransactionEvent):
            return False
        charge = charge_read(message, self._charges, is_16=self._is_16)
        if charge is None:
            return False
        rows = self._rows(message, charge, received_at)
        if not await self._writer.store(self._parcel(call, action, charge, rows, received_at)):
            self._charges.pop(charge.ref, None)
            return False
        self._go_on(message, charge, rows)
        return True

    def _parsed(self, call: Call, received_at: datetime) -> Message | None:
        try:
            return self._dialect.parse(call.action, call.payload, received_at=received_at)
        except Unreadable:
            return None

    def _rows(
        self, message: MeterValues | TransactionEvent, charge: KnownCharge, received_at: datetime
    ) -> tuple[MeterRow, ...]:
        return meter_rows(
            message.readings,
            station_id=self._link.station_id,
            evse=charge.evse,
            received_at=received_at,
            transaction_id=charge.transaction_id,
            seq_no=message.seq_no if isinstance(message, TransactionEvent) else None,
            unclocked_at=message.at if isinstance(message, TransactionEvent) else None,
        )

    def _parcel(
        self, call: Call, action: str, charge: KnownCharge, rows: tuple[MeterRow, ...], received_at: datetime
    ) -> Parcel:
        frame = incoming_row(self._link, call, at=received_at)
        return Parcel(
            tenant_id=self._link.tenant_id,
            station_id=self._link.station_id,
            epoch=self._link.epoch,
            transaction_id=charge.transaction_id,
            rows=rows,
            message_id=frame.message_id,
            action=frame.action,
            payload=frame.payload,
        )

    def _go_on(self, message: MeterValues | TransactionEvent, charge: KnownCharge, rows: tuple[MeterRow, ...]) -> None:
        """Remember what this message has changed: the number that is due next, and the begin where none was known."""
        begin_wh = charge.begin_wh
        if begin_wh is None:
            begin_wh = next((row.energy_wh for row in rows if row.energy_wh is not None), None)
        next_seq_no = charge.next_seq_no + isinstance(message, TransactionEvent)
        known = replace(charge, begin_wh=begin_wh, next_seq_no=next_seq_no)
        self._charges[charge.ref] = known
        self._newest.note(self._link, known, rows)
