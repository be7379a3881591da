"""Which command is ours, and what every command needs first."""

import os
import resource
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from . import bootstrap, running
from .benching import bench
from .bootstrap import Packages
from .checkout import Checkout
from .console import on_stderr, on_stdout
from .problems import Problem
from .testing import test
from .up import up

DEVELOPERS_COMMANDS = (["test"], ["bench"], ["prepare"])
INTERRUPTED = 130
# A socket is a file: the usual soft limit of 1,024 would turn stations away.
OPEN_FILES = 65_536


def main(root: Path, argv: Sequence[str]) -> int | None:
    """The exit code of a command of ours; None leaves the command to Django."""
    allow_open_files()
    if os.environ.get("OHMSTEAD_IMAGE") == "1":  # a container has its packages, and its servers come by address
        return None
    checkout = Checkout(root)
    return run(checkout, argv, before=lambda: bootstrap.enter(checkout, _packages(argv), argv, on_stderr()))


def run(checkout: Checkout, argv: Sequence[str], *, before: Callable[[], None] = lambda: None) -> int | None:
    """Problems become their sentence on standard error."""
    try:
        before()
        return _dispatch(checkout, argv)
    except Problem as problem:
        print(f"\n{problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED


def _packages(argv: Sequence[str]) -> Packages:
    return Packages.DEVELOP if argv[1:2] in DEVELOPERS_COMMANDS else Packages.RUN


def _dispatch(checkout: Checkout, argv: Sequence[str]) -> int | None:
    command = argv[1] if len(argv) > 1 else "help"
    if command == "up":
        return up(checkout, argv[2:], on_stdout())
    if command == "test":
        return test(checkout, argv[2:], on_stderr())
    if command == "bench":
        return bench(checkout, argv[2:], on_stderr())
    if command == "prepare":  # the environment for development is there now; nothing else to do
        return 0
    os.environ.update(running.addresses(checkout, os.environ))
    return None


def allow_open_files() -> None:
    """Raise the soft limit as far as may be, for this process and all it starts."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, OPEN_FILES)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
