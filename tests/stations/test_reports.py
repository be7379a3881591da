"""Reports in parts and events (Q83, Q86)."""

import itertools
from datetime import timedelta

import pytest
import time_machine

from apps.core.clock import now
from apps.stations.messages import EventData, NotifyEvent, NotifyReport, ReportedVariable, VariableRef
from apps.stations.models import ChargingStation, ReportPart, StationEvent, Variable
from apps.stations.services.reports import request_report, take_events, take_report
from apps.stations.tasks import expire_commands
from tests.stations.conftest import NOON, caller, minutes


def variable(name: str, value: str | None = "1", **facts: object) -> ReportedVariable:
    return ReportedVariable(
        ref=VariableRef(component="EVSE", variable=name, evse=1), value=value, mutability="ReadOnly",
        data_type="integer", unit="A", min_limit=0, max_limit=32,
    )  # fmt: skip


def part(number: int, *, more: bool, names: str = "", request_id: int = 1) -> NotifyReport:
    variables = tuple(variable(name) for name in names)
    return NotifyReport(request_id=request_id, seq_no=number, more=more, generated_at=NOON, variables=variables)


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_q83_a_report_is_taken_over_once_all_parts_are_here(station: ChargingStation, order: tuple[int, ...]) -> None:
    parts = [part(0, more=True, names="ab"), part(1, more=True, names="c"), part(2, more=False, names="d")]
    for number in order[:2]:
        take_report(caller(station), parts[number])
        take_report(caller(station), parts[number])
    assert not Variable.objects.exists()

    take_report(caller(station), parts[order[2]])

    assert sorted(Variable.objects.values_list("name", flat=True)) == ["a", "b", "c", "d"]
    assert not ReportPart.objects.exists()


def test_a_reported_variable_is_kept_with_its_traits(station: ChargingStation) -> None:
    take_report(caller(station), part(0, more=False, names="a"))

    kept = Variable.objects.get()
    assert (kept.component, kept.evse, kept.value, kept.unit, kept.max_limit) == ("EVSE", 1, "1", "A", 32)


def test_a_second_report_replaces_values_and_makes_no_second_row(station: ChargingStation) -> None:
    for value in ("1", "2"):
        news = NotifyReport(
            request_id=1, seq_no=0, more=False, generated_at=NOON, variables=(variable("a", "0"), variable("a", value))
        )
        take_report(caller(station), news)

    assert [row.value for row in Variable.objects.all()] == ["2"]


def test_q83_a_report_that_nobody_asked_for_is_taken_too(station: ChargingStation) -> None:
    take_report(caller(station), part(0, more=False, names="a", request_id=-5))

    assert Variable.objects.count() == 1


def test_q83_an_empty_report_is_a_report(station: ChargingStation) -> None:
    take_report(caller(station), part(0, more=False))

    assert not ReportPart.objects.exists()


def test_q83_parts_whose_rest_never_came_are_forgotten(station: ChargingStation) -> None:
    take_report(caller(station), part(0, more=True, names="a"))
    with time_machine.travel(now() + timedelta(days=2)):
        expire_commands(schema="t_alpha")

    assert not ReportPart.objects.exists()
    assert not Variable.objects.exists()


def test_passwords_in_a_report_are_not_kept(station: ChargingStation) -> None:
    take_report(caller(station), NotifyReport(
        request_id=1, seq_no=0, more=False, generated_at=NOON, variables=(variable("BasicAuthPassword", "s3cret"),)
    ))  # fmt: skip

    assert Variable.objects.get().value == "•••"


def test_odd_text_in_a_report_never_breaks_storage(station: ChargingStation) -> None:
    odd = "\0🔌" + "x" * 50_000
    told = ReportedVariable(
        ref=VariableRef(component=odd, variable=odd, component_instance=odd, evse=10**9, attribute=odd),
        value=odd, mutability=odd, data_type=odd, unit=odd, values_list=odd,
    )  # fmt: skip
    news = NotifyReport(request_id=1, seq_no=0, more=False, generated_at=None, variables=(told,))
    take_report(caller(station), news)

    kept = Variable.objects.get()
    assert kept.value is not None
    assert len(kept.value) == len(odd)
    assert kept.evse is None


def test_report_requests_are_numbered_by_station(station: ChargingStation) -> None:
    first, second = request_report(station, by="x"), request_report(station, by="x")

    assert first.message is not None
    assert second.message is not None
    assert [first.message["request_id"], second.message["request_id"]] == [1, 2]


def test_q86_an_event_is_kept_once(station: ChargingStation) -> None:
    event = EventData(
        event_id=4, at=NOON, trigger="Alerting", ref=VariableRef(component="Connector", variable="Problem", evse=1),
        actual_value="true", tech_info="x" * 50_000,
    )  # fmt: skip
    for _ in range(2):
        take_events(caller(station), NotifyEvent(seq_no=0, more=False, generated_at=NOON, events=(event, event)))

    kept = StationEvent.objects.get()
    assert (kept.at, kept.component, kept.value) == (NOON, "Connector", "true")


def test_q86_an_event_id_that_begins_anew_is_a_new_event(station: ChargingStation) -> None:
    ref = VariableRef(component="C", variable="V")
    for minute in (0, 1):
        event = EventData(event_id=1, at=minutes(minute), trigger="Delta", ref=ref, actual_value="1")
        take_events(caller(station), NotifyEvent(seq_no=0, more=False, generated_at=NOON, events=(event,)))

    assert StationEvent.objects.count() == 2
