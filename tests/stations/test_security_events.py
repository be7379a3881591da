"""Security events: kept once, graded by the standard's list, and seen by somebody."""

from datetime import timedelta

import pytest
from django.db import transaction

from apps.accounts.models import AuditEntry
from apps.core.errors import UnableTo
from apps.events.models import OutboxRow
from apps.stations.messages import ReportedVariable, SecurityEventNotification, VariableRef
from apps.stations.models import SecurityEvent
from apps.stations.rules.security import is_critical, needs_attention
from apps.stations.services.changes import change_variable
from apps.stations.services.security import raise_own_event, see_events, take_security_event
from apps.stations.services.variables import store_report
from tests.stations.conftest import NOON, caller, minutes

TAMPER = SecurityEventNotification(type="TamperDetectionActivated", at=NOON, tech_info="lid")


@pytest.fixture(autouse=True)
def alarm_bell(settings, monkeypatch):
    """Somebody listens to alarms."""
    wired = {**settings.WIRING.SUBSCRIBERS, "stations.SecurityEventRaised": ("stations.expire_commands",)}
    monkeypatch.setattr(settings.WIRING, "SUBSCRIBERS", wired)


def alarms() -> int:
    return OutboxRow.objects.filter(event="stations.SecurityEventRaised").count()


def test_an_event_that_is_said_again_is_counted_and_alarms_once(station):
    take_security_event(caller(station, minutes(1)), TAMPER)
    take_security_event(caller(station, minutes(9)), TAMPER)

    event = SecurityEvent.objects.get()
    assert (event.count, event.first_at, event.last_at) == (2, minutes(1), minutes(9))
    assert (event.at, event.tech_info, event.is_critical, event.is_ours) == (NOON, "lid", True, False)
    assert alarms() == 1


@pytest.mark.parametrize(
    "other",
    [
        SecurityEventNotification(type="MemoryExhaustion", at=NOON, tech_info="lid"),
        SecurityEventNotification(type="TamperDetectionActivated", at=minutes(1), tech_info="lid"),
        SecurityEventNotification(type="TamperDetectionActivated", at=NOON, tech_info="door"),
    ],
)
def test_another_type_time_or_information_is_another_event(station, other):
    take_security_event(caller(station), TAMPER)
    take_security_event(caller(station), other)

    assert list(SecurityEvent.objects.values_list("count", flat=True)) == [1, 1]


def test_another_station_has_events_of_its_own(station, make_station):
    take_security_event(caller(station), TAMPER)
    take_security_event(caller(make_station("CS-2")), TAMPER)

    assert SecurityEvent.objects.filter(count=1).count() == 2


@pytest.mark.parametrize(
    ("event_type", "critical", "attention"),
    [
        ("TamperDetectionActivated", True, True),
        ("InvalidChargePointCertificate", True, True),
        ("InvalidCentralSystemCertificate", True, True),
        ("invalidtlsversion", True, True),
        ("StartupOfTheDevice", True, False),
        ("ResetOrReboot", True, False),
        ("FailedToAuthenticationAtCentralSystem", False, False),
        ("FailedToAuthenticateAtCsms", False, False),
        ("AttemptedReplayAttacks", False, False),
        ("com.example.DoorOpen", False, False),
    ],
)
def test_the_list_of_the_standard_grades_events_under_the_names_of_all_versions(event_type, critical, attention):
    assert (is_critical(event_type), needs_attention(event_type)) == (critical, attention)


def test_what_every_restart_brings_is_kept_without_an_alarm(station):
    take_security_event(caller(station), SecurityEventNotification(type="StartupOfTheDevice", at=NOON))

    assert SecurityEvent.objects.get().is_critical
    assert (alarms(), SecurityEvent.objects.alarming().count()) == (0, 0)


def test_an_event_that_was_seen_names_who_saw_it_and_is_no_alarm_any_more(station):
    take_security_event(caller(station), TAMPER)
    event = SecurityEvent.objects.get()

    assert see_events([event.pk], by="olga") == 1
    assert see_events([event.pk], by="ivan") == 0

    event.refresh_from_db()
    assert event.seen_by == "olga"
    assert not SecurityEvent.objects.alarming().exists()
    entry = AuditEntry.objects.get(action="stations.security_event.seen")
    assert (entry.actor, entry.detail) == ("olga", {"event": "TamperDetectionActivated"})


def test_a_repeated_event_does_not_undo_that_it_was_seen(station):
    take_security_event(caller(station), TAMPER)
    see_events([SecurityEvent.objects.get().pk], by="olga")

    take_security_event(caller(station, minutes(3)), TAMPER)

    assert (SecurityEvent.objects.get().seen_by, alarms()) == ("olga", 1)


def test_without_a_readable_time_a_repetition_may_be_news_and_alarms_again(station):
    news = SecurityEventNotification(type="MemoryExhaustion", at=None)
    take_security_event(caller(station), news)
    take_security_event(caller(station, minutes(1)), news)
    see_events([SecurityEvent.objects.get().pk], by="olga")
    take_security_event(caller(station, minutes(2)), news)

    event = SecurityEvent.objects.get()
    assert (event.count, event.seen_by, alarms()) == (3, "", 2)


def test_what_does_not_fit_is_cut_and_still_one_event(station):
    news = SecurityEventNotification(type="X" * 80, at=NOON, tech_info="y" * 2000)
    for minute in range(2):
        take_security_event(caller(station, minutes(minute)), news)

    event = SecurityEvent.objects.get()
    assert (len(event.type), len(event.tech_info), event.count) == (50, 500, 2)


def test_what_we_notice_ourselves_is_marked_as_ours_and_alarms(station):
    raise_own_event(station.pk, "SecurityProfileLowered", at=NOON + timedelta(seconds=1), info="2 → 1")

    assert SecurityEvent.objects.get().is_ours
    assert alarms() == 1


def profile_told(station, value, component="SecurityCtrlr"):
    ref = VariableRef(component=component, variable="SecurityProfile")
    with transaction.atomic():
        store_report(station.pk, [ReportedVariable(ref=ref, value=value)], at=NOON)


def test_a_station_that_reports_a_lower_security_profile_raises_an_event(station):
    for value in ("1", "3", "3", "2"):
        profile_told(station, value)

    event = SecurityEvent.objects.get()
    assert (event.type, event.tech_info, event.is_ours) == ("SecurityProfileLowered", "3 → 2", True)
    assert alarms() == 1


@pytest.mark.parametrize("values", [("2", "3"), ("2", "2"), ("2", ""), ("", "1"), ("2", "x"), ("2", None)])
def test_what_is_no_step_down_raises_none(station, values):
    for value in values:
        profile_told(station, value)

    assert not SecurityEvent.objects.exists()


def test_1_6_is_not_asked_to_lower_its_security_profile(station):
    ref = VariableRef(component="", variable="SecurityProfile")
    profile_told(station, "2", component="")

    with pytest.raises(UnableTo, match="can only be raised"):
        change_variable(station, ref, "1", by="olga")
    assert change_variable(station, ref, "3", by="olga").value == "3"
