"""Reading and writing variables, in either version: what is asked, in which portions, by whom and why."""

from collections.abc import Iterable, Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.services import audit
from apps.core.errors import FieldError, UnableTo
from apps.core.text import shortened, storable
from apps.stations.messages import GetVariables, OcppVersion, SetVariables, VariableRef, VariableValue
from apps.stations.models import ChargingStation, StationCommand, Variable, VariableChange
from apps.stations.rules.security import lowers_profile
from apps.stations.services.commands import DEFAULT_EXPIRY_S, queue_command
from apps.stations.services.credentials import checked_password
from apps.stations.services.known_keys import known_key
from apps.stations.services.masking import MASK, is_secret
from apps.stations.services.reports import request_report
from apps.stations.services.values import kind_of_variable, wrong_value

# Where a station does not say how many it can answer at once.
USUAL_PORTION_16, USUAL_PORTION = 50, 10
LARGEST_PORTION = 500
LONGEST_VALUE_16, LONGEST_VALUE = 500, 1000


@transaction.atomic
def read_everything(station: ChargingStation, *, by: str, expires_in_s: int = DEFAULT_EXPIRY_S) -> StationCommand:
    """All keys of a 1.6 station, the whole device model of a later one."""
    if is_16(station):
        return queue_command(station, GetVariables(), by=by, expires_in_s=expires_in_s)
    return request_report(station, by=by, expires_in_s=expires_in_s)


@transaction.atomic
def read_some(station: ChargingStation, refs: Sequence[VariableRef], *, by: str) -> list[StationCommand]:
    """Variables by name, in as many requests as the station's limit makes necessary (S16 §9.1.9)."""
    portion = _portion(station)
    portions = [refs[start : start + portion] for start in range(0, len(refs), portion)]
    return [queue_command(station, GetVariables(refs=tuple(some)), by=by) for some in portions]


def _portion(station: ChargingStation) -> int:
    known = Variable.objects.filter(station=station)
    if is_16(station):
        limits, usual = known.filter(name__iexact="GetConfigurationMaxKeys"), USUAL_PORTION_16
    else:
        limits, usual = known.filter(name="ItemsPerMessage", instance="GetVariables"), USUAL_PORTION
    told = limits.values_list("value", flat=True).first() or ""
    is_number = told.isascii() and told.isdecimal() and len(told) < 6
    return max(1, min(int(told), LARGEST_PORTION)) if is_number else usual


def is_16(station: ChargingStation) -> bool:
    """A station that never called is taken for what most are."""
    return station.ocpp_version in ("", OcppVersion.V16)


@transaction.atomic
def change_variable(
    station: ChargingStation,
    ref: VariableRef,
    value: str,
    *,
    by: str,
    reason: str = "",
    expires_in_s: int = DEFAULT_EXPIRY_S,
) -> VariableChange:
    """Have a station change a variable, and keep who wanted it and why. The value is read back once it is accepted."""
    known = known_row(station, ref)
    value = storable(value)
    _check(station, ref, value, known)
    ref = ref_of(known) if known else ref
    message = SetVariables(values=(VariableValue(ref=ref, value=value),))
    command = queue_command(station, message, by=by, expires_in_s=expires_in_s)
    secret = is_secret(ref.variable)
    audit.record(by, "stations.variable.change", audit.target_of(station), key=shown_name(ref), reason=reason,
                 **({} if secret else {"value": shortened(value, 500)}))  # fmt: skip
    return VariableChange.objects.create(
        station=station,
        command=command,
        component=ref.component,
        name=ref.variable,
        instance=ref.variable_instance or "",
        before=known.value if known else None,
        value=MASK if secret else value,
        by=by,
        reason=shortened(reason, 200),
    )


def _check(station: ChargingStation, ref: VariableRef, value: str, known: Variable | None) -> None:
    """Raise UnableTo for what the station would refuse, or should never be sent."""
    if is_secret(ref.variable):
        checked_password(value)
    problem = ""
    if known and known.mutability == "ReadOnly":
        problem = _("The station does not let it be changed.")
    elif len(value) > (LONGEST_VALUE_16 if is_16(station) else LONGEST_VALUE):
        problem = _("This is too long.")
    elif known and is_16(station) and lowers_profile(known.name, known.value, value):
        problem = _("A security profile can only be raised.")
    elif known:
        problem = wrong_value(kind_of_variable(known), value, key=known_key(ref.component, ref.variable))
    if problem:
        raise UnableTo(f"{shown_name(ref)}: {problem}", errors=[FieldError("$.value", problem)])


def known_row(station: ChargingStation, ref: VariableRef) -> Variable | None:
    """The variable as the station spells it; names are compared without case, as OCPP does."""
    found = Variable.objects.filter(
        station=station, component__iexact=ref.component, name__iexact=ref.variable,
        component_instance=ref.component_instance, instance=ref.variable_instance, evse=ref.evse,
        connector=ref.connector, attribute=ref.attribute,
    )  # fmt: skip
    return found.order_by("pk").first()


def ref_of(variable: Variable) -> VariableRef:
    """A variable's whole address."""
    return VariableRef(
        component=variable.component,
        variable=variable.name,
        component_instance=variable.component_instance,
        variable_instance=variable.instance,
        evse=variable.evse,
        connector=variable.connector,
        attribute=variable.attribute,
    )


def refs_of(variables: Iterable[Variable]) -> list[VariableRef]:
    return [ref_of(variable) for variable in variables]


def shown_name(ref: VariableRef) -> str:
    """How people call it: HeartbeatInterval, OCPPCommCtrlr.HeartbeatInterval."""
    return f"{ref.component}.{ref.variable}" if ref.component else ref.variable
