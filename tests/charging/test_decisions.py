"""What people decide about stuck, orphaned and conflicting charges, and taking it back."""

from collections.abc import Callable

import pytest
import time_machine

from apps.accounts.models import AuditEntry
from apps.billing.models import Cdr
from apps.billing.services import issue_cdr
from apps.billing.services.undoing import undo_unbilled
from apps.charging.messages import WorkKind
from apps.charging.models import Decision, HoldReason, OrphanStop, Transaction
from apps.charging.services.holds import close_charge, keep_as_it_is, release_hold, waive_charge
from apps.charging.services.matching import candidates_for, dismiss_stop, match_stop
from apps.charging.services.worklist import work_counts, work_item, work_items
from apps.core.errors import UnableTo
from apps.stations.models import ChargingStation, QuarantinedMessage
from apps.telemetry.services.leases import release_lease, take_lease
from tests.charging.conftest import Talker, minutes, reading, the_charge

BY = "ada@alpha.example"


def kinds() -> list[WorkKind]:
    return [item.kind for item in work_items()]


def unfinished(talker: Talker) -> Transaction:
    """Started at noon at 1 kWh, read at 5 kWh, and no word since."""
    number = talker.start().transaction_number
    talker.meter(reading(minutes(20), 5000), ref=str(number), at=minutes(20))
    return the_charge()


def test_an_open_charge_of_a_station_that_is_away_is_listed(talker: Talker) -> None:
    unfinished(talker)
    with time_machine.travel(minutes(30), tick=False):
        epoch = take_lease(talker.station.pk, gateway="g", version="1.6", address="").epoch
        release_lease(talker.station.pk, epoch=epoch)
    with time_machine.travel(minutes(80), tick=False):
        assert kinds() == []
    with time_machine.travel(minutes(91), tick=False):
        assert kinds() == [WorkKind.SILENT]
        assert work_counts()[WorkKind.SILENT] == 1


def test_an_open_charge_without_a_reading_for_a_day_is_listed(talker: Talker) -> None:
    unfinished(talker)
    take_lease(talker.station.pk, gateway="g", version="1.6", address="")

    with time_machine.travel(minutes(24 * 60 + 19), tick=False):
        assert kinds() == []
    with time_machine.travel(minutes(24 * 60 + 21), tick=False):
        assert kinds() == [WorkKind.SILENT]


def test_an_open_charge_of_a_station_that_has_booted_since_is_listed_as_interrupted(talker: Talker) -> None:
    charge = unfinished(talker)
    charge.station.booted_at = minutes(25)
    charge.station.save()

    with time_machine.travel(minutes(30), tick=False):
        assert kinds() == [WorkKind.INTERRUPTED]


def test_a_charge_that_was_closed_by_hand_is_opened_again_and_ended_by_its_stop(talker: Talker) -> None:
    charge = unfinished(talker)
    close_charge(charge, by=BY)
    assert (the_charge().energy_wh, kinds()) == (4000, [WorkKind.HELD])

    undo_unbilled(Decision.objects.get(), by=BY)

    charge = the_charge()
    assert (charge.is_open, charge.hold_reason, charge.energy_wh) == (True, "", 0)
    talker.stop(charge.pk)
    assert (the_charge().energy_wh, the_charge().hold_reason) == (12000, "")
    assert list(AuditEntry.objects.values_list("action", flat=True).order_by("pk")) == [
        "charging.transaction.closed",
        "charging.decision.undone",
    ]


def test_a_charge_is_not_opened_again_beside_the_next_one(talker: Talker) -> None:
    close_charge(unfinished(talker), by=BY)
    talker.start(at=minutes(70), meter_wh=5000)

    with pytest.raises(UnableTo, match="Another charge runs"):
        undo_unbilled(Decision.objects.get(), by=BY)


def test_a_charge_is_not_opened_again_after_its_station_has_ended_it(talker: Talker) -> None:
    charge = unfinished(talker)
    close_charge(charge, by=BY)
    talker.stop(charge.pk)

    with pytest.raises(UnableTo, match="its own end"):
        undo_unbilled(Decision.objects.get(), by=BY)
    assert the_charge().energy_wh == 12000


def test_a_release_is_taken_back_while_there_is_no_price(talker: Talker) -> None:
    close_charge(unfinished(talker), by=BY)
    release_hold(the_charge(), by=BY, energy_wh=7000)
    assert (the_charge().energy_wh, the_charge().energy_source, kinds()) == (7000, "person", [])

    undo_unbilled(Decision.objects.first(), by=BY)  # type: ignore[arg-type]

    assert (the_charge().energy_wh, the_charge().hold_reason) == (4000, HoldReason.IMPLICIT_STOP)
    assert issue_cdr(the_charge().pk) is None


def test_what_has_its_price_is_not_taken_back(talker: Talker) -> None:
    close_charge(unfinished(talker), by=BY)
    release_hold(the_charge(), by=BY)
    issue_cdr(the_charge().pk)

    with pytest.raises(UnableTo, match="Credit its invoice"):
        undo_unbilled(Decision.objects.first(), by=BY)  # type: ignore[arg-type]
    assert Cdr.objects.count() == 1


def test_decisions_are_taken_back_the_last_first_and_once(talker: Talker) -> None:
    close_charge(unfinished(talker), by=BY)
    waive_charge(the_charge(), by=BY)
    last, first = Decision.objects.all()

    with pytest.raises(UnableTo, match="later decisions"):
        undo_unbilled(first, by=BY)
    undo_unbilled(last, by=BY)
    with pytest.raises(UnableTo, match="already"):
        undo_unbilled(last, by=BY)
    undo_unbilled(first, by=BY)
    assert the_charge().is_open


def test_a_waived_charge_is_off_the_list_and_never_billed(talker: Talker) -> None:
    close_charge(unfinished(talker), by=BY)
    waive_charge(the_charge(), by=BY)

    assert kinds() == []
    assert issue_cdr(the_charge().pk) is None
    with pytest.raises(UnableTo):
        waive_charge(the_charge(), by=BY)


def test_q10_a_different_stop_is_listed_until_somebody_has_looked(talker: Talker) -> None:
    number = talker.start().transaction_number
    talker.stop(number)
    talker.stop(number, meter_wh=15000)
    assert kinds() == [WorkKind.CONFLICT]

    keep_as_it_is(the_charge(), by=BY)

    assert (the_charge().energy_wh, kinds()) == (12000, [])
    with pytest.raises(UnableTo):
        keep_as_it_is(the_charge(), by=BY)


def test_q06_a_stop_that_nobody_knows_is_listed_and_urgent_after_a_day(talker: Talker) -> None:
    talker.stop(4711)

    item = work_item(f"orphan-{OrphanStop.objects.get().pk}")

    assert item is not None
    with time_machine.travel(item.since, tick=False):
        assert not item.is_urgent
    with time_machine.travel(item.since.replace(year=item.since.year + 1), tick=False):
        assert item.is_urgent


def test_q06_a_stop_is_matched_by_hand_and_the_charge_is_billed_with_it(talker: Talker) -> None:
    charge = unfinished(talker)
    talker.start(at=minutes(5), evse=2, meter_wh=90_000)
    talker.stop(4711)
    orphan = OrphanStop.objects.get()
    assert candidates_for(orphan) == [charge]

    match_stop(orphan, charge, by=BY)

    charge.refresh_from_db()
    orphan.refresh_from_db()
    assert (charge.energy_wh, charge.hold_reason, orphan.matched_id) == (12000, "", charge.pk)
    undo_unbilled(Decision.objects.get(), by=BY)
    charge.refresh_from_db()
    orphan.refresh_from_db()
    assert (charge.is_open, orphan.matched_id) == (True, None)


def test_q09_matching_waives_the_charge_that_the_stop_had_made_up_itself(talker: Talker) -> None:
    charge = unfinished(talker)
    other = talker.start(at=minutes(5), evse=2).transaction_number
    talker.meter(reading(minutes(20), 5000), ref=str(other), evse=2, at=minutes(20))
    talker.stop(None)
    orphan = OrphanStop.objects.get()
    shadow = orphan.matched
    assert shadow is not None
    assert shadow.hold_reason == HoldReason.START_UNKNOWN

    match_stop(orphan, charge, by=BY)
    shadow.refresh_from_db()
    assert shadow.hold_reason == HoldReason.WAIVED

    undo_unbilled(Decision.objects.get(), by=BY)
    shadow.refresh_from_db()
    orphan.refresh_from_db()
    assert (shadow.hold_reason, orphan.matched_id) == (HoldReason.START_UNKNOWN, shadow.pk)


@pytest.mark.usefixtures("live_tenant")
def test_candidates_are_looked_up_outside_of_any_transaction(make_station: Callable[..., ChargingStation]) -> None:
    """As pages do, which lock nothing."""
    talker = Talker(make_station("CS-16", evses=2))
    talker.start(token=None)
    talker.stop(4711)

    assert [charge.started_at for charge in candidates_for(OrphanStop.objects.get())] == [minutes(0)]


def test_a_stop_is_not_matched_where_it_does_not_fit(talker: Talker) -> None:
    charge = unfinished(talker)
    talker.stop(4711, meter_wh=10)
    orphan = OrphanStop.objects.get()

    assert candidates_for(orphan) == []
    with pytest.raises(UnableTo, match="does not fit"):
        match_stop(orphan, charge, by=BY)


def test_a_stop_is_dismissed_and_brought_back(talker: Talker) -> None:
    talker.stop(4711)
    orphan = OrphanStop.objects.get()
    dismiss_stop(orphan, by=BY)
    assert kinds() == []
    with pytest.raises(UnableTo):
        dismiss_stop(orphan, by=BY)

    undo_unbilled(Decision.objects.get(), by=BY)

    assert kinds() == [WorkKind.ORPHAN]


def test_quarantined_messages_are_on_the_same_list(talker: Talker) -> None:
    kept = QuarantinedMessage.objects.create(
        station=talker.station, action="StopTransaction", payload="{}", problem="?"
    )

    assert [item.key for item in work_items()] == [f"quarantined-{kept.pk}"]
    assert work_counts() == {kind: int(kind is WorkKind.QUARANTINED) for kind in WorkKind}


@pytest.mark.usefixtures("alpha")
@pytest.mark.parametrize("key", ["", "held", "held-", "held-x", "nothing-1", "held-1", "held-99999999999999999999"])
def test_a_key_of_nothing_finds_nothing(key: str) -> None:
    assert work_item(key) is None
