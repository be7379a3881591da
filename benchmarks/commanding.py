"""Commands as pages and the API queue them: in a process that holds no station's socket."""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict

import django

django.setup()

from apps.stations.messages import TriggerMessage  # noqa: E402  (needs the apps to be loaded)
from apps.stations.models import ChargingStation, StationCommand  # noqa: E402
from apps.stations.services.commands import queue_command  # noqa: E402
from apps.tenants.models import schema_of  # noqa: E402
from apps.tenants.scope import in_tenant, schema_scope  # noqa: E402
from benchmarks.generator import quantiles  # noqa: E402
from benchmarks.players import Facts  # noqa: E402
from benchmarks.report import Figures  # noqa: E402
from benchmarks.servers import ROOT  # noqa: E402

ANSWERED_WITHIN_S = 3.0
Queued = dict[str, tuple[str, float]]


def commanding(stations: Sequence[Facts], *, rate: float, seconds: float) -> Queued:
    """Run the process; by command its tenant's schema and the moment it was asked for."""
    plan = json.dumps({"stations": [asdict(facts) for facts in stations], "rate": rate, "seconds": seconds})
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.commanding"],
        cwd=ROOT,
        input=plan,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"The process that queues commands failed:\n{done.stderr[-2000:]}")
    queued: Queued = json.loads(done.stdout.splitlines()[-1])
    return queued


def command_latencies(queued: Queued, heard: dict[str, float]) -> Figures:
    """From asking for a command to its arrival at the station, and to the answer in the row."""
    arrived, finished, states = [], [], []
    for schema in {schema for schema, _ in queued.values()}:
        with schema_scope(schema):
            for command in StationCommand.objects.filter(pk__in=[pk for pk in queued if queued[pk][0] == schema]):
                states.append(command.state)
                if command.message_id in heard:
                    arrived.append(heard[command.message_id] - queued[str(command.pk)][1])
                if command.finished_at:
                    finished.append((command.finished_at - command.created_at).total_seconds())
    return {
        "commands": len(queued), "accepted": states.count("accepted"), "arrived": len(arrived),
        **{f"arrival_{name}_ms": seconds * 1000 for name, seconds in quantiles(arrived).items()},
        **{f"answer_stored_{name}_ms": seconds * 1000 for name, seconds in quantiles(finished).items()},
    }  # fmt: skip


def _queue(identity: str) -> str:
    station = ChargingStation.objects.get(identity=identity)
    return str(queue_command(station, TriggerMessage(requested="Heartbeat"), by="bench").pk)


async def _ask(facts: Facts, queued: Queued) -> None:
    began = time.monotonic()
    queued[await in_tenant(schema_of(facts.slug), _queue, facts.identity)] = schema_of(facts.slug), began


async def main() -> None:
    plan = json.loads(sys.stdin.read())
    stations = [Facts(**facts) for facts in plan["stations"]]
    queued: Queued = {}
    began, tasks = time.monotonic(), []
    for number in range(int(plan["rate"] * plan["seconds"])):
        await asyncio.sleep(max(0.0, began + number / plan["rate"] - time.monotonic()))
        tasks.append(asyncio.create_task(_ask(stations[number * 7 % len(stations)], queued)))
    await asyncio.gather(*tasks)
    await asyncio.sleep(ANSWERED_WITHIN_S)
    print(json.dumps(queued))


if __name__ == "__main__":
    asyncio.run(main())
