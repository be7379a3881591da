"""Files of stations in the blob store, by what they hold: `<schema>/stations/<sha256>`, each kept once.

Apart from invoices, so that nothing done to files of stations can ever take a document of the accounts away.
"""

import hashlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import IO

from django.core.files import File
from django.core.files.storage import storages

from apps.tenants.scope import current_schema, in_tenant

PIECE = 256 * 1024


@dataclass(frozen=True, kw_only=True)
class Measured:
    sha256: str
    size: int


def measure(file: IO[bytes]) -> Measured:
    """Checksum and size of a file, read piece by piece; it is rewound before and after."""
    digest, size = hashlib.sha256(), 0
    file.seek(0)
    while piece := file.read(PIECE):
        digest.update(piece)
        size += len(piece)
    file.seek(0)
    return Measured(sha256=digest.hexdigest(), size=size)


def keep(file: IO[bytes], measured: Measured) -> None:
    """Store a file under its checksum, unless its like is there already."""
    name = _name(measured.sha256)
    if not storages["blobs"].exists(name):
        storages["blobs"].save(name, File(file))


def forget(sha256: str) -> None:
    """Delete what nobody refers to any more."""
    storages["blobs"].delete(_name(sha256))


def read(sha256: str, *, start: int = 0, length: int) -> Iterator[bytes]:
    """So many bytes from `start` on, piece by piece."""
    with storages["blobs"].open(_name(sha256)) as blob:
        blob.seek(start)
        while length > 0 and (piece := blob.read(min(PIECE, length))):
            length -= len(piece)
            yield piece


def stream(sha256: str, *, size: int) -> AsyncIterator[bytes]:
    """A whole file for a web response, each piece read in a thread that knows the tenant."""
    return _stream(current_schema(), read(sha256, length=size))


async def _stream(schema: str, pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    while piece := await in_tenant(schema, next, pieces, b""):
        yield piece


def _name(sha256: str) -> str:
    return f"{current_schema()}/stations/{sha256}"
