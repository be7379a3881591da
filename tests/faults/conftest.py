"""How much of each fault: a little in every run, `manage.py test --faults N` for the record."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.faults.fleet import Loop, clean_names, noisy_names
from tests.faults.journal import Journal
from tests.faults.names import CUT_NAMES, LIED_TO
from tests.faults.stage import Stage


@dataclass(frozen=True)
class Measure:
    """`kills` of a gateway; everything else is in proportion."""

    kills: int
    seed: int
    is_long: bool

    def of(self, *, short: int, per_kill: int) -> int:
        return per_kill * self.kills if self.is_long else short


@pytest.fixture(scope="session")
def measure() -> Measure:
    asked = int(os.environ.get("FAULT_ROUNDS", "0"))
    return Measure(kills=asked or 4, seed=int(os.environ.get("FAULT_SEED", "1")), is_long=bool(asked))


@pytest.fixture(scope="session")
def own_servers() -> None:
    if os.environ.get("EMBEDDED") == "0":
        pytest.skip("faults need servers of their own, and EMBEDDED=0 forbids them")


@pytest.fixture(scope="session")
def stage(own_servers: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """One for all tests of a worker: each uses stations that no other does."""
    stations = [*clean_names(), *noisy_names(), *CUT_NAMES, LIED_TO]
    with Stage(tmp_path_factory.mktemp("faults") / "stage", stations=stations) as made:
        yield made


@pytest.fixture
def loop_thread() -> Iterator[Loop]:
    loop = Loop()
    yield loop
    loop.end()


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    made = Journal(tmp_path / "journal.jsonl")
    yield made
    made.close()
