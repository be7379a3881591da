"""A trigger is honoured by the message that follows, whoever claims otherwise (Q87)."""

import json
from datetime import timedelta

import pytest

from apps.core.clock import now
from apps.stations.models import StationCommand
from apps.stations.services.triggers import judge_triggers
from apps.telemetry.messages import FrameRow
from apps.telemetry.services.writing import store_frames


@pytest.fixture
def station(alpha, make_station):
    return make_station("CS-1", ocpp_version="1.6")


@pytest.fixture
def asked(station):
    """`asked({"requestedMessage": "Heartbeat"})`: accepted so many seconds ago."""

    def make(payload, *, ago=90, action="TriggerMessage", state="accepted"):
        at = now() - timedelta(seconds=ago)
        return StationCommand.objects.create(
            station=station, action=action, payload=payload, state=state, status="Accepted", by="olga",
            expires_at=at, sent_at=at - timedelta(seconds=1), finished_at=at,
        )  # fmt: skip

    return make


def heard(station, action, payload=None, *, ago=60, incoming=True):
    store_frames([
        FrameRow(
            station_id=station.pk, at=now() - timedelta(seconds=ago), incoming=incoming, kind=2, epoch=1,
            message_id="m", action=action, payload=json.dumps(payload or {}),
        )
    ])  # fmt: skip


def judged(command):
    judge_triggers()
    command.refresh_from_db()
    return command.state


def test_q87_a_trigger_that_nothing_follows_is_not_honoured(asked, station):
    command = asked({"requestedMessage": "StatusNotification"})
    heard(station, "Heartbeat")
    heard(station, "StatusNotification", incoming=False)

    assert judged(command) == "not_honoured"
    assert "60 seconds" in command.error


def test_q87_a_trigger_is_honoured_by_the_message_that_follows(asked, station):
    command = asked({"requestedMessage": "StatusNotification"})
    heard(station, "StatusNotification")

    assert judged(command) == "accepted"
    assert command.followed_at is not None


def test_q87_a_message_that_came_before_its_answer_counts(asked, station):
    command = asked({"requestedMessage": "Heartbeat"}, ago=90)
    heard(station, "Heartbeat", ago=90.5)

    assert judged(command) == "accepted"


def test_q87_a_message_of_earlier_or_much_later_does_not_count(asked, station):
    command = asked({"requestedMessage": "Heartbeat"}, ago=90)
    heard(station, "Heartbeat", ago=95)
    heard(station, "Heartbeat", ago=20)

    assert judged(command) == "not_honoured"


def test_q87_nothing_is_decided_before_its_time(asked):
    assert judged(asked({"requestedMessage": "Heartbeat"}, ago=50)) == "accepted"


@pytest.mark.parametrize(("told", "state"), [(2, "accepted"), (1, "not_honoured")])
def test_q87_a_message_about_another_connector_does_not_count(asked, station, told, state):
    command = asked({"requestedMessage": "StatusNotification", "connectorId": 2})
    heard(station, "StatusNotification", {"connectorId": told})

    assert judged(command) == state


def test_q87_an_evse_of_2_x_is_told_by_its_number(asked, station):
    command = asked({"requestedMessage": "StatusNotification", "evse": {"id": 2, "connectorId": 1}})
    heard(station, "StatusNotification", {"evseId": 2, "connectorId": 1})

    assert judged(command) == "accepted"


@pytest.mark.parametrize(
    ("requested", "follower"),
    [
        ("SignChargePointCertificate", "SignCertificate"),
        ("FirmwareStatusNotification", "SignedFirmwareStatusNotification"),
        ("LogStatusNotification", "LogStatusNotification"),
    ],
)
def test_q87_the_extended_trigger_has_followers_of_other_names(asked, station, requested, follower):
    command = asked({"requestedMessage": requested}, action="ExtendedTriggerMessage")
    heard(station, follower)

    assert judged(command) == "accepted"


def test_q87_a_rejected_trigger_stays_rejected_and_other_commands_are_let_be(asked):
    rejected = asked({"requestedMessage": "Heartbeat"}, state="rejected")
    reset = asked({"type": "Hard"}, action="Reset")

    assert (judged(rejected), judged(reset)) == ("rejected", "accepted")


def test_q87_what_was_decided_is_not_decided_again(asked, django_assert_num_queries):
    asked({"requestedMessage": "Heartbeat"})
    assert judge_triggers() == 1

    with django_assert_num_queries(1):
        assert judge_triggers() == 0
