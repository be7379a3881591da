"""Readings of a known charge go past the ORM: nothing is lost by it, nothing counts twice, nobody waits for others."""

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from django.db import connection as database

from apps.charging.models import Transaction
from apps.charging.services.holds import close_charge
from apps.core.identifiers import canonical_token
from apps.drivers.models import IdToken
from apps.ocpp import connection as connections
from apps.ocpp.inbox import WINDOW
from apps.ocpp.readings import Readings
from apps.stations.models import ChargingStation
from apps.stations.services.credentials import set_password
from apps.telemetry.messages import ContextCode
from apps.telemetry.models import ChargeLive, Frame, MeterValue
from apps.telemetry.services.leases import take_lease
from tests.plugged import PASSWORD, RawStation, wait_for
from tests.stories.conftest import CARD
from tests.stories.scripts import BEGIN_WH, SCRIPTS, some_minutes_ago

VERSIONS = pytest.mark.parametrize("version", ["1.6", "2.0.1", "2.1"])
V2 = pytest.mark.parametrize("version", ["2.0.1", "2.1"])


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The message ids that went the long way."""
    found: list[str] = []

    def take_call(link: Any, call: Any, **options: Any) -> Any:
        found.append(call.message_id)
        return original(link, call, **options)

    original = connections.take_call
    monkeypatch.setattr(connections, "take_call", take_call)
    return found


@pytest.fixture
def other_side() -> Iterator[psycopg.Connection[Any]]:
    told = database.settings_dict
    with psycopg.connect(
        dbname=told["NAME"], user=told["USER"], password=told["PASSWORD"], host=told["HOST"], port=told["PORT"]
    ) as link:
        yield link


@pytest.fixture(autouse=True)
def card(live_tenant: Any) -> None:
    IdToken.objects.create(value=canonical_token(CARD))


def begun(raw: RawStation, version: str, **told: Any) -> Any:
    """A charge that has gone so far that the gateway knows it."""
    script = SCRIPTS[version](raw, **told)
    script.start()
    if version == "1.6":
        script.meter(0, BEGIN_WH, 0)
    return script


def the_charge() -> Transaction:
    return Transaction.objects.get()


def backend_of_writer() -> int:
    with database.cursor() as cursor:
        cursor.execute(
            """SELECT pid FROM pg_stat_activity
            WHERE application_name = 'ohmstead writer' AND datname = current_database()"""
        )
        return int(cursor.fetchone()[0])


def waits_for_a_lock(pid: int) -> bool:
    with database.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_stat_activity WHERE pid = %s AND wait_event_type = 'Lock'", [pid])
        return cursor.fetchone() is not None


@VERSIONS
def test_readings_of_a_known_charge_reach_no_service_yet_are_stored_and_logged_in_pairs(plug, station, served, version):
    raw = plug(version=version)
    script = begun(raw, version)
    served.clear()

    for second in (60, 70, 80):
        script.meter(second, BEGIN_WH + second, 7000)

    assert served == []
    rows = MeterValue.objects.filter(transaction_id=the_charge().pk, context=ContextCode.SAMPLE_PERIODIC)
    assert list(rows.filter(energy_wh__gt=BEGIN_WH).order_by("at").values_list("energy_wh", "evse")) == [
        (BEGIN_WH + second, 1) for second in (60, 70, 80)
    ]
    request, answer = wait_for(lambda: frames_with(str(BEGIN_WH + 80)))
    assert (request.incoming, request.kind, answer.incoming, answer.kind) == (True, 2, False, 3)
    assert (request.message_id, answer.payload) == (answer.message_id, "{}")
    assert request.action == answer.action == ("MeterValues" if version == "1.6" else "TransactionEvent")


def frames_with(text: str) -> list[Frame]:
    """The frame of that content and its answer, in the order they were logged."""
    return [
        frame
        for told in Frame.objects.filter(payload__contains=text)
        for frame in Frame.objects.filter(message_id=told.message_id).order_by("id")
    ]


@VERSIONS
def test_both_ways_come_to_the_same_charge(plug, station, served, monkeypatch, version):
    def charge() -> tuple[Any, ...]:
        raw = plug(version=version)
        script = begun(raw, version, begin=at)
        for second in (10, 50, 90):
            script.meter(second, BEGIN_WH + 30 * second, 7000)
        script.suspend()
        script.stop()
        raw.unplug()
        made = the_charge()
        rows = MeterValue.objects.filter(transaction_id=made.pk).order_by("at", "context")
        values = list(rows.values_list("at", "context", "energy_wh", "power_w", "current_l1_a", "extra", "seq_no"))
        facts = (made.energy_wh, made.idle_s, made.hold_reason, [note["code"] for note in made.notes], values)
        forget(made)
        return facts

    at = some_minutes_ago()
    short = charge()
    went_long = len(served)
    monkeypatch.setattr(Readings, "learn", lambda self, charges: None)
    served.clear()

    assert charge() == short
    assert len(served) == went_long + 3


def forget(charge: Transaction) -> None:
    """As if this charge had never been; only for comparing."""
    with database.cursor() as cursor:
        cursor.execute("DELETE FROM telemetry.meter_value WHERE transaction_id = %s", [charge.pk])
    charge.messages.all().delete()
    charge.states.all().delete()
    charge.delete()


@V2
def test_numbers_that_never_came_are_still_noted(plug, station, served, version):
    script = begun(plug(version=version), version)
    script.meter(10, BEGIN_WH + 10, 7000)
    script.seq_no += 2
    script.meter(40, BEGIN_WH + 40, 7000)
    script.meter(50, BEGIN_WH + 50, 7000)
    script.stop()

    assert [(note["code"], note["count"]) for note in the_charge().notes if "count" in note] == [
        ("messages_missing", 2)
    ]


@V2
def test_what_is_repeated_after_a_reconnect_counts_once(plug, station, version):
    raw = plug(version=version)
    script = begun(raw, version)
    for second in (10, 20, 30):
        script.meter(second, BEGIN_WH + second, 7000)
    raw.unplug()
    script.raw, script.seq_no = plug(version=version), script.seq_no - 2
    for second in (20, 30, 40, 50):
        script.meter(second, BEGIN_WH + second, 7000)
    script.stop()

    assert the_charge().notes == []
    counted = MeterValue.objects.filter(transaction_id=the_charge().pk, context=ContextCode.SAMPLE_PERIODIC)
    assert counted.count() == 5


@V2
def test_a_number_used_again_for_other_readings_is_noted(plug, station, version):
    script = begun(plug(version=version), version)
    script.meter(10, BEGIN_WH + 10, 7000)
    script.seq_no -= 1
    script.meter(20, BEGIN_WH + 20, 7000)

    assert [note["code"] for note in the_charge().notes] == ["number_reused"]
    assert MeterValue.objects.filter(energy_wh=BEGIN_WH + 20).exists()


@V2
def test_a_new_state_goes_the_long_way_and_is_known_from_then_on(plug, station, served, version):
    script = begun(plug(version=version), version)
    script.meter(10, BEGIN_WH + 10, 7000)
    served.clear()
    values = script.reading(20, BEGIN_WH + 20, 0)

    script.event("Updated", "ChargingStateChanged", "SuspendedEVSE", 20, meterValue=values)
    script.event("Updated", "MeterValuePeriodic", "SuspendedEVSE", 30, meterValue=script.reading(30, BEGIN_WH + 20, 0))
    script.event("Updated", "MeterValuePeriodic", "Charging", 40, meterValue=script.reading(40, BEGIN_WH + 21, 9))

    assert len(served) == 2
    states = the_charge().states.order_by("at").values_list("state", flat=True)
    assert list(states)[-2:] == ["SuspendedEVSE", "Charging"]


@VERSIONS
def test_readings_after_an_operator_closed_the_charge_neither_reopen_nor_revive_it(plug, station, served, version):
    script = begun(plug(version=version), version)
    script.meter(10, BEGIN_WH + 10, 7000)
    close_charge(the_charge(), by="test")
    ended_at = the_charge().ended_at
    served.clear()

    script.meter(20, BEGIN_WH + 20, 7000)
    script.meter(30, BEGIN_WH + 30, 7000)

    assert len(served) == 2
    assert the_charge().ended_at == ended_at
    assert MeterValue.objects.filter(energy_wh=BEGIN_WH + 30, transaction_id=the_charge().pk).exists()
    assert not ChargeLive.objects.exists()


@VERSIONS
def test_the_next_charge_is_not_taken_for_the_last(plug, station, served, version):
    raw = plug(version=version)
    script = begun(raw, version)
    script.meter(10, BEGIN_WH + 10, 7000)
    script.stop()
    served.clear()
    script.meter(300, BEGIN_WH + 9000, 7000)

    assert len(served) == 1


@VERSIONS
def test_a_superseded_socket_stores_no_reading(plug, station, version):
    raw = plug(version=version)
    script = begun(raw, version)
    take_lease(station.pk, gateway="elsewhere", version=version, address="")
    before = MeterValue.objects.count()
    raw.send("MeterValues", {"connectorId": 1, "transactionId": getattr(script, "number", 0), "meterValue": []})
    assert raw.close_code() == 4001
    assert MeterValue.objects.count() == before


@VERSIONS
def test_when_the_database_dies_under_a_reading_the_station_keeps_it_and_tells_it_again(
    plug, station, other_side, version
):
    raw = plug(version=version)
    script = begun(raw, version)
    script.meter(10, BEGIN_WH + 10, 7000)
    pid = backend_of_writer()
    other_side.execute("LOCK TABLE telemetry.meter_value IN EXCLUSIVE MODE")
    raw.send(*next_reading(script, version))
    wait_for(lambda: waits_for_a_lock(pid))
    other_side.execute("SELECT pg_terminate_backend(%s)", [pid])
    other_side.rollback()

    assert raw.close_code() == 1013
    assert not MeterValue.objects.filter(energy_wh=BEGIN_WH + 20).exists()

    again = plug(version=version)
    again.call(*next_reading(script, version))
    assert MeterValue.objects.filter(energy_wh=BEGIN_WH + 20, transaction_id=the_charge().pk).count() == 1
    script.raw, script.seq_no = again, getattr(script, "seq_no", 0) + 1
    script.meter(30, BEGIN_WH + 30, 7000)
    assert MeterValue.objects.filter(energy_wh=BEGIN_WH + 30).count() == 1


def next_reading(script: Any, version: str) -> tuple[str, dict[str, Any]]:
    """The reading at 20 seconds as a message."""
    sent: list[Any] = []
    spoken, script.raw = script.raw, Recorder(sent)
    script.meter(20, BEGIN_WH + 20, 7000)
    script.raw = spoken
    if version != "1.6":
        script.seq_no -= 1
    return sent[0][0], sent[0][1]


class Recorder:
    def __init__(self, sent: list[Any]) -> None:
        self.sent = sent

    def call(self, action: str, payload: dict[str, Any]) -> dict[str, Any]:
        self.sent.append((action, payload))
        return {}


def test_however_much_one_station_has_to_tell_it_holds_few_places_in_the_writer(
    plug, station, gateway, make_station: Callable[..., ChargingStation], other_side
):
    set_password(make_station("CS-2"), PASSWORD, by="test")
    flood, neighbour = plug(), plug("CS-2")
    script, quiet = begun(flood, "1.6"), begun(neighbour, "1.6")
    other_side.execute("LOCK TABLE telemetry.meter_value IN EXCLUSIVE MODE")
    ids = [flood.send(*reading(script, second)) for second in range(1, 41)]
    wait_for(lambda: waits_for_a_lock(backend_of_writer()) and gateway.gateway.writer.depth == WINDOW)

    late = neighbour.send(*reading(quiet, 5))
    wait_for(lambda: gateway.gateway.writer.depth == WINDOW + 1)
    other_side.rollback()

    assert neighbour.answer_to(late) == {}
    assert [flood.answer_to(one) for one in ids] == [{}] * 40


def test_what_follows_readings_at_once_is_worked_off_behind_them(plug, station, served, other_side):
    raw = plug()
    script = begun(raw, "1.6")
    served.clear()
    other_side.execute("LOCK TABLE telemetry.meter_value IN EXCLUSIVE MODE")
    readings = [raw.send(*reading(script, second)) for second in (10, 20, 30)]
    stop = {"transactionId": script.number, "meterStop": BEGIN_WH + 31, "timestamp": script.at(31)}
    last = raw.send("StopTransaction", stop)
    late = raw.send(*reading(script, 30))
    wait_for(lambda: waits_for_a_lock(backend_of_writer()))
    assert the_charge().ended_at is None
    other_side.rollback()

    assert [raw.answer_to(one) for one in readings] == [{}] * 3
    raw.answer_to(last)
    assert raw.answer_to(late) == {}
    assert served == [last, late]
    assert the_charge().energy_wh == 31


def test_readings_that_come_back_refused_go_the_long_way_before_what_came_later(plug, station, served, other_side):
    raw = plug()
    script = begun(raw, "1.6")
    served.clear()
    other_side.execute("SELECT 1 FROM telemetry.charge_live FOR UPDATE")
    readings = [raw.send(*reading(script, second)) for second in (10, 20)]
    status = {"connectorId": 1, "errorCode": "NoError", "status": "SuspendedEV", "timestamp": script.at(25)}
    last = raw.send("StatusNotification", status)
    wait_for(lambda: served)
    other_side.rollback()

    assert [raw.answer_to(one) for one in readings] == [{}] * 2
    assert raw.answer_to(last) == {}
    assert served == [*readings, last]
    assert MeterValue.objects.filter(energy_wh__in=[BEGIN_WH + 10, BEGIN_WH + 20]).count() == 2


def reading(script: Any, second: int) -> tuple[str, dict[str, Any]]:
    value = {"timestamp": script.at(second), "sampledValue": [{"value": str(BEGIN_WH + second)}]}
    return "MeterValues", {"connectorId": 1, "transactionId": script.number, "meterValue": [value]}


@VERSIONS
@pytest.mark.parametrize("timestamp", ["0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00"])
def test_a_clock_that_was_never_set_does_not_cut_the_wire(plug, station, version, timestamp):
    raw = plug(version=version)
    action, payload = next_reading(begun(raw, version), version)
    payload["meterValue"][0]["timestamp"] = timestamp

    raw.call(action, payload)
    raw.call("Heartbeat")


@VERSIONS
def test_a_current_of_next_to_nothing_is_stored_as_nothing(plug, station, served, version):
    raw = plug(version=version)
    action, payload = next_reading(begun(raw, version), version)
    payload["meterValue"][0]["sampledValue"] = [{"value": 1e-50, "measurand": "Current.Import"}]
    served.clear()

    raw.call(action, payload)
    assert MeterValue.objects.filter(current_a=0.0, transaction_id=the_charge().pk).exists()
    assert served == []


@VERSIONS
def test_pages_are_shown_the_newest_figures_about_once_a_second(plug, station, version):
    script = begun(plug(version=version), version)
    script.meter(60, BEGIN_WH + 1500, 7000)
    script.meter(50, BEGIN_WH + 1400, 6000)

    live = wait_for(lambda: ChargeLive.objects.filter(energy_wh=1500.0).first())
    assert (live.transaction_id, live.power_w, live.soc_percent) == (the_charge().pk, 7000.0, 55.0)
