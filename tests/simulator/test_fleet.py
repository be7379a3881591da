import asyncio
import json
from collections import Counter
from datetime import UTC, datetime

import pytest

from apps.simulator.clock import ManualClock
from apps.simulator.fleet import FleetStation, Plan, Surroundings, build, demo_plans
from apps.simulator.makes import make_for
from apps.simulator.rhythm import Drivers, Rhythm, break_now_and_then
from apps.simulator.station import Station
from tests.simulator.csms import MemoryCsms

START = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
DEMO = [
    FleetStation("D1", "p", "1.6", "Voltbach", 2, "ac", ["AA11", "AA12"]),
    FleetStation("D2", "p", "2.0.1", "Voltbach", 2, "dc", ["AA11", "AA12"]),
    FleetStation("D3", "p", "2.1", "Nordlys", 2, "dc", ["AA11", "AA12"]),
    FleetStation("D4", "p", "1.6", "Nordlys", 2, "ac", ["AA11", "AA12"]),
    FleetStation("D5", "p", "2.1", "Nordlys", 1, "ac", ["AA11", "AA12"]),
    FleetStation("D6", "p", "2.0.1", "Voltbach", 2, "ac", ["AA11", "AA12"]),
]


class Town:
    """A fleet with its people, its CSMS in memory, and one clock that stands still between steps."""

    def __init__(self, plans: list[Plan], seed: str = "demo") -> None:
        self.clock = ManualClock(START, settle_rounds=15)
        self.lines: list[str] = []
        self.csms: list[MemoryCsms] = []
        self.stations: list[Station] = []
        self.tasks: list[asyncio.Task[None]] = []
        for plan in plans:
            self._move_in(plan, seed)

    def _move_in(self, plan: Plan, seed: str) -> None:
        csms = MemoryCsms(plan.station.version)
        csms.now = self.clock.now
        around = Surroundings("ws://csms", seed, lambda: self.clock, csms.connect, self.lines.append)
        station, people = build(plan, around)
        self.csms.append(csms)
        self.stations.append(station)
        self.tasks.append(asyncio.create_task(station.run()))
        for evse_id, rhythm in enumerate(plan.rhythms, start=1):
            drivers = Drivers(station, evse_id, rhythm, plan.station.tokens, people)
            self.tasks.append(asyncio.create_task(drivers.come_and_go()))
            self.tasks.append(asyncio.create_task(break_now_and_then(station, rhythm, people)))

    def states(self) -> Counter[str]:
        return Counter(str(evse.status()) for station in self.stations for evse in station.control.evses.values())

    async def leave(self) -> None:
        for task in self.tasks:
            task.cancel()
        results = await asyncio.gather(*self.tasks, return_exceptions=True)
        assert [r for r in results if r and not isinstance(r, asyncio.CancelledError)] == []
        assert [wrong for csms in self.csms for wrong in csms.wrong] == []


def ended(csms: MemoryCsms) -> int:
    return len(csms.of("StopTransaction")) + sum(1 for e in csms.events if e["eventType"] == "Ended")


@pytest.mark.parametrize("seed", ["demo", "another"])
async def test_in_the_demo_charges_end_within_two_and_a_half_minutes_and_afterwards_there_is_always_life(
    seed: str,
) -> None:
    town = Town(demo_plans(DEMO), seed)
    await town.clock.advance(150)
    assert sum(ended(csms) for csms in town.csms) >= 2

    seen: Counter[str] = Counter()
    for _ in range(45):
        await town.clock.advance(30)
        states = town.states()
        assert states["Charging"] >= 1
        assert states["Available"] >= 1
        seen += states
    assert seen["Faulted"] >= 1
    assert seen["Finishing"] >= 1
    await town.leave()


async def test_every_demo_charge_is_consistent() -> None:
    town = Town(demo_plans(DEMO))
    await town.clock.advance(900)

    for csms in town.csms:
        starts, stops = csms.of("StartTransaction"), csms.of("StopTransaction")
        assert all(stop["meterStop"] > starts[stop["transactionId"] - 1]["meterStart"] for stop in stops)
        by_transaction: dict[str, list[int]] = {}
        for event in csms.events:
            by_transaction.setdefault(event["transactionInfo"]["transactionId"], []).append(event["seqNo"])
        assert all(numbers == list(range(len(numbers))) for numbers in by_transaction.values())
    await town.leave()


async def test_the_same_seed_tells_the_same_story_word_for_word() -> None:
    async def story(seed: str) -> list[str]:
        town = Town(demo_plans(DEMO[:3]), seed)
        await town.clock.advance(400)
        await town.leave()
        return town.lines + [json.dumps(m.payload) + m.message_id for csms in town.csms for m in csms.received]

    first, second, other = await story("one"), await story("one"), await story("two")

    assert len(first) > 100
    assert first == second
    assert first != other


async def test_the_same_seed_begun_later_makes_new_ids_and_no_older_register() -> None:
    async def charge(after_s: float) -> tuple[set[str], dict]:
        town = Town([])
        await town.clock.advance(after_s)
        town._move_in(Plan(DEMO[0], (Rhythm(first_pause_s=(1, 1)),)), "one")
        await town.clock.advance(60)
        await town.leave()
        return {m.message_id for m in town.csms[0].received}, town.csms[0].of("StartTransaction")[0]

    (first_ids, first), (second_ids, second) = await charge(0), await charge(3600)

    assert not first_ids & second_ids
    assert second["meterStart"] > first["meterStart"]


async def test_a_remote_start_brings_a_car_even_where_nobody_starts_locally() -> None:
    rhythm = Rhythm(local=False, charge_s=(30, 30), idle_s=(5, 5), dither_s=(2, 2))
    town = Town([Plan(DEMO[0], (rhythm, rhythm))])
    await town.clock.advance(600)
    (csms,) = town.csms
    assert csms.of("StartTransaction") == []

    asking = asyncio.create_task(csms.call("RemoteStartTransaction", {"idTag": "R", "connectorId": 2}))
    await town.clock.advance(60)

    assert (await asking)["status"] == "Accepted"
    assert [s["connectorId"] for s in csms.of("StartTransaction")] == [2]
    assert len(csms.of("StopTransaction")) == 1
    assert town.states() == {"Available": 2}
    await town.leave()


async def test_people_whose_card_is_refused_leave_again() -> None:
    rhythm = Rhythm(first_pause_s=(1, 1), pause_s=(500, 500), idle_s=(5, 5))
    town = Town([Plan(DEMO[0], (rhythm,))])
    town.csms[0].answers["Authorize"] = {"idTagInfo": {"status": "Invalid"}}

    await town.clock.advance(60)

    assert town.csms[0].of("StartTransaction") == []
    assert town.states()["Available"] == 2
    await town.leave()


async def test_tokens_are_masked_in_what_is_printed() -> None:
    secret = "0123456789ABCDEF"
    station = FleetStation("D1", "p", "2.1", "Plain", 1, "ac", [secret])
    town = Town([Plan(station, (Rhythm(first_pause_s=(1, 1)),))])

    await town.clock.advance(30)

    assert town.csms[0].of("Authorize")[0]["idToken"]["idToken"] == secret
    assert any("…DEF" in line for line in town.lines)
    assert not any(secret in line for line in town.lines)
    await town.leave()


@pytest.mark.parametrize(("version", "names"), [("1.6", {"Voltbach", "Nordlys"}), ("2.1", {"Nordlys"})])
def test_mixed_makes_are_those_with_quirks_that_speak_the_version(version: str, names: set[str]) -> None:
    from random import Random

    rng = Random(1)

    assert {make_for("mixed", version, rng).name for _ in range(50)} == names
