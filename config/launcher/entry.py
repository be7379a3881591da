"""Which command is ours, and what every command needs first."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from . import bootstrap, running
from .bootstrap import Packages
from .checkout import Checkout
from .console import on_stderr, on_stdout
from .problems import Problem
from .testing import test
from .up import up

DEVELOPERS_COMMANDS = ("test", "prepare")
INTERRUPTED = 130


def main(root: str, argv: Sequence[str]) -> int | None:
    """The exit code of a command of ours; None leaves the command to Django."""
    if os.environ.get("OHMSTEAD_IMAGE") == "1":  # a container has its packages, and its servers come by address
        return None
    try:
        return _dispatch(Checkout(Path(root)), argv)
    except Problem as problem:
        print(f"\n{problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED


def _dispatch(checkout: Checkout, argv: Sequence[str]) -> int | None:
    command = argv[1] if len(argv) > 1 else "help"
    packages = Packages.DEVELOP if command in DEVELOPERS_COMMANDS else Packages.RUN
    bootstrap.enter(checkout, packages, argv, on_stderr())
    if command == "up":
        return up(checkout, argv[2:], on_stdout())
    if command == "test":
        return test(checkout, argv[2:], on_stderr())
    if command == "prepare":  # the environment for development is there now; nothing else to do
        return 0
    os.environ.update(running.addresses(checkout, os.environ))
    return None
