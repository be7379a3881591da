"""System packages, where there is apt: installed as root, or unpacked beside us as anyone else."""

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from .checkout import locked

# Another apt at work (unattended upgrades, a second checkout) is waited for.
PATIENT = ("-o", "DPkg::Lock::Timeout=120", "-o", "Acquire::Retries=1", "-o", "Acquire::http::Timeout=20")
LOCK = "apt.lock"


def has_apt() -> bool:
    return shutil.which("apt-get") is not None


def may_install() -> bool:
    return os.geteuid() == 0 and has_apt()


def install(packages: Sequence[str], log: Path) -> bool:
    """True if they are there now. Does nothing for people other than root, whom apt would refuse."""
    if not may_install():
        return False
    with locked(log.parent / LOCK, wait=True):
        return _apt(["update"], log) and _apt(["install", "-y", "--no-install-recommends", *packages], log)


def unpack(packages: Sequence[str], into: Path, log: Path) -> bool:
    """Put packages and what they need beyond this system's own into a folder, without root and without installing."""
    if not has_apt() or shutil.which("dpkg-deb") is None:
        return False
    shutil.rmtree(into, ignore_errors=True)
    work = into.with_name(f"{into.name}.apt")
    for folder in ("state/lists/partial", "cache/archives/partial"):
        (work / folder).mkdir(parents=True, exist_ok=True)
    own = ["-o", f"Dir::State={work}/state", "-o", f"Dir::Cache={work}/cache"]
    own += ["-o", "Dir::State::status=/var/lib/dpkg/status"]
    try:
        return _apt([*own, "update"], log) and _unpack_missing(packages, into, work, own, log)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _unpack_missing(packages: Sequence[str], into: Path, work: Path, own: list[str], log: Path) -> bool:
    missing = _missing(packages, own, log)
    if not missing or not _apt([*own, "download", *missing], log, cwd=work):
        return False
    fresh = into.with_name(f"{into.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    for archive in sorted(work.glob("*.deb")):
        subprocess.run(["dpkg-deb", "-x", archive, fresh], check=True)
    fresh.rename(into)
    return True


def _missing(packages: Sequence[str], own: list[str], log: Path) -> list[str]:
    """What apt would install, found out by letting it pretend."""
    simulated = subprocess.run(
        ["apt-get", *own, "--simulate", "install", "--no-install-recommends", *packages],
        env=_environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    with log.open("a") as file:
        file.write(simulated.stdout + simulated.stderr)
    return re.findall(r"^Inst (\S+)", simulated.stdout, re.MULTILINE)


def _apt(arguments: Sequence[str], log: Path, *, cwd: Path | None = None) -> bool:
    with log.open("a") as file:
        command = ["apt-get", "-q", *PATIENT, *arguments]
        file.write(f"$ {' '.join(command)}\n")
        file.flush()
        done = subprocess.run(
            command, cwd=cwd, env=_environment(), stdin=subprocess.DEVNULL, stdout=file, stderr=file, check=False
        )
    return done.returncode == 0


def _environment() -> dict[str, str]:
    return {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"}
