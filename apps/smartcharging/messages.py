"""What smart charging computes: limits, steps, what a station is able to, and what is wrong with a profile."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from apps.stations.messages import RateUnit


@dataclass(frozen=True, kw_only=True)
class Limit:
    """W in total or A per phase, as `unit` says; `value` null is no limit."""

    value: float | None
    unit: RateUnit
    phases: int | None = None


@dataclass(frozen=True, kw_only=True)
class Step:
    """From `start_s` after the beginning until the next step; `limit` null is no limit."""

    start_s: int
    limit: float | None
    phases: int | None = None


@dataclass(frozen=True, kw_only=True)
class Charge:
    """A charge in progress at an EVSE, by the name its station gives it."""

    ref: str
    started_at: datetime


@dataclass(frozen=True, kw_only=True)
class Difference:
    """Where a station says other than we know; `ours` and `theirs` in the unit that was read back."""

    start_s: int
    duration_s: int
    ours: float
    theirs: float | None

    @property
    def is_above(self) -> bool:
        """Whether the station would allow more than we set; less may be a limit of its own."""
        return self.theirs is None or self.theirs > self.ours


@dataclass(frozen=True, kw_only=True)
class Abilities:
    """What a station has told of its smart charging; null where it told nothing that can be read."""

    units: frozenset[RateUnit] = frozenset(RateUnit)
    max_stack_level: int | None = None
    max_periods: int | None = None
    max_profiles: int | None = None
    switches_phases: bool | None = None


class FaultKind(StrEnum):
    """Why a profile can't be set."""

    PURPOSE_UNKNOWN = "purpose_unknown"
    STATION_ONLY = "station_only"
    EVSE_ONLY = "evse_only"
    NO_CHARGE = "no_charge"
    RELATIVE_STATION = "relative_station"
    KIND_UNKNOWN = "kind_unknown"
    START_NEEDED = "start_needed"
    START_UNWANTED = "start_unwanted"
    RECURRENCY_NEEDED = "recurrency_needed"
    RECURRENCY_UNWANTED = "recurrency_unwanted"
    STACK_LEVEL = "stack_level"
    TOO_MANY_PROFILES = "too_many_profiles"
    LEVEL_TAKEN = "level_taken"
    UNIT = "unit"
    NO_PERIODS = "no_periods"
    TOO_MANY_PERIODS = "too_many_periods"
    FIRST_PERIOD = "first_period"
    PERIOD_ORDER = "period_order"
    PERIOD_TOO_LATE = "period_too_late"
    LIMIT_STEP = "limit_step"
    PHASES = "phases"
    PHASE_SWITCH = "phase_switch"
    DURATION = "duration"
    VALIDITY = "validity"
    OVER = "over"
    FAR_AWAY = "far_away"


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What is wrong at one place of a profile; `bound` is what would be right, where that is a value."""

    path: str
    kind: FaultKind
    bound: str = ""
