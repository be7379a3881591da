"""What is known of makes: what was noticed of their stations, and what people have accepted."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from apps.core.errors import UnableToFind
from apps.stations.messages import Quirk
from apps.stations.models import ChargingStation, QuirkObservation, QuirkOverride, QuirkState
from apps.stations.models.quirks import QUIRKS
from apps.stations.services.quirks import OVERRIDABLE, STATION_ONLY, YES

MOST_SHOWN = 200


@dataclass(frozen=True, kw_only=True)
class MakeRow:
    """A vendor's model with how much is known of it."""

    vendor: str
    model: str
    stations: int
    to_decide: int
    noticed: int
    accepted: int

    @property
    def name(self) -> str:
        return " ".join(part for part in (self.vendor, self.model) if part) or _("make not told yet")


@dataclass(frozen=True, kw_only=True)
class SeenRow:
    """An observation with what can be done about it."""

    seen: QuirkObservation

    @property
    def is_open(self) -> bool:
        return self.seen.state == QuirkState.OPEN

    @property
    def changes_reading(self) -> bool:
        return Quirk(self.seen.kind) in OVERRIDABLE

    @property
    def is_only_noticed(self) -> bool:
        """Whether accepting it changes nothing."""
        return not self.changes_reading and self.seen.kind != Quirk.REVERSED_TOKEN

    @property
    def of_station_only(self) -> bool:
        return Quirk(self.seen.kind) in STATION_ONLY or not (self.seen.station.vendor or self.seen.station.model)

    @property
    def evidence(self) -> list[dict[str, object]]:
        """The newest first."""
        return [dict(one) for one in reversed(self.seen.evidence)]


@dataclass(frozen=True, kw_only=True)
class MakePage:
    make: MakeRow
    observations: list[SeenRow]
    overrides: list[QuirkOverride]
    stations: list[ChargingStation]
    choices: list[tuple[str, str]] = field(default_factory=list)


def makes() -> list[MakeRow]:
    """Every make of a station in use or of an override; three queries."""
    stations = ChargingStation.objects.filter(archived_at=None)
    counted = stations.values("vendor", "model").annotate(stations=Count("pk")).order_by("vendor", "model")
    seen = {
        (row["station__vendor"], row["station__model"]): (row["noticed"], row["to_decide"])
        for row in QuirkObservation.objects.values("station__vendor", "station__model")
        .order_by()
        .annotate(noticed=Count("pk"), to_decide=Count("pk", filter=Q(state=QuirkState.OPEN)))
    }
    accepted: dict[tuple[str, str], int] = {}
    for override in QuirkOverride.objects.select_related("profile", "station"):
        about = override.profile or override.station
        if about is not None:
            accepted[about.vendor, about.model] = accepted.get((about.vendor, about.model), 0) + 1
    rows = [_make(row["vendor"], row["model"], row["stations"], seen, accepted) for row in counted]
    return sorted(rows, key=lambda row: (-row.to_decide, -row.noticed, row.name.casefold()))


def _make(
    vendor: str,
    model: str,
    stations: int,
    seen: dict[tuple[str, str], tuple[int, int]],
    accepted: dict[tuple[str, str], int],
) -> MakeRow:
    noticed, to_decide = seen.get((vendor, model), (0, 0))
    return MakeRow(
        vendor=vendor, model=model, stations=stations, to_decide=to_decide, noticed=noticed,
        accepted=accepted.get((vendor, model), 0),
    )  # fmt: skip


def make_page(vendor: str, model: str) -> MakePage:
    """One make; raises UnableToFind."""
    make = next((row for row in makes() if (row.vendor, row.model) == (vendor, model)), None)
    if make is None:
        raise UnableToFind(_("There is no station of this make."))
    seen = QuirkObservation.objects.filter(station__vendor=vendor, station__model=model).select_related("station")
    stations = ChargingStation.objects.filter(vendor=vendor, model=model, archived_at=None)
    return MakePage(
        make=make,
        observations=list(_rows(seen.order_by("-state", "-last_at")[:MOST_SHOWN])),
        overrides=list(
            QuirkOverride.objects.filter(
                Q(profile__vendor=vendor, profile__model=model) | Q(station__vendor=vendor, station__model=model)
            ).select_related("profile", "station")
        ),
        stations=list(stations[:MOST_SHOWN]),
        choices=override_choices(),
    )


def _rows(seen: Iterable[QuirkObservation]) -> Iterable[SeenRow]:
    return (SeenRow(seen=one) for one in seen)


def override_choices() -> list[tuple[str, str]]:
    """Kind and value in one, as a list of choices has it."""
    words = {kind: str(words) for kind, words in QUIRKS}
    return [
        (f"{kind.value}:{value}", words[kind.value] if value in ("", YES) else f"{words[kind.value]}: {value}")
        for kind, values in OVERRIDABLE.items()
        for value in values or ("",)
    ]
