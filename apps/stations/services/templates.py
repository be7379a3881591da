"""Configuration templates: saved by people, shipped by us, and what they want of one station."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass

import msgspec
from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.services import audit
from apps.accounts.services.saving import save_checked
from apps.core.errors import FieldError, UnableTo
from apps.core.text import storable
from apps.events.services import emit
from apps.stations.messages import OcppVersion, TemplateChanged
from apps.stations.models import ChargingStation, ConfigurationTemplate, TemplateScope
from apps.stations.services.known_keys import KeyKind, known_key
from apps.stations.services.masking import is_secret
from apps.stations.services.values import wrong_value
from apps.tenants.scope import schema_scope

RANKS = {scope: rank for rank, scope in enumerate(TemplateScope.values)}
LONGEST_NAME, LONGEST_VALUE, MOST_SETTINGS = 50, 500, 200
SHIPPED_NAME = "Ohmstead"
HEARTBEAT_S = 300
Address = tuple[str, str, str]


@dataclass(frozen=True, kw_only=True)
class Setting:
    """A value for a variable; in 1.6 the component is empty and the name is that of the key."""

    name: str
    value: str
    component: str = ""
    instance: str = ""

    @property
    def address(self) -> Address:
        return address_of(self.component, self.name, self.instance)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A setting that a station should have, and the template that won."""

    setting: Setting
    template: ConfigurationTemplate


def address_of(component: str, name: str, instance: str | None) -> Address:
    """What tells variables apart; OCPP compares their names without case."""
    return component.casefold(), name.casefold(), (instance or "").casefold()


HEARTBEAT_16 = address_of("", "HeartbeatInterval", "")
HEARTBEAT = address_of("OCPPCommCtrlr", "HeartbeatInterval", "")

# They keep charges and stations alive through our outages: what is not delivered is tried for twenty minutes at least,
# a dead line is noticed within a minute.
SHIPPED = (
    Setting(name="TransactionMessageAttempts", value="20"),
    Setting(name="TransactionMessageRetryInterval", value="60"),
    Setting(name="WebSocketPingInterval", value="60"),
    Setting(name="StopTransactionOnInvalidId", value="true"),
    Setting(name="HeartbeatInterval", value="300"),
    Setting(name="MeterValueSampleInterval", value="60"),
    Setting(
        name="MeterValuesSampledData", value="Energy.Active.Import.Register,Power.Active.Import,Current.Import,SoC"
    ),
)


def ship_template(schema: str, tenant_id: int) -> None:
    """Give a tenant the defaults that keep a fleet alive; one that it has already is left as it is."""
    with schema_scope(schema):
        if not ConfigurationTemplate.objects.filter(is_shipped=True).exists():
            ConfigurationTemplate.objects.create(
                name=SHIPPED_NAME,
                scope=TemplateScope.TENANT,
                settings=[asdict(setting) for setting in SHIPPED],
                is_shipped=True,
            )
            connection.check_constraints()  # a schema can't be changed or dropped while checks are pending


def settings_of(template: ConfigurationTemplate) -> list[Setting]:
    return msgspec.convert(template.settings, list[Setting])


@transaction.atomic
def save_template(
    template: ConfigurationTemplate, settings: Iterable[Setting], *, by: str, reason: str = ""
) -> ConfigurationTemplate:
    """Save a new or edited template; what deviates from it is found by a task. Raises UnableTo naming each field."""
    chosen = list(settings)
    _check_settings(chosen)
    template.settings = [asdict(setting) for setting in chosen]
    saved = save_checked(template, by=by, name=template.name)
    if reason:
        audit.record(by, "stations.configurationtemplate.reason", audit.target_of(saved), reason=reason)
    emit(TemplateChanged(template_id=saved.pk))
    return saved


@transaction.atomic
def delete_template(template: ConfigurationTemplate, *, by: str) -> None:
    """Remove a template; the values that it set stay as they are in the stations."""
    if template.is_shipped:
        raise UnableTo(_("This template comes with the product: switch it off instead."))
    target, number = audit.target_of(template), template.pk
    template.delete()
    audit.record(by, "stations.configurationtemplate.deleted", target, name=template.name)
    emit(TemplateChanged(template_id=number))


def _check_settings(settings: list[Setting]) -> None:
    errors = [
        FieldError(f"$.settings[{number}]", message)
        for number, setting in enumerate(settings)
        for message in _faults(setting, settings[:number])
    ]
    if len(settings) > MOST_SETTINGS:
        errors.append(FieldError("$.settings", _("At most %(most)d values.") % {"most": MOST_SETTINGS}))
    if errors:
        raise UnableTo(" ".join(error.message for error in errors[:5]), errors=errors)


def _faults(setting: Setting, before: list[Setting]) -> Iterable[str]:
    """What is wrong with one value, in words that name its key."""
    names = {"key": setting.name[:LONGEST_NAME]}
    texts = (setting.name, setting.component, setting.instance, setting.value)
    if not setting.name or any(storable(text) != text for text in texts):
        yield _("A value needs the name of its key.")
    elif any(len(text) > LONGEST_NAME for text in texts[:3]) or len(setting.value) > LONGEST_VALUE:
        yield _("%(key)s: this is too long.") % names
    elif is_secret(setting.name):
        yield _("%(key)s: passwords are each station's own and have no place in a template.") % names
    elif any(setting.address == other.address for other in before):
        yield _("%(key)s is named twice.") % names
    else:
        yield from _wrong_for_key(setting)


def _wrong_for_key(setting: Setting) -> Iterable[str]:
    key = known_key(setting.component, setting.name)
    problem = wrong_value(key.kind if key else KeyKind.TEXT, setting.value, key=key)
    if key and key.read_only:
        problem = _("stations do not let it be changed.")
    if problem:
        yield f"{setting.name}: {problem}"


def wanted_of(station: ChargingStation) -> dict[Address, Wanted]:
    """What the templates want of a station, in the words of its OCPP version; the strongest template wins.

    Among templates of one scope the one that names the model goes before one that names the vendor only, and the newer
    before the older.
    """
    found: dict[Address, Wanted] = {}
    for template in sorted(templates_of(station), key=_strength):
        for setting in settings_of(template):
            if bool(setting.component) != (station.ocpp_version == OcppVersion.V16):
                found[setting.address] = Wanted(setting=setting, template=template)
    return found


def heartbeat_of(station: ChargingStation) -> int:
    """The interval in seconds to answer a boot with, which becomes the station's HeartbeatInterval; never 0 (Q49)."""
    wanted = wanted_of(station)
    found = wanted.get(HEARTBEAT_16) or wanted.get(HEARTBEAT)
    told = found.setting.value.strip() if found else ""
    return max(1, int(told)) if told.isascii() and told.isdecimal() and len(told) < 8 else HEARTBEAT_S


def _strength(template: ConfigurationTemplate) -> tuple[int, bool, int]:
    return RANKS[template.scope], bool(template.model), template.pk


def templates_of(station: ChargingStation) -> list[ConfigurationTemplate]:
    """The templates in use that apply to a station."""
    model = Q(model="") | Q(model__iexact=station.model)
    applies = Q(scope=TemplateScope.TENANT) | Q(station=station)
    applies |= Q(scope=TemplateScope.MODEL, vendor__iexact=station.vendor) & model
    if station.location_id:
        applies |= Q(location=station.location_id)
    return list(ConfigurationTemplate.objects.filter(applies, is_active=True))


def stations_of(template: ConfigurationTemplate) -> "QuerySet[ChargingStation]":
    """The stations that a template applies to, whether or not a stronger one overrules it."""
    stations = ChargingStation.objects.filter(archived_at=None)
    if template.scope == TemplateScope.MODEL:
        model = {"model__iexact": template.model} if template.model else {}
        return stations.filter(vendor__iexact=template.vendor, **model)
    if template.scope == TemplateScope.LOCATION:
        return stations.filter(location=template.location_id)
    if template.scope == TemplateScope.STATION:
        return stations.filter(exception=template)
    return stations
