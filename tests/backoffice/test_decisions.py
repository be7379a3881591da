"""The work list: evidence, safe actions, taking back, and who may."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from apps.accounts.messages import Role
from apps.accounts.models import AuditEntry
from apps.charging.models import Decision, HoldReason, OrphanStop, Transaction
from apps.core.clock import now
from apps.stations.models import ChargingStation, QuarantinedMessage
from apps.telemetry.messages import ContextCode, MeterRow
from apps.telemetry.services.writing import store_readings
from tests.backoffice.conftest import begin_charge, end_charge

O, M, P, I, F, S, R = Role  # noqa: E741


@pytest.fixture
def held(station: ChargingStation) -> Transaction:
    """A charge with its neighbours and readings, held for a suspect unit."""
    end_charge(begin_charge(station, started_at=now() - timedelta(hours=9), meter_stop_wh=900))
    charge = end_charge(begin_charge(station, meter_start_wh=361), energy_wh=9)
    charge.hold_reason, charge.meter_stop_wh = HoldReason.UNIT_SUSPECT, 370
    charge.note("unit_suspect", factor=1000.0)
    charge.save()
    for minute in range(12):
        store_readings([
            MeterRow(
                station_id=station.pk, evse=1, context=ContextCode.SAMPLE_PERIODIC, received_at=now(),
                at=charge.started_at + timedelta(minutes=minute), transaction_id=charge.pk, energy_wh=361 + minute,
                power_w=9400,
            )
        ])  # fmt: skip
    return charge


@pytest.fixture
def orphan(station: ChargingStation) -> OrphanStop:
    at = now() - timedelta(minutes=1)
    return OrphanStop.objects.create(
        station=station, at=at, transaction_ref="4711", meter_stop_wh=9000, digest="d",
        message={"event_type": "Ended", "at": at.isoformat(), "meter_wh": 9000, "transaction_ref": "4711"},
    )  # fmt: skip


def test_the_list_shows_each_kind_with_its_reason(browser: Client, held: Transaction, orphan: OrphanStop) -> None:
    page = browser.get("/decide/").content.decode()

    assert f"/decide/held-{held.pk}/" in page
    assert f"/decide/orphan-{orphan.pk}/" in page
    assert "energy and power differ as kWh and Wh do" in page
    assert "number 4711 is unknown" in page
    assert f"/decide/held-{held.pk}/" not in browser.get("/decide/?kind=orphan").content.decode()


def test_an_empty_list_says_so(browser: Client) -> None:
    assert "Nothing to decide" in browser.get("/decide/").content.decode()


def test_the_board_is_told_how_many_there_are(browser: Client, held: Transaction, orphan: OrphanStop) -> None:
    assert "/decide/count/" in browser.get("/").content.decode()
    assert ">2<" in browser.get("/decide/count/").content.decode()


def test_evidence_stands_side_by_side(browser: Client, held: Transaction) -> None:
    page = browser.get(f"/decide/held-{held.pk}/").content.decode()

    assert "4 in between not shown" in page
    assert 'value="9.000"' in page  # what the power suggests: 9 Wh are kWh
    assert "0.361 → 0.370 kWh" not in page  # its own register stands with its times
    assert "1.000 → 0.900 kWh" in page  # the one before
    assert f"/charges/{held.pk}/" in page


def test_a_held_charge_is_released_with_another_figure_and_taken_back(browser: Client, held: Transaction) -> None:
    done = browser.post(f"/decide/held-{held.pk}/release/", {"energy_kwh": "9.4"})
    held.refresh_from_db()
    assert (done.status_code, done["Location"], held.energy_wh, held.hold_reason) == (302, "/decide/", 9400, "")

    decision = Decision.objects.get()
    assert "Take back" in browser.get("/decide/").content.decode()
    assert browser.post(f"/decisions/{decision.pk}/undo/").status_code == 302

    held.refresh_from_db()
    assert (held.energy_wh, held.hold_reason) == (9, HoldReason.UNIT_SUSPECT)
    assert [entry.actor for entry in AuditEntry.objects.filter(action="charging.decision.undone")] == [
        "owner@alpha.example"
    ]


def test_a_stop_is_matched_with_the_charge_it_fits(
    browser: Client, station: ChargingStation, orphan: OrphanStop
) -> None:
    charge = begin_charge(station, token_status="Accepted")
    page = browser.get(f"/decide/orphan-{orphan.pk}/").content.decode()
    assert f'value="{charge.pk}"' in page
    assert "8.000 kWh" in page

    browser.post(f"/decide/orphan-{orphan.pk}/match/", {"charge": charge.pk})

    charge.refresh_from_db()
    assert (charge.energy_wh, charge.hold_reason) == (8000, "")
    assert browser.get(f"/decide/orphan-{orphan.pk}/").status_code == 404


def test_what_can_not_be_is_said(browser: Client, held: Transaction, orphan: OrphanStop) -> None:
    assert browser.post(f"/decide/orphan-{orphan.pk}/match/", {}).status_code == 409
    assert browser.post(f"/decide/orphan-{orphan.pk}/release/").status_code == 404
    assert browser.post(f"/decide/held-{held.pk}/release/", {"energy_kwh": "much"}).status_code == 409
    assert browser.post("/decide/held-0/release/").status_code == 404
    assert browser.post("/decisions/4711/undo/").status_code == 404


def test_the_list_asks_the_database_as_often_for_many_as_for_one(
    browser: Client, station: ChargingStation, django_assert_max_num_queries: Callable[..., object]
) -> None:
    for _ in range(12):
        charge = end_charge(begin_charge(station))
        charge.hold_reason = HoldReason.CONFLICT
        charge.save()

    with django_assert_max_num_queries(18):  # type: ignore[attr-defined]
        browser.get("/decide/")


ALLOWED = {
    "close": {O, M, P, I, S},
    "release": {O, M, F},
    "waive": {O, M, F},
    "match": {O, M, P, F},
    "dismiss": {O, M, P, F},
    "settle": {O, M, P, I},
    "undo": {O, M, P, F},
}


@pytest.mark.parametrize("role", list(Role))
def test_a_role_may_decide_what_it_is_for(
    browser_of: Callable[..., Client], station: ChargingStation, held: Transaction, orphan: OrphanStop, role: Role
) -> None:
    browser = browser_of(role)
    old = now() - timedelta(days=3)
    stuck = begin_charge(station, started_at=old, started_received_at=old)
    kept = QuarantinedMessage.objects.create(station=station, action="StopTransaction", payload="{}", problem="?")
    dismissed = Decision.objects.create(kind="dismissed", orphan=orphan, by="x", before={})
    addresses = {
        "close": f"/decide/silent-{stuck.pk}/close/",
        "waive": f"/decide/held-{held.pk}/waive/",
        "release": f"/decide/held-{held.pk}/release/",
        "match": f"/decide/orphan-{orphan.pk}/match/",
        "dismiss": f"/decide/orphan-{orphan.pk}/dismiss/",
        "settle": f"/decide/quarantined-{kept.pk}/settle/",
        "undo": f"/decisions/{dismissed.pk}/undo/",
    }

    assert browser.get("/decide/").status_code == 200
    allowed = {name for name in ALLOWED if browser.post(addresses[name]).status_code != 403}

    assert allowed == {name for name, roles in ALLOWED.items() if role in roles}
