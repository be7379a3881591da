"""The log: requests beside their answers, found by any word of them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from apps.accounts.messages import Role
from apps.backoffice.services.frames import FrameFilter, FramePage, frame_page, trace_of
from apps.stations.models import ChargingStation, StationCommand
from apps.telemetry.messages import FrameRow
from apps.telemetry.services.writing import store_frames

AT = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)


def say(
    station: ChargingStation, kind: int, message_id: str, *, incoming: bool, action: str = "Heartbeat",
    payload: str = "{}", after_s: float = 0,
) -> None:  # fmt: skip
    store_frames(
        [
            FrameRow(
                station_id=station.pk, at=AT + timedelta(seconds=after_s), incoming=incoming, kind=kind, epoch=1,
                message_id=message_id, action=action, payload=payload,
            )
        ]
    )  # fmt: skip


def page(station: ChargingStation, **shown: object) -> FramePage:
    return frame_page(station, FrameFilter(**shown))  # type: ignore[arg-type]


def test_an_answer_stands_beside_its_request_with_the_time_it_took(station: ChargingStation) -> None:
    say(station, 2, "a", incoming=True, action="BootNotification")
    say(station, 3, "a", incoming=False, action="BootNotification", after_s=0.25)

    (exchange,) = page(station).exchanges

    assert exchange.call is not None
    assert exchange.answer is not None
    assert exchange.took_s == 0.25


def test_two_sides_may_use_one_number_without_being_mixed_up(station: ChargingStation) -> None:
    say(station, 2, "1", incoming=True, action="Heartbeat")
    say(station, 2, "1", incoming=False, action="Reset", after_s=1)
    say(station, 3, "1", incoming=False, action="Heartbeat", payload='{"ours": 1}', after_s=2)
    say(station, 3, "1", incoming=True, action="Reset", payload='{"theirs": 1}', after_s=3)

    reset, heartbeat = page(station).exchanges

    assert reset.answer is not None
    assert reset.answer.text == '{"theirs": 1}'
    assert heartbeat.answer is not None
    assert heartbeat.answer.text == '{"ours": 1}'


def test_halves_are_shown_alone(station: ChargingStation) -> None:
    say(station, 2, "asked", incoming=False)
    say(station, 4, "told", incoming=True, after_s=1)

    told, asked = page(station).exchanges

    assert (told.call, asked.answer) == (None, None)
    assert told.answer is not None
    assert told.answer.is_error


def test_a_word_of_the_answer_finds_the_whole_exchange(station: ChargingStation) -> None:
    say(station, 2, "a", incoming=True, payload='{"x": 1}')
    say(station, 3, "a", incoming=False, payload='{"status": "Rejected"}', after_s=1)
    say(station, 2, "b", incoming=True, after_s=2)

    (exchange,) = page(station, text="rejected").exchanges

    assert exchange.call is not None
    assert exchange.call.frame.message_id == "a"


@pytest.mark.parametrize(("direction", "expected"), [("in", ["a"]), ("out", ["b"]), ("", ["b", "a"])])
def test_an_exchange_belongs_to_the_side_that_began_it(
    station: ChargingStation, direction: str, expected: list[str]
) -> None:
    say(station, 2, "a", incoming=True)
    say(station, 3, "a", incoming=False, after_s=1)
    say(station, 2, "b", incoming=False, after_s=2)
    say(station, 3, "b", incoming=True, after_s=3)

    assert [exchange.first.message_id for exchange in page(station, direction=direction).exchanges] == expected


def test_times_narrow_the_log_down(station: ChargingStation) -> None:
    for number in range(3):
        say(station, 2, str(number), incoming=True, after_s=60 * number)

    found = page(station, since=AT + timedelta(seconds=30), until=AT + timedelta(seconds=90)).exchanges

    assert [exchange.first.message_id for exchange in found] == ["1"]


def test_older_messages_follow_page_by_page_without_a_gap(station: ChargingStation) -> None:
    for number in range(5):
        say(station, 2, str(number), incoming=True, after_s=number)

    seen, before = [], None
    while True:
        found = frame_page(station, FrameFilter(before=before), limit=2)
        seen += [exchange.first.message_id for exchange in found.exchanges]
        before = found.older
        if before is None:
            break

    assert seen == ["4", "3", "2", "1", "0"]


def test_another_stations_messages_are_not_shown(
    browser: Client, station: ChargingStation, make_station: Callable[..., ChargingStation]
) -> None:
    other = make_station("CS-2")
    say(other, 2, "a", incoming=True, payload='{"idTag": "SECRET"}')
    frame_id = page(other).exchanges[0].first.pk

    assert page(station).exchanges == []
    assert browser.get(f"/stations/CS-1/frames/{frame_id}/").status_code == 404
    assert "SECRET" in browser.get(f"/stations/CS-2/frames/{frame_id}/").content.decode()


def test_a_long_message_is_fetched_whole_on_demand(browser: Client, station: ChargingStation) -> None:
    say(station, 2, "a", incoming=True, payload='{"data": "' + "y" * 9000 + 'THE-END"}')
    frame_id = page(station).exchanges[0].first.pk

    assert "THE-END" not in browser.get("/stations/CS-1/frames/").content.decode()
    assert "THE-END" in browser.get(f"/stations/CS-1/frames/{frame_id}/").content.decode()


def test_the_trace_of_a_charge_is_asked_for_in_the_stations_time(station: ChargingStation) -> None:
    query = trace_of(station, begin=AT, end=AT + timedelta(hours=1))

    assert query == "since=2026-11-20T10%3A58%3A00&until=2026-11-20T12%3A02%3A00"


@pytest.mark.parametrize("address", ["/stations/CS-1/", "/stations/CS-1/frames/", "/stations/CS-1/commands/"])
@pytest.mark.parametrize(("role", "is_seen"), [(Role.OWNER, True), (Role.READ_ONLY, False), (Role.FINANCE, False)])
def test_card_numbers_in_messages_are_for_those_who_may_see_them(
    browser_of: Callable[..., Client], station: ChargingStation, address: str, role: Role, is_seen: bool
) -> None:
    payloads = ['{"idTag":"04A2B3C4D5E601"}', '{"idToken": {"type": "ISO14443", "idToken": "04A2B3C4D5E601"}}']
    for number, payload in enumerate(payloads):
        say(station, 2, f"m{number}", incoming=True, action="Authorize", payload=payload)
    say(station, 2, "long", incoming=True, payload='{"x": "%s", "parentIdTag": "04A2B3C4D5E601"}' % ("x" * 3970))
    StationCommand.objects.create(
        station=station, kind="raw", action="RemoteStartTransaction", payload={"idTag": "04A2B3C4D5E601"},
        answer={"idTag": "04A2B3C4D5E601"}, by="test", expires_at=AT, state="accepted",
    )  # fmt: skip

    shown = browser_of(role).get(address).content.decode()

    assert ("04A2B3C4D5E601" in shown) is is_seen
    assert ("04A2B3C4" in shown) is is_seen
