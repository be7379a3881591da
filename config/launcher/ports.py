"""TCP ports of this machine."""

import errno
import socket
from pathlib import Path

from .checkout import write_private
from .problems import Problem

LOCALHOST = "127.0.0.1"


def is_free(port: int, host: str = LOCALHOST) -> bool:
    with socket.socket(_family(host)) as trial:
        # Servers do the same: an address with only closed connections is free.
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise
    return True


def any_free() -> int:
    with socket.socket() as trial:
        trial.bind((LOCALHOST, 0))
        return int(trial.getsockname()[1])


def remembered(file: Path) -> int:
    """The same as last time if possible, so that a client configured by hand finds it again."""
    port = int(file.read_text()) if file.exists() else any_free()
    if not is_free(port):
        port = any_free()
    write_private(file, str(port))
    return port


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def reachable(host: str) -> str:
    """Where a server that listens on this address answers us."""
    return {"0.0.0.0": LOCALHOST, "::": "::1"}.get(host, host)  # noqa: S104


def require(port: int, variable: str, host: str = LOCALHOST) -> None:
    try:
        free = is_free(port, host)
    except OSError as error:
        raise Problem(f"HOST is {host!r}, which is no address of this machine ({error}): set it right.") from error
    if not free:
        raise Problem(
            f"Port {port} is taken by another program: stop that program, or choose another port with "
            f"`{variable}={port + 1} python3 manage.py up`."
        )
