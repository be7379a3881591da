"""A gateway that dies at any point around the commit of any transaction message: the bill is the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from types import SimpleNamespace

import pytest

from tests.faults.checker import problems
from tests.faults.fleet import Loop
from tests.faults.journal import Journal
from tests.faults.letters import Letter, whole_charge
from tests.faults.names import LETTERS_OF_A_CHARGE, LIED_TO, POINTS, VERSIONS
from tests.faults.stage import Role, Stage, until
from tests.faults.station import Station

BEFORE_SEND, *_, AFTER_COMMIT, AFTER_ACK = POINTS
COMMITTED = (AFTER_COMMIT, AFTER_ACK)
# 3.217 kWh at 0.59, 1.5 minutes at 0.03 and 0.35 for the session come to 2.30, of which 19 % VAT are 0.37.
BILL = ["1.930", "0.370", "2.300"]
MARKS = {
    "1.6": ('"StartTransaction"', '"MeterValues"', '"StopTransaction"'),
    "2.0.1": ('"Started"', '"Updated"', '"Ended"'),
    "2.1": ('"Started"', '"Updated"', '"Ended"'),
}


@dataclass
class Cut:
    """One station with a gateway of its own, which dies when letter `number` is at this point."""

    name: str
    point: str
    number: int
    gateway: Role
    station: Station
    letters: Sequence[Letter]

    def begin(self, loop: Loop) -> None:
        version = self.station.version
        is_trapped = self.point != BEFORE_SEND
        self.gateway.start(failpoint={"mark": MARKS[version][self.number], "point": self.point} if is_trapped else None)
        until(self.gateway.answers, what=f"the start of the gateway of {self.name}")
        loop.spawn(self.station.run())
        self.post(loop, self.letters if is_trapped else self.letters[: self.number])

    def post(self, loop: Loop, letters: Sequence[Letter]) -> None:
        loop.call(lambda: [self.station.post(letter) for letter in letters])

    def die(self, loop: Loop) -> None:
        if self.point == BEFORE_SEND:
            until(lambda: self.station.is_online and not self.station.letters, what=f"{self.name}'s first letters")
            self.gateway.kill()
            self.post(loop, self.letters[self.number :])
        until(lambda: not self.gateway.is_alive(), what=f"the death of the gateway of {self.name}")


def is_there(number: int, charges: list[dict]) -> bool:
    """Whether the database knows the start, the reading in between, or the end of the only charge."""
    if not charges:
        return False
    (charge,) = charges
    return [True, any(wh == 1_002_000 for _at, _context, wh in charge["readings"]), charge["ended"]][number]


@pytest.fixture
def make_cuts(stage: Stage, loop_thread: Loop, journal: Journal):
    made: list[Cut] = []

    def make(version: str, number: int) -> list[Cut]:
        begin_at = datetime.now(UTC) - timedelta(seconds=95)
        for point in POINTS:
            name = f"CUT-{version}-{number}-{point}"
            gateway = stage.extra_gateway(f"gateway-{name}")
            station = Station(name, version, ports=lambda at=gateway.port: at, journal=journal, rng=Random(name))
            made.append(Cut(name, point, number, gateway, station, whole_charge(name, version, begin_at)))
        return made[-len(POINTS) :]

    yield make
    for cut in made:
        cut.gateway.kill()
    stage.end_roles()


@pytest.mark.parametrize("version", VERSIONS)
def test_a_death_at_any_point_around_a_commit_leaves_the_same_bill(
    version: str, stage: Stage, loop_thread: Loop, journal: Journal, make_cuts
) -> None:
    stage.start_roles(stage.worker, stage.dispatcher)
    cuts = []
    for number in range(LETTERS_OF_A_CHARGE):
        for cut in (batch := make_cuts(version, number)):
            cut.begin(loop_thread)
        for cut in batch:
            cut.die(loop_thread)
        check_where_they_died(stage, journal, batch)
        for cut in batch:
            cut.gateway.start()
        cuts += batch
    for cut in cuts:
        until(lambda cut=cut: not cut.station.letters, what=f"the delivery of {cut.name}'s letters")
        cut.gateway.kill()

    found = stage.ask("tests.faults.jobs:look", stations=[cut.name for cut in cuts])
    charges = found.pop("charges")
    assert found == {"unbilled": 0, "orphans": 0, "quarantined": 0}
    assert {name: [(row["energy_wh"], row["bills"]) for row in rows] for name, rows in charges.items()} == {
        cut.name: [(3217, [BILL])] for cut in cuts
    }
    assert [cut.station.errors for cut in cuts if any("CALLERROR" in error for error in cut.station.errors)] == []


def check_where_they_died(stage: Stage, journal: Journal, batch: Sequence[Cut]) -> None:
    """The point is the point: what was committed and what was acknowledged at the moment of death."""
    found = stage.ask("tests.faults.jobs:look", stations=[cut.name for cut in batch], patience_s=0)
    for cut in batch:
        assert is_there(cut.number, found["charges"][cut.name]) == (cut.point in COMMITTED), cut.name
    # An answer outlives its sender by the time the station takes to read it.
    for cut in (answered := [cut for cut in batch if cut.point == AFTER_ACK]):
        until(lambda cut=cut: is_acknowledged(cut, journal), what=f"{cut.name}'s answer")
    assert [cut for cut in batch if is_acknowledged(cut, journal)] == answered


def is_acknowledged(cut: Cut, journal: Journal) -> bool:
    return cut.letters[cut.number].name in {letter for _station, letter, _id, _answer in journal.read()}


def test_a_gateway_that_acknowledges_without_a_commit_is_found(
    stage: Stage, loop_thread: Loop, journal: Journal
) -> None:
    letters = whole_charge(LIED_TO, "2.1", datetime.now(UTC) - timedelta(seconds=95))
    gateway = stage.extra_gateway("gateway-that-lies", job="tests.faults.jobs:lying_gateway")
    station = Station(LIED_TO, "2.1", ports=lambda: gateway.port, journal=journal, rng=Random(1))
    stage.start_roles(gateway, stage.worker, stage.dispatcher)
    loop_thread.call(lambda: [station.post(letter) for letter in letters])
    loop_thread.spawn(station.run())
    until(lambda: not station.letters, what="the delivery")
    fleet = SimpleNamespace(clean=[station], charges={LIED_TO: [letters[0].charge]})
    found = stage.ask("tests.faults.jobs:look", stations=[LIED_TO])
    gateway.kill()
    stage.end_roles()
    assert problems(fleet, journal, found) == [f"{LIED_TO} has 2 readings for 3, or others"]
