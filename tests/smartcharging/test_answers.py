"""What stations answer, in whatever order it is heard of, and what becomes of our rows."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as pace
from hypothesis import strategies as st

from apps.core.clock import now
from apps.smartcharging.models import ChargingProfile, CompositeSchedule
from apps.smartcharging.services import clear_profiles, knowledge_of, read_composite, set_profile
from apps.smartcharging.services.answers import take_answer
from apps.stations.messages import ClearChargingProfile, GetCompositeSchedule
from apps.stations.models import ChargingStation, CommandState, StationCommand
from apps.stations.services.commands import queue_raw
from apps.tenants.models import Tenant
from tests.smartcharging.conftest import DEFAULT, MAX, A, wish

ANSWER = {"evse": 1, "rate_unit": "A", "periods": [{"start_period_s": 0, "limit": 32.0}], "duration_s": 86_400}


@pytest.fixture
def station(alpha: Tenant, make_station: Callable[..., ChargingStation]) -> ChargingStation:
    return make_station("CS-1", evses=2, ocpp_version="1.6")


def answered(
    command: StationCommand, state: CommandState = CommandState.ACCEPTED, *, sent: int = 0, **facts: Any
) -> StationCommand:
    """As the gateway leaves a command; `sent` orders them in time, None was never sent."""
    command.state, command.finished_at = state, now()
    command.sent_at = now() - timedelta(minutes=10) + timedelta(seconds=sent)
    for name, value in facts.items():
        setattr(command, name, value)
    command.save()
    return command


def hear(*commands: StationCommand) -> None:
    for command in commands:
        take_answer(str(command.pk))


def states() -> list[str]:
    return list(ChargingProfile.objects.order_by("pk").values_list("state", flat=True))


@pytest.mark.parametrize(
    ("state", "facts", "expected", "words"),
    [
        (CommandState.ACCEPTED, {}, "set", ""),
        (CommandState.REJECTED, {"status": "Rejected"}, "rejected", "Rejected"),
        (CommandState.FAILED, {"error": "NotSupported: No such thing"}, "rejected", "NotSupported: No such thing"),
        (CommandState.EXPIRED, {"sent_at": None}, "rejected", "The station was not connected in time."),
        (CommandState.TIMED_OUT, {}, "unknown", "The station did not answer; it may keep the profile or not."),
    ],
)
def test_each_answer_has_its_state(
    station: ChargingStation, state: CommandState, facts: dict[str, Any], expected: str, words: str
) -> None:
    row = set_profile(station, wish(), by="olga")

    hear(answered(row.command, state, **facts))

    row.refresh_from_db()
    assert (row.state, row.reason) == (expected, words)
    assert bool(knowledge_of(station).profiles) is (expected == "set")


def test_an_answer_that_is_heard_twice_changes_nothing(station: ChargingStation) -> None:
    row = set_profile(station, wish(), by="olga")
    answered(row.command)
    hear(row.command, row.command)
    settled_at = ChargingProfile.objects.get().settled_at

    hear(row.command)

    assert (states(), ChargingProfile.objects.get().settled_at) == (["set"], settled_at)
    assert StationCommand.objects.filter(kind="stations.GetCompositeSchedule").count() == 1


def test_a_late_answer_decides_after_all(station: ChargingStation) -> None:
    row = set_profile(station, wish(), by="olga")
    hear(answered(row.command, CommandState.TIMED_OUT))

    hear(answered(row.command, CommandState.ACCEPTED, late_answer=True))

    assert states() == ["set"]


def test_a_late_answer_of_what_was_replaced_meanwhile_sets_nothing(station: ChargingStation) -> None:
    first = set_profile(station, wish((0, 16)), by="olga")
    hear(answered(first.command, CommandState.TIMED_OUT, sent=1))
    second = set_profile(station, wish((0, 10)), by="olga")
    hear(answered(second.command, sent=2))

    hear(answered(first.command, CommandState.ACCEPTED, sent=1, late_answer=True))

    assert states() == ["cleared", "set"]


def test_a_rejected_profile_leaves_the_one_before_it(station: ChargingStation) -> None:
    first = set_profile(station, wish((0, 16)), by="olga")
    second = set_profile(station, wish((0, 10)), by="olga")

    hear(answered(first.command, sent=1), answered(second.command, CommandState.REJECTED, sent=2))

    assert states() == ["set", "rejected"]


def test_a_clearing_forgets_only_what_was_set_before_it(station: ChargingStation) -> None:
    before = set_profile(station, wish(), by="olga")
    clearing = clear_profiles(station, ClearChargingProfile(purpose=DEFAULT), by="olga")
    after = set_profile(station, wish((0, 8)), by="olga")

    hear(answered(before.command, sent=1), answered(after.command, sent=3), answered(clearing, sent=2))

    assert states() == ["cleared", "set"]


def test_a_clearing_that_failed_clears_nothing(station: ChargingStation) -> None:
    row = set_profile(station, wish(), by="olga")
    hear(answered(row.command, sent=1))
    clearing = clear_profiles(station, ClearChargingProfile(), by="olga")

    hear(answered(clearing, CommandState.FAILED, sent=2, error="NotSupported: "))

    assert states() == ["set"]


def test_only_what_matches_all_criteria_is_cleared(station: ChargingStation) -> None:
    """1.6 errata §3.25: a logical AND."""
    asked = [wish(evse=1), wish(evse=2), wish(evse=1, level=1), wish(evse=0, purpose=MAX)]
    for number, one in enumerate(asked):
        hear(answered(set_profile(station, one, by="olga").command, sent=number))
    clearing = clear_profiles(station, ClearChargingProfile(evse=1, purpose=DEFAULT, stack_level=1), by="olga")

    hear(answered(clearing, sent=9))

    assert states() == ["set", "set", "cleared", "set"]


def test_a_raw_clearing_that_was_refused_changes_nothing(station: ChargingStation) -> None:
    row = set_profile(station, wish(), by="olga")
    hear(answered(row.command, sent=1))
    raw = queue_raw(station, "ClearChargingProfile", {"id": 1}, by="otto")

    hear(answered(raw, CommandState.REJECTED, sent=2))

    assert states() == ["set"]


def test_a_raw_profile_is_read_back_where_it_counts(station: ChargingStation) -> None:
    raw = queue_raw(station, "SetChargingProfile", {"connectorId": 0, "csChargingProfiles": {}}, by="otto")

    hear(answered(raw, sent=1))

    questions = StationCommand.objects.filter(kind="stations.GetCompositeSchedule").order_by("created_at")
    assert [question.message["evse"] for question in questions] == [0, 1, 2]


def test_an_answer_of_another_station_touches_nothing(
    station: ChargingStation, make_station: Callable[..., ChargingStation]
) -> None:
    mine = set_profile(station, wish(), by="olga")
    other = make_station("CS-2")
    theirs = set_profile(other, wish(), by="olga")
    hear(answered(mine.command, sent=1), answered(theirs.command, sent=2))
    assert mine.profile_id == theirs.profile_id

    hear(answered(clear_profiles(other, ClearChargingProfile(id=mine.profile_id), by="olga"), sent=3))

    assert states() == ["set", "cleared"]


def test_other_commands_are_none_of_ours(station: ChargingStation) -> None:
    command = queue_raw(station, "Reset", {"type": "Soft"}, by="olga")

    hear(answered(command))

    assert not ChargingProfile.objects.exists()


def test_an_open_command_is_not_an_answer(station: ChargingStation) -> None:
    row = set_profile(station, wish(), by="olga")

    hear(row.command)

    assert states() == ["wanted"]


def test_an_older_reading_does_not_replace_a_newer_one(station: ChargingStation) -> None:
    older, newer = (read_composite(station, evse=1, by="olga") for _ in range(2))
    answered(newer, sent=2, result={**ANSWER, "periods": [{"start_period_s": 0, "limit": 6.0}]}, status="Accepted")
    answered(older, sent=1, result=ANSWER, status="Accepted")

    hear(newer, older)

    assert [step.limit for step in CompositeSchedule.objects.get().steps] == [6.0]


def test_a_question_that_never_left_says_nothing(station: ChargingStation) -> None:
    hear(answered(read_composite(station, evse=1, by="olga"), CommandState.EXPIRED, sent_at=None))

    assert not CompositeSchedule.objects.exists()


def test_a_question_that_waits_already_is_not_asked_twice(station: ChargingStation) -> None:
    for level in range(3):
        hear(answered(set_profile(station, wish(level=level), by="olga").command, sent=level))

    (question,) = StationCommand.objects.filter(kind="stations.GetCompositeSchedule")
    assert question.message == {"evse": 1, "duration_s": 86_400, "rate_unit": A}
    assert GetCompositeSchedule(**question.message).evse == 1


def test_an_archived_station_is_not_asked_any_more(station: ChargingStation) -> None:
    row = set_profile(station, wish(), by="olga")
    ChargingStation.objects.update(archived_at=now())

    hear(answered(row.command))

    assert states() == ["set"]
    assert not StationCommand.objects.filter(kind="stations.GetCompositeSchedule").exists()


PACE = pace(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
ENDINGS = st.sampled_from([CommandState.ACCEPTED, CommandState.REJECTED, CommandState.TIMED_OUT])


@PACE
@given(st.lists(st.tuples(st.booleans(), ENDINGS), min_size=1, max_size=5), st.randoms())
def test_in_whatever_order_answers_are_heard_the_end_is_the_same(
    station: ChargingStation, story: list[tuple[bool, CommandState]], order: Any
) -> None:
    """Settings and clearings of one slot: the last one accepted decides, unless a silence came after it."""
    ChargingProfile.objects.all().delete()
    StationCommand.objects.all().delete()
    commands = []
    for sent, (sets, state) in enumerate(story):
        asked = set_profile(station, wish(), by="olga").command if sets else None
        command = asked or clear_profiles(station, ClearChargingProfile(evse=1), by="olga")
        commands.append(answered(command, state, sent=sent))
    order.shuffle(commands)

    hear(*commands)

    accepted = [sets for sets, state in story if state is CommandState.ACCEPTED]
    silent_clearing = any(state is CommandState.TIMED_OUT and not sets for sets, state in story)
    known = knowledge_of(station).profiles
    assert len(known) <= 1
    if not silent_clearing:
        assert bool(known) is (bool(accepted) and accepted[-1])
