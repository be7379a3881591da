"""Reading and changing configuration over a real socket (TC_019, TC_021, TC_040, TC_073), as it should go and not."""

import json
from datetime import timedelta

import pytest
from websockets.exceptions import InvalidStatus

from apps.core.clock import now
from apps.events.models import OutboxRow
from apps.stations.messages import VariableRef
from apps.stations.models import (
    ChargingStation,
    Deviation,
    StationCommand,
    StationConfiguration,
    Variable,
    VariableChange,
)
from apps.stations.services.changes import change_variable, read_everything, read_some
from apps.stations.services.commands import queue_raw
from apps.stations.services.rotation import rotate_password
from apps.telemetry.models import Frame
from tests.plugged import PASSWORD, RawStation, wait_for
from tests.stations.configuring import Keys

BOOT = {"chargePointVendor": "ACME", "chargePointModel": "One"}
FULL = "Energy.Active.Import.Register,Power.Active.Import,Current.Import,SoC"
INTERVAL = VariableRef(component="", variable="HeartbeatInterval")


def finished(command: StationCommand) -> StationCommand:
    found = wait_for(lambda: StationCommand.objects.filter(pk=command.pk, finished_at__isnull=False).first())
    assert isinstance(found, StationCommand)
    return found


def configure_over(raw: RawStation, keys: Keys, run_outbox) -> list[tuple[str, object]]:
    """Let the worker take its steps and the station answer them, until nothing is open; what was asked."""
    StationConfiguration.objects.filter(due_at__isnull=False).update(due_at=now() - timedelta(seconds=1))
    asked = []
    while True:
        OutboxRow.objects.filter(done_at=None, event="stations.ConfigurationDue").update(due_at=now())
        run_outbox()
        open_one = StationCommand.objects.filter(state__in=("queued", "sent")).first()
        if open_one is None:
            return asked
        _kind, message_id, action, payload = raw.frame(lambda frame: frame[0] == 2)
        asked.append((payload.get("key", action), payload.get("value")))
        raw.socket.send(json.dumps([3, message_id, keys.answer(action, payload)]))
        finished(open_one)


def test_tc_019_1_all_keys_are_read_by_themselves_after_a_boot(plug, station, run_outbox):
    keys = Keys({"HeartbeatInterval": "300", "vendorKey": "x"}, read_only={"vendorKey"})
    raw = plug()
    raw.call("BootNotification", BOOT)
    run_outbox()
    assert not StationCommand.objects.exists()  # not within half a minute of the boot (Q47)

    asked = configure_over(raw, keys, run_outbox)

    assert asked[0] == ("GetConfiguration", None)
    known = {row.name: (row.value, row.mutability) for row in Variable.objects.filter(unsupported_at=None)}
    assert known == {"HeartbeatInterval": ("300", "ReadWrite"), "vendorKey": ("x", "ReadOnly")}


def test_tc_019_1_a_station_that_can_not_tell_its_keys_leaves_what_is_known(plug, station):
    Variable.objects.create(station=station, name="HeartbeatInterval", value="300", reported_at=now())
    raw = plug()
    command = read_everything(station, by="olga")
    message_id, payload = raw.expect("GetConfiguration")
    raw.socket.send(json.dumps([4, message_id, "InternalError", "no memory", {}]))

    assert (payload, finished(command).state) == ({}, "failed")
    assert Variable.objects.get().value == "300"


def test_tc_019_2_a_key_is_read_by_name(plug, station):
    raw = plug()
    (command,) = read_some(station, [INTERVAL], by="olga")

    payload = raw.obey("GetConfiguration", Keys({"HeartbeatInterval": "42"}).answer("GetConfiguration", {}))

    assert payload == {"key": ["HeartbeatInterval"]}
    assert finished(command).state == "accepted"
    assert Variable.objects.get().value == "42"


def test_tc_019_2_a_key_that_the_station_does_not_know_is_remembered_as_such(plug, station):
    raw = plug()
    (command,) = read_some(station, [VariableRef(component="", variable="Nonsense")], by="olga")

    raw.obey("GetConfiguration", {"unknownKey": ["Nonsense"]})

    assert finished(command).state == "rejected"
    row = Variable.objects.get()
    assert (row.name, row.value, row.unsupported_at is not None) == ("Nonsense", None, True)


def test_tc_021_a_changed_key_is_read_back(plug, station, run_outbox):
    keys = Keys({"HeartbeatInterval": "300"})
    raw = plug()
    change_variable(station, INTERVAL, "600", by="olga", reason="LTE")

    asked = configure_over(raw, keys, run_outbox)

    assert asked == [("HeartbeatInterval", "600"), (["HeartbeatInterval"], None)]
    row = Variable.objects.get()
    assert (row.value, row.unverified) == ("600", False)
    change = VariableChange.objects.get()
    assert (change.by, change.reason, change.status, change.value) == ("olga", "LTE", "Accepted", "600")


def test_tc_021_a_change_that_was_accepted_and_not_made_is_shown_as_it_is(plug, station, run_outbox):
    keys = Keys({"HeartbeatInterval": "300"}, stubborn={"HeartbeatInterval"})
    raw = plug()
    change_variable(station, INTERVAL, "600", by="olga")

    configure_over(raw, keys, run_outbox)

    row = Variable.objects.get()
    assert (row.value, row.unverified) == ("300", False)


def test_tc_021_a_restart_that_is_needed_is_waited_for_and_then_read_back(plug, station, run_outbox):
    keys = Keys({"HeartbeatInterval": "600"}, reboots={"HeartbeatInterval"})
    raw = plug()
    change_variable(station, INTERVAL, "300", by="olga")
    assert configure_over(raw, keys, run_outbox) == [("HeartbeatInterval", "300")]
    assert Variable.objects.get().pending_reboot

    keys.values |= keys.at_reboot
    StationConfiguration.objects.update(read_at=now(), read_firmware="")
    raw.call("BootNotification", BOOT)
    run_outbox()
    asked = configure_over(raw, keys, run_outbox)

    assert asked[0] == (["HeartbeatInterval"], None)
    row = Variable.objects.get(name="HeartbeatInterval")
    assert (row.value, row.pending_reboot, row.unverified) == ("300", False, False)


@pytest.mark.parametrize(
    ("values", "status", "state", "unsupported"),
    [({}, "NotSupported", "rejected", True), ({"HeartbeatInterval": "300"}, "Accepted", "accepted", False)],
)
def test_tc_040_1_a_key_that_is_not_supported_is_told_from_one_that_is(
    plug, station, values, status, state, unsupported
):
    raw = plug()
    change = change_variable(station, INTERVAL, "600", by="olga")
    payload = {"key": "HeartbeatInterval", "value": "600"}

    assert raw.obey("ChangeConfiguration", Keys(values).answer("ChangeConfiguration", payload)) == payload

    assert finished(change.command).state == state
    change.refresh_from_db()
    assert change.status == status
    assert (Variable.objects.get().unsupported_at is not None) is unsupported


def test_tc_040_2_a_value_that_is_refused_changes_nothing(plug, station):
    Variable.objects.create(station=station, name="HeartbeatInterval", value="300", reported_at=now())
    raw = plug()
    change = change_variable(station, INTERVAL, "600", by="olga")

    raw.obey("ChangeConfiguration", {"status": "Rejected"})

    assert finished(change.command).state == "rejected"
    change.refresh_from_db()
    assert (change.status, Variable.objects.get().value) == ("Rejected", "300")


def test_tc_040_2_an_invalid_value_of_a_standard_key_is_not_even_sent(plug, station):
    Variable.objects.create(station=station, name="HeartbeatInterval", value="300", reported_at=now())

    with pytest.raises(Exception, match="at least 10"):
        change_variable(station, INTERVAL, "-1", by="olga")

    assert not StationCommand.objects.exists()


def test_a_station_is_brought_to_its_templates_over_the_wire(plug, station, run_outbox):
    keys = Keys({
        "TransactionMessageAttempts": "3", "TransactionMessageRetryInterval": "60", "HeartbeatInterval": "300",
        "StopTransactionOnInvalidId": "true", "MeterValueSampleInterval": "60", "MeterValuesSampledData": "Voltage",
    }, refused={("MeterValuesSampledData", FULL)})  # fmt: skip
    raw = plug()
    raw.call("BootNotification", BOOT)
    run_outbox()

    configure_over(raw, keys, run_outbox)

    assert (keys.values["TransactionMessageAttempts"], keys.values["MeterValuesSampledData"]) == (
        "20", FULL.removesuffix(",SoC"),
    )  # fmt: skip
    assert dict(Deviation.objects.values_list("name", "state")) == {
        "MeterValuesSampledData": "reduced", "WebSocketPingInterval": "unsupported",
    }  # fmt: skip


def test_q49_a_boot_is_answered_with_the_templates_heartbeat(plug, station):
    assert plug().call("BootNotification", BOOT)["interval"] == 300


# --- TC_073: the password ---------------------------------------------------------------------------------


def told_password(raw: RawStation, status: str = "Accepted") -> str:
    payload = raw.obey("ChangeConfiguration", {"status": status})
    assert payload["key"] == "AuthorizationKey"
    return str(payload["value"])


def is_let_in(plug, password: str) -> bool:
    try:
        raw = plug(password=password)
    except InvalidStatus as refused:
        if refused.response.status_code != 401:
            raise
        return False
    return "currentTime" in raw.call("Heartbeat")


def test_tc_073_a_new_password_is_taken_and_the_old_one_ends_with_its_first_use(plug, station):
    raw = plug()
    command = rotate_password(station, by="olga")
    new = told_password(raw)

    done = finished(command)
    assert (done.state, len(new), new != PASSWORD) == ("accepted", 40, True)
    assert is_let_in(plug, PASSWORD)  # until the station uses the new one
    assert is_let_in(plug, bytes.fromhex(new))
    assert not is_let_in(plug, PASSWORD)
    assert is_let_in(plug, new)


@pytest.mark.parametrize("status", ["Rejected", "NotSupported"])
def test_tc_073_a_password_that_is_refused_never_lets_anybody_in(plug, station, status):
    raw = plug()
    command = rotate_password(station, by="olga")
    new = told_password(raw, status)

    assert finished(command).state == "rejected"
    assert not is_let_in(plug, new)
    assert is_let_in(plug, PASSWORD)


def test_tc_073_a_raw_command_with_a_password_is_followed_too(plug, station):
    raw = plug()
    new = "AABBCCDDEEFF00112233445566778899AAbbccdd"
    command = queue_raw(station, "ChangeConfiguration", {"key": "authorizationKEY", "value": new}, by="api:erp")
    assert raw.obey("ChangeConfiguration", {"status": "Accepted"})["value"] == new
    finished(command)

    assert is_let_in(plug, bytes.fromhex(new))
    assert is_let_in(plug, new)
    assert not is_let_in(plug, PASSWORD)


def test_tc_073_a_station_that_reconnects_before_it_answers_is_let_in_with_either(plug, station):
    raw = plug()
    command = rotate_password(station, by="olga")
    _message_id, payload = raw.expect("ChangeConfiguration")
    raw.unplug()
    assert finished(command).state == "timed_out"

    assert is_let_in(plug, PASSWORD)
    assert is_let_in(plug, payload["value"])
    assert not is_let_in(plug, PASSWORD)


@pytest.mark.parametrize("version", ["2.0.1", "2.1"])
def test_a01_a_password_is_told_in_2_x(plug, station, version):
    ChargingStation.objects.update(ocpp_version=version)
    raw = plug(version=version)
    command = rotate_password(ChargingStation.objects.get(), by="olga")
    message_id, payload = raw.expect("SetVariables")
    (datum,) = payload["setVariableData"]
    named = {name: datum[name] for name in ("component", "variable")}
    result = {"setVariableResult": [{"attributeStatus": "Accepted", **named}]}
    raw.socket.send(json.dumps([3, message_id, result]))

    assert finished(command).state == "accepted"
    assert (named["component"]["name"], named["variable"]["name"]) == ("SecurityCtrlr", "BasicAuthPassword")
    assert is_let_in(lambda **options: plug(version=version, **options), datum["attributeValue"])
    assert not is_let_in(plug, PASSWORD)


def test_a_second_password_that_is_refused_leaves_the_first_new_one(plug, station):
    raw = plug()
    finished_first = rotate_password(station, by="olga")
    first = told_password(raw)
    finished(finished_first)
    second_command = rotate_password(station, by="olga")
    told_password(raw, "Rejected")
    finished(second_command)

    assert is_let_in(plug, first)


def test_no_password_stands_in_a_row_or_a_log(plug, station):
    raw = plug()
    command = rotate_password(station, by="olga")
    new = told_password(raw)
    done = finished(command)
    wait_for(lambda: Frame.objects.filter(message_id=done.message_id, incoming=True).exists())

    kept = [done.payload, done.message, done.answer, *VariableChange.objects.values_list("value", "before")]
    assert new not in json.dumps(kept)
    assert new not in "".join(Frame.objects.values_list("payload", flat=True))
    assert not Variable.objects.filter(value=new).exists()
