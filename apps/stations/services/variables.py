"""The device model of a station as we know it (1.6: its configuration keys)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from apps.core.text import shortened, storable
from apps.stations.messages import CommandOutcome, ReportedVariable, VariableRef, VariableResult
from apps.stations.models import Variable
from apps.stations.services.masking import MASK, is_secret
from apps.stations.services.security import note_lowered_profile

KEY = ["station", "component", "component_instance", "name", "instance", "evse", "connector", "attribute"]
TRAITS = ["mutability", "data_type", "unit", "values_list", "min_limit", "max_limit"]
# What a station's own word settles, whatever we had written or heard before.
SETTLED = ["unverified", "unsupported_at"]
LARGEST_SMALL = 32767
SET_AT_ONCE, SET_AFTER_REBOOT = "Accepted", "RebootRequired"


def store_report(station_id: int, variables: Iterable[ReportedVariable], *, at: datetime) -> int:
    """Take over a report. A variable named twice counts as told last; how many there were."""
    rows = {_key(row): row for row in (_reported(station_id, told, at) for told in variables)}
    note_lowered_profile(station_id, rows.values(), at=at)
    Variable.objects.bulk_create(
        rows.values(),
        update_conflicts=True,
        unique_fields=KEY,
        update_fields=["value", *TRAITS, "reported_at", *SETTLED],
        batch_size=500,
    )
    return len(rows)


def _key(row: Variable) -> tuple[object, ...]:
    return tuple(getattr(row, f"{name}_id" if name == "station" else name) for name in KEY)


def _reported(station_id: int, told: ReportedVariable, at: datetime) -> Variable:
    return Variable(
        station_id=station_id,
        **_address(told.ref),
        value=_value(told.ref, told.value),
        mutability=shortened(told.mutability or "", 10),
        data_type=shortened(told.data_type or "", 20),
        unit=shortened(told.unit or "", 20),
        values_list=storable(told.values_list or ""),
        min_limit=told.min_limit,
        max_limit=told.max_limit,
        reported_at=at,
    )


def _address(ref: VariableRef) -> dict[str, Any]:
    return {
        "component": shortened(ref.component, 50),
        "component_instance": None if ref.component_instance is None else shortened(ref.component_instance, 50),
        "name": shortened(ref.variable, 50),
        "instance": None if ref.variable_instance is None else shortened(ref.variable_instance, 50),
        "evse": small(ref.evse),
        "connector": small(ref.connector),
        "attribute": shortened(ref.attribute, 10),
    }


def small(number: int | None) -> int | None:
    """A number that fits the column, or none; stations may say anything."""
    return number if number is not None and 0 <= number <= LARGEST_SMALL else None


def _value(ref: VariableRef, value: str | None) -> str | None:
    if value is None:
        return None
    return MASK if is_secret(ref.variable) else storable(value)


def apply_results(station_id: int, outcome: CommandOutcome, *, at: datetime, written: bool = False) -> None:
    """Take over what a station answered about single variables; those it refused stay as they are known (Q85).

    What was `written` is to be read back before it counts (Q72).
    """
    told = [result for result in outcome.variables if result.status in (SET_AT_ONCE, SET_AFTER_REBOOT)]
    if not told:
        return
    answered = [_answered(station_id, result, at, written=written) for result in told]
    rows = {_key(row): row for row in _in_its_own_words(station_id, answered)}
    note_lowered_profile(station_id, rows.values(), at=at)
    for fields in {_told_fields(row) for row in rows.values()}:
        Variable.objects.bulk_create(
            [row for row in rows.values() if _told_fields(row) == fields],
            update_conflicts=True,
            unique_fields=KEY,
            update_fields=fields,
        )


def _in_its_own_words(station_id: int, rows: list[Variable]) -> list[Variable]:
    """The keys of 1.6 as the station itself writes them: their names are compared without case (S16 §7.29)."""
    names = Variable.objects.filter(station=station_id, component="").order_by("-pk").values_list("name", flat=True)
    spelled = {name.casefold(): name for name in names}
    for row in rows:
        if not row.component:
            row.name = spelled.get(row.name.casefold(), row.name)
    return rows


def _told_fields(row: Variable) -> tuple[str, ...]:
    """What an answer tells; it says nothing of the rest, which stays."""
    told = [name for name, value in (("value", row.value), ("mutability", row.mutability or None)) if value is not None]
    return (*told, "reported_at", "pending_reboot", *SETTLED)


def _answered(station_id: int, result: VariableResult, at: datetime, *, written: bool) -> Variable:
    return Variable(
        station_id=station_id,
        **_address(result.ref),
        value=_value(result.ref, result.value),
        mutability=shortened(result.mutability or "", 10),
        reported_at=at,
        pending_reboot=result.status == SET_AFTER_REBOOT,
        unverified=written and not is_secret(result.ref.variable),
    )


def mark_unsupported(station_id: int, refs: Iterable[VariableRef], *, at: datetime) -> None:
    """Remember what the station said it does not know; it is not asked for again by itself."""
    named = [Variable(station_id=station_id, **_address(ref), reported_at=at, unsupported_at=at) for ref in refs]
    rows = {_key(row): row for row in _in_its_own_words(station_id, named)}
    fields = ["unsupported_at", "unverified", "pending_reboot"]
    Variable.objects.bulk_create(rows.values(), update_conflicts=True, unique_fields=KEY, update_fields=fields)
