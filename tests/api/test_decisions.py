"""What waits for people, and quirks of makes, for programs."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.accounts.messages import Scope
from apps.charging.models import Decision, OrphanStop, Transaction
from apps.core.clock import now
from apps.stations.messages import Quirk
from apps.stations.models import ChargingStation, QuarantinedMessage, QuirkObservation, QuirkOverride
from apps.stations.services.quirks import amendments_of, observe
from apps.telemetry.services.leases import take_lease

Make = Callable[..., ChargingStation]


@pytest.fixture
def station(alpha: Any, make_station: Make) -> ChargingStation:
    made = make_station("CS-1", vendor="Voltbach", model="V2", firmware_version="1.9")
    take_lease(made.pk, gateway="gateway.test", version="1.6", address="")
    return made


def charge_at(station: ChargingStation, **facts: Any) -> Transaction:
    number = Transaction.objects.count() + 1
    at = now() - timedelta(minutes=30)
    told = {"started_at": at, "started_received_at": at, "meter_start_wh": 1000, "token_status": "Accepted"} | facts
    return Transaction.objects.create(
        station=station, evse=station.evses.get(), ocpp_id=str(number), start_key=f"k{number}", **told
    )


@pytest.fixture
def held(station: ChargingStation) -> Transaction:
    return charge_at(station, ended_at=now(), ended_received_at=now(), energy_wh=9, hold_reason="unit_suspect")


@pytest.fixture
def orphan(station: ChargingStation) -> OrphanStop:
    at = now() - timedelta(minutes=1)
    message = {"event_type": "Ended", "at": at.isoformat(), "meter_wh": 9000, "transaction_ref": "4711"}
    return OrphanStop.objects.create(
        station=station, at=at, transaction_ref="4711", meter_stop_wh=9000, digest="d", message=message
    )


def test_everything_that_waits_is_listed_and_narrowed(api: APIClient, held: Transaction, orphan: OrphanStop) -> None:
    told = api.get("/api/v1/work-items").json()

    assert (told["count"], told["next"], told["previous"]) == (2, None, None)
    assert [item["id"] for item in told["results"]] == [f"held-{held.pk}", f"orphan-{orphan.pk}"]
    assert told["results"][0] | {"since": ""} == {
        "id": f"held-{held.pk}", "kind": "held", "since": "", "urgent": False, "station": "CS-1",
        "transaction": held.pk, "hold_reason": "unit_suspect", "energy_wh": 9, "stop": None, "message": None,
    }  # fmt: skip
    assert told["results"][1]["stop"]["meter_stop_wh"] == 9000
    assert api.get("/api/v1/work-items?kind=orphan").json()["count"] == 1
    assert api.get(f"/api/v1/work-items/held-{held.pk}").json()["energy_wh"] == 9


def test_wrong_filters_and_keys_are_told(api: APIClient, paths: Callable[[Any], list[str]]) -> None:
    assert paths(api.get("/api/v1/work-items?kind=odd")) == ["?kind"]
    assert paths(api.get("/api/v1/work-items?sort=1")) == ["?sort"]
    assert api.get("/api/v1/work-items/held-1").status_code == 404
    assert api.post("/api/v1/work-items/held-1/decisions", {"action": "release"}, format="json").status_code == 404


def test_a_charge_is_released_and_the_release_taken_back(api: APIClient, held: Transaction) -> None:
    body = {"action": "release", "energy_wh": 9400}

    made = api.post(f"/api/v1/work-items/held-{held.pk}/decisions", body, format="json")

    held.refresh_from_db()
    assert (made.status_code, made.json()["kind"], held.energy_wh, held.hold_reason) == (201, "released", 9400, "")
    assert api.get("/api/v1/decisions?undone=false").json()["count"] == 1
    undone = api.post(f"/api/v1/decisions/{made.json()['id']}/undo")
    assert (undone.status_code, bool(undone.json()["undone_at"])) == (200, True)
    assert api.post(f"/api/v1/decisions/{made.json()['id']}/undo").status_code == 409
    held.refresh_from_db()
    assert (held.energy_wh, held.hold_reason) == (9, "unit_suspect")


def test_a_stop_is_matched(api: APIClient, station: ChargingStation, orphan: OrphanStop) -> None:
    charge = charge_at(station)

    body = {"action": "match", "transaction": charge.pk}
    made = api.post(f"/api/v1/work-items/orphan-{orphan.pk}/decisions", body, format="json")

    charge.refresh_from_db()
    assert (made.status_code, made.json()["stop"], charge.energy_wh) == (201, orphan.pk, 8000)


def test_a_settled_message_leaves_nothing_to_take_back(api: APIClient, station: ChargingStation) -> None:
    kept = QuarantinedMessage.objects.create(station=station, action="StopTransaction", payload="{}", problem="?")

    made = api.post(f"/api/v1/work-items/quarantined-{kept.pk}/decisions", {"action": "settle"}, format="json")

    assert (made.status_code, Decision.objects.count()) == (204, 0)


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"action": "close"}, "$.action"),
        ({"action": "explode"}, "$.action"),
        ({"action": "release", "energy_wh": -1}, "$.energy_wh"),
        ({"action": "match"}, "$.transaction"),
        ({"action": "match", "transaction": 4711}, "$.transaction"),
    ],
)
def test_what_is_wrong_with_a_decision_is_named(
    api: APIClient, held: Transaction, paths: Callable[[Any], list[str]], body: dict[str, Any], path: str
) -> None:
    assert paths(api.post(f"/api/v1/work-items/held-{held.pk}/decisions", body, format="json")) == [path]


def test_quirks_are_listed_accepted_and_dismissed(api: APIClient, station: ChargingStation) -> None:
    unit = observe(station, Quirk.REGISTER_UNIT, value="kWh", told_wh=9)
    clock = observe(station, Quirk.CLOCK_OFFSET, value="wrong")
    listed = api.get("/api/v1/quirk-observations?vendor=Voltbach&state=open&kind=register_unit").json()
    assert [
        (one["station"], one["value"], one["count"], one["evidence"][0]["told_wh"]) for one in listed["results"]
    ] == [("CS-1", "kWh", 1, 9)]

    accepted = api.post(f"/api/v1/quirk-observations/{unit.pk}/accept", {"scope": "model"}, format="json")
    dismissed = api.post(f"/api/v1/quirk-observations/{clock.pk}/dismiss")

    assert (accepted.json()["state"], dismissed.json()["state"]) == ("accepted", "dismissed")
    assert amendments_of(station).register_factor == 1000
    assert api.post(f"/api/v1/quirk-observations/{clock.pk}/accept", {}, format="json").status_code == 409


def test_overrides_are_made_for_makes_and_stations_and_removed(api: APIClient, station: ChargingStation) -> None:
    make = {"vendor": "Voltbach", "model": "V2", "firmware_until": "2", "kind": "zone_offset", "value": "60"}
    made = api.post("/api/v1/quirk-overrides", make, format="json")
    own = api.post("/api/v1/quirk-overrides", {"station": "CS-1", "kind": "zone_offset", "value": "-30"}, format="json")
    assert (made.status_code, made.json()["firmware_until"], made.json()["station"]) == (201, "2", None)
    assert (own.status_code, own.json()["vendor"], own.json()["set_by"]) == (201, None, "api:erp")
    assert amendments_of(station).zone_offset_min == -30

    assert api.delete(f"/api/v1/quirk-overrides/{own.json()['id']}").status_code == 204
    assert amendments_of(station).zone_offset_min == 60
    assert QuirkOverride.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"station": "CS-1", "kind": "register_unit", "value": "MWh"}, "$.value"),
        ({"station": "CS-1", "kind": "clock_offset", "value": "1"}, "$.kind"),
        ({"vendor": "Voltbach", "kind": "assume_16", "value": "yes"}, "$.station"),
        ({"kind": "register_unit", "value": "kWh"}, "$"),
        ({"station": "CS-1", "vendor": "V", "kind": "register_unit", "value": "kWh"}, "$"),
        ({"station": "CS-1", "kind": "zone_offset", "value": "half past"}, "$.value"),
    ],
)
def test_what_is_wrong_with_an_override_is_named(
    api: APIClient, station: ChargingStation, paths: Callable[[Any], list[str]], body: dict[str, Any], path: str
) -> None:
    assert paths(api.post("/api/v1/quirk-overrides", body, format="json")) == [path]


def test_scopes_decide_who_may(program: Callable[..., APIClient], station: ChargingStation, held: Transaction) -> None:
    seen = observe(station, Quirk.CLOCK_OFFSET, value="wrong")
    reader, stations = program(Scope.READ, name="reader"), program(Scope.READ, Scope.STATIONS_WRITE)

    assert reader.get("/api/v1/work-items").status_code == 200
    assert reader.post(f"/api/v1/quirk-observations/{seen.pk}/dismiss").status_code == 403
    body = {"action": "waive"}
    assert stations.post(f"/api/v1/work-items/held-{held.pk}/decisions", body, format="json").status_code == 403
    assert stations.post(f"/api/v1/quirk-observations/{seen.pk}/dismiss").status_code == 200
    assert QuirkObservation.objects.get().decided_by
