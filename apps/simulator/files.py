"""Files over HTTP, as a station fetches and brings them. Blocking work, so each goes to a thread of its own."""

import asyncio
import hashlib
import re
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from pathlib import PurePosixPath
from urllib.parse import SplitResult, quote, unquote, urlsplit

MOST_BYTES = 256 * 1024 * 1024
CHUNK_BYTES = 1 << 16
TIMEOUT_S = 15
FORM_BOUNDARY = "----------------file-of-a-charging-station"
CONNECTIONS: dict[str, type[HTTPConnection]] = {"http": HTTPConnection, "https": HTTPSConnection}
_VERSION = re.compile(r"(?<![0-9.])\d+(?:\.\d+)+(?:-[A-Za-z]{0,3}\d+)?")


class TransferFailed(Exception):
    """The file is not where it should be; the message says why in words."""


@dataclass(frozen=True)
class Fetched:
    """A file that came whole. Nobody runs it, so only its measures are kept."""

    name: str
    size: int
    sha256: bytes

    @property
    def version(self) -> str:
        """The part of the name that looks like a version, else one made of the content."""
        found = _VERSION.search(self.name)
        return found[0] if found else f"0.0+{self.sha256.hex()[:8]}"


async def fetch(address: str) -> Fetched:
    """Raises TransferFailed."""
    return await asyncio.to_thread(_fetch, address)


async def bring(address: str, name: str, body: bytes) -> None:
    """PUT into the folder that the address names, or POST a form to the address itself where that is not wanted.
    Raises TransferFailed."""
    await asyncio.to_thread(_bring, address, name, body)


def _fetch(address: str) -> Fetched:
    where = _split(address)
    with _Exchange(where) as exchange:
        answer = exchange.ask("GET", _target(where))
        if answer.status != 200:
            raise TransferFailed(f"HTTP {answer.status}")
        size, digest = 0, hashlib.sha256()
        while piece := answer.read(CHUNK_BYTES):
            size += len(piece)
            digest.update(piece)
            if size > MOST_BYTES:
                raise TransferFailed("the file is too large")
        if answer.length:
            raise TransferFailed("the file broke off")
    return Fetched(PurePosixPath(unquote(where.path)).name, size, digest.digest())


def _bring(address: str, name: str, body: bytes) -> None:
    where = _split(address)
    put = _target(where) if where.query else f"{where.path.rstrip('/')}/{quote(name)}"
    with _Exchange(where) as exchange:
        status = exchange.ask("PUT", put, body, "text/plain").status
    if 400 <= status < 500:
        form, content_type = _form(name, body)
        with _Exchange(where) as exchange:
            status = exchange.ask("POST", _target(where), form, content_type).status
    if not 200 <= status < 300:
        raise TransferFailed(f"HTTP {status}")


class _Exchange:
    """One connection; whatever goes wrong on it is TransferFailed."""

    def __init__(self, where: SplitResult) -> None:
        self._connection = CONNECTIONS[where.scheme](where.netloc.rpartition("@")[2], timeout=TIMEOUT_S)

    def __enter__(self) -> "_Exchange":
        return self

    def ask(self, method: str, target: str, body: bytes | None = None, content_type: str = "") -> HTTPResponse:
        headers = {"Content-Type": content_type} if content_type else {}
        self._connection.request(method, target, body, headers)
        return self._connection.getresponse()

    def __exit__(self, _type: object, problem: BaseException | None, _trace: object) -> None:
        self._connection.close()
        # A ValueError is an address with signs that HTTP cannot carry.
        if isinstance(problem, OSError | HTTPException | ValueError):
            raise TransferFailed(str(problem) or type(problem).__name__) from problem


def _split(address: str) -> SplitResult:
    try:
        where = urlsplit(address)
        is_usable = where.scheme in CONNECTIONS and bool(where.hostname) and where.port != 0
    except ValueError as problem:
        raise TransferFailed(str(problem)) from problem
    if not is_usable:
        raise TransferFailed(f"{where.scheme or 'nothing'} is not spoken here")
    return where


def _target(where: SplitResult) -> str:
    return (where.path or "/") + (f"?{where.query}" if where.query else "")


def _form(name: str, body: bytes) -> tuple[bytes, str]:
    head = f'--{FORM_BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
    head += "Content-Type: text/plain\r\n\r\n"
    return (
        head.encode() + body + f"\r\n--{FORM_BOUNDARY}--\r\n".encode(),
        f"multipart/form-data; boundary={FORM_BOUNDARY}",
    )
