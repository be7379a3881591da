"""One command for many stations, from the list to the outcome."""

import csv
import io

import pytest

from apps.accounts.messages import Role
from apps.backoffice.services.live import Changes, Watch, fragments
from apps.stations.models import BulkOrder, ChargingStation, StationCommand, Variable
from apps.stations.services.commands import fail_command
from tests.backoffice.conftest import now

NEW = "/bulk/new/"


@pytest.fixture
def stations(alpha, make_station):
    return [
        make_station("CS-1", evses=2, ocpp_version="1.6"),
        make_station("CS-2", ocpp_version="1.6"),
        make_station("CS-3", ocpp_version="2.0.1"),
    ]


@pytest.fixture
def send(browser, stations):
    """Continue, then send what was shown."""

    def do(data, query="all=1&order=reset"):
        shown = browser.post(f"{NEW}?{query}", {"bulk_wait": "60"} | data)
        assert shown.status_code == 200, shown.context["form"].errors
        return browser.post(f"{NEW}?{query}", {"bulk_wait": "60", "bulk_seal": shown.context["plan"].seal} | data)

    return do


def outcome():
    return {item.station.identity: (item.command.state if item.command else item.objection)
            for item in BulkOrder.objects.get().items.all()}  # fmt: skip


def test_the_list_offers_to_choose_stations_only_to_those_who_may(browser_of, stations):
    assert 'name="station"' in browser_of(Role.OPERATOR).get("/stations/").content.decode()
    assert 'name="station"' not in browser_of(Role.INSTALLER).get("/stations/").content.decode()


def test_chosen_stations_are_asked_each_for_itself(browser, stations, send):
    answer = send({"type": "OnIdle"}, "station=CS-1&station=CS-3&order=reset")

    assert answer.status_code == 302
    assert outcome() == {"CS-1": "queued", "CS-3": "queued"}
    page = browser.get(answer["Location"]).content.decode()
    assert "CS-1" in page
    assert "share-bar" in page


def test_all_that_a_filter_lets_through_are_asked(stations, send):
    ChargingStation.objects.filter(identity="CS-2").update(name="Gate")

    send({"type": "OnIdle"}, "all=1&q=gate&order=reset")

    assert outcome() == {"CS-2": "queued"}


def test_nothing_is_sent_before_it_was_shown_who_is_left_out(browser, stations):
    answer = browser.post(f"{NEW}?all=1&order=GetDiagnostics", {"bulk_wait": "60", "location": "ftp://logs.example"})

    plan = answer.context["plan"]
    assert plan.count == 2
    assert [(station.identity, reason) for station, reason in plan.left_out] == [
        ("CS-3", "This version of OCPP has no such action.")
    ]
    assert "Send to 2 stations" in answer.content.decode()
    assert not StationCommand.objects.exists()


def test_what_was_changed_after_it_was_shown_is_shown_again(browser, stations):
    shown = browser.post(f"{NEW}?all=1&order=reset", {"bulk_wait": "60", "type": "OnIdle"})
    data = {"bulk_wait": "60", "type": "Immediate", "bulk_seal": shown.context["plan"].seal}

    assert browser.post(f"{NEW}?all=1&order=reset", data).status_code == 200
    assert not BulkOrder.objects.exists()


def test_a_station_of_another_version_is_listed_with_the_reason(stations, send):
    send({"location": "ftp://logs.example"}, "all=1&order=GetDiagnostics")

    assert outcome() == {"CS-1": "queued", "CS-2": "queued", "CS-3": "This version of OCPP has no such action."}


def test_keys_of_1_6_are_no_variables_of_2_x(stations, send):
    send({"key": "HeartbeatInterval", "value": "300"}, "all=1&order=write")

    assert "component" in outcome()["CS-3"]


def test_what_a_station_does_not_support_is_left_out_unless_it_is_forced(stations, send):
    Variable.objects.create(station=stations[0], name="SupportedFeatureProfiles", value="Core", reported_at=now())

    send({"requested": "Heartbeat"}, "all=1&order=trigger&version=1.6")
    assert "RemoteTrigger" in outcome()["CS-1"]

    BulkOrder.objects.all().delete()
    send({"requested": "Heartbeat", "bulk_force": "on"}, "all=1&order=trigger&version=1.6")
    assert outcome()["CS-1"] == "queued"


def test_those_that_failed_are_asked_again(browser, stations, send):
    where = send({"type": "OnIdle"})["Location"]
    fail_command(StationCommand.objects.get(station=stations[0]).pk, error="GenericError: no")
    assert "1 that failed" in browser.get(where).content.decode()

    browser.post(f"{where}retry/")

    assert outcome()["CS-1"] == "queued"
    assert StationCommand.objects.count() == 4


def test_the_outcome_is_a_file(browser, stations, send):
    where = send({"location": "ftp://logs.example"}, "all=1&order=GetDiagnostics")["Location"]
    fail_command(StationCommand.objects.get(station=stations[0]).pk, error="=cmd()")

    answer = browser.get(f"{where}outcome.csv")

    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert [(row["station"], row["state"]) for row in rows] == [
        ("CS-1", "failed"), ("CS-2", "queued"), ("CS-3", "not_asked"),
    ]  # fmt: skip
    assert rows[0]["error"] == "'=cmd()", "no cell is a formula"


def test_the_page_is_told_when_one_of_its_stations_answers(browser, stations, send):
    send({"type": "OnIdle"})
    order = BulkOrder.objects.get()
    news, others = Changes(), Changes()
    news.add("commands", str(StationCommand.objects.first().pk))
    others.add("commands", "00000000-0000-0000-0000-000000000000")
    session = browser.session.session_key

    assert fragments(Watch(page="bulk", bulk_id=order.pk), news, session_key=session, language="en")
    assert not fragments(Watch(page="bulk", bulk_id=order.pk), others, session_key=session, language="en")


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.INSTALLER, Role.READ_ONLY, Role.FINANCE])
def test_who_may_not_ask_many_can_only_look(browser_of, stations, role):
    browser = browser_of(role)

    assert browser.get(f"{NEW}?all=1").status_code == 403
    assert browser.get("/bulk/").status_code == 200


def test_an_operator_sees_the_forms_that_fit(browser_of, stations):
    page = browser_of(Role.OPERATOR).get(f"{NEW}?all=1&version=2.0.1").content.decode()

    assert "GetTransactionStatus" in page
    assert "RemoteStopTransaction" not in page


def test_lists_cost_the_same_however_many_there_are(browser, stations, send, django_assert_max_num_queries):
    send({"type": "OnIdle"})
    where = send({"type": "Immediate"})["Location"]

    with django_assert_max_num_queries(14):
        assert browser.get("/bulk/").status_code == 200
    with django_assert_max_num_queries(16):
        assert browser.get(where).status_code == 200
