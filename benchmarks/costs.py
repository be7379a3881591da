"""What processes cost, read from /proc: CPU time and memory."""

import os
from dataclasses import dataclass
from pathlib import Path

TICK_S = 1 / os.sysconf("SC_CLK_TCK")
PROC = Path("/proc")


@dataclass(frozen=True)
class Stat:
    parent: int
    own_s: float  # all threads, ended ones too
    ended_children_s: float


def stat(pid: int) -> Stat | None:
    """None for a process that has ended."""
    try:
        text = (PROC / str(pid) / "stat").read_text()
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()
    user, system, user_of_children, system_of_children = (int(field) * TICK_S for field in fields[11:15])
    return Stat(int(fields[1]), user + system, user_of_children + system_of_children)


def family(pid: int) -> dict[int, Stat]:
    """A process and all its descendants."""
    everyone = {int(entry.name): found for entry in PROC.iterdir()
                if entry.name.isdigit() and (found := stat(int(entry.name)))}  # fmt: skip
    members = {pid} & everyone.keys()
    while more := {one for one, found in everyone.items() if found.parent in members} - members:
        members |= more
    return {member: everyone[member] for member in members}


def cpu_s(pid: int) -> float:
    """CPU seconds of a process and its descendants, those included that have ended and were waited for."""
    return sum(one.own_s + one.ended_children_s for one in family(pid).values())


def postgres_cpu_s(postmaster: int) -> float:
    """As `cpu_s`, to the nanosecond for living backends: a batch needs far less than a tick of 10 ms."""
    members = family(postmaster)
    return members[postmaster].ended_children_s + sum(_precise_s(pid, found) for pid, found in members.items())


def _precise_s(pid: int, found: Stat) -> float:
    """Where the kernel counts it; a backend has one thread."""
    try:
        return int((PROC / str(pid) / "schedstat").read_text().split()[0]) / 1e9
    except (OSError, IndexError):
        return found.own_s


def pss_kb(pid: int) -> int:
    """Proportional memory of a process and its descendants: pages shared with others count in part."""
    return sum(_pss_kb(member) for member in family(pid))


def _pss_kb(pid: int) -> int:
    lines = (PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def postmaster_of(backend: int) -> int | None:
    """The server behind a connection, if it runs on this machine and where we can see it."""
    found = stat(backend)
    if found is None or (PROC / str(backend) / "comm").read_text().strip() not in ("postgres", "postmaster"):
        return None
    return found.parent
