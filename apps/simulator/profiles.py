"""Charging profiles as a station keeps them, read from either dialect."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from apps.simulator.formatting import Json
from apps.simulator.tokens import read_instant

MAX = "ChargingStationMaxProfile"
TX_DEFAULT = "TxDefaultProfile"
TX = "TxProfile"
PURPOSES_16 = {"ChargePointMaxProfile": MAX, TX_DEFAULT: TX_DEFAULT, TX: TX}
RECURRENCES = {"Daily": timedelta(days=1), "Weekly": timedelta(weeks=1)}


@dataclass(frozen=True)
class Limit:
    """In W for the whole EVSE or in A per phase, as `unit` says."""

    value: float
    unit: str
    phases: int | None = None


@dataclass(frozen=True)
class Period:
    start_s: float
    limit: float
    phases: int | None


@dataclass(frozen=True)
class Profile:
    id: int
    stack_level: int
    purpose: str
    kind: str
    recurrence: timedelta | None
    valid_from: datetime | None
    valid_to: datetime | None
    transaction: str | None
    unit: str
    start_at: datetime | None
    duration_s: float | None
    periods: tuple[Period, ...]

    def limit_at(self, at: datetime, charge_started_at: datetime | None) -> Limit | None:
        """None where this profile says nothing and a lower one counts."""
        if (self.valid_from and at < self.valid_from) or (self.valid_to and at >= self.valid_to):
            return None
        begun_at = self.begun_at(at, charge_started_at)
        elapsed_s = (at - begun_at).total_seconds()
        if elapsed_s < 0 or (self.duration_s is not None and elapsed_s >= self.duration_s):
            return None
        current = [period for period in self.periods if period.start_s <= elapsed_s]
        return Limit(current[-1].limit, self.unit, current[-1].phases) if current else None

    def begun_at(self, at: datetime, charge_started_at: datetime | None) -> datetime:
        """The start of the schedule that counts at this instant."""
        if self.kind == "Relative" or self.start_at is None:
            return charge_started_at or at
        if self.recurrence is None or at < self.start_at:
            return self.start_at
        return self.start_at + (at - self.start_at) // self.recurrence * self.recurrence

    def boundaries(self, since: datetime, until: datetime, charge_started_at: datetime | None) -> set[datetime]:
        """Instants between the two at which the answer of `limit_at` may change."""
        starts = [self.begun_at(since, charge_started_at)]
        while self.recurrence and starts[-1] < until:
            starts.append(starts[-1] + self.recurrence)
        offsets = [period.start_s for period in self.periods] + [self.duration_s or 0]
        found = {start + timedelta(seconds=offset) for start in starts for offset in offsets}
        found |= {at for at in (self.valid_from, self.valid_to) if at}
        return {at for at in found if since < at < until}


def _seconds(value: Any) -> float | None:
    return None if value is None else float(value)


def _periods(schedule: Json) -> tuple[Period, ...]:
    """A period of 2.1 without a limit is one without a restriction."""
    return tuple(
        Period(float(p["startPeriod"]), float(p.get("limit", float("inf"))), p.get("numberPhases"))
        for p in sorted(schedule["chargingSchedulePeriod"], key=lambda period: float(period["startPeriod"]))
    )


def _profile(p: Json, schedule: Json, *, id_: int, purpose: str, transaction: str | None) -> Profile:
    return Profile(
        id=id_,
        stack_level=int(p["stackLevel"]),
        purpose=purpose,
        kind=p["chargingProfileKind"],
        recurrence=RECURRENCES[p.get("recurrencyKind", "Daily")] if p["chargingProfileKind"] == "Recurring" else None,
        valid_from=read_instant(p.get("validFrom")),
        valid_to=read_instant(p.get("validTo")),
        transaction=transaction,
        unit=schedule["chargingRateUnit"],
        start_at=read_instant(schedule.get("startSchedule")),
        duration_s=_seconds(schedule.get("duration")),
        periods=_periods(schedule),
    )


def profile_16(p: Json) -> Profile:
    transaction = p.get("transactionId")
    return _profile(
        p,
        p["chargingSchedule"],
        id_=p["chargingProfileId"],
        purpose=PURPOSES_16[p["chargingProfilePurpose"]],
        transaction=None if transaction is None else str(transaction),
    )


def profile_2x(p: Json) -> Profile:
    """Only the first of several schedules (those belong to ISO 15118) is used."""
    return _profile(
        p,
        p["chargingSchedule"][0],
        id_=p["id"],
        purpose=p["chargingProfilePurpose"],
        transaction=p.get("transactionId"),
    )
