"""The device model on the wire: NotifyReport and NotifyEvent in, component and variable both ways."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from apps.core.errors import UnableTo
from apps.dialects.adapters.masking import shown
from apps.dialects.adapters.outgoing import gettext_noop
from apps.dialects.adapters.reading import (
    flag,
    instant,
    integer,
    list_at,
    number,
    object_at,
    required_integer,
    text,
)
from apps.dialects.messages import Payload
from apps.stations.messages import EventData, NotifyEvent, NotifyReport, ReportedVariable, VariableRef


def notify_report(p: Payload, received_at: datetime) -> NotifyReport:
    """One part. An entry that names no variable is skipped; the part still counts."""
    return NotifyReport(
        request_id=required_integer(p, "requestId", low=-(2**31)),
        seq_no=required_integer(p, "seqNo"),
        more=flag(p.get("tbc")),
        generated_at=instant(p.get("generatedAt"), received_at),
        variables=tuple(
            variable
            for entry in list_at(p.get("reportData"))
            if isinstance(entry, dict)
            for variable in _reported(entry)
        ),
    )


def _reported(entry: Mapping[str, Any]) -> Iterator[ReportedVariable]:
    """One for each attribute the station tells of; an entry without any still says that the variable is there."""
    traits = object_at(entry.get("variableCharacteristics"))
    for attribute in list_at(entry.get("variableAttribute")) or [{}]:
        if not isinstance(attribute, dict) or (ref := variable_ref(entry, attribute.get("type"))) is None:
            continue
        yield ReportedVariable(
            ref=ref,
            value=shown(ref.variable, _told(attribute.get("value"))),
            mutability=text(attribute.get("mutability")) or None,
            data_type=text(traits.get("dataType")) or None,
            unit=text(traits.get("unit")) or None,
            values_list=text(traits.get("valuesList")) or None,
            min_limit=number(traits.get("minLimit")),
            max_limit=number(traits.get("maxLimit")),
        )


def notify_event(p: Payload, received_at: datetime) -> NotifyEvent:
    return NotifyEvent(
        seq_no=required_integer(p, "seqNo"),
        more=flag(p.get("tbc")),
        generated_at=instant(p.get("generatedAt"), received_at),
        events=tuple(
            event
            for entry in list_at(p.get("eventData"))
            if isinstance(entry, dict) and (event := _event(entry, received_at)) is not None
        ),
    )


def _event(entry: Mapping[str, Any], received_at: datetime) -> EventData | None:
    event_id, ref = integer(entry.get("eventId")), variable_ref(entry)
    if event_id is None or ref is None:
        return None
    return EventData(
        event_id=event_id,
        at=instant(entry.get("timestamp"), received_at),
        trigger=text(entry.get("trigger")),
        ref=ref,
        actual_value=shown(ref.variable, text(entry.get("actualValue"))) or "",
        cleared=flag(entry.get("cleared")),
        tech_code=text(entry.get("techCode")),
        tech_info=text(entry.get("techInfo")),
        event_notification_type=text(entry.get("eventNotificationType")) or None,
    )


def variable_ref(entry: Mapping[str, Any], attribute: Any = None) -> VariableRef | None:
    """The address in an entry that has `component` and `variable`, or None where either has no name."""
    component, variable = object_at(entry.get("component")), object_at(entry.get("variable"))
    names = text(component.get("name")), text(variable.get("name"))
    if not all(names):
        return None
    evse = object_at(component.get("evse"))
    return VariableRef(
        component=names[0],
        variable=names[1],
        component_instance=text(component.get("instance")) or None,
        variable_instance=text(variable.get("instance")) or None,
        evse=integer(evse.get("id"), low=0),
        connector=integer(evse.get("connectorId"), low=0),
        attribute=text(attribute) or "Actual",
    )


def addressed(ref: VariableRef) -> Payload:
    """`component` and `variable` for the wire; the attribute is told only where it is not the default Actual."""
    if not ref.component:
        raise UnableTo(gettext_noop("In OCPP 2 a variable belongs to a component. Write Component.Variable."))
    component: Payload = {"name": ref.component}
    if ref.component_instance is not None:
        component["instance"] = ref.component_instance
    if ref.evse is not None:
        component["evse"] = {"id": ref.evse}
        if ref.connector is not None:
            component["evse"]["connectorId"] = ref.connector
    variable: Payload = {"name": ref.variable}
    if ref.variable_instance is not None:
        variable["instance"] = ref.variable_instance
    address: Payload = {"component": component, "variable": variable}
    return address if ref.attribute == "Actual" else address | {"attributeType": ref.attribute}


def _told(value: Any) -> str | None:
    return None if value is None else text(value)
