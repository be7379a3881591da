"""`python -m benchmarks <name>`: what `manage.py bench` runs once it has servers."""

import argparse
import os
import resource
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from benchmarks import scenarios  # noqa: E402  (needs the apps to be loaded)
from benchmarks.report import Result, machine, table, write  # noqa: E402
from benchmarks.scenarios import Options  # noqa: E402
from benchmarks.servers import ROOT  # noqa: E402
from benchmarks.targets import comparison  # noqa: E402

Bench = Callable[[Options], list[Result]]
BENCHES: dict[str, tuple[Bench, dict[str, Any]]] = {
    "meter": (scenarios.meter, {}),
    "latency": (scenarios.latency, {"rate": 500}),
    "saturation": (scenarios.saturation, {}),
    "limit": (scenarios.limit, {}),
    "idle": (scenarios.idle, {"stations": 5000}),
    "storm": (scenarios.storm, {"stations": 5000}),
    "flush": (scenarios.flush, {"stations": 501, "rate": 500}),
    "commands": (scenarios.commands, {"rate": 200}),
}


def main(argv: Sequence[str]) -> int:
    arguments = _parse(argv)
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))  # servers are stopped on the way out
    _allow_many_files()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    facts, results = machine(), []
    print("  ".join(f"{name}: {value}" for name, value in facts.items()), flush=True)
    for name in BENCHES if arguments.bench == "all" else [arguments.bench]:
        bench, sizes = BENCHES[name]
        found = bench(_options(arguments, sizes))
        print(f"\n{table(found)}", flush=True)
        results += found
    print(f"\n{comparison(results)}")
    print(f"\n{write(results, facts, arguments.folder / 'results')}")
    return 0


def _parse(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="manage.py bench", description="How fast, at what cost, beside a baseline.")
    parser.add_argument("bench", choices=[*BENCHES, "all"])
    parser.add_argument("--tenants", type=int)
    parser.add_argument("--stations", type=int)
    parser.add_argument("--rate", type=float, help="messages or commands per second")
    parser.add_argument("--seconds", type=float, help="how long it counts")
    parser.add_argument("--warm-up", type=float, dest="warm_up_s", help="seconds before it counts")
    parser.add_argument("--version", choices=["1.6", "2.0.1", "mixed"], help="what the stations speak")
    parser.add_argument("--queued", type=int, help="messages in the memory of the station that flushes")
    parser.add_argument("--window", type=int, help="how many of them it sends without waiting for answers")
    parser.add_argument("--no-baseline", action="store_false", dest="baseline", help="the gateway alone")
    parser.add_argument("--folder", type=Path, default=ROOT / "var" / "bench", help="for logs and results")
    return parser.parse_args(argv)


def _options(arguments: argparse.Namespace, sizes: dict[str, Any]) -> Options:
    """What the command line says, else the size of the bench."""
    given = {one.name: getattr(arguments, one.name) for one in fields(Options)}
    return Options(**sizes | {name: value for name, value in given.items() if value is not None})


def _allow_many_files() -> None:
    """A socket is a file; servers and generator inherit the limit."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
