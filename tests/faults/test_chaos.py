"""Whatever is killed, stopped, flushed, cut or garbled: what a station was told stands in the database, once."""

import contextlib
import sys

from tests.faults.chaos import Chaos
from tests.faults.checker import problems, unknown_acknowledgements
from tests.faults.conftest import Measure
from tests.faults.fleet import Fleet, Loop, clean_names
from tests.faults.journal import Journal
from tests.faults.stage import Stage, until

CALM_WITHIN_S = 120.0


def test_no_fault_costs_an_acknowledged_message(
    stage: Stage, measure: Measure, loop_thread: Loop, journal: Journal
) -> None:
    with contextlib.ExitStack() as stack:
        stack.callback(stage.end_roles)
        stage.start_roles()
        fleet = Fleet(loop_thread, [gateway.port for gateway in stage.gateways], journal=journal, seed=measure.seed)
        fleet.start()
        chaos = Chaos(stage, fleet, rounds=measure.kills, seed=measure.seed, stop_s=10.0 if measure.is_long else 2.0)
        chaos.run()
        fleet.finish()
        until(lambda: not fleet.waiting, seconds=CALM_WITHIN_S, what="the delivery of all that was queued")
        found = stage.ask("tests.faults.jobs:look", stations=clean_names())

        assert problems(fleet, journal, found) == []
        for station in fleet.noisy:
            known = stage.ask("tests.faults.jobs:look_at_frames", station=station.identity)
            assert unknown_acknowledgements(journal, station, known) == []
        record(chaos, fleet, journal)


def record(chaos: Chaos, fleet: Fleet, journal: Journal) -> None:
    """For docs/reliability.md, where a long run is written down."""
    facts = {
        **dict(sorted(chaos.counts.items())),
        "bytes_flipped": sum(wire.flips for wire in fleet.noisy_wires),
        "connects": sum(station.connects for station in fleet.clean),
        "unanswered": sum(len(station.errors) for station in fleet.clean),
        "acknowledgements": len(journal.read()),
        "charges": sum(len(fleet.charges[station.identity]) for station in fleet.clean),
    }
    sys.stdout.write("\n" + ", ".join(f"{name} {count}" for name, count in facts.items()) + "\n")
