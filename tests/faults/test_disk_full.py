"""PostgreSQL's disk is full: stations keep their messages, nothing acknowledged is lost, and it recovers alone."""

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.checker import problems
from tests.faults.fleet import Fleet, Loop, clean_names
from tests.faults.journal import Journal
from tests.faults.stage import Stage, until

SIZE = "400m"
LOST_FOR_S = 60.0


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    if os.geteuid() != 0:
        pytest.skip("only root may mount the small tmpfs that is to be filled")
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=755", "none", str(disk)], capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    if mounted.returncode:
        pytest.skip(f"no tmpfs can be mounted here: {mounted.stderr.strip()}")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


@pytest.fixture
def small_stage(own_servers: None, small_disk: Path) -> Iterator[Stage]:
    made = Stage(small_disk / "stage", stations=clean_names())
    if not made.database.home.is_relative_to(small_disk):
        pytest.skip("PostgreSQL runs as another user here and keeps its data elsewhere")
    with made:
        yield made


def test_a_full_disk_costs_nothing_that_was_acknowledged(
    small_stage: Stage, small_disk: Path, loop_thread: Loop, journal: Journal
) -> None:
    stage = small_stage
    stage.start_roles()
    fleet = Fleet(loop_thread, [gateway.port for gateway in stage.gateways], journal=journal, seed=3, noisy=0)
    fleet.start()
    until(lambda: len(journal.read()) > 30, what="the first acknowledgements")

    fill(small_disk / "filler")
    until(lambda: fleet.waiting > 40, seconds=LOST_FOR_S, what="messages that have to wait")
    (small_disk / "filler").unlink()
    until(lambda: revived(stage) and fleet.waiting < 10, seconds=LOST_FOR_S, what="the recovery")

    fleet.finish()
    until(lambda: revived(stage) and not fleet.waiting, what="the delivery of all that was queued")
    found = stage.ask("tests.faults.jobs:look", stations=clean_names())
    assert problems(fleet, journal, found) == []


def fill(file: Path) -> None:
    """To the last byte."""
    with contextlib.suppress(OSError), file.open("wb", buffering=0) as filler:
        block = b"\0" * 2**16
        while True:
            filler.write(block)


def revived(stage: Stage) -> bool:
    stage.revive()
    return True
