"""What forms are made of."""

import pytest

from apps.dialects.adapters.describing import FieldKind, describe
from apps.dialects.adapters.registry import dialect_for
from apps.stations.messages import OcppVersion

V16, V201, V21 = OcppVersion.V16, OcppVersion.V201, OcppVersion.V21
EVERY_ACTION = [(version, action) for version in OcppVersion for action in dialect_for(version).command_actions]


def number_in(field):
    return field.minimum if field.minimum is not None else min(1.0, field.maximum if field.maximum is not None else 1.0)


def lawful(field):
    """A value that the description allows."""
    if field.kind is FieldKind.OBJECT:
        return {one.name: lawful(one) for one in field.fields}
    if field.kind is FieldKind.LIST:
        return [lawful(field.item)]
    return {
        FieldKind.CHOICE: (field.options or ("",))[0],
        FieldKind.FLAG: True,
        FieldKind.INSTANT: "2026-05-04T03:02:01Z",
        FieldKind.INTEGER: int(number_in(field)),
        FieldKind.NUMBER: number_in(field),
        FieldKind.TEXT: "https://x.example"[: field.max_length],
    }[field.kind]


@pytest.mark.parametrize(("version", "action"), EVERY_ACTION)
def test_what_is_described_is_what_the_schema_allows(version, action):
    payload = {field.name: lawful(field) for field in describe(version, action)}

    assert dialect_for(version).check_request(action, payload) == ()


@pytest.mark.parametrize(("version", "action"), EVERY_ACTION)
def test_what_is_described_as_required_is_enough(version, action):
    payload = {field.name: lawful(field) for field in describe(version, action) if field.required}

    assert dialect_for(version).check_request(action, payload) == ()


def test_a_request_is_described_field_by_field():
    fields = {field.name: field for field in describe(V16, "ReserveNow")}

    assert list(fields)[-1] == "parentIdTag", "what is optional stands last"
    assert [name for name, field in fields.items() if field.required] == [
        "connectorId", "expiryDate", "idTag", "reservationId",
    ]  # fmt: skip
    assert fields["idTag"].max_length == 20
    assert fields["expiryDate"].kind is FieldKind.INSTANT


def test_nested_objects_lists_and_bounds_are_described():
    [period] = [
        field.item
        for field in next(
            one for one in describe(V16, "SetChargingProfile")[1].fields if one.name == "chargingSchedule"
        ).fields
        if field.name == "chargingSchedulePeriod"
    ]

    assert [field.name for field in period.fields] == ["startPeriod", "limit", "numberPhases"]
    [data] = describe(V201, "GetVariables")
    assert (data.kind, data.minimum) == (FieldKind.LIST, 1)


def test_what_a_station_sends_is_no_form():
    with pytest.raises(KeyError):
        describe(V16, "BootNotification")
