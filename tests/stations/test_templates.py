"""Which template wins, what it may hold, and how registration is decided."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from apps.accounts.models import AuditEntry
from apps.core.clock import now
from apps.core.errors import UnableTo
from apps.stations.messages import (
    BootNotification,
    NotifyReport,
    OcppVersion,
    RegistrationStatus,
    ReportedVariable,
    VariableRef,
)
from apps.stations.models import (
    ChargingStation,
    ConfigurationTemplate,
    Deviation,
    Location,
    StationCommand,
    StationConfiguration,
    TemplateScope,
    Variable,
)
from apps.stations.services.boot import boot
from apps.stations.services.changes import change_variable
from apps.stations.services.configuration import configure, plan_after_boot
from apps.stations.services.deviations import assess_stations_of
from apps.stations.services.hardware import save_station
from apps.stations.services.registration import save_policy, set_registration
from apps.stations.services.reports import take_report
from apps.stations.services.templates import Setting, delete_template, save_template, ship_template, wanted_of
from apps.tenants.models import Tenant
from tests.stations.conftest import NOON, caller, connect

KEY = ("", "heartbeatinterval", "")


@pytest.fixture
def station(alpha: Tenant, make_station: Callable[..., ChargingStation]) -> ChargingStation:
    """An ACME One at the depot."""
    return make_station("CS-1", ocpp_version="1.6", vendor="ACME", model="One")


def make(name: str, scope: TemplateScope, value: str, **place: object) -> ConfigurationTemplate:
    template = ConfigurationTemplate(name=name, scope=scope, **place)  # type: ignore[misc]
    return save_template(template, [Setting(name="HeartbeatInterval", value=value)], by="ada")


def winner(station: ChargingStation) -> str:
    return wanted_of(station)[KEY].template.name


def test_the_narrowest_template_wins(station: ChargingStation) -> None:
    assert winner(station) == "Ohmstead"
    for name, scope, place in (
        ("vendor", TemplateScope.MODEL, {"vendor": "acme"}),
        ("model", TemplateScope.MODEL, {"vendor": "ACME", "model": "one"}),
        ("depot", TemplateScope.LOCATION, {"location": station.location}),
        ("exception", TemplateScope.STATION, {"station": station}),
    ):
        make(name, scope, "600", **place)
        assert winner(station) == name


def test_of_two_equally_narrow_ones_the_newer_wins_and_others_do_not_apply(
    station: ChargingStation, make_station: Callable[..., ChargingStation]
) -> None:
    elsewhere = Location.objects.create(name="Elsewhere")
    for name, scope, place in (
        ("other make", TemplateScope.MODEL, {"vendor": "Other"}),
        ("other model", TemplateScope.MODEL, {"vendor": "ACME", "model": "Two"}),
        ("elsewhere", TemplateScope.LOCATION, {"location": elsewhere}),
        ("other station", TemplateScope.STATION, {"station": make_station("CS-2")}),
    ):
        make(name, scope, "600", **place)
    assert winner(station) == "Ohmstead"

    make("newer", TemplateScope.TENANT, "600")
    assert winner(station) == "newer"
    ConfigurationTemplate.objects.filter(name="newer").update(is_active=False)
    assert winner(station) == "Ohmstead"


def test_the_shipped_template_comes_once_and_stays_as_it_was_made(alpha: Tenant) -> None:
    ConfigurationTemplate.objects.update(name="Ours", settings=[], is_active=False)

    ship_template(alpha.schema_name, alpha.pk)

    assert [(one.name, one.settings, one.is_active) for one in ConfigurationTemplate.objects.all()] == [
        ("Ours", [], False)
    ]
    with pytest.raises(UnableTo, match="switch it off"):
        delete_template(ConfigurationTemplate.objects.get(), by="ada")


def test_a_deleted_template_leaves_no_deviation_behind(station: ChargingStation) -> None:
    StationConfiguration.objects.create(station=station, read_at=now())
    Variable.objects.create(station=station, name="HeartbeatInterval", value="300", reported_at=now())
    template = make("depot", TemplateScope.LOCATION, "600", location=station.location)
    assess_stations_of(template.pk)
    assert Deviation.objects.get(name="HeartbeatInterval").template == template
    number = template.pk

    delete_template(template, by="ada")
    assess_stations_of(number)

    assert not Deviation.objects.filter(name="HeartbeatInterval").exists()
    assert AuditEntry.objects.filter(action="stations.configurationtemplate.deleted").exists()


def test_a_station_that_moves_is_compared_with_the_templates_of_its_new_place(station: ChargingStation) -> None:
    StationConfiguration.objects.create(station=station, read_at=now())
    Variable.objects.create(station=station, name="HeartbeatInterval", value="300", reported_at=now())
    there = Location.objects.create(name="There")
    make("there", TemplateScope.LOCATION, "600", location=there)
    station.location = there

    save_station(station, by="ada")

    assert Deviation.objects.get(name="HeartbeatInterval").wanted == "600"


def test_q49_a_boot_is_answered_with_the_wanted_heartbeat_and_never_with_0(station: ChargingStation) -> None:
    news = BootNotification(vendor="ACME", model="One")
    make("exception", TemplateScope.STATION, "900", station=station)
    assert boot(caller(station, version=OcppVersion.V16), news).interval_s == 900

    ConfigurationTemplate.objects.update(settings=[{"name": "HeartbeatInterval", "value": "0"}])
    assert boot(caller(station, version=OcppVersion.V16), news).interval_s == 1
    ConfigurationTemplate.objects.update(settings=[])
    assert boot(caller(station, version=OcppVersion.V16), news).interval_s == 300


def test_a_2_x_station_is_read_by_report_and_compared_with_settings_of_its_own(station: ChargingStation) -> None:
    ChargingStation.objects.update(ocpp_version="2.0.1")
    connect(station)
    template = ConfigurationTemplate(name="2.x", scope=TemplateScope.TENANT)
    save_template(template, [Setting(component="OCPPCommCtrlr", name="HeartbeatInterval", value="300")], by="ada")
    plan_after_boot(station.pk)
    StationConfiguration.objects.update(due_at=now() - timedelta(seconds=1))

    configure(station.pk)

    command = StationCommand.objects.get()
    assert command.kind == "stations.GetBaseReport"
    told = ReportedVariable(ref=VariableRef(component="OCPPCommCtrlr", variable="HeartbeatInterval"), value="60")
    news = NotifyReport(request_id=1, seq_no=0, more=False, generated_at=NOON, variables=(told,))
    StationCommand.objects.update(state="accepted")
    take_report(caller(station), news)
    configure(station.pk)
    written = StationCommand.objects.order_by("created_at").last()
    assert written is not None
    assert (written.kind, (written.message or {})["values"][0]["value"]) == ("stations.SetVariables", "300")


@pytest.mark.parametrize(
    ("before", "after", "asked"),
    [
        ("Pending", "Accepted", True), ("Accepted", "Pending", True), ("Accepted", "Rejected", False),
        ("Rejected", "Accepted", False), ("Accepted", "Accepted", False),
    ],
)  # fmt: skip
def test_a_decision_asks_a_listening_station_to_boot(
    station: ChargingStation, before: str, after: str, asked: bool
) -> None:
    ChargingStation.objects.update(registration=before)
    connect(station)

    set_registration(station, RegistrationStatus(after), by="ada", reason="checked")

    assert ChargingStation.objects.get().registration == after
    assert StationCommand.objects.filter(kind="stations.TriggerMessage").exists() is asked
    assert AuditEntry.objects.filter(detail__reason="checked").exists() is (before != after)


def test_a_station_that_is_offline_is_not_asked(station: ChargingStation) -> None:
    set_registration(station, RegistrationStatus.PENDING, by="ada")

    assert not StationCommand.objects.exists()


def test_a_decision_in_a_form_asks_for_a_boot_as_well(station: ChargingStation) -> None:
    connect(station)
    station.registration = RegistrationStatus.PENDING

    save_station(station, by="ada")

    assert StationCommand.objects.get().kind == "stations.TriggerMessage"


def test_new_stations_are_what_the_policy_says(alpha: Tenant, make_station: Callable[..., ChargingStation]) -> None:
    assert make_station("CS-1").registration == "Accepted"
    save_policy(RegistrationStatus.PENDING, by="ada")
    save_policy(RegistrationStatus.PENDING, by="ada")

    assert make_station("CS-2").registration == "Pending"
    assert make_station("CS-3", registration="Rejected").registration == "Rejected"
    assert AuditEntry.objects.filter(action="stations.stationpolicy.changed").count() == 1


def test_a_password_that_could_be_guessed_is_not_told_to_a_station(station: ChargingStation) -> None:
    with pytest.raises(UnableTo, match="16 to 64 characters"):
        change_variable(station, VariableRef(component="", variable="AuthorizationKey"), "secret", by="ada")

    assert not StationCommand.objects.exists()
