"""What a station bears of a local list, as far as it has told: its support, and how much fits."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Q

from apps.stations.messages import GetVariables, OcppVersion, VariableRef
from apps.stations.models import ChargingStation, Variable

# Small enough for any station that tells nothing of itself.
ASSUMED_PER_MESSAGE, ASSUMED_MOST = 20, 100
# More would make frames beyond 64 KiB.
MOST_PER_MESSAGE = 500
PROFILE = "localauthlistmanagement"
ID_TAG_LENGTH, ID_TOKEN_LENGTH = 20, 36  # S16 §7.28; 2.0.1 IdTokenType

# S16 §9.2 and the controller component of 2.x.
KEYS_16 = ("LocalAuthListEnabled", "LocalAuthListMaxLength", "SendLocalListMaxLength", "SupportedFeatureProfiles")
COMPONENT = "LocalAuthListCtrlr"
ASK_LIMITS = GetVariables(refs=tuple(VariableRef(component="", variable=name) for name in KEYS_16))


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Numbers of entries, null where the station has told none; `is_enabled` null when it has not said."""

    told_per_message: int | None = None
    told_most: int | None = None
    is_enabled: bool | None = None
    has_profile: bool = False
    is_16: bool = True

    @property
    def per_message(self) -> int:
        return min(self.told_per_message or ASSUMED_PER_MESSAGE, MOST_PER_MESSAGE)

    @property
    def most(self) -> int:
        """None at all is a length too: such a station is sent an empty list."""
        return ASSUMED_MOST if self.told_most is None else self.told_most

    @property
    def longest_token(self) -> int:
        return ID_TAG_LENGTH if self.is_16 else ID_TOKEN_LENGTH

    @property
    def is_offered(self) -> bool:
        """A list that the station has switched off is not used, whatever its profiles promise."""
        return self.has_profile if self.is_enabled is None else self.is_enabled

    @property
    def are_unknown(self) -> bool:
        return not self.told_per_message or self.told_most is None


def limits_of(stations: Collection[ChargingStation]) -> Mapping[int, Limits]:
    """Of several stations at once, by their number."""
    rows: dict[int, list[Variable]] = defaultdict(list)
    wanted = Q(component="", name__in=KEYS_16) | Q(component=COMPONENT)
    for row in Variable.objects.filter(wanted, station__in=[station.pk for station in stations], attribute="Actual"):
        rows[row.station_id].append(row)
    return {station.pk: _limits(station, rows[station.pk]) for station in stations}


def _limits(station: ChargingStation, rows: Iterable[Variable]) -> Limits:
    told = {f"{row.component}.{row.name}".removeprefix("."): row for row in rows}
    if station.ocpp_version in (OcppVersion.V201, OcppVersion.V21):
        return Limits(
            told_per_message=_number(told.get(f"{COMPONENT}.ItemsPerMessage")),
            told_most=_most(told.get(f"{COMPONENT}.Entries")),
            is_enabled=_flag(told.get(f"{COMPONENT}.Enabled")),
            has_profile=bool(_flag(told.get(f"{COMPONENT}.Available"))),
            is_16=False,
        )
    return Limits(
        told_per_message=_number(told.get("SendLocalListMaxLength")),
        told_most=_number(told.get("LocalAuthListMaxLength")),
        is_enabled=_flag(told.get("LocalAuthListEnabled")),
        has_profile=PROFILE in _text(told.get("SupportedFeatureProfiles")),
    )


def _text(row: Variable | None) -> str:
    return (row.value or "").strip().casefold() if row else ""


def _flag(row: Variable | None) -> bool | None:
    return {"true": True, "false": False}.get(_text(row))


def _number(row: Variable | None) -> int | None:
    """A count of entries; nonsense counts as not told."""
    text = _text(row)
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def _most(row: Variable | None) -> int | None:
    """2.x: the value is how many there are, the limit how many there may be."""
    return int(row.max_limit) if row and row.max_limit and row.max_limit >= 1 else None
