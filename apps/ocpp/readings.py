"""The hot path: readings of a known open charge go straight to the group-commit writer, past the ORM."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from apps.charging.messages import KnownCharge, RunningReadings
from apps.charging.rules.hot import charge_read
from apps.charging.rules.readings import running_rows
from apps.dialects.adapters.frames import CALL
from apps.dialects.adapters.hot import hot_reader
from apps.ocpp.messages import Link
from apps.ocpp.newest import Newest
from apps.stations.messages import OcppVersion
from apps.telemetry.messages import FrameRow, MeterRow, Parcel

ACTIONS = {
    OcppVersion.V16: "MeterValues",
    OcppVersion.V201: "TransactionEvent",
    OcppVersion.V21: "TransactionEvent",
}


class Taken(NamedTuple):
    """A message on its way to the disk: as it came, what it is, and the charge as it is after it."""

    raw: bytes
    received_at: datetime
    told: RunningReadings
    charge: KnownCharge
    rows: tuple[MeterRow, ...]


class Readings:
    """One connection's memory of its station's open charges; as long as it is empty, nothing goes the short way."""

    def __init__(self, link: Link, *, newest: Newest) -> None:
        self.action = ACTIONS[link.version]
        self._link = link
        self._newest = newest
        self._read = hot_reader(link.version)
        self._charges: dict[str, KnownCharge] = {}

    def learn(self, charges: Iterable[KnownCharge]) -> None:
        """A service has looked: these are all the open charges there are."""
        self._charges = {charge.ref: charge for charge in charges}

    def forget(self, taken: Taken) -> None:
        """What the writer did not store has told us that we remember wrongly."""
        self._charges.pop(taken.charge.ref, None)

    def take(self, raw: bytes, received_at: datetime) -> Taken | None:
        """A message that is nothing but readings of a known charge; None sends it to its service.

        It is taken as stored from here on, so that the next one may follow before the commit.
        """
        if not self._charges:
            return None
        told = self._read(raw, received_at)
        charge = charge_read(told, self._charges) if told is not None else None
        if told is None or charge is None:
            return None
        rows = running_rows(told, charge, station_id=self._link.station_id, received_at=received_at)
        after = _after(told, charge, rows)
        self._charges[charge.ref] = after
        return Taken(raw, received_at, told, after, rows)

    def parcel(self, taken: Taken) -> Parcel:
        link = self._link
        return Parcel(
            link.tenant_id, link.station_id, link.epoch, taken.charge.transaction_id, taken.rows, taken.told.message_id
        )

    def stored(self, taken: Taken) -> FrameRow:
        """It is committed: pages may show it. Its row of the frame log."""
        self._newest.note(self._link, taken.charge, taken.rows)
        link, told = self._link, taken.told
        return FrameRow(
            link.station_id, taken.received_at, True, CALL, link.epoch, told.message_id, self.action, told.payload
        )


def _after(told: RunningReadings, charge: KnownCharge, rows: tuple[MeterRow, ...]) -> KnownCharge:
    """What this message has changed: the number that is due next, and the begin where none was known."""
    if told.seq_no is None and charge.begin_wh is not None:
        return charge
    begin_wh = charge.begin_wh
    if begin_wh is None:
        begin_wh = next((row.energy_wh for row in rows if row.energy_wh is not None), None)
    return replace(charge, begin_wh=begin_wh, next_seq_no=charge.next_seq_no + (told.seq_no is not None))
