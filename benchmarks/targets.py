"""What was promised, beside what was measured."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.report import Figures, Result

Systems = dict[str, Figures]


@dataclass(frozen=True)
class Target:
    """A promise about one bench. `measured` reads it from the figures by system; what is missing there stays open."""

    bench: str
    figure: str
    promise: str
    measured: Callable[[Systems], str]


def _cost(found: Systems) -> str:
    return f"{found['gateway']['both_cpu_us']:,.0f} µs"


def _cost_ratio(found: Systems) -> str:
    return f"1/{_number(found, 'baseline', 'both_cpu_us') / _number(found, 'gateway', 'both_cpu_us'):.1f}"


def _rate_ratio(found: Systems) -> str:
    return f"{_number(found, 'gateway', 'acknowledged_per_s') / _number(found, 'baseline', 'acknowledged_per_s'):.1f} ×"


def _shown(name: str, unit: str, digits: int = 0) -> Callable[[Systems], str]:
    return lambda found: f"{_number(found, 'gateway', name):,.{digits}f} {unit}"


def _number(found: Systems, system: str, name: str) -> float:
    value = found[system][name]
    if value is None:
        raise KeyError(name)
    return float(value)


TARGETS = (
    Target("meter", "CPU per persisted message, gateway + PostgreSQL", "goal ≤ 150 µs", _cost),
    Target("meter", "the same beside the baseline", "≤ 1/12", _cost_ratio),
    Target("saturation", "saturation, one gateway process", "≥ 8,000/s", _shown("acknowledged_per_s", "/s")),
    Target("saturation", "the same beside the baseline", "≥ 20 ×", _rate_ratio),
    Target("latency", "p99 acknowledgement at 500/s", "< 100 ms", _shown("p99_ms", "ms")),
    Target("idle", "idle connections", "5,000", _shown("connections", "")),
    Target("idle", "memory of each", "< 60 kB", _shown("kb_per_connection", "kB")),
    Target("storm", "reconnect storm: all back", "≤ 60 s", _shown("all_back_s", "s", 1)),
    Target("storm", "gateway CPU for each", "≤ 2 ms", _shown("server_cpu_ms_per_connect", "ms", 1)),
    Target("commands", "command, p50", "< 20 ms", _shown("arrival_p50_ms", "ms")),
    Target("commands", "command, p99", "< 300 ms", _shown("arrival_p99_ms", "ms")),
    Target("flush", "p99 of others beside a flush", "< 1 s", _shown("others_p99_ms", "ms")),
)


def comparison(results: Sequence[Result]) -> str:
    """A table for docs/performance.md, of the benches that ran."""
    lines = ["| figure | to reach | measured |", "|---|---|---|"]
    for target in TARGETS:
        found = {result.system: result.figures for result in results if result.bench == target.bench}
        if "gateway" in found:
            lines.append(f"| {target.figure} | {target.promise} | {_measured(target, found)} |")
    return "\n".join(lines)


def _measured(target: Target, found: Systems) -> str:
    try:
        return target.measured(found).strip()
    except KeyError:
        return "–"
