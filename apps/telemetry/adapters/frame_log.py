"""The frame log's fast way in: frames that change nothing, kept for a second and written in bulk.

What they tell is stored elsewhere before it is answered, or is worth nothing. So a process that dies takes at most the
last second of them along, and nobody waits for the disk because of them.
"""

import asyncio
from datetime import datetime
from itertools import chain

import psycopg
import structlog

from apps.telemetry.adapters.link import Link, connect
from apps.telemetry.messages import FrameRow

log = structlog.get_logger(__name__)

MOST_WAITING = 50_000
MOST_CHARACTERS = 2**27
CHUNK = 500
CALL_RESULT = 3
COLUMNS = ("tenant_id", *FrameRow._fields)
COPY = f"COPY telemetry.frame ({', '.join(COLUMNS)}) FROM STDIN"
Entry = tuple[int, FrameRow, datetime | None]
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


class FrameLog:
    """While the database is away the newest frames are given up, not memory."""

    def __init__(self) -> None:
        self._waiting: list[Entry] = []
        self._characters = 0
        self._link: Link | None = None

    def add(self, tenant_id: int, row: FrameRow, *, answered_at: datetime | None = None) -> None:
        """Log a frame; with `answered_at` also its answer, which confirmed it with nothing."""
        if len(self._waiting) < MOST_WAITING and self._characters < MOST_CHARACTERS:
            self._waiting.append((tenant_id, row, answered_at))
            self._characters += len(row.payload)

    async def flush(self) -> None:
        """Write everything; what could not be written waits for the next time.

        Frames of which PostgreSQL refuses one are halved until that one is alone, and given up.
        """
        pending = [self._waiting] if self._waiting else []
        self._waiting, self._characters = [], 0
        while pending:
            rows = pending.pop()
            try:
                await self._copy(rows)
            except (psycopg.Error, ValueError) as problem:
                if isinstance(problem, psycopg.OperationalError) or self._link is None or self._link.broken:
                    await self._put_back([*rows, *chain.from_iterable(reversed(pending))], problem)
                    return
                pending += _halves(rows, problem)

    async def _put_back(self, rows: list[Entry], problem: Exception) -> None:
        log.warning("frames wait for the database", frames=len(rows), problem=str(problem).strip())
        self._waiting = rows + self._waiting
        self._characters += sum(len(row.payload) for _tenant_id, row, _answered_at in rows)
        await self.close()

    async def close(self) -> None:
        if self._link is not None:
            await self._link.close()
            self._link = None

    async def _copy(self, rows: list[Entry]) -> None:
        if self._link is None:
            self._link = await connect("ohmstead frame log", options="-c synchronous_commit=off")
        async with self._link.cursor() as cursor, cursor.copy(COPY) as copy:
            for begin in range(0, len(rows), CHUNK):
                await copy.write("".join([_lines(*entry) for entry in rows[begin : begin + CHUNK]]))
                await asyncio.sleep(0)  # writing seldom waits; after an outage others would wait for all of it


def _halves(rows: list[Entry], problem: Exception) -> list[list[Entry]]:
    """The first half last, as it is next."""
    if len(rows) > 1:
        return [rows[len(rows) // 2 :], rows[: len(rows) // 2]]
    _tenant_id, row, _answered_at = rows[0]
    log.warning("frame refused", station_id=row.station_id, message_id=row.message_id, problem=str(problem).strip())
    return []


def _lines(tenant_id: int, row: FrameRow, answered_at: datetime | None) -> str:
    incoming = "t" if row.incoming else "f"
    whose, name = f"{tenant_id}\t{row.station_id}", f"{row.epoch}\t{_escaped(row.message_id)}\t{_escaped(row.action)}"
    frame = f"{whose}\t{row.at}\t{incoming}\t{row.kind}\t{name}\t{_escaped(row.payload)}\t{_escaped(row.note)}\n"
    return frame if answered_at is None else f"{frame}{whose}\t{answered_at}\tf\t{CALL_RESULT}\t{name}\t{{}}\t\n"


def _escaped(text: str) -> str:
    """COPY's own notation; most text is printable and without a backslash, and then it is its own."""
    return text if "\\" not in text and text.isprintable() else text.translate(_ESCAPES)
