"""TransactionEvent of 2.x, in every order (Q74-Q82)."""

import itertools
from datetime import datetime

import pytest

from apps.charging.messages import ReadingContext
from apps.charging.models import HoldReason, Transaction, TransactionMessage
from apps.drivers.messages import AuthorizationStatus, IdTokenSeen, TokenType
from apps.events.models import OutboxRow
from apps.stations.messages import ChargingState
from apps.telemetry.models import ChargeLive, MeterValue
from tests.charging.conftest import CARD, NOON, Talker, begin, end, minutes, reading, the_charge


def test_a_charge_in_three_events(talker2: Talker, tariff: None) -> None:
    answer = talker2.started()
    talker2.updated(at=minutes(30), charging_state=ChargingState.CHARGING, readings=(reading(minutes(30), 7000),))
    assert ChargeLive.objects.get().energy_wh == 6000
    talker2.ended()

    charge = the_charge()
    assert answer.transaction_number is None
    assert answer.id_token_info.status is AuthorizationStatus.ACCEPTED
    assert (charge.energy_wh, charge.meter_start_wh, charge.meter_stop_wh) == (12000, 1000, 13000)
    assert (charge.started_at, charge.ended_at, charge.stopped_reason) == (NOON, minutes(60), "EVDisconnected")
    assert charge.is_billable
    assert charge.notes == []
    assert not ChargeLive.objects.exists()


def test_q74_a_repeated_event_changes_nothing(talker2: Talker) -> None:
    for _ in range(2):
        talker2.started()
        talker2.ended()

    assert the_charge().energy_wh == 12000
    assert TransactionMessage.objects.count() == 2
    assert not the_charge().has_note("number_reused", "other_end")
    assert OutboxRow.objects.filter(task="billing.issue_cdr").count() == 1


def test_q74_the_same_number_with_other_words_is_noted(talker2: Talker) -> None:
    talker2.started()
    talker2.updated(at=minutes(10), seq_no=1, charging_state=ChargingState.CHARGING)
    talker2.updated(at=minutes(20), seq_no=1, charging_state=ChargingState.SUSPENDED_EV)

    assert the_charge().has_note("number_reused")
    assert the_charge().states.count() == 2


def test_q75_missing_numbers_are_noted_and_the_bill_stands_on_begin_and_end(talker2: Talker) -> None:
    talker2.started(seq_no=0)
    talker2.ended(seq_no=5)

    charge = the_charge()
    assert [note["count"] for note in charge.notes if note["code"] == "messages_missing"] == [4]
    assert charge.is_billable


def test_q76_an_ended_before_its_started_makes_a_shell_that_the_started_fills_in(talker2: Talker, tariff: None) -> None:
    talker2.ended()
    shell = the_charge()
    assert (shell.hold_reason, shell.start_is_known) == (HoldReason.START_UNKNOWN, False)

    talker2.started()
    charge = the_charge()
    assert charge.pk == shell.pk
    assert (charge.started_at, charge.ended_at, charge.energy_wh) == (NOON, minutes(60), 12000)
    assert charge.terms is not None
    assert charge.is_billable


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_q76_the_order_of_messages_does_not_change_the_charge(talker2: Talker, order: tuple[int, ...]) -> None:
    talker2.received_at = minutes(120)
    steps = [
        lambda: talker2.started(offline=True),
        lambda: talker2.updated(at=minutes(20), seq_no=1, offline=True, charging_state=ChargingState.CHARGING,
                                readings=(reading(minutes(20), 5000),)),
        lambda: talker2.updated(at=minutes(40), seq_no=2, offline=True, charging_state=ChargingState.SUSPENDED_EV),
        lambda: talker2.ended(seq_no=3, offline=True),
    ]  # fmt: skip
    for step in order:
        steps[step]()

    charge = the_charge()
    assert (charge.energy_wh, charge.started_at, charge.ended_at) == (12000, NOON, minutes(60))
    assert (charge.is_billable, charge.token_value) == (True, CARD)
    assert list(charge.states.values_list("state", flat=True)) == ["Charging", "SuspendedEV"]


def test_q77_a_reused_id_with_a_new_start_is_a_new_charge(talker2: Talker) -> None:
    talker2.started("1")
    talker2.ended("1")
    talker2.started("1", at=minutes(100), readings=(begin(13000, minutes(100)),))
    talker2.ended("1", at=minutes(130), readings=(end(15000, minutes(130)),))

    first, second = Transaction.objects.order_by("started_at")
    assert (first.energy_wh, second.energy_wh) == (12000, 2000)
    assert second.has_note("number_used_before")


def test_q78_an_old_event_does_not_touch_the_live_figures(talker2: Talker) -> None:
    talker2.started()
    talker2.updated(at=minutes(30), seq_no=3, readings=(reading(minutes(30), 7000),))
    talker2.updated(at=minutes(10), seq_no=1, offline=True, readings=(reading(minutes(10), 3000),))

    assert ChargeLive.objects.get().energy_wh == 6000


def test_q79_the_evse_is_remembered_and_never_guessed(talker2: Talker, tariff: None) -> None:
    talker2.started(evse=None, connector=None)
    assert the_charge().evse is None
    talker2.updated(at=minutes(1), evse=2, connector=1)

    charge = the_charge()
    assert charge.evse is not None
    assert (charge.evse.number, charge.connector_number) == (2, 1)
    assert charge.terms is not None
    talker2.ended(evse=None)
    assert the_charge().is_billable


def test_q79_a_charge_at_an_unknown_evse_is_held(talker2: Talker) -> None:
    talker2.started(evse=None, connector=None)
    talker2.ended()

    assert the_charge().hold_reason == HoldReason.PLACE_UNKNOWN


def test_q81_a_token_shown_after_the_start_is_answered_and_kept(talker2: Talker) -> None:
    assert talker2.started(id_token=None).id_token_info is None
    answer = talker2.updated(at=minutes(1), id_token=IdTokenSeen(value=CARD))
    talker2.ended()

    assert answer.id_token_info.status is AuthorizationStatus.ACCEPTED
    assert the_charge().driver is not None
    assert the_charge().is_billable


def test_q81_a_start_button_needs_no_token(talker2: Talker) -> None:
    answer = talker2.started(id_token=IdTokenSeen(value="", type=TokenType.NO_AUTHORIZATION))
    talker2.ended()

    assert answer.id_token_info.status is AuthorizationStatus.ACCEPTED
    assert the_charge().is_billable


def test_q82_an_ended_without_readings_uses_the_first_and_the_last(talker2: Talker) -> None:
    talker2.started(readings=())
    for minute, wh in ((0, 1000), (20, 5000), (40, 9000)):
        talker2.updated(at=minutes(minute), seq_no=minute + 1, readings=(reading(minutes(minute), wh),))
    talker2.ended(seq_no=99, readings=())

    charge = the_charge()
    assert charge.energy_wh == 8000
    assert [note["source"] for note in charge.notes if note["code"] == "energy_source"] == ["first_and_last"]


@pytest.mark.parametrize(
    ("started", "ended", "hold"),
    [
        ((), (end(13000),), HoldReason.BEGIN_UNKNOWN),
        ((begin(1000),), (), HoldReason.END_UNKNOWN),
        ((), (reading(minutes(60), 13000),), HoldReason.END_UNKNOWN),
        ((), (), HoldReason.BEGIN_UNKNOWN),
        ((begin(1000),), (reading(minutes(60), 13000, ReadingContext.SAMPLE_CLOCK),), HoldReason.END_UNKNOWN),
    ],
)
def test_q82_what_has_no_begin_or_no_end_is_held(
    talker2: Talker, started: tuple[object, ...], ended: tuple[object, ...], hold: str
) -> None:
    talker2.started(readings=started)
    talker2.ended(readings=ended)

    assert the_charge().hold_reason == hold


def test_readings_on_two_evses_stay_apart(talker2: Talker) -> None:
    talker2.started("a", evse=1)
    talker2.started("b", evse=2, readings=(begin(50),))

    assert sorted(MeterValue.objects.values_list("evse", "energy_wh")) == [(1, 1000), (2, 50)]


def test_a_started_told_late_does_not_close_the_charge_that_followed(talker2: Talker) -> None:
    talker2.started("new", at=minutes(100), readings=(begin(13000, minutes(100)),))
    talker2.started("old", at=NOON, offline=True)

    assert Transaction.objects.get(ocpp_id="new").is_open


@pytest.mark.parametrize("odd", ["x" * 50_000, "🔌" * 300, "tx'; --", "a\0b"])
def test_odd_transaction_ids_are_stored_and_found_again(talker2: Talker, odd: str) -> None:
    talker2.started(odd)
    talker2.ended(odd)

    assert the_charge().energy_wh == 12000


def test_another_stations_id_of_the_same_words_is_another_charge(talker2: Talker, talker: Talker) -> None:
    talker2.started("same")
    other = Talker(talker.station, version=talker2.version)
    other.ended("same", at=minutes(5), readings=())

    assert Transaction.objects.get(station=talker2.station).is_open


def test_the_same_instant_may_have_begin_and_periodic_readings(talker2: Talker) -> None:
    at: datetime = NOON
    talker2.started(readings=(begin(1000, at), reading(at, 1000)))

    assert MeterValue.objects.count() == 2


def test_a_token_shown_to_stop_does_not_take_over_an_unpaid_charge(talker2: Talker) -> None:
    talker2.started(id_token=IdTokenSeen(value="FFFFFFFF"))
    talker2.updated(at=minutes(50), trigger_reason="StopAuthorized", id_token=IdTokenSeen(value=CARD))
    talker2.ended(id_token=IdTokenSeen(value=CARD))

    assert the_charge().token_value == "FFFFFFFF"
    assert the_charge().hold_reason == HoldReason.UNAUTHORIZED


def test_a_refused_token_may_be_followed_by_one_that_is_accepted(talker2: Talker) -> None:
    talker2.started(id_token=IdTokenSeen(value="FFFFFFFF"))
    assert the_charge().hold_reason == HoldReason.UNAUTHORIZED
    talker2.updated(at=minutes(1), trigger_reason="Authorized", id_token=IdTokenSeen(value=CARD))
    assert the_charge().hold_reason == ""
    talker2.ended()

    assert the_charge().token_value == CARD
    assert the_charge().is_billable


@pytest.mark.parametrize("missing", [{"evse": 2}, {"id_token": IdTokenSeen(value=CARD)}])
def test_who_and_where_may_be_told_after_the_end(talker2: Talker, missing: dict[str, object]) -> None:
    talker2.started(**{"evse": None} if "evse" in missing else {"id_token": None})
    talker2.ended(seq_no=2)
    assert the_charge().hold_reason in (HoldReason.PLACE_UNKNOWN, HoldReason.UNAUTHORIZED)
    talker2.updated(at=minutes(1), seq_no=1, offline=True, **missing)

    assert the_charge().is_billable
