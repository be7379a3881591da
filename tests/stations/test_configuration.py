"""Bringing a station to what its templates want, and never for ever (TC_019, TC_021, TC_040, Q47, Q72)."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine

from apps.core.clock import now
from apps.stations.messages import OcppVersion, RegistrationStatus, VariableRef
from apps.stations.models import (
    ChargingStation,
    ConfigurationTemplate,
    Deviation,
    StationCommand,
    StationConfiguration,
    TemplateScope,
    Variable,
    VariableChange,
)
from apps.stations.services.changes import change_variable, read_some
from apps.stations.services.configuration import configure, go_on_where_due, plan_after_boot
from apps.stations.services.deviations import repair_station, repair_template
from apps.stations.services.templates import Setting, save_template
from apps.telemetry.services.leases import release_lease
from apps.tenants.models import Tenant
from tests.stations.configuring import Bench, Keys
from tests.stations.conftest import connect

READ_ALL = ("all", None)
FULL = "Energy.Active.Import.Register,Power.Active.Import,Current.Import,SoC"
KEYS = {
    "TransactionMessageAttempts": "3", "TransactionMessageRetryInterval": "60", "WebSocketPingInterval": "60",
    "StopTransactionOnInvalidId": "True", "HeartbeatInterval": "300", "MeterValueSampleInterval": "60",
    "MeterValuesSampledData": FULL, "GetConfigurationMaxKeys": "20",
}  # fmt: skip


@pytest.fixture
def bench(alpha: Tenant, make_station: Callable[..., ChargingStation]) -> Bench:
    """A station where all is as the shipped template wants it, but for the attempts."""
    station = make_station("CS-1", ocpp_version="1.6", firmware_version="1.0")
    return Bench(station=station, epoch=connect(station), keys=Keys(dict(KEYS)))


def states(bench: Bench) -> dict[str, str]:
    return dict(Deviation.objects.filter(station=bench.station).values_list("name", "state"))


def only(**settings: str) -> ConfigurationTemplate:
    """The shipped template wants just this."""
    template = ConfigurationTemplate.objects.get(is_shipped=True)
    return save_template(template, [Setting(name=name, value=value) for name, value in settings.items()], by="ada")


def test_every_tenant_starts_with_the_defaults_that_keep_a_fleet_alive(alpha: Tenant) -> None:
    shipped = ConfigurationTemplate.objects.get()

    assert (shipped.scope, shipped.is_shipped, shipped.at_boot, shipped.is_active) == ("tenant", True, True, True)
    assert {entry["name"]: entry["value"] for entry in shipped.settings} == {
        "TransactionMessageAttempts": "20", "TransactionMessageRetryInterval": "60", "WebSocketPingInterval": "60",
        "StopTransactionOnInvalidId": "true", "HeartbeatInterval": "300", "MeterValueSampleInterval": "60",
        "MeterValuesSampledData": FULL,
    }  # fmt: skip


def test_after_a_boot_the_station_is_read_written_and_read_back(bench: Bench) -> None:
    bench.boot()

    asked = bench.settle()

    assert asked == [READ_ALL, ("TransactionMessageAttempts", "20"), (["TransactionMessageAttempts"], None)]
    assert bench.keys.values["TransactionMessageAttempts"] == "20"
    assert states(bench) == {}
    change = VariableChange.objects.get()
    assert (change.before, change.value, change.by, change.reason, change.status) == (
        "3", "20", "configuration", "Ohmstead", "Accepted",
    )  # fmt: skip


def test_q47_a_boot_loop_is_left_in_peace_until_half_a_minute_after_the_last_boot(bench: Bench) -> None:
    for seconds in (0, 20, 40):
        with time_machine.travel(now() + timedelta(seconds=seconds), tick=False):
            plan_after_boot(bench.station.pk)
    with time_machine.travel(now() + timedelta(seconds=69), tick=False):
        configure(bench.station.pk)
        assert not StationCommand.objects.exists()
    with time_machine.travel(now() + timedelta(seconds=71), tick=False):
        configure(bench.station.pk)

    assert StationCommand.objects.get().kind == "stations.GetVariables"


def test_a_second_boot_within_the_hour_reads_nothing_again(bench: Bench) -> None:
    bench.boot()
    bench.settle()
    bench.boot()

    assert bench.settle() == []


def test_another_firmware_is_read_again(bench: Bench) -> None:
    bench.boot()
    bench.settle()
    ChargingStation.objects.update(firmware_version="2.0")
    bench.boot()

    assert bench.settle() == [READ_ALL]


def test_a_station_that_is_as_wanted_is_asked_nothing_more(bench: Bench) -> None:
    bench.keys.values["TransactionMessageAttempts"] = " 20.0"
    bench.boot()

    assert bench.settle() == [READ_ALL]


def test_a_refused_list_of_measurands_is_shortened_until_it_is_taken(bench: Bench) -> None:
    short = "Energy.Active.Import.Register,Power.Active.Import"
    bench.keys.values |= {"MeterValuesSampledData": "Voltage", "TransactionMessageAttempts": "20"}
    bench.keys.refused = {("MeterValuesSampledData", FULL), ("MeterValuesSampledData", f"{short},Current.Import")}
    bench.boot()

    asked = [value for name, value in bench.settle() if name == "MeterValuesSampledData"]

    assert asked == [FULL, f"{short},Current.Import", short]
    assert states(bench) == {"MeterValuesSampledData": "reduced"}
    bench.boot()
    assert bench.settle() == []


def test_a_list_is_cut_to_what_the_station_says_it_can_hold(bench: Bench) -> None:
    bench.keys.values |= {"MeterValuesSampledData": "Voltage", "MeterValuesSampledDataMaxLength": "1"}
    bench.boot()

    assert ("MeterValuesSampledData", "Energy.Active.Import.Register") in bench.settle()


def test_tc_040_2_what_was_refused_twice_is_left_alone_and_shown(bench: Bench) -> None:
    bench.keys.refused = {("TransactionMessageAttempts", "20")}
    for boot in range(3):
        bench.boot()
        tries = [asked for asked in bench.settle() if asked == ("TransactionMessageAttempts", "20")]
        assert len(tries) == (1 if boot < 2 else 0)

    assert states(bench) == {"TransactionMessageAttempts": "refused"}


def test_a_key_that_takes_everything_and_keeps_what_it_has_counts_as_refused(bench: Bench) -> None:
    bench.keys.stubborn = {"TransactionMessageAttempts"}
    writes = []
    for _boot in range(4):
        bench.boot()
        writes += [asked for asked in bench.settle() if asked[1] == "20"]

    assert len(writes) == 2
    assert states(bench) == {"TransactionMessageAttempts": "refused"}
    assert Variable.objects.get(name="TransactionMessageAttempts").value == "3"


def test_tc_040_1_a_key_that_is_not_supported_is_remembered_and_not_tried_again(bench: Bench) -> None:
    del bench.keys.values["WebSocketPingInterval"]
    bench.boot()
    assert ("WebSocketPingInterval", "60") in bench.settle()

    assert states(bench)["WebSocketPingInterval"] == "unsupported"
    assert Variable.objects.get(name="WebSocketPingInterval").unsupported_at is not None
    bench.boot()
    assert bench.settle() == []


def test_another_firmware_may_support_what_the_last_one_did_not(bench: Bench) -> None:
    del bench.keys.values["WebSocketPingInterval"]
    bench.boot()
    bench.settle()
    bench.keys.values["WebSocketPingInterval"] = "0"
    ChargingStation.objects.update(firmware_version="2.0")
    bench.boot()
    bench.settle()

    assert (bench.keys.values["WebSocketPingInterval"], states(bench)) == ("60", {})


def test_a_read_only_key_is_shown_and_never_written(bench: Bench) -> None:
    bench.keys.read_only = {"TransactionMessageAttempts"}
    bench.boot()

    assert bench.settle() == [READ_ALL]
    assert states(bench) == {"TransactionMessageAttempts": "read_only"}


def test_what_needs_a_restart_is_pending_and_read_back_after_it(bench: Bench) -> None:
    bench.keys.reboots = {"TransactionMessageAttempts"}
    bench.boot()
    assert bench.settle()[-1] == ("TransactionMessageAttempts", "20")
    assert states(bench) == {"TransactionMessageAttempts": "pending"}

    bench.boot()

    assert bench.settle() == [(["TransactionMessageAttempts"], None)]
    assert states(bench) == {}


def test_a_restart_that_does_not_take_the_value_over_counts_as_a_refusal(bench: Bench) -> None:
    bench.keys.reboots = {"TransactionMessageAttempts"}
    writes = []
    for _boot in range(4):
        bench.keys.at_reboot.clear()
        bench.boot()
        writes += [asked for asked in bench.settle() if asked[1] == "20"]

    assert len(writes) == 2
    assert states(bench) == {"TransactionMessageAttempts": "refused"}


def test_a_station_that_never_answers_is_asked_three_times(bench: Bench) -> None:
    bench.boot()
    for _step in range(6):
        configure(bench.station.pk)
        StationCommand.objects.filter(state="queued").update(state="expired")
        StationConfiguration.objects.filter(due_at__isnull=False).update(due_at=now() - timedelta(seconds=1))

    assert StationCommand.objects.count() == 3
    assert StationConfiguration.objects.get().due_at is None


@pytest.mark.parametrize(
    ("registration", "asked"), [("Accepted", True), ("Pending", True), ("Rejected", False)]
)  # fmt: skip
def test_pending_stations_are_configured_and_rejected_ones_left_alone(
    bench: Bench, registration: str, asked: bool
) -> None:
    ChargingStation.objects.update(registration=RegistrationStatus(registration))
    bench.boot()

    assert bool(bench.settle()) is asked


def test_a_template_that_is_not_applied_at_boot_is_only_compared(bench: Bench) -> None:
    ConfigurationTemplate.objects.update(at_boot=False)
    bench.boot()

    assert bench.settle() == [READ_ALL]
    assert states(bench) == {"TransactionMessageAttempts": "differs"}


def test_a_repair_by_a_person_is_logged_with_who_and_why(bench: Bench) -> None:
    ConfigurationTemplate.objects.update(at_boot=False)
    bench.boot()
    bench.settle()

    assert repair_station(bench.station, by="ada@example.com", reason="outage last week") == 1
    bench.settle()

    change = VariableChange.objects.get()
    assert (change.by, change.reason, states(bench)) == ("ada@example.com", "outage last week", {})


def test_people_may_insist_on_what_was_refused_twice_once_more(bench: Bench) -> None:
    bench.keys.refused = {("TransactionMessageAttempts", "20")}
    for _boot in range(3):
        bench.boot()
        bench.settle()

    repair_station(bench.station, by="ada")

    assert bench.settle() == [("TransactionMessageAttempts", "20")]
    assert states(bench) == {"TransactionMessageAttempts": "refused"}


def test_a_repair_of_a_station_that_is_away_is_done_when_it_is_back(bench: Bench) -> None:
    ConfigurationTemplate.objects.update(at_boot=False)
    bench.boot()
    bench.settle()
    release_lease(bench.station.pk, epoch=bench.epoch)
    repair_station(bench.station, by="ada")
    assert bench.settle() == []

    bench.epoch = connect(bench.station)
    go_on_where_due()

    bench.serve()
    bench.settle()
    assert (bench.keys.values["TransactionMessageAttempts"], states(bench)) == ("20", {})


def test_someone_elses_value_is_no_attempt_of_a_repair(bench: Bench) -> None:
    ConfigurationTemplate.objects.update(at_boot=False)
    bench.boot()
    bench.settle()
    repair_station(bench.station, by="ada")
    change_variable(bench.station, VariableRef(component="", variable="TransactionMessageAttempts"), "7", by="olga")
    bench.serve()
    bench.settle()

    assert (bench.keys.values["TransactionMessageAttempts"], states(bench)) == ("20", {})


def test_a_template_is_repaired_at_all_its_stations(bench: Bench, make_station: Callable[..., ChargingStation]) -> None:
    other = make_station("CS-2", ocpp_version="1.6")
    second = Bench(station=other, epoch=connect(other), keys=Keys(dict(KEYS)))
    template = ConfigurationTemplate.objects.get()
    ConfigurationTemplate.objects.update(at_boot=False)
    for one in (bench, second):
        one.boot()
        one.settle()

    assert repair_template(template, by="ada", reason="fleet") == 2
    for one in (bench, second):
        one.settle()

    assert not Deviation.objects.exists()


def test_a_changed_template_is_compared_anew_and_forgets_refusals(bench: Bench) -> None:
    bench.keys.refused = {("TransactionMessageAttempts", "20")}
    for _boot in range(2):
        bench.boot()
        bench.settle()
    only(TransactionMessageAttempts="10")
    bench.boot()
    bench.settle()

    assert (bench.keys.values["TransactionMessageAttempts"], states(bench)) == ("10", {})


def test_a_change_by_hand_is_read_back(bench: Bench) -> None:
    bench.boot()
    bench.settle()
    change_variable(
        bench.station, VariableRef(component="", variable="heartbeatinterval"), "600", by="ada", reason="lte"
    )
    bench.serve()

    assert bench.settle() == [(["HeartbeatInterval"], None)]
    assert Variable.objects.get(name="HeartbeatInterval").value == "600"
    assert states(bench) == {"HeartbeatInterval": "differs"}
    assert not Variable.objects.filter(name="heartbeatinterval").exists()


def test_keys_are_asked_for_in_portions_the_station_can_answer(bench: Bench) -> None:
    Variable.objects.create(station=bench.station, name="GetConfigurationMaxKeys", value="2", reported_at=now())
    refs = [VariableRef(component="", variable=f"Key{number}") for number in range(5)]

    commands = read_some(bench.station, refs, by="ada")

    assert [len(command.message["refs"]) for command in commands if command.message] == [2, 2, 1]


def test_a_template_of_1_6_means_nothing_to_a_2_x_station(bench: Bench) -> None:
    ChargingStation.objects.update(ocpp_version=OcppVersion.V201)
    StationConfiguration.objects.create(station=bench.station, read_at=now())

    only(HeartbeatInterval="60")

    assert TemplateScope.TENANT == "tenant"
    assert not Deviation.objects.exists()
