"""A form for every message of every version, made from its schema."""

import pytest
from django.http import QueryDict
from django.utils.translation import override

from apps.accounts.messages import Role
from apps.backoffice.forms.schema_forms import SchemaForm
from apps.charging.models import Transaction
from apps.dialects.adapters.describing import FieldKind
from apps.dialects.adapters.registry import dialect_for
from apps.stations.messages import OcppVersion
from apps.stations.models import ActionRefusal, ChargingStation, StationCommand, Variable
from tests.backoffice.conftest import begin_charge, now

URL = "/stations/CS-1/commands/{}/"
EVERY_ACTION = [(version, action) for version in OcppVersion for action in dialect_for(version).command_actions]


def speaking(station, version):
    station.ocpp_version = version
    station.save()
    return station


def number_in(field):
    """Places of 2.x begin at 0 in the schemas, but not at this station."""
    low = field.minimum if field.minimum else 1.0
    return low if field.maximum is None else min(low, field.maximum)


def typed(field):
    """What somebody types who knows nothing but the kind of field."""
    return {
        FieldKind.CHOICE: (field.options or ("",))[0],
        FieldKind.FLAG: "true",
        FieldKind.INSTANT: "2026-05-04T03:02",
        FieldKind.INTEGER: str(int(number_in(field))),
        FieldKind.NUMBER: str(number_in(field)),
        FieldKind.TEXT: "https://x.example"[: field.max_length],
    }[field.kind]


def filled(fields, prefix="", *, required_only):
    data = {}
    for field in fields:
        path = f"{prefix}{field.name}"
        if required_only and not field.required:
            continue
        if field.kind is FieldKind.LIST:
            inner = field.item
            rows = inner.fields if inner.kind is FieldKind.OBJECT else [inner]
            data |= filled(
                rows, f"{path}.0" + ("." if inner.kind is FieldKind.OBJECT else ""), required_only=required_only
            )
        elif field.kind is FieldKind.OBJECT:
            data |= filled(field.fields, f"{path}.", required_only=required_only)
        else:
            data[path] = typed(field)
    return data


@pytest.mark.parametrize("required_only", [True, False])
@pytest.mark.parametrize("version", OcppVersion)
def test_every_form_that_is_filled_in_makes_a_lawful_request(station, version, required_only):
    speaking(station, version)

    for action in dialect_for(version).command_actions:
        described = [node.description for node in SchemaForm(station=station, action=action).nodes]
        data = QueryDict(mutable=True)
        data.update(filled(described, required_only=required_only))
        form = SchemaForm(data, station=station, action=action)

        assert form.is_valid(), (action, form.errors, form.non_field_errors())
        assert dialect_for(version).check_request(action, form.payload) == ()


@pytest.mark.parametrize("version", OcppVersion)
def test_every_form_can_be_looked_at(browser, station, version):
    speaking(station, version)

    for action in dialect_for(version).command_actions:
        answer = browser.get(URL.format(action))
        assert answer.status_code == 200, action
        assert "<form" in answer.content.decode(), action


def test_a_generated_form_becomes_a_command_in_the_words_of_the_version(browser, station):
    answer = browser.post(
        URL.format("GetDiagnostics"),
        {"location": "ftp://logs.example/", "startTime": "2026-07-01T12:00", "retries": "2"},
    )

    command = StationCommand.objects.get()
    assert answer.status_code == 202
    assert (command.kind, command.action, command.by) == ("", "GetDiagnostics", "owner@alpha.example")
    # Noon in Berlin, in summer.
    assert command.payload == {"location": "ftp://logs.example/", "startTime": "2026-07-01T10:00:00Z", "retries": 2}


def test_rows_of_lists_are_taken_in_order_and_empty_ones_left_out(browser, station):
    data = {
        "connectorId": "2", "csChargingProfiles.chargingProfileId": "7", "csChargingProfiles.stackLevel": "0",
        "csChargingProfiles.chargingProfilePurpose": "TxDefaultProfile",
        "csChargingProfiles.chargingProfileKind": "Absolute",
        "csChargingProfiles.chargingSchedule.chargingRateUnit": "A",
        "csChargingProfiles.chargingSchedule.chargingSchedulePeriod.4.startPeriod": "3600",
        "csChargingProfiles.chargingSchedule.chargingSchedulePeriod.4.limit": "6.5",
        "csChargingProfiles.chargingSchedule.chargingSchedulePeriod.1.startPeriod": "0",
        "csChargingProfiles.chargingSchedule.chargingSchedulePeriod.1.limit": "16",
    }  # fmt: skip
    browser.post(URL.format("SetChargingProfile"), data)

    payload = StationCommand.objects.get().payload
    assert payload["csChargingProfiles"]["chargingSchedule"]["chargingSchedulePeriod"] == [
        {"startPeriod": 0, "limit": 16.0}, {"startPeriod": 3600, "limit": 6.5},
    ]  # fmt: skip
    assert "transactionId" not in payload["csChargingProfiles"]


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"connectorId": "9", "type": "Operative"}, "connectorId"),
        ({"connectorId": "1", "type": "Explode"}, "type"),
        ({"connectorId": "1"}, "type"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(browser, station, data, field):
    answer = browser.post(URL.format("ChangeAvailability"), data | {"x": "y"})

    assert answer.status_code == 422, "the generated form of 1.6"
    assert field in answer.context["form"].errors
    assert not StationCommand.objects.exists()


def test_the_schema_has_the_last_word_at_the_field_it_means(station):
    data = {"connectorId": "0", "expiryDate": "2026-05-04T03:02", "idTag": "A", "reservationId": "1"}
    form = SchemaForm(data | {"idTag": "\x00"}, station=station, action="ReserveNow")

    assert not form.is_valid()


def test_places_are_chosen_from_what_the_station_has(station):
    assert SchemaForm(station=station, action="UnlockConnector").fields["connectorId"].choices == [
        ("1", "1"),
        ("2", "2"),
    ]
    with override("en"):
        whole = SchemaForm(station=station, action="ReserveNow").fields["connectorId"].choices[0]
    assert (whole[0], str(whole[1])) == ("0", "the whole station")


def test_the_charge_in_progress_is_proposed(station):
    charge = begin_charge(station)
    assert Transaction.objects.count() == 1

    assert SchemaForm(station=station, action="RemoteStopTransaction")["transactionId"].initial == charge.ocpp_id


def test_only_those_who_may_configure_see_and_send_generated_forms(browser_of, station):
    support = browser_of(Role.SUPPORT)

    assert support.get(URL.format("GetDiagnostics")).status_code == 403
    assert "all-messages" not in support.get("/stations/CS-1/").content.decode()
    assert support.post(URL.format("GetDiagnostics"), {"location": "ftp://x"}).status_code == 403
    assert not StationCommand.objects.exists()


def test_an_action_of_another_version_is_no_form(browser, station):
    assert browser.get(URL.format("GetVariables")).status_code == 404


def test_every_message_stands_on_the_stations_page(browser, station):
    page = browser.get("/stations/CS-1/").content.decode()

    for action in dialect_for(OcppVersion.V16).command_actions:
        assert action in page, action


def test_what_the_station_does_not_support_is_greyed_out_with_the_reason_and_can_be_forced(browser, station):
    Variable.objects.create(station=station, name="SupportedFeatureProfiles", value="Core", reported_at=now())
    page = browser.get("/stations/CS-1/").content.decode()
    assert "doubtful" in page
    assert "RemoteTrigger is not among" in page

    refused = browser.post(URL.format("trigger"), {"requested": "Heartbeat"})
    assert refused.status_code == 422
    assert "RemoteTrigger is not among" in refused.content.decode()
    assert not StationCommand.objects.exists()

    assert browser.post(URL.format("trigger"), {"requested": "Heartbeat", "force": "1"}).status_code == 202


def test_another_firmware_is_asked_without_a_word(browser, station):
    ActionRefusal.objects.create(
        station=station, action="ClearCache", code="NotImplemented", firmware_version="1.0", at=now()
    )
    ChargingStation.objects.update(firmware_version="1.0")
    assert browser.post(URL.format("clear-cache")).status_code == 422

    ChargingStation.objects.update(firmware_version="1.1")
    assert browser.post(URL.format("clear-cache")).status_code == 202


@pytest.mark.parametrize("name", ["RemoteStartTransaction", "start"])
def test_a_start_can_be_forced_as_well(browser, station, name):
    ActionRefusal.objects.create(station=station, action="RemoteStartTransaction", code="NotSupported", at=now())

    assert 'name="force"' in browser.get(URL.format(name)).content.decode()


@pytest.mark.parametrize("told", ["0001-01-01T00:00", "9999-12-31T23:59", "2026-03-29T02:30", "yesterday"])
def test_a_time_that_is_on_no_clock_is_refused(browser, station, told):
    """The third is the hour that the clocks at the station leave out."""
    answer = browser.post(URL.format("GetDiagnostics"), {"location": "ftp://logs.example/", "startTime": told})

    assert answer.status_code == 422
    assert "startTime" in answer.context["form"].errors
