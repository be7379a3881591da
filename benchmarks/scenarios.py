"""The benches: which load meets which system, and which figures come of it."""

import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks import costs, fleet
from benchmarks.commanding import command_latencies, commanding
from benchmarks.driving import Event, LoadGenerator, Meter, generating
from benchmarks.players import Facts
from benchmarks.report import Figures, Result
from benchmarks.servers import DAPHNE, GATEWAY, LIMIT, Server, System, make_baseline_tables, running

# The baseline answers a few hundred messages a second: more stations would only wait for each other.
BASELINE_STATIONS = 200
EARLY = 200
SETTLE_S = 2.0


@dataclass(frozen=True)
class Options:
    folder: Path
    tenants: int = 100
    stations: int = 2000
    rate: float = 2000.0
    seconds: float = 20.0
    warm_up_s: float = 4.0
    version: str = "1.6"
    queued: int = 20_000
    window: int = 1000
    baseline: bool = True

    def fleet(self, servers: Sequence[Server]) -> list[Facts]:
        ports = [server.port for server in servers]
        return fleet.make_fleet(tenants=self.tenants, stations=self.stations, version=self.version, ports=ports)

    def plan(self, *names: str) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("seconds", "warm_up_s", *names)}

    def shown(self, *names: str) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if name in ("tenants", "stations", *names)}


def servers_of(stack: ExitStack, options: Options, system: System, count: int = 1) -> list[Server]:
    log = options.folder / f"{system.name}.log"
    return [stack.enter_context(running(system, log)) for _ in range(count)]


# --- meter values -----------------------------------------------------------------------------------------


def meter(options: Options) -> list[Result]:
    """Paced: messages come at their time, whatever the server does."""
    return [_meter("meter", options, GATEWAY), *_baseline("meter", options)]


def latency(options: Options) -> list[Result]:
    """Paced as `meter`, the gateway alone."""
    return [_meter("latency", options, GATEWAY)]


def saturation(options: Options) -> list[Result]:
    """Closed loop: as much as one process takes."""
    return [_meter("saturation", replace(options, rate=0), GATEWAY), *_baseline("saturation", options)]


def limit(options: Options) -> list[Result]:
    """What the socket, the JSON and the disk cost by themselves, at the same pace and at the most."""
    options = replace(options, version="1.6")
    return [_meter("limit", options, LIMIT), _meter("limit at most", replace(options, rate=0), LIMIT)]


def _baseline(bench: str, options: Options) -> list[Result]:
    if not options.baseline:
        return []
    few = replace(options, stations=min(options.stations, BASELINE_STATIONS), rate=0)
    return [_meter(bench, few, DAPHNE)]


def _meter(bench: str, options: Options, system: System) -> Result:
    with ExitStack() as stack:
        servers = servers_of(stack, options, system)
        stations = options.fleet(servers)
        if system is DAPHNE:
            make_baseline_tables(options.folder / "baseline.log")
        generator = stack.enter_context(generating("meter", stations, **options.plan("rate")))
        cost, ended, done = _measured(generator, servers)
        if system is GATEWAY:
            _check(stored=fleet.readings_stored(), acknowledged=ended["acknowledged"])
    return Result(bench, system.name, options.shown("rate", "version", "seconds"), _figures(cost, ended, done))


def _measured(generator: LoadGenerator, servers: Sequence[Server]) -> tuple[Meter, Event, Event]:
    """What the time between `begin` and `end` cost."""
    cost = Meter(servers)
    generator.until("begin")
    # A profiler attaches here.
    print(f"  counting: {', '.join(f'{server.system.name} is process {server.pid}' for server in servers)}", flush=True)
    cost.start()
    ended = generator.until("end")
    cost.stop()
    return cost, ended, generator.until("done")


def _check(*, stored: int, acknowledged: int) -> None:
    """Speed that loses readings is none."""
    if stored < acknowledged:
        raise SystemExit(f"{acknowledged} messages were acknowledged and {stored} readings are stored.")


def _figures(cost: Meter, ended: Event, done: Event) -> Figures:
    acknowledged = max(1, ended["acknowledged"])
    postgres_us = None if cost.postgres_s is None else cost.postgres_s / acknowledged * 1e6
    servers_us = cost.servers_s / acknowledged * 1e6
    return {
        "acknowledged_per_s": ended["acknowledged"] / ended["seconds"],
        # On a busy machine a server gets less than the core it could use; then the second figure tells what it can do.
        "cores_used": cost.servers_s / ended["seconds"],
        "per_core_second": 1e6 / servers_us if servers_us else None,
        "server_cpu_us": servers_us,
        "postgres_cpu_us": postgres_us,
        "both_cpu_us": servers_us + (postgres_us or 0.0),
        **{f"{name}_ms": seconds * 1000 for name, seconds in ended["latencies"].items()},
        "wal_bytes_per_message": cost.wal_bytes // acknowledged,
        "generator_cpu_us": ended["generator_cpu_s"] / acknowledged * 1e6,
        "errors": done["errors"],
        "lost_sockets": done["lost"],
    }


# --- connections ------------------------------------------------------------------------------------------


def idle(options: Options) -> list[Result]:
    """Stations that are connected and say nothing."""
    with ExitStack() as stack:
        servers = servers_of(stack, options, GATEWAY)
        stations = options.fleet(servers)
        # The first connections also pay for what all of them share: imports, pools, caches.
        early = min(EARLY, len(stations) // 2)
        first = stack.enter_context(generating("idle", stations[:early], **options.plan()))
        few = first.until("connected")["count"]
        time.sleep(SETTLE_S)
        before, began = costs.pss_kb(servers[0].pid), time.monotonic()
        cost = Meter(servers)
        cost.start()
        rest = stack.enter_context(generating("idle", stations[early:], **options.plan()))
        count = rest.until("connected")["count"]
        cost.stop()
        connected_s = time.monotonic() - began
        time.sleep(SETTLE_S)
        after = costs.pss_kb(servers[0].pid)
    figures: Figures = {
        "connections": few + count, "asked_for": len(stations), "kb_per_connection": (after - before) / max(1, count),
        "process_mb": after / 1024, "connects_per_s": count / connected_s,
        "server_cpu_ms_per_connect": cost.servers_s / max(1, count) * 1000,
    }  # fmt: skip
    return [Result("idle", GATEWAY.name, options.shown(), figures)]


def storm(options: Options) -> list[Result]:
    """All sockets are cut at once, and all stations come back at once, with their passwords."""
    with ExitStack() as stack:
        servers = servers_of(stack, options, GATEWAY)
        stations = options.fleet(servers)
        generator = stack.enter_context(generating("storm", stations, spread_s=1.0, **options.plan()))
        connected = generator.until("connected")["count"]
        generator.say("go")
        cost, ended, _ = _measured(generator, servers)
    postgres_ms = None if cost.postgres_s is None else cost.postgres_s / len(stations) * 1000
    figures: Figures = {
        "connections": connected, "all_back_s": ended["back_s"]["max"], "p50_back_s": ended["back_s"]["p50"],
        "attempts": ended["attempts"], "server_cpu_ms_per_connect": cost.servers_s / len(stations) * 1000,
        "postgres_cpu_ms_per_connect": postgres_ms,
    }  # fmt: skip
    return [Result("storm", GATEWAY.name, options.shown(), figures)]


# --- one beside many --------------------------------------------------------------------------------------


def flush(options: Options) -> list[Result]:
    """One station empties its memory; the latencies are those of the others."""
    options = replace(options, version="1.6")
    with ExitStack() as stack:
        servers = servers_of(stack, options, GATEWAY)
        stations = options.fleet(servers)
        generator = stack.enter_context(generating("flush", stations, **options.plan("rate", "queued", "window")))
        _, ended, done = _measured(generator, servers)
        _check(stored=fleet.readings_stored(), acknowledged=ended["acknowledged"] + ended["flushed"])
    figures: Figures = {
        "flushed": ended["flushed"], "flush_s": ended["flush_s"], "flush_errors": ended["flush_errors"],
        "others_acknowledged": ended["acknowledged"],
        **{f"others_{name}_ms": seconds * 1000 for name, seconds in ended["latencies"].items()},
        "errors": done["errors"], "lost_sockets": done["lost"],
    }  # fmt: skip
    return [Result("flush", GATEWAY.name, options.shown("rate", "queued", "window"), figures)]


# --- commands ---------------------------------------------------------------------------------------------


def commands(options: Options) -> list[Result]:
    """Queued in a process without sockets, for stations of two gateway processes."""
    with ExitStack() as stack:
        servers = servers_of(stack, options, GATEWAY, count=2)
        stations = options.fleet(servers)
        generator = stack.enter_context(generating("obey", stations, **options.plan()))
        generator.until("connected")
        cost = Meter(servers)
        cost.start()
        queued = commanding(stations, rate=options.rate, seconds=options.seconds)
        cost.stop()
        time.sleep(SETTLE_S)
        generator.say("stop")
        heard = generator.until("commands")["heard"]
    figures = command_latencies(queued, heard)
    count = max(1, len(queued))
    figures |= {
        "server_cpu_us": cost.servers_s / count * 1e6,
        "postgres_cpu_us": None if cost.postgres_s is None else cost.postgres_s / count * 1e6,
    }
    return [Result("commands", GATEWAY.name, options.shown("rate", "seconds"), figures)]
