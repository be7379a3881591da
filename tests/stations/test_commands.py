"""Commands: durable, in order, one at a time (Q55, Q56, Q72, Q85)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any
from uuid import UUID

import msgspec
import pytest
import time_machine
from django.conf import settings as django_settings
from django.db import IntegrityError, connection, transaction
from redis import Redis

from apps.accounts.models import AuditEntry
from apps.charging.messages import RequestStartTransaction
from apps.core.clock import now
from apps.core.errors import UnableTo, UnableToReach
from apps.drivers.messages import IdTokenSeen
from apps.stations.messages import (
    ChargingSchedulePeriod,
    CommandOutcome,
    CompositeSchedule,
    GetVariables,
    RateUnit,
    Reset,
    ResetType,
    SetVariables,
    VariableRef,
    VariableResult,
    VariableValue,
)
from apps.stations.models import ChargingStation, StationCommand, Variable
from apps.stations.services import commands
from apps.stations.services.command_kinds import kind_of, message_from, stored_form
from apps.stations.services.commands import (
    cancel_command,
    claim_next,
    expire_commands,
    fail_command,
    finish_command,
    has_open_commands,
    queue_command,
    queue_raw,
    record_sent,
    time_out_command,
)
from apps.stations.services.hardware import archive_station
from apps.tenants.models import Tenant
from apps.tenants.scope import schema_scope
from tests.stations.conftest import GATEWAY, connect

RESET = Reset(type=ResetType.IMMEDIATE)
OK = CommandOutcome(accepted=True, status="Accepted")


def queue(station: ChargingStation, message: object = RESET, **options: Any) -> StationCommand:
    return queue_command(station, message, by="ada@example.com", **options)


def claimed(station: ChargingStation, epoch: int) -> UUID:
    claim = claim_next(station.pk, epoch=epoch)
    assert claim is not None
    record_sent(claim, action="Reset", payload={"type": "Immediate"}, message_id="m-1")
    return claim.id


def state_of(command: StationCommand) -> str:
    command.refresh_from_db()
    return command.state


@pytest.mark.parametrize(
    "message",
    [
        RESET,
        SetVariables(values=(VariableValue(ref=VariableRef(component="C", variable="V", evse=1), value="1"),)),
        GetVariables(refs=(VariableRef(component="", variable="HeartbeatInterval"),)),
        RequestStartTransaction(remote_start_id=7, id_token=IdTokenSeen(value="04AA"), evse=1),
    ],
)
def test_a_message_comes_back_as_it_was_queued(message: object) -> None:
    assert message_from(kind_of(message), stored_form(message)) == message


def test_a_command_from_queue_to_answer(station: ChargingStation) -> None:
    epoch = connect(station)
    command = queue(station)

    claim = claim_next(station.pk, epoch=epoch)
    assert claim is not None
    assert (claim.id, claim.message) == (command.pk, RESET)
    record_sent(claim, action="Reset", payload={"type": "Immediate"}, message_id="m-1")
    finish_command(claim.id, outcome=OK, answer={"status": "Accepted"})

    command.refresh_from_db()
    assert (command.state, command.status, command.answer) == ("accepted", "Accepted", {"status": "Accepted"})
    assert (command.action, command.payload, command.message_id) == ("Reset", {"type": "Immediate"}, "m-1")
    assert command.finished_at is not None
    assert AuditEntry.objects.get().actor == "ada@example.com"


def test_a_raw_command_is_claimed_as_it_was_written(station: ChargingStation) -> None:
    epoch = connect(station)
    queue_raw(station, "ClearCache", {}, by="api:ci")

    claim = claim_next(station.pk, epoch=epoch)
    assert claim is not None
    assert (claim.message, claim.action, claim.payload) == (None, "ClearCache", {})


def test_commands_go_out_one_at_a_time_and_in_order(station: ChargingStation) -> None:
    epoch = connect(station)
    first, second = queue(station), queue(station)

    assert claimed(station, epoch) == first.pk
    assert claim_next(station.pk, epoch=epoch) is None
    finish_command(first.pk, outcome=OK)
    assert claimed(station, epoch) == second.pk


def test_the_database_itself_refuses_two_commands_under_way(station: ChargingStation) -> None:
    queue(station), queue(station)

    with pytest.raises(IntegrityError), transaction.atomic():
        StationCommand.objects.update(state="sent")


def test_a_superseded_gateway_claims_nothing(station: ChargingStation) -> None:
    old = connect(station)
    new = connect(station)
    queue(station)

    assert claim_next(station.pk, epoch=old) is None
    assert claim_next(station.pk, epoch=new) is not None


def test_what_an_earlier_socket_left_unanswered_times_out(station: ChargingStation) -> None:
    lost, waiting = queue(station), queue(station)
    claimed(station, connect(station))

    assert claimed(station, connect(station)) == waiting.pk
    assert state_of(lost) == "timed_out"


def test_a_rejected_station_is_left_alone(station: ChargingStation) -> None:
    command = queue(station)
    ChargingStation.objects.filter(pk=station.pk).update(registration="Rejected")

    assert claim_next(station.pk, epoch=connect(station)) is None
    command.refresh_from_db()
    assert command.state == "queued"


@pytest.mark.parametrize(
    ("kind", "message"), [("stations.Reset", {"type": "Sideways"}), ("stations.Gone", {}), ("none", {})]
)
def test_a_command_nobody_can_read_any_more_holds_up_no_other(
    station: ChargingStation, kind: str, message: dict[str, Any]
) -> None:
    first, second = queue(station), queue(station)
    StationCommand.objects.filter(pk=first.pk).update(kind=kind, message=message)

    assert claimed(station, connect(station)) == second.pk
    first.refresh_from_db()
    assert (first.state, "can't be read" in first.error) == ("failed", True)


def test_an_overdue_command_expires_instead_of_being_sent(station: ChargingStation) -> None:
    epoch = connect(station)
    overdue = queue(station, expires_in_s=5)
    with time_machine.travel(now() + timedelta(seconds=6), tick=False):
        assert claim_next(station.pk, epoch=epoch) is None

    assert state_of(overdue) == "expired"


def test_however_many_are_overdue_the_next_one_is_found(station: ChargingStation) -> None:
    epoch = connect(station)
    overdue = [queue(station, expires_in_s=5) for _ in range(25)]
    waiting = queue(station)
    with time_machine.travel(now() + timedelta(seconds=6), tick=False):
        assert claimed(station, epoch) == waiting.pk

    assert {state_of(command) for command in overdue} == {"expired"}


def test_the_unanswered_one_holds_up_the_others_whatever_clock_they_were_queued_by(station: ChargingStation) -> None:
    sent = queue(station)
    epoch = connect(station)
    claimed(station, epoch)
    for _ in range(12):
        earlier = queue(station)
        StationCommand.objects.filter(pk=earlier.pk).update(created_at=sent.created_at - timedelta(minutes=1))

    assert claim_next(station.pk, epoch=epoch) is None


def test_only_a_station_with_open_commands_needs_a_claim(station: ChargingStation) -> None:
    assert not has_open_commands(station.pk)
    command = queue(station)
    assert has_open_commands(station.pk)
    finish_command(command.pk, outcome=OK)
    assert not has_open_commands(station.pk)


def test_the_sweep_closes_what_nobody_claims_or_answers(station: ChargingStation) -> None:
    left, overdue = queue(station), queue(station)
    claimed(station, connect(station))
    assert expire_commands() == 0
    with time_machine.travel(now() + timedelta(minutes=3), tick=False):
        assert expire_commands() == 2
        assert expire_commands() == 0

    assert (state_of(left), state_of(overdue)) == ("timed_out", "expired")


def test_q56_a_late_answer_is_taken_and_marked(station: ChargingStation) -> None:
    command = queue(station)
    time_out_command(claimed(station, connect(station)), error="No answer.")
    finish_command(command.pk, outcome=OK)

    command.refresh_from_db()
    assert (command.state, command.late_answer) == ("accepted", True)


def test_q56_a_second_answer_changes_nothing(station: ChargingStation) -> None:
    command = queue(station)
    finish_command(claimed(station, connect(station)), outcome=OK)
    finish_command(command.pk, outcome=CommandOutcome(accepted=False, status="Rejected"))
    time_out_command(command.pk)

    assert state_of(command) == "accepted"


def test_a_refusal_keeps_its_reason(station: ChargingStation) -> None:
    command = queue(station)
    refusal = CommandOutcome(accepted=False, status="Rejected", reason="busy\0")
    finish_command(claimed(station, connect(station)), outcome=refusal)

    command.refresh_from_db()
    assert (command.state, command.status, command.error) == ("rejected", "Rejected", "busy\ufffd")


def test_an_error_of_the_station_fails_the_command(station: ChargingStation) -> None:
    command = queue(station)
    fail_command(claimed(station, connect(station)), error="NotSupported: no")

    command.refresh_from_db()
    assert (command.state, command.error) == ("failed", "NotSupported: no")


def test_only_a_queued_command_can_be_taken_back(station: ChargingStation) -> None:
    command = queue(station)
    cancel_command(command, by="ada@example.com")
    assert state_of(command) == "expired"
    sent = queue(station)
    claimed(station, connect(station))

    with pytest.raises(UnableTo, match="sent already"):
        cancel_command(sent, by="ada@example.com")


def test_a_command_for_now_or_never_needs_a_connection(station: ChargingStation) -> None:
    with pytest.raises(UnableToReach, match="not connected"):
        queue(station, expires_in_s=0)
    connect(station)

    assert queue(station, expires_in_s=0).state == "queued"


def test_an_archived_station_is_asked_nothing(station: ChargingStation) -> None:
    archive_station(station, by="x")
    station.refresh_from_db()

    with pytest.raises(UnableTo, match="archived"):
        queue(station)


def test_passwords_are_forgotten_once_they_are_sent(station: ChargingStation) -> None:
    ref = VariableRef(component="SecurityCtrlr", variable="BasicAuthPassword")
    command = queue(station, SetVariables(values=(VariableValue(ref=ref, value="s3cret-s3cret-s3cret"),)))
    claim = claim_next(station.pk, epoch=connect(station))
    assert claim is not None
    assert claim.message is not None
    assert claim.message.values[0].value == "s3cret-s3cret-s3cret"
    datum = {"variable": {"name": "BasicAuthPassword"}, "attributeValue": "s3cret-s3cret-s3cret"}
    record_sent(claim, action="SetVariables", payload={"setVariableData": [datum]}, message_id="m")
    accepted = VariableResult(ref=ref, status="Accepted", value="s3cret-s3cret-s3cret")
    finish_command(claim.id, outcome=CommandOutcome(accepted=True, status="Accepted", variables=(accepted,)))

    command.refresh_from_db()
    assert "s3cret" not in str([command.message, command.payload, Variable.objects.get().value])


def test_a_raw_password_that_expired_is_forgotten_too(station: ChargingStation) -> None:
    payload = {"key": "AuthorizationKey", "value": "s3cret"}
    command = queue_raw(station, "ChangeConfiguration", payload, by="x", expires_in_s=1)
    with time_machine.travel(now() + timedelta(minutes=1)):
        expire_commands()

    command.refresh_from_db()
    assert command.payload == {"key": "AuthorizationKey", "value": "•••"}


def test_variables_told_in_an_answer_are_kept(station: ChargingStation) -> None:
    ref = VariableRef(component="", variable="HeartbeatInterval")
    told = VariableResult(ref=ref, status="Accepted", value="300", mutability="ReadWrite")
    queue(station, GetVariables())
    outcome = CommandOutcome(accepted=True, status="", variables=(told, told))
    finish_command(claimed(station, connect(station)), outcome=outcome)

    kept = Variable.objects.get()
    assert (kept.component, kept.name, kept.value, kept.mutability) == ("", "HeartbeatInterval", "300", "ReadWrite")


def test_q85_each_variable_has_its_own_result(station: ChargingStation) -> None:
    def result(name: str, status: str, value: str | None) -> VariableResult:
        return VariableResult(ref=VariableRef(component="C", variable=name), status=status, value=value)

    for name in "abc":
        Variable.objects.create(
            station=station, component="C", name=name, value="old", mutability="ReadWrite", reported_at=now()
        )
    results = (result("a", "Accepted", "new"), result("b", "RebootRequired", None), result("c", "Rejected", None))
    queue(station)
    finish_command(
        claimed(station, connect(station)),
        outcome=CommandOutcome(accepted=False, status="Rejected", variables=results),
    )

    kept = Variable.objects.order_by("name").values_list("value", "pending_reboot", "mutability")
    assert list(kept) == [("new", False, "ReadWrite"), ("old", True, "ReadWrite"), ("old", False, "ReadWrite")]


def test_two_gateways_claim_one_command_once(live_tenant: Tenant, make_station: Callable[..., ChargingStation]) -> None:
    station = make_station("LIVE-1")
    epoch = connect(station)
    queue(station), queue(station)
    barrier = Barrier(4)

    def claim(_number: int) -> Any:
        try:
            with schema_scope(live_tenant.schema_name):
                barrier.wait(timeout=10)
                with transaction.atomic():
                    claim = claim_next(station.pk, epoch=epoch)
                    if claim:
                        record_sent(claim, action="Reset", payload={}, message_id="m-1")
                    return claim
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        claims = [claim for claim in pool.map(claim, range(4)) if claim]
    assert len(claims) == 1
    assert StationCommand.objects.filter(state="sent").count() == 1


def test_the_gateway_that_holds_the_station_is_woken(
    live_tenant: Tenant, make_station: Callable[..., ChargingStation]
) -> None:
    station = make_station("LIVE-1")
    connect(station)
    with Redis.from_url(django_settings.REDIS_URL).pubsub() as listener:
        listener.subscribe(GATEWAY)
        listener.get_message(timeout=5)
        queue(station)
        heard = listener.get_message(timeout=5)

    assert heard is not None
    assert b"wake" in heard["data"]
    assert live_tenant.schema_name.encode() in heard["data"]


def test_a_message_kind_is_stored_by_app_and_class() -> None:
    assert kind_of(RESET) == "stations.Reset"
    assert commands.DEFAULT_EXPIRY_S == 60


def test_what_an_answer_tells_is_kept_in_our_words(station):
    command = queue(station)
    schedule = CompositeSchedule(
        evse=1, rate_unit=RateUnit.AMPERE, periods=(ChargingSchedulePeriod(start_period_s=0, limit=16.0),)
    )

    finish_command(
        claimed(station, connect(station)), outcome=CommandOutcome(accepted=True, status="Accepted", data=schedule)
    )

    command.refresh_from_db()
    assert msgspec.convert(command.result, CompositeSchedule) == schedule
