"""What the pages about configuration show: one station's variables, the templates, and what deviates from them."""

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from apps.core.errors import UnableToFind
from apps.stations.models import (
    ChargingStation,
    ConfigurationTemplate,
    Deviation,
    DeviationState,
    StationConfiguration,
    StationPolicy,
    Variable,
    VariableChange,
)
from apps.stations.models.hardware import registration_of_new_stations
from apps.stations.services.deviations import READ_ONLY, REPAIRABLE
from apps.stations.services.known_keys import KeyKind, KnownKey, known_key
from apps.stations.services.templates import Wanted, address_of, templates_of, wanted_of
from apps.stations.services.values import kind_of_variable

STATIONS_PER_PAGE = 50
VARIABLES_PER_PAGE = 200
CHANGES_SHOWN = 12
DEVIATION_TONES = {
    DeviationState.DIFFERS: "occupied",
    DeviationState.PENDING: "charging",
    DeviationState.REDUCED: "free",
    DeviationState.REFUSED: "faulted",
    DeviationState.READ_ONLY: "unknown",
    DeviationState.UNSUPPORTED: "unknown",
}


@dataclass(frozen=True)
class ShownVariable:
    """A variable with what we know of it beside what the station told."""

    variable: Variable

    @property
    def key(self) -> KnownKey | None:
        return known_key(self.variable.component, self.variable.name)

    @property
    def help(self) -> str | Promise:
        return self.key.help if self.key else ""

    @property
    def unit(self) -> str | Promise:
        return self.variable.unit or (self.key.unit if self.key else "")

    @property
    def kind(self) -> KeyKind:
        return kind_of_variable(self.variable)

    @property
    def is_read_only(self) -> bool:
        return self.variable.mutability == READ_ONLY

    @property
    def can_change(self) -> bool:
        """A secret is told by its own button, never typed here."""
        return not self.is_read_only and self.kind is not KeyKind.SECRET


@dataclass(frozen=True)
class ShownDeviation:
    deviation: Deviation

    @property
    def tone(self) -> str:
        return DEVIATION_TONES[DeviationState(self.deviation.state)]

    @property
    def can_repair(self) -> bool:
        return self.deviation.state in REPAIRABLE


@dataclass(frozen=True, kw_only=True)
class StationPage:
    """What one station's page shows beside its variables."""

    variables: Page[Any]
    shown: list[ShownVariable]
    state: StationConfiguration | None
    templates: list[ConfigurationTemplate]
    deviations: list[ShownDeviation]
    changes: list[VariableChange]

    @property
    def can_repair(self) -> bool:
        return any(shown.can_repair for shown in self.deviations)


def station_page(station: ChargingStation, *, text: str, page: int) -> StationPage:
    found = Variable.objects.filter(station=station).order_by(
        "component", "name", "evse", "connector", "instance", "pk"
    )
    for word in text.split()[:5]:
        found = found.filter(Q(name__icontains=word) | Q(component__icontains=word) | Q(value__icontains=word))
    variables = Paginator(found, VARIABLES_PER_PAGE).get_page(page)
    return StationPage(
        variables=variables,
        shown=[ShownVariable(variable) for variable in variables.object_list],
        state=StationConfiguration.objects.filter(station=station).first(),
        templates=templates_of(station),
        deviations=_shown(Deviation.objects.filter(station=station)),
        changes=list(VariableChange.objects.filter(station=station).select_related("command")[:CHANGES_SHOWN]),
    )


def _shown(deviations: Any) -> list[ShownDeviation]:
    return [ShownDeviation(deviation) for deviation in deviations.select_related("template", "station")]


def variable_of(station: ChargingStation, number: int) -> ShownVariable:
    """A variable of this station; raises UnableToFind."""
    variable = Variable.objects.filter(station=station, pk=number).first()
    if variable is None:
        raise UnableToFind(_("This station has no such variable."))
    return ShownVariable(variable)


def wanted_for(station: ChargingStation, variable: Variable) -> Wanted | None:
    """What a template wants of this variable, and would write again."""
    if variable.evse is not None or variable.component_instance is not None:
        return None
    return wanted_of(station).get(address_of(variable.component, variable.name, variable.instance))


def template_by_id(number: int) -> ConfigurationTemplate:
    """The template; raises UnableToFind."""
    template = ConfigurationTemplate.objects.filter(pk=number).first()
    if template is None:
        raise UnableToFind(_("There is no such template."))
    return template


@dataclass(frozen=True, kw_only=True)
class Overview:
    """The fleet against its templates."""

    templates: list[ConfigurationTemplate]
    page: Page[Any]
    rows: list[tuple[ChargingStation, list[ShownDeviation]]]
    compared: int
    deviating: int
    unread: int
    policy: str


def overview(*, template: int | None, state: str, page: int) -> Overview:
    """Stations that deviate, narrowed to one template or one state, with how it stands as a whole."""
    open_ones = Count("deviations__station", distinct=True, filter=Q(deviations__station__archived_at=None))
    narrowed = Q()
    if template:
        narrowed &= Q(template=template)
    if state in DeviationState.values:
        narrowed &= Q(state=state)
    deviations = Deviation.objects.filter(narrowed, station__archived_at=None)
    stations = ChargingStation.objects.filter(pk__in=deviations.values("station")).order_by("identity")
    shown = Paginator(stations, STATIONS_PER_PAGE).get_page(page)
    of_page = _shown(deviations.filter(station__in=[station.pk for station in shown.object_list]))
    in_use = ChargingStation.objects.filter(archived_at=None)
    return Overview(
        templates=list(
            ConfigurationTemplate.objects.select_related("location", "station").annotate(deviating=open_ones)
        ),
        page=shown,
        rows=[
            (station, [one for one in of_page if one.deviation.station_id == station.pk])
            for station in shown.object_list
        ],
        compared=in_use.filter(configuration__read_at__isnull=False).count(),
        deviating=in_use.filter(deviations__isnull=False).distinct().count(),
        unread=in_use.filter(Q(configuration=None) | Q(configuration__read_at=None)).count(),
        policy=registration_of_new_stations(),
    )


def policy_choices() -> Any:
    return StationPolicy._meta.get_field("registration").choices
