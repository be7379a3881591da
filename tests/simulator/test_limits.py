from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.simulator.car import Car
from apps.simulator.evse import Status
from apps.simulator.limits import Criteria, ProfileBook
from apps.simulator.makes import EvseConfig
from apps.simulator.profiles import Profile, profile_2x, profile_16
from tests.simulator.conftest import Start, World

NOW = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)
DIALECTS = ["1.6", "2.0.1", "2.1"]


def schedule(unit: str, *periods: tuple[int, float], **more: Any) -> dict[str, Any]:
    return {
        "chargingRateUnit": unit,
        "chargingSchedulePeriod": [{"startPeriod": start, "limit": limit} for start, limit in periods],
        **more,
    }


def installable(version: str, purpose: str, unit: str, *periods: tuple[int, float], **o: Any) -> dict[str, Any]:
    """A profile in the words of the version. Options: id, stack, kind, transaction, and those of a schedule."""
    id_, stack, kind = o.pop("id", 1), o.pop("stack", 0), o.pop("kind", "Relative")
    transaction = o.pop("transaction", None)
    common = {"stackLevel": stack, "chargingProfileKind": kind}
    if transaction is not None:
        common["transactionId"] = transaction
    if version == "1.6":
        purpose = {"ChargingStationMaxProfile": "ChargePointMaxProfile"}.get(purpose, purpose)
        of = {"chargingProfileId": id_, "chargingSchedule": schedule(unit, *periods, **o)}
        return common | of | {"chargingProfilePurpose": purpose}
    of = {"id": id_, "chargingSchedule": [schedule(unit, *periods, **o) | {"id": 1}]}
    return common | of | {"chargingProfilePurpose": purpose}


async def install(world: World, number: int, profile: dict[str, Any]) -> str:
    if world.station.config.version == "1.6":
        answer = await world.order("SetChargingProfile", connectorId=number, csChargingProfiles=profile)
    else:
        answer = await world.order("SetChargingProfile", evseId=number, chargingProfile=profile)
    return str(answer["status"])


def transaction(world: World) -> Any:
    if world.station.config.version == "1.6":
        return 1
    return world.csms.events[0]["transactionInfo"]["transactionId"]


async def charging(start: Start, version: str, evse: EvseConfig, *, both: bool = False) -> World:
    world = await start(version, evses=(evse, evse))
    for number in (1, 2) if both else (1,):
        world.station.plug_in(number, Car(soc=0.2, ac_max_a=32, dc_max_w=120_000))
        await world.present(number, f"AAAA{number}")
    await world.pass_time(5)
    return world


def power_w(world: World, number: int = 1) -> float:
    return world.station.control.evses[number].meter.power_w


@pytest.mark.parametrize("version", DIALECTS)
@pytest.mark.parametrize(("unit", "limit"), [("A", 10), ("W", 6900)])
async def test_a_tx_profile_is_obeyed_at_once(start: Start, version: str, unit: str, limit: float) -> None:
    world = await charging(start, version, EvseConfig())
    assert power_w(world) > 20_000

    profile = installable(version, "TxProfile", unit, (0, limit), transaction=transaction(world))
    assert await install(world, 1, profile) == "Accepted"

    assert 0.97 * 6900 < power_w(world) <= 6900


@pytest.mark.parametrize("version", DIALECTS)
async def test_below_6_amperes_the_station_suspends_and_says_so(start: Start, version: str) -> None:
    world = await charging(start, version, EvseConfig())

    await install(world, 1, installable(version, "TxDefaultProfile", "A", (0, 5)))
    await world.pass_time(1)

    assert (world.station.state(1), power_w(world)) == (Status.SUSPENDED_EVSE, 0)
    if version == "1.6":
        assert world.csms.of("StatusNotification")[-1]["status"] == "SuspendedEVSE"
    else:
        assert world.csms.events[-1]["transactionInfo"]["chargingState"] == "SuspendedEVSE"


@pytest.mark.parametrize("version", DIALECTS)
async def test_a_schedule_is_followed_over_time_and_ends(start: Start, version: str) -> None:
    world = await charging(start, version, EvseConfig(kind="dc"))

    profile = installable(version, "TxDefaultProfile", "W", (0, 50_000), (60, 20_000), duration=120)
    await install(world, 1, profile)

    measured = []
    for _ in range(3):
        measured.append(power_w(world))
        await world.pass_time(60)
    assert measured == [50_000, 20_000, 120_000]


@pytest.mark.parametrize("version", DIALECTS)
async def test_the_limit_of_the_station_is_shared(start: Start, version: str) -> None:
    world = await charging(start, version, EvseConfig(kind="dc"), both=True)

    maximum = installable(version, "ChargingStationMaxProfile", "W", (0, 90_000), kind="Absolute")
    assert await install(world, 0, maximum) == "Accepted"
    assert (power_w(world, 1), power_w(world, 2)) == (45_000, 45_000)

    await world.present(1, "AAAA1")
    await world.pass_time(1)
    assert (power_w(world, 1), power_w(world, 2)) == (0, 90_000)


@pytest.mark.parametrize("version", DIALECTS)
async def test_profiles_where_they_do_not_belong_are_rejected(start: Start, version: str) -> None:
    world = await charging(start, version, EvseConfig())
    tx = installable(version, "TxProfile", "A", (0, 10), transaction=transaction(world))

    assert await install(world, 2, tx) == "Rejected"
    assert await install(world, 0, tx) == "Rejected"
    assert await install(world, 7, installable(version, "TxDefaultProfile", "A", (0, 10))) == "Rejected"
    assert await install(world, 1, installable(version, "ChargingStationMaxProfile", "A", (0, 10))) == "Rejected"
    other = 999 if version == "1.6" else "another"
    assert await install(world, 1, installable(version, "TxProfile", "A", (0, 10), transaction=other)) == "Rejected"
    assert power_w(world) > 20_000


@pytest.mark.parametrize("version", DIALECTS)
async def test_a_tx_profile_dies_with_its_transaction_and_a_default_does_not(start: Start, version: str) -> None:
    world = await charging(start, version, EvseConfig(kind="dc"))
    tx = installable(version, "TxProfile", "W", (0, 10_000), transaction=transaction(world))
    await install(world, 1, tx)
    await install(world, 1, installable(version, "TxDefaultProfile", "W", (0, 30_000), id=2))
    assert power_w(world) == 10_000

    await world.present(1, "AAAA1")
    await world.present(1, "AAAA1")
    await world.pass_time(2)

    assert power_w(world) == 30_000


@pytest.mark.parametrize("version", DIALECTS)
async def test_a_profile_that_comes_with_a_remote_start_limits_that_charge(start: Start, version: str) -> None:
    world = await start(version, evses=(EvseConfig(kind="dc"),))
    world.station.plug_in(1, Car())
    profile = installable(version, "TxProfile", "W", (0, 22_000))

    if version == "1.6":
        await world.order("RemoteStartTransaction", idTag="R", chargingProfile=profile)
    else:
        token = {"idToken": "R", "type": "Central"}
        await world.order("RequestStartTransaction", idToken=token, remoteStartId=1, chargingProfile=profile)
    await world.pass_time(2)

    assert power_w(world) == 22_000


@pytest.mark.parametrize("version", DIALECTS)
async def test_clearing_tells_whether_there_was_anything(start: Start, version: str) -> None:
    world = await charging(start, version, EvseConfig(kind="dc"))
    await install(world, 1, installable(version, "TxDefaultProfile", "W", (0, 30_000), id=7))
    by_id = {"id": 7} if version == "1.6" else {"chargingProfileId": 7}

    first = await world.order("ClearChargingProfile", **by_id)
    second = await world.order("ClearChargingProfile", **by_id)
    await world.pass_time(2)

    assert (first["status"], second["status"]) == ("Accepted", "Unknown")
    assert power_w(world) == 120_000


@pytest.mark.parametrize("version", DIALECTS)
async def test_the_composite_schedule_is_what_will_be_done(start: Start, version: str) -> None:
    world = await charging(start, version, EvseConfig(kind="dc"))
    default = installable(version, "TxDefaultProfile", "W", (0, 50_000), (95, 20_000), duration=305)
    await install(world, 1, default)
    await install(world, 0, installable(version, "ChargingStationMaxProfile", "W", (0, 40_000), id=2, kind="Absolute"))
    who = {"connectorId": 1} if version == "1.6" else {"evseId": 1}

    answer = await world.order("GetCompositeSchedule", duration=600, chargingRateUnit="W", **who)

    plan = answer["chargingSchedule" if version == "1.6" else "schedule"]
    steps = [(p["startPeriod"], p["limit"]) for p in plan["chargingSchedulePeriod"]]
    # The transaction began 5 s ago, and its schedule with it.
    assert steps == [(0, 40_000), (90, 20_000), (300, 40_000)]
    assert answer["status"] == "Accepted"


@pytest.mark.parametrize("version", DIALECTS)
async def test_the_composite_schedule_of_the_whole_station_adds_up_its_evses(start: Start, version: str) -> None:
    world = await start(version)
    who = {"connectorId": 0} if version == "1.6" else {"evseId": 0}
    await install(
        world,
        0,
        installable(
            version,
            "ChargingStationMaxProfile",
            "A",
            (0, 20),
            duration=300,
            kind="Absolute",
            startSchedule=NOW.isoformat(),
        ),
    )

    answer = await world.order("GetCompositeSchedule", duration=600, chargingRateUnit="A", **who)

    found = answer["chargingSchedule" if version == "1.6" else "schedule"]
    assert found["chargingSchedulePeriod"] == [{"startPeriod": 0, "limit": 20}, {"startPeriod": 300, "limit": 64}]


def profile(purpose: str = "TxDefaultProfile", limit: float = 10, **o: Any) -> Profile:
    return profile_16(installable("1.6", purpose, o.pop("unit", "A"), (0, limit), **o))


def limit_of(book: ProfileBook, at: datetime = NOW, evse: int = 1) -> float | None:
    limit = book.charge_limit(evse, at, NOW)
    return limit.value if limit else None


def test_the_highest_stack_level_prevails_as_long_as_it_says_something() -> None:
    book = ProfileBook()
    book.install(1, profile(limit=10, id=1, stack=0))
    book.install(1, profile(limit=20, id=2, stack=5, duration=60))

    assert limit_of(book) == 20
    assert limit_of(book, NOW + timedelta(seconds=61)) == 10


def test_a_profile_replaces_one_of_the_same_purpose_and_level_and_one_of_the_same_id() -> None:
    book = ProfileBook()
    book.install(1, profile(limit=10, id=1))
    book.install(1, profile(limit=12, id=2))
    book.install(2, profile(limit=14, id=2))

    assert (limit_of(book), limit_of(book, evse=2)) == (None, 14)


def test_a_default_of_the_connector_overrules_one_of_the_station() -> None:
    book = ProfileBook()
    book.install(0, profile(limit=10, id=1, stack=3))
    book.install(1, profile(limit=16, id=2, stack=0))

    assert (limit_of(book), limit_of(book, evse=2)) == (16, 10)


def test_validity_is_respected() -> None:
    valid = installable("2.1", "TxDefaultProfile", "A", (0, 10))
    valid |= {"validFrom": "2026-03-01T10:00:00Z", "validTo": "2026-03-01T12:00:00+01:00"}
    book = ProfileBook()
    book.install(1, profile_2x(valid))

    assert limit_of(book) == 10
    assert limit_of(book, NOW - timedelta(seconds=1)) is None
    assert limit_of(book, NOW + timedelta(hours=1)) is None


@pytest.mark.parametrize(("recurrence", "days"), [("Daily", 1), ("Weekly", 7)])
def test_a_recurring_profile_comes_round_again(recurrence: str, days: int) -> None:
    raw = installable("1.6", "TxDefaultProfile", "A", (0, 8), kind="Recurring", startSchedule="2026-02-01T22:00:00Z")
    raw["recurrencyKind"] = recurrence
    raw["chargingSchedule"]["duration"] = 3600
    recurring = profile_16(raw)

    first = datetime(2026, 2, 1, 22, 30, tzinfo=UTC)
    for rounds in range(4):
        at = first + timedelta(days=days * rounds)
        assert recurring.limit_at(at, None)
        assert recurring.limit_at(at + timedelta(hours=1), None) is None


@pytest.mark.parametrize(
    ("criteria", "left"),
    [
        (Criteria(id=1), {2, 3}),
        (Criteria(evse_id=1), {3}),
        (Criteria(stack_level=4), {1, 3}),
        (Criteria(purpose="TxDefaultProfile", evse_id=2), {1, 2}),
        (Criteria(), set()),
        (Criteria(id=99), {1, 2, 3}),
    ],
)
def test_criteria_choose_what_is_cleared(criteria: Criteria, left: set[int]) -> None:
    book = ProfileBook()
    book.install(1, profile(id=1, stack=0))
    book.install(1, profile(id=2, stack=4))
    book.install(2, profile(id=3, stack=0))

    cleared = book.clear(criteria.fits)

    assert {p.id for kept in book.installed.values() for p in kept} == left
    assert cleared == 3 - len(left)
