"""Certification titles of 2.0.1 about who may charge (block C), over a real socket; 2.1 has them, too."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from apps.billing.models import Invoice
from apps.charging.models import Transaction
from apps.core.clock import now
from apps.core.identifiers import canonical_token
from apps.drivers.messages import ClearCache
from apps.drivers.models import Driver, IdToken, LocalList, TokenStatus
from apps.drivers.services import local_lists
from apps.stations.models import ChargingStation, Variable
from apps.stations.services.commands import queue_command
from tests.plugged import RawStation
from tests.stories.certifying import unlawful_frames
from tests.stories.certifying_2 import Station2, became
from tests.stories.conftest import CARD

STRANGER, SIBLING, MASTER = "C0FFEE01", "C0FFEE02", "C0FFEE03"
FLEET = {"idToken": "FLEET", "type": "Central"}
GUARDS = {"idToken": "GUARDS", "type": "Central"}


@pytest.fixture(params=["2.0.1", "2.1"])
def point(
    request: Any, plug: Callable[..., RawStation], depot: ChargingStation, run_outbox: Callable[[], None]
) -> Iterator[Station2]:
    depot.evses.create(number=2).connectors.create(number=1)
    made = Station2(plug(request.param))
    assert made.boot()["status"] == "Accepted"
    made.status("Available")
    run_outbox()
    yield made
    assert unlawful_frames(request.param) == []


@pytest.fixture
def family(depot: ChargingStation) -> None:
    """The driver's card and another of the same group."""
    IdToken.objects.update(group="FLEET")
    IdToken.objects.create(value=SIBLING, group="FLEET")


@pytest.fixture
def guard(depot: ChargingStation) -> None:
    """A card with which a guard stops charges; its group is what the station has as MasterPassGroupId."""
    IdToken.objects.create(value=MASTER, group="GUARDS", driver=Driver.objects.create(name="Guard"))


def the_charge(ref: str = "tx-1") -> Transaction:
    return Transaction.objects.get(ocpp_id=ref)


# --- refused ---------------------------------------------------------------------------------------------


def test_tc_c_02_a_token_that_nobody_knows_is_refused_and_nothing_begins(point):
    assert point.authorize(STRANGER)["status"] in ("Invalid", "Unknown")
    point.status("Occupied", "Available")

    assert not Transaction.objects.exists()
    assert not IdToken.objects.filter(value=STRANGER).exists(), "nor is it remembered as one of ours"


def test_tc_c_02_a_token_that_is_known_is_accepted(point):
    assert point.authorize() == {"status": "Accepted"}


@pytest.mark.parametrize("status", [TokenStatus.BLOCKED, TokenStatus.LOST])
def test_tc_c_06_a_blocked_token_is_told_to_be_blocked(point, status):
    IdToken.objects.update(status=status)

    assert point.authorize()["status"] == "Blocked"
    assert not Transaction.objects.exists()


def test_tc_c_06_a_token_that_is_no_longer_blocked_may_charge_at_once(point):
    IdToken.objects.update(status=TokenStatus.BLOCKED)
    point.authorize()
    IdToken.objects.update(status=TokenStatus.ACTIVE)

    assert point.authorize()["status"] == "Accepted"


def test_tc_c_07_an_expired_token_is_told_to_be_expired_and_since_when(point):
    IdToken.objects.update(expires_at=now().replace(year=2024, month=5, day=1, hour=12, minute=0, second=0))

    answer = point.authorize()

    assert (answer["status"], answer["cacheExpiryDateTime"]) == ("Expired", "2024-05-01T12:00:00Z")
    assert not Transaction.objects.exists()


def test_tc_c_07_a_token_that_expires_tomorrow_is_not_expired(point):
    IdToken.objects.update(expires_at=now() + timedelta(days=1))

    assert point.authorize()["status"] == "Accepted"


# --- cache -----------------------------------------------------------------------------------------------


def test_tc_c_08_a_charge_that_the_cache_allowed_is_confirmed(point, run_outbox):
    assert point.start()["idTokenInfo"] == {"status": "Accepted"}
    point.end(token=CARD)
    run_outbox()

    assert (the_charge().energy_wh, the_charge().hold_reason) == (2500, "")
    assert Invoice.objects.count() == 1


@pytest.mark.parametrize("status", [TokenStatus.BLOCKED, None])
def test_tc_c_20_a_charge_that_an_outdated_cache_allowed_is_told_so_and_billed_to_nobody(point, run_outbox, status):
    if status is None:
        IdToken.objects.all().delete()
    IdToken.objects.update(status=TokenStatus.BLOCKED)

    answer = point.start()["idTokenInfo"]
    assert answer["status"] == ("Invalid" if status is None else "Blocked")
    point.end("DeAuthorized", trigger="Deauthorized")
    run_outbox()

    assert (the_charge().stopped_reason, the_charge().hold_reason) == ("DeAuthorized", "unauthorized")
    assert not Invoice.objects.exists()


def test_tc_c_37_the_cache_is_cleared(point, depot):
    command = queue_command(depot, ClearCache(), by="olga")

    assert point.obey("ClearCache", {"status": "Accepted"}) == {}
    assert became(command) == ("accepted", "Accepted")


def test_tc_c_38_a_cache_that_the_station_does_not_clear_is_not_said_to_be_cleared(point, depot):
    command = queue_command(depot, ClearCache(), by="olga")

    point.obey("ClearCache", {"status": "Rejected", "statusInfo": {"reasonCode": "NotEnabled"}})

    assert became(command) == ("rejected", "Rejected")
    assert command.error == "NotEnabled"
    assert point.is_left_alone(), "it is not asked again by itself"


# --- groups ----------------------------------------------------------------------------------------------


def test_tc_c_39_a_token_of_the_same_group_stops_a_charge_that_another_pays(point, family, run_outbox):
    assert point.start()["idTokenInfo"] == {"status": "Accepted", "groupIdToken": FLEET}
    assert point.authorize(SIBLING) == {"status": "Accepted", "groupIdToken": FLEET}

    assert point.end(token=SIBLING)["idTokenInfo"] == {"status": "Accepted", "groupIdToken": FLEET}
    run_outbox()

    assert the_charge().id_token.value == canonical_token(CARD)
    assert Invoice.objects.get().buyer.name == "Erika Mustermann"


def test_tc_c_39_a_token_of_another_group_is_told_as_such(point, family):
    IdToken.objects.create(value=STRANGER, group="OTHERS")
    point.start()

    assert point.authorize(STRANGER)["groupIdToken"] == {"idToken": "OTHERS", "type": "Central"}
    assert the_charge().is_open


def entries(payload: dict[str, Any]) -> dict[str, Any]:
    return {entry["idToken"]["idToken"]: entry["idTokenInfo"] for entry in payload["localAuthorizationList"]}


def listed(point: Station2, depot: ChargingStation, run_outbox: Callable[[], None]) -> dict[str, Any]:
    """What a station with a local list is told of each token."""
    Variable.objects.create(
        station=depot, component="LocalAuthListCtrlr", name="Enabled", value="true", reported_at=now()
    )
    local_lists.keep_all()
    point.obey("GetLocalListVersion", {"versionNumber": 0})
    run_outbox()
    sent = point.obey("SendLocalList", {"status": "Accepted"})
    run_outbox()
    assert LocalList.objects.get().state == "in_step"
    return entries(sent)


def test_tc_c_40_the_local_list_tells_the_group_so_that_a_sibling_can_stop(point, family, depot, run_outbox):
    told = listed(point, depot, run_outbox)
    info = {"status": "Accepted", "groupIdToken": FLEET}
    assert told == {canonical_token(CARD): info, SIBLING: info}

    point.start()
    answer = point.end(token=SIBLING)["idTokenInfo"]
    run_outbox()

    assert (answer["status"], answer["groupIdToken"]) == ("Accepted", FLEET)
    assert Invoice.objects.get().buyer.name == "Erika Mustermann"


def test_tc_c_43_a_token_of_the_group_that_may_not_charge_is_listed_as_such(point, family, depot, run_outbox):
    IdToken.objects.filter(value=SIBLING).update(status=TokenStatus.BLOCKED)

    told = listed(point, depot, run_outbox)
    assert told[SIBLING] == {"status": "Blocked", "groupIdToken": FLEET}
    assert told[canonical_token(CARD)]["status"] == "Accepted", "the others of the group may"

    point.start()
    assert point.authorize(SIBLING)["status"] == "Blocked"
    assert the_charge().is_open


# --- master pass -----------------------------------------------------------------------------------------


def payers() -> list[str]:
    return sorted(invoice.buyer.name for invoice in Invoice.objects.all())


def two_charges(point: Station2) -> None:
    point.start()
    IdToken.objects.create(value=SIBLING, driver=Driver.objects.create(name="Ada"))
    point.start(SIBLING, ref="tx-2", evse=2)
    assert point.authorize(MASTER) == {"status": "Accepted", "groupIdToken": GUARDS}


@pytest.mark.parametrize(
    "ended",
    [
        pytest.param(("tx-1", "tx-2"), id="tc_c_47_all"),
        pytest.param(("tx-2",), id="tc_c_48_those_that_were_chosen"),
    ],
)
def test_tc_c_47_48_a_master_pass_stops_charges_and_pays_for_none(point, guard, run_outbox, ended):
    two_charges(point)

    for ref in ended:
        answer = point.end("MasterPass", ref=ref, token=MASTER)
        assert answer["idTokenInfo"] == {"status": "Accepted", "groupIdToken": GUARDS}
    run_outbox()

    over = Transaction.objects.exclude(ended_at=None)
    assert sorted(over.values_list("ocpp_id", flat=True)) == list(ended)
    assert {charge.stopped_reason for charge in over} == {"MasterPass"}
    assert not over.exclude(hold_reason="").exists()
    assert payers() == ["Ada", "Erika Mustermann"][: len(ended)]


def test_tc_c_49_a_master_pass_at_a_station_without_buttons_stops_all(point, guard, run_outbox):
    two_charges(point)

    for ref in ("tx-1", "tx-2"):
        point.end("MasterPass", ref=ref)  # nobody's token is told
    run_outbox()

    assert {charge.stopped_reason for charge in Transaction.objects.all()} == {"MasterPass"}
    assert payers() == ["Ada", "Erika Mustermann"]


def test_tc_c_49_who_has_no_master_pass_is_told_no_such_group(point, guard):
    point.start()

    assert "groupIdToken" not in point.authorize()
    assert the_charge().is_open
