"""Certification titles of 1.6 about who may charge, over a real socket: TC_007, TC_023, TC_037, TC_039; and S16 §3.10.

Each title is tried with what must be let through and with what must not.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from apps.billing.models import Cdr, Invoice
from apps.charging.models import HoldReason, Transaction
from apps.core.clock import now
from apps.drivers.models import Driver, IdToken, TokenStatus
from apps.stations.models import ChargingStation
from tests.plugged import RawStation
from tests.stories.conftest import CARD

Json = dict[str, Any]
UNKNOWN = "FFFFFFFF"
BEGIN_WH, END_WH = 1_000, 13_000


def at(minutes: float) -> str:
    """So many minutes ago, as a station writes it."""
    return f"{now() - timedelta(minutes=minutes):%Y-%m-%dT%H:%M:%SZ}"


@pytest.fixture
def raw(depot: ChargingStation, plug: Callable[..., RawStation]) -> RawStation:
    station = plug("1.6")
    station.call("BootNotification", {"chargePointVendor": "V", "chargePointModel": "M"})
    return station


@pytest.fixture
def card(depot: ChargingStation) -> IdToken:
    """The depot's card, of Erika Mustermann."""
    return IdToken.objects.get()


def authorize(raw: RawStation, tag: str = CARD) -> Json:
    info: Json = raw.call("Authorize", {"idTag": tag})["idTagInfo"]
    return info


def start(raw: RawStation, tag: str = CARD, *, minutes_ago: float = 1, connector: int = 1) -> tuple[int, Json]:
    """The charge's number and the verdict."""
    said = {"connectorId": connector, "idTag": tag, "meterStart": BEGIN_WH, "timestamp": at(minutes_ago)}
    answer = raw.call("StartTransaction", said)
    return answer["transactionId"], answer["idTagInfo"]


def stop(raw: RawStation, number: int, *, minutes_ago: float = 0, **facts: Any) -> Json:
    said = {"transactionId": number, "meterStop": END_WH, "timestamp": at(minutes_ago), "reason": "Local"}
    return raw.call("StopTransaction", said | facts)


def change(card: IdToken, **fields: Any) -> None:
    IdToken.objects.filter(pk=card.pk).update(**fields)


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "blocked": ({"status": TokenStatus.BLOCKED}, "Blocked"),
    "lost": ({"status": TokenStatus.LOST}, "Blocked"),
    "expired": ({"expires_at": now() - timedelta(days=1)}, "Expired"),
}


# --- TC_023: the answer to Authorize ----------------------------------------------------------------------


@pytest.mark.parametrize("tag", [UNKNOWN, "04A2B3C4FF", "4CB3A204", "0", "'; DROP TABLE x; --"])
def test_tc_023_1_a_tag_that_nobody_knows_is_invalid(raw: RawStation, tag: str) -> None:
    assert authorize(raw, tag) == {"status": "Invalid"}


def test_tc_023_1_a_tag_that_is_known_is_accepted(raw: RawStation) -> None:
    assert authorize(raw) == {"status": "Accepted"}


def test_tc_023_2_an_expired_tag_says_since_when(raw: RawStation, card: IdToken) -> None:
    change(card, expires_at=now().replace(year=2024, month=5, day=1, hour=12, minute=0, second=0))

    assert authorize(raw) == {"status": "Expired", "expiryDate": "2024-05-01T12:00:00Z"}


def test_tc_023_2_a_tag_that_expires_later_is_accepted_and_says_when(raw: RawStation, card: IdToken) -> None:
    change(card, expires_at=now().replace(year=2040, month=5, day=1, hour=12, minute=0, second=0))

    assert authorize(raw) == {"status": "Accepted", "expiryDate": "2040-05-01T12:00:00Z"}


@pytest.mark.parametrize("status", [TokenStatus.BLOCKED, TokenStatus.LOST])
def test_tc_023_3_a_blocked_tag_is_blocked(raw: RawStation, card: IdToken, status: TokenStatus) -> None:
    change(card, status=status)

    assert authorize(raw) == {"status": "Blocked"}


def test_tc_023_3_the_tag_of_an_archived_driver_is_blocked_and_another_drivers_is_not(
    raw: RawStation, card: IdToken
) -> None:
    IdToken.objects.create(value="04000002", driver=Driver.objects.create(name="Ada"))
    Driver.objects.filter(pk=card.driver_id).update(archived_at=now())

    assert authorize(raw)["status"] == "Blocked"
    assert authorize(raw, "04000002")["status"] == "Accepted"


def test_tc_023_3_an_unblocked_tag_is_accepted_again(raw: RawStation, card: IdToken) -> None:
    change(card, status=TokenStatus.BLOCKED)
    authorize(raw)
    change(card, status=TokenStatus.ACTIVE)

    assert authorize(raw) == {"status": "Accepted"}


@pytest.mark.parametrize("why", REFUSED)
def test_tc_023_a_charge_with_a_refused_tag_is_refused_too_and_billed_to_nobody(
    raw: RawStation, card: IdToken, run_outbox: Callable[[], None], why: str
) -> None:
    fields, status = REFUSED[why]
    change(card, **fields)
    number, info = start(raw)
    stop(raw, number, reason="DeAuthorized")
    run_outbox()

    assert info["status"] == status
    assert Transaction.objects.get().hold_reason == HoldReason.UNAUTHORIZED
    assert not Cdr.objects.exists()


@pytest.mark.parametrize("shown", ["04a2b3c4", "04A2B3C4", "04:A2:B3:C4", "04 a2 b3 c4"])
def test_q73_a_tag_is_the_same_in_any_case_and_with_any_separators(raw: RawStation, shown: str) -> None:
    assert authorize(raw, shown) == {"status": "Accepted"}
    assert start(raw, shown)[1] == {"status": "Accepted"}


# --- TC_007: the station knows the tag, and does not ask --------------------------------------------------


def test_tc_007_a_charge_that_a_cached_tag_began_is_billed_without_an_authorize(
    raw: RawStation, card: IdToken, run_outbox: Callable[[], None]
) -> None:
    number, info = start(raw)
    stopped = stop(raw, number, idTag=CARD)
    run_outbox()

    assert info == {"status": "Accepted"}
    assert stopped == {"idTagInfo": {"status": "Accepted"}}
    charge = Transaction.objects.get()
    assert (charge.driver_id, charge.energy_wh) == (card.driver_id, 12_000)
    assert Invoice.objects.count() == 1


def test_tc_007_a_cached_tag_that_was_blocked_meanwhile_is_refused_when_it_starts(
    raw: RawStation, card: IdToken, run_outbox: Callable[[], None]
) -> None:
    assert authorize(raw)["status"] == "Accepted"
    change(card, status=TokenStatus.BLOCKED)
    number, info = start(raw)
    run_outbox()

    assert number >= 1
    assert info == {"status": "Blocked"}
    assert Transaction.objects.get().hold_reason == HoldReason.UNAUTHORIZED


# --- TC_037, TC_039: what happened while the station was offline -------------------------------------------


def test_tc_037_1_a_start_told_an_hour_late_is_accepted_and_goes_on(raw: RawStation) -> None:
    number, info = start(raw, minutes_ago=60)
    raw.call("StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": "Charging"})

    assert info == {"status": "Accepted"}
    charge = Transaction.objects.get(pk=number)
    assert charge.is_open
    assert now() - charge.started_at >= timedelta(minutes=59)
    assert charge.token_status == "Accepted"


def test_tc_037_1_a_start_told_late_and_twice_opens_one_charge(raw: RawStation) -> None:
    said = {"connectorId": 1, "idTag": CARD, "meterStart": BEGIN_WH, "timestamp": at(60)}
    first, again = raw.call("StartTransaction", said), raw.call("StartTransaction", said)

    assert first == again
    assert Transaction.objects.count() == 1


@pytest.mark.parametrize(("tag", "status"), [(UNKNOWN, "Invalid"), (CARD, "Blocked")])
def test_tc_037_3_the_station_is_told_to_stop_and_what_flowed_is_held(
    raw: RawStation, card: IdToken, run_outbox: Callable[[], None], tag: str, status: str
) -> None:
    """StopTransactionOnInvalidId is true at the station: it stops by itself once it has our verdict."""
    change(card, status=TokenStatus.BLOCKED)
    number, info = start(raw, tag, minutes_ago=30)
    assert (number >= 1, info) == (True, {"status": status})

    assert stop(raw, number, reason="DeAuthorized") == {}
    run_outbox()

    charge = Transaction.objects.get(pk=number)
    assert (charge.stopped_reason, charge.energy_wh) == ("DeAuthorized", 12_000)
    assert charge.hold_reason == HoldReason.UNAUTHORIZED
    assert not Invoice.objects.exists()


def test_tc_037_3_a_tag_that_is_valid_is_not_stopped_and_is_billed(
    raw: RawStation, run_outbox: Callable[[], None]
) -> None:
    number, info = start(raw, minutes_ago=30)
    assert info == {"status": "Accepted"}

    stop(raw, number, reason="EVDisconnected")
    run_outbox()

    assert Transaction.objects.get(pk=number).is_billable
    assert Invoice.objects.count() == 1


def test_tc_039_a_charge_that_began_and_ended_offline_is_told_whole_and_billed(
    raw: RawStation, run_outbox: Callable[[], None]
) -> None:
    number, info = start(raw, minutes_ago=120)
    answer = stop(raw, number, minutes_ago=60, idTag=CARD)
    run_outbox()

    assert (info, answer) == ({"status": "Accepted"}, {"idTagInfo": {"status": "Accepted"}})
    charge = Transaction.objects.get(pk=number)
    assert charge.ended_at is not None
    assert (charge.energy_wh, charge.ended_at - charge.started_at) == (12_000, timedelta(hours=1))
    assert Invoice.objects.count() == 1


def test_tc_039_what_was_told_before_the_connection_broke_is_not_counted_twice(
    raw: RawStation, run_outbox: Callable[[], None]
) -> None:
    told = at(120), at(60)
    for _flush in range(2):
        opened = raw.call(
            "StartTransaction", {"connectorId": 1, "idTag": CARD, "meterStart": BEGIN_WH, "timestamp": told[0]}
        )
        ended = {"transactionId": opened["transactionId"], "meterStop": END_WH, "timestamp": told[1]}
        assert raw.call("StopTransaction", ended) == {}
    run_outbox()

    assert Transaction.objects.get().energy_wh == 12_000
    assert Invoice.objects.count() == 1


def test_tc_039_a_charge_of_nobody_is_kept_and_held(raw: RawStation, run_outbox: Callable[[], None]) -> None:
    """AllowOfflineTxForUnknownId is true at the station, and nobody knows the tag here."""
    number, info = start(raw, UNKNOWN, minutes_ago=120)
    stop(raw, number, minutes_ago=60, idTag=UNKNOWN)
    run_outbox()

    assert info == {"status": "Invalid"}
    charge = Transaction.objects.get(pk=number)
    assert (charge.energy_wh, charge.token_value, charge.hold_reason) == (12_000, UNKNOWN, HoldReason.UNAUTHORIZED)
    assert not Invoice.objects.exists()


# --- S16 §3.10, Q22: the parent of two tags ---------------------------------------------------------------


def test_q22_two_tags_of_one_group_tell_the_same_parent_by_which_either_may_stop(
    raw: RawStation, card: IdToken, run_outbox: Callable[[], None]
) -> None:
    change(card, group="FLEET")
    IdToken.objects.create(value="04000002", group="fleet", driver=Driver.objects.create(name="Ada"))

    number, started = start(raw)
    other = authorize(raw, "04000002")
    stopped = stop(raw, number, idTag="04000002")
    run_outbox()

    assert started == {"status": "Accepted", "parentIdTag": "FLEET"}
    assert other["parentIdTag"].casefold() == "fleet"
    assert stopped["idTagInfo"]["status"] == "Accepted"
    charge = Transaction.objects.get()
    assert charge.driver_id == card.driver_id
    assert not charge.has_note("stopped_with_other_token")


def test_q22_a_tag_of_another_group_tells_another_parent_and_its_stop_is_noted(
    raw: RawStation, card: IdToken, run_outbox: Callable[[], None]
) -> None:
    change(card, group="FLEET")
    IdToken.objects.create(value="04000002", group="OTHER")

    number, _info = start(raw)
    assert authorize(raw, "04000002")["parentIdTag"] == "OTHER"
    stop(raw, number, idTag="04000002")
    run_outbox()

    charge = Transaction.objects.get()
    assert (charge.driver_id, charge.has_note("stopped_with_other_token")) == (card.driver_id, True)


def test_q22_a_tag_without_a_group_tells_no_parent(raw: RawStation) -> None:
    assert "parentIdTag" not in authorize(raw)


# --- Q02: one tag at several places -----------------------------------------------------------------------


def test_q02_a_start_told_twice_is_not_concurrent_with_itself(raw: RawStation, card: IdToken) -> None:
    change(card, allows_concurrent=False)
    said = {"connectorId": 1, "idTag": CARD, "meterStart": BEGIN_WH, "timestamp": at(1)}

    assert raw.call("StartTransaction", said) == raw.call("StartTransaction", said)
    assert Transaction.objects.get().token_status == "Accepted"


def test_q02_a_tag_for_one_place_is_concurrent_at_the_second_until_the_first_has_ended(
    raw: RawStation, card: IdToken
) -> None:
    change(card, allows_concurrent=False)
    first, _info = start(raw)

    second, info = start(raw, connector=2)
    assert info["status"] == "ConcurrentTx"
    stop(raw, second, reason="DeAuthorized")
    stop(raw, first)

    assert start(raw, connector=2, minutes_ago=0)[1] == {"status": "Accepted"}


def test_q02_a_tag_for_several_places_is_accepted_at_each(raw: RawStation) -> None:
    assert start(raw)[1] == start(raw, connector=2)[1] == {"status": "Accepted"}
