"""The judge itself: what would be a loss is called one."""

from datetime import UTC, datetime
from random import Random

import pytest

from tests.faults.checker import problems
from tests.faults.journal import Journal
from tests.faults.letters import whole_charge
from tests.faults.station import Station


class OneStation:
    """A fleet of one, after one charge."""

    def __init__(self, journal: Journal) -> None:
        station = Station("CS-1", "2.0.1", ports=lambda: 1, journal=journal, rng=Random(1))
        self.clean = [station]
        letters = whole_charge("CS-1-1", "2.0.1", datetime(2026, 3, 1, tzinfo=UTC))
        self.charges = {"CS-1": [letters[0].charge]}
        for letter in letters:
            journal.note("CS-1", letter.name, "m", {})

    def found(self) -> dict:
        (charge,) = self.charges["CS-1"]
        row = {
            "started_at": "2026-03-01T00:00:00.000Z", "ended": True, "energy_wh": 3217, "hold": "",
            "readings": [list(reading) for reading in charge.readings], "bills": [["1", "0", "1"]],
        }  # fmt: skip
        return {"charges": {"CS-1": [row]}, "unbilled": 0, "orphans": 0, "quarantined": 0}


@pytest.fixture
def fleet(journal: Journal) -> OneStation:
    return OneStation(journal)


def test_a_whole_charge_is_no_problem(fleet, journal):
    assert problems(fleet, journal, fleet.found()) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"energy_wh": 3216}, "CS-1-1 has 3216 Wh for 3217"),
        ({"ended": False}, "CS-1-1 is open or held: "),
        ({"hold": "conflict"}, "CS-1-1 is open or held: conflict"),
        ({"bills": []}, "CS-1-1 has 0 bills"),
        ({"readings": []}, "CS-1-1 has 0 readings for 3, or others"),
    ],
)
def test_what_differs_is_said(fleet, journal, change, said):
    found = fleet.found()
    found["charges"]["CS-1"][0] |= change

    assert problems(fleet, journal, found) == [said]


def test_a_charge_too_many_or_missing_is_said(fleet, journal):
    doubled, lost = fleet.found(), fleet.found()
    doubled["charges"]["CS-1"] *= 2
    lost["charges"]["CS-1"] = []

    assert problems(fleet, journal, doubled) == ["CS-1: 2 charges for 1"]
    assert problems(fleet, journal, lost) == ["CS-1: 0 charges for 1", "CS-1-1 is not there"]


def test_what_a_station_had_to_suffer_is_said(fleet, journal):
    (station,) = fleet.clean
    station.discarded.append("CS-1-1 2")
    station.errors += ["CS-1-1 2: no answer", "CS-1-1 2: CALLERROR ['InternalError', '']"]

    assert problems(fleet, journal, fleet.found()) == [
        "discarded: CS-1-1 2", "refused: CS-1-1 2: CALLERROR ['InternalError', '']",
    ]  # fmt: skip
