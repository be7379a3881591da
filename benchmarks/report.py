"""What came out, for people as a table and for programs as JSON."""

import json
import os
import platform
import time
import timeit
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.db import connection

Figures = dict[str, float | int | None]


@dataclass
class Result:
    """Figures of one system under one load. Names end in their unit."""

    bench: str
    system: str
    load: dict[str, Any]
    figures: Figures = field(default_factory=dict)


def machine() -> dict[str, Any]:
    """What the figures depend on. The count to a million tells how fast a core is, at this moment and load."""
    # By its CPU time: others may be using the machine.
    counts = timeit.repeat("for i in range(1000000): pass", timer=time.process_time, number=1, repeat=9)
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        (postgres,) = cursor.fetchone()
        settings = {name: _setting(cursor, name) for name in ("fsync", "synchronous_commit", "shared_buffers")}
    return {
        "cpu": _cpu_model(), "cores": os.cpu_count(), "load": os.getloadavg()[0],
        "count_to_a_million_ms": round(min(counts) * 1000, 1),
        "count_median_ms": round(sorted(counts)[4] * 1000, 1),
        "python": platform.python_version(), "system": platform.platform(), "postgres": postgres, **settings,
    }  # fmt: skip


def _setting(cursor: Any, name: str) -> str:
    cursor.execute(f"SHOW {name}")
    return str(cursor.fetchone()[0])


def _cpu_model() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def write(results: list[Result], facts: dict[str, Any], folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    at = datetime.now(UTC)
    file = folder / f"{results[0].bench}-{at:%Y%m%d-%H%M%S}.json"
    content = {"at": at.isoformat(), "machine": facts, "results": [asdict(result) for result in results]}
    file.write_text(json.dumps(content, indent=2) + "\n")
    return file


def table(results: list[Result]) -> str:
    """One block per bench, one column per system."""
    return "\n\n".join(_block(bench, [one for one in results if one.bench == bench]) for bench in _benches(results))


def _benches(results: list[Result]) -> list[str]:
    return list(dict.fromkeys(result.bench for result in results))


def _block(bench: str, results: list[Result]) -> str:
    names = list(dict.fromkeys(name for result in results for name in result.figures))
    head = f"{bench:<32}" + "".join(f"{result.system:>14}" for result in results)
    lines = [f"  {name:<30}" + "".join(f"{_shown(result.figures.get(name)):>14}" for result in results)
             for name in names]  # fmt: skip
    return "\n".join([head, *lines])


def _shown(value: float | int | None) -> str:
    if value is None:
        return "–"
    return f"{value:,}" if isinstance(value, int) else f"{value:,.2f}" if abs(value) < 100 else f"{value:,.0f}"
