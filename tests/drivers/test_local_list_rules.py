"""What goes on a local list, and the messages that bring a station's list in step."""

from datetime import UTC, datetime, timedelta

import pytest

from apps.drivers.messages import AuthorizationStatus, SendLocalList, TokenType, UpdateType
from apps.drivers.rules.local_lists import (
    LARGEST_VERSION,
    Entries,
    Listed,
    applied,
    differences,
    digest_of,
    entries_from,
    entries_stored,
    has_drifted,
    next_message,
    next_version,
    pause_after,
    selected,
)

ACCEPTED = Listed(type=TokenType.ISO14443, status=AuthorizationStatus.ACCEPTED)
BLOCKED = Listed(type=TokenType.ISO14443, status=AuthorizationStatus.BLOCKED)


def numbers(update: SendLocalList | None) -> list[str]:
    assert update is not None
    return [entry.id_token.value for entry in update.entries]


def update(there: Entries, wanted: Entries, *, full: bool = False, per_message: int = 3) -> SendLocalList | None:
    return next_message(there=there, wanted=wanted, version=8, needs_full=full, per_message=per_message)


def test_entries_survive_being_stored() -> None:
    entries = {
        "A1": Listed(
            type=TokenType.EMAID,
            status=AuthorizationStatus.EXPIRED,
            expires_at=datetime(2026, 3, 2, 12, tzinfo=UTC),
            group="FLEET",
        ),
        "B2": BLOCKED,
    }

    assert entries_from(entries_stored(entries)) == entries


def test_lists_that_say_the_same_have_one_digest_in_any_order() -> None:
    assert digest_of({"A": ACCEPTED, "B": BLOCKED}) == digest_of({"B": BLOCKED, "A": ACCEPTED})
    assert digest_of({"A": ACCEPTED}) != digest_of({"A": BLOCKED})
    assert digest_of({}) != digest_of({"A": ACCEPTED})


def test_a_short_list_takes_the_first_and_tokens_that_may_charge_before_all_others() -> None:
    ranked = [("A", BLOCKED), ("B", ACCEPTED), ("C", ACCEPTED), ("D", BLOCKED), ("E", ACCEPTED)]

    assert list(selected(ranked, most=4)) == ["B", "C", "E", "A"]
    assert list(selected(ranked, most=2)) == ["B", "C"]
    assert selected(ranked, most=0) == {}


def test_nothing_is_sent_where_nothing_differs() -> None:
    assert update({"A": ACCEPTED}, {"A": ACCEPTED}) is None


def test_only_what_differs_is_sent_removals_first_then_refusals() -> None:
    there = {"A": ACCEPTED, "B": ACCEPTED, "C": ACCEPTED, "D": BLOCKED}
    wanted = {"A": ACCEPTED, "NEW": ACCEPTED, "C": BLOCKED, "D": BLOCKED}

    changes = differences(there, wanted)

    assert [(c.id_token.value, c.id_token_info and c.id_token_info.status) for c in changes] == [
        ("B", None),
        ("C", AuthorizationStatus.BLOCKED),
        ("NEW", AuthorizationStatus.ACCEPTED),
    ]


def test_another_expiry_and_another_group_are_changes() -> None:
    later = Listed(
        type=TokenType.ISO14443, status=AuthorizationStatus.ACCEPTED, expires_at=datetime(2030, 1, 1, tzinfo=UTC)
    )
    grouped = Listed(type=TokenType.ISO14443, status=AuthorizationStatus.ACCEPTED, group="FLEET")

    changes = differences({"A": ACCEPTED, "B": ACCEPTED}, {"A": later, "B": grouped})

    assert [c.id_token_info and (c.id_token_info.expires_at, c.id_token_info.group) for c in changes] == [
        (datetime(2030, 1, 1, tzinfo=UTC), None),
        (None, "FLEET"),
    ]


def test_a_long_list_is_a_full_one_that_goes_on_as_changes() -> None:
    wanted = {f"{number:02}": ACCEPTED for number in range(8)}
    there: Entries = {"OLD": ACCEPTED}
    sent: list[tuple[str, int]] = []
    full = True
    while message := update(there, wanted, full=full):
        sent.append((message.update_type, len(message.entries)))
        there, full = applied(there, message), False

    assert sent == [("Full", 3), ("Differential", 3), ("Differential", 2)]
    assert there == wanted


def test_a_full_list_without_entries_empties_the_station() -> None:
    message = update({"A": ACCEPTED}, {}, full=True)

    assert message == SendLocalList(version=8, update_type=UpdateType.FULL)
    assert applied({"A": ACCEPTED}, message) == {}


def test_a_token_of_another_type_is_removed_and_comes_back_in_the_next_message() -> None:
    code = Listed(type=TokenType.KEY_CODE, status=AuthorizationStatus.ACCEPTED)
    first = update({"A": ACCEPTED}, {"A": code})
    assert first is not None
    assert first.entries[0].id_token_info is None

    there = applied({"A": ACCEPTED}, first)

    assert there == {}
    assert numbers(update(there, {"A": code})) == ["A"]


@pytest.mark.parametrize(
    ("known", "following"),
    [
        ((None, None), 1),
        ((0, None), 1),
        ((-1,), 1),
        ((7, 3), 8),
        ((7, 12), 13),
        ((None, 4), 5),
        ((LARGEST_VERSION,), 1),
    ],
)
def test_the_next_version_is_above_all_known_and_never_zero_or_less(
    known: tuple[int | None, ...], following: int
) -> None:
    assert next_version(*known) == following


@pytest.mark.parametrize(
    ("told", "version", "drifted"),
    [(7, 7, False), (7, 8, True), (0, 8, True), (0, None, False), (3, None, True), (0, 0, False)],
)
def test_a_station_with_another_version_than_it_acknowledged_has_drifted(
    told: int, version: int | None, drifted: bool
) -> None:
    assert has_drifted(told, version) is drifted


def test_the_first_repair_follows_at_once_and_later_ones_ever_later() -> None:
    pauses = [pause_after(failures) for failures in range(8)]

    assert pauses[:3] == [timedelta(0), timedelta(0), timedelta(minutes=5)]
    assert pauses == sorted(pauses)
    assert pauses[-1] == timedelta(hours=24)
