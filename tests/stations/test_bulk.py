"""One command for many stations."""

import pytest

from apps.accounts.models import AuditEntry
from apps.core.errors import UnableTo
from apps.stations.models import BulkItem, BulkOrder, ChargingStation, StationCommand
from apps.stations.services import bulk
from apps.stations.services.bulk import create_bulk, retry_bulk, send_bulk, tally
from apps.stations.services.commands import fail_command


@pytest.fixture
def stations(alpha, make_station):
    return [make_station(f"CS-{number}", ocpp_version="1.6") for number in range(1, 5)]


def order(**facts):
    return BulkOrder(**{"action": "ClearCache", "payload": {}, "expires_in_s": 60} | facts)


def begin(stations, objections=None, **facts):
    return create_bulk(order(**facts), stations, objections=objections or {}, by="olga")


def test_each_station_gets_a_command_of_its_own(stations):
    made = begin(stations)

    commands = StationCommand.objects.order_by("station__identity")
    assert [(one.station.identity, one.action, one.by) for one in commands] == [
        (f"CS-{number}", "ClearCache", "olga") for number in range(1, 5)
    ]
    assert tally([made])[made.pk] == {"queued": 4}
    assert AuditEntry.objects.filter(action="stations.bulkorder.created", actor="olga").count() == 1


def test_a_message_in_our_words_is_queued_as_such(stations):
    begin(stations, action="", payload=None, kind="stations.Reset", message={"type": "OnIdle", "evse": None})

    assert set(StationCommand.objects.values_list("kind", flat=True)) == {"stations.Reset"}


def test_a_station_with_an_objection_is_listed_and_not_asked(stations):
    made = begin(stations, {stations[1].pk: "OCPP 2.1 has no such action."})

    assert tally([made])[made.pk] == {"queued": 3, "not_asked": 1}
    assert not StationCommand.objects.filter(station=stations[1]).exists()
    assert made.items.get(station=stations[1]).objection == "OCPP 2.1 has no such action."


def test_a_station_that_was_archived_meanwhile_says_why_it_is_left_out(stations):
    ChargingStation.objects.filter(identity="CS-2").update(archived_at=stations[0].created_at)

    made = begin(stations)

    assert tally([made])[made.pk] == {"queued": 3, "not_asked": 1}
    assert "archived" in made.items.get(station__identity="CS-2").objection


def test_many_are_left_to_a_worker(stations, run_outbox, monkeypatch):
    monkeypatch.setattr(bulk, "AT_ONCE", 3)

    made = begin(stations)
    assert tally([made])[made.pk] == {"waiting": 4}
    run_outbox()

    assert tally([made])[made.pk] == {"queued": 4}


def test_a_task_that_runs_twice_asks_once(stations):
    made = begin(stations)

    send_bulk(made.pk)

    assert StationCommand.objects.count() == 4


def test_only_those_that_failed_are_asked_again(stations):
    made = begin(stations)
    fail_command(StationCommand.objects.get(station=stations[0]).pk, error="GenericError: no")

    retry_bulk(made, by="otto")

    assert StationCommand.objects.count() == 5
    item = BulkItem.objects.get(station=stations[0])
    assert (item.attempts, item.command.state) == (2, "queued")
    assert AuditEntry.objects.filter(action="stations.bulkorder.retried", actor="otto").exists()


def test_where_nothing_has_failed_nothing_is_asked_again(stations):
    made = begin(stations)

    with pytest.raises(UnableTo, match="No station has failed"):
        retry_bulk(made, by="olga")


@pytest.mark.parametrize(("objected", "match"), [((0, 1, 2, 3), "None of these"), ((), "Secrets are no matter")])
def test_what_makes_no_sense_is_refused(stations, objected, match):
    secret = {"action": "ChangeConfiguration", "payload": {"key": "AuthorizationKey", "value": "0123456789"}}

    with pytest.raises(UnableTo, match=match):
        begin(stations, {stations[number].pk: "no" for number in objected}, **secret)
    assert not BulkOrder.objects.exists()


def test_nobody_at_all_can_not_be_asked(alpha):
    with pytest.raises(UnableTo, match="at least one"):
        begin([])
