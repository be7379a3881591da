"""The frame log's fast way in: frames that change nothing, kept for a second and written in bulk.

What they tell is stored elsewhere before it is answered, or is worth nothing. So a process that dies takes at most the
last second of them along, and nobody waits for the disk because of them.
"""

from datetime import datetime

import psycopg
import structlog

from apps.telemetry.adapters.link import Link, connect
from apps.telemetry.messages import FrameRow

log = structlog.get_logger(__name__)

MOST_WAITING = 50_000
CHUNK = 500
CALL_RESULT = 3
COLUMNS = ("tenant_id", *FrameRow._fields)
COPY = f"COPY telemetry.frame ({', '.join(COLUMNS)}) FROM STDIN"
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


class FrameLog:
    """While the database is away the newest frames are given up, not memory."""

    def __init__(self) -> None:
        self._waiting: list[tuple[int, FrameRow, datetime | None]] = []
        self._link: Link | None = None

    def add(self, tenant_id: int, row: FrameRow, *, answered_at: datetime | None = None) -> None:
        """Log a frame; with `answered_at` also its answer, which confirmed it with nothing."""
        if len(self._waiting) < MOST_WAITING:
            self._waiting.append((tenant_id, row, answered_at))

    async def flush(self) -> None:
        """Write everything; what could not be written waits for the next time."""
        taken, self._waiting = self._waiting, []
        if not taken:
            return
        try:
            await self._copy(taken)
        except psycopg.OperationalError as problem:
            log.warning("frames wait for the database", frames=len(taken), problem=str(problem).strip())
            self._waiting = taken + self._waiting
            await self.close()

    async def close(self) -> None:
        if self._link is not None:
            await self._link.close()
            self._link = None

    async def _copy(self, rows: list[tuple[int, FrameRow, datetime | None]]) -> None:
        if self._link is None:
            self._link = await connect("ohmstead frame log", options="-c synchronous_commit=off")
        async with self._link.cursor() as cursor, cursor.copy(COPY) as copy:
            for begin in range(0, len(rows), CHUNK):
                await copy.write("".join([_lines(*entry) for entry in rows[begin : begin + CHUNK]]))


def _lines(tenant_id: int, row: FrameRow, answered_at: datetime | None) -> str:
    incoming = "t" if row.incoming else "f"
    whose, name = f"{tenant_id}\t{row.station_id}", f"{row.epoch}\t{_escaped(row.message_id)}\t{_escaped(row.action)}"
    frame = f"{whose}\t{row.at}\t{incoming}\t{row.kind}\t{name}\t{_escaped(row.payload)}\t{_escaped(row.note)}\n"
    return frame if answered_at is None else f"{frame}{whose}\t{answered_at}\tf\t{CALL_RESULT}\t{name}\t{{}}\t\n"


def _escaped(text: str) -> str:
    """COPY's own notation; most text is printable and without a backslash, and then it is its own."""
    return text if "\\" not in text and text.isprintable() else text.translate(_ESCAPES)
