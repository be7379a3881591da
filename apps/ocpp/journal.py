"""Frames that change nothing, kept for a few seconds and written in bulk."""

from collections import defaultdict

import structlog
from django.db import InterfaceError, OperationalError

from apps.ocpp.messages import Link
from apps.telemetry.messages import FrameRow
from apps.telemetry.services.writing import store_frames
from apps.tenants.scope import in_tenant

log = structlog.get_logger(__name__)
MOST_WAITING = 50_000


class Journal:
    """Heartbeats and unusable frames. While the database is away the newest ones are given up, not memory."""

    def __init__(self) -> None:
        self._waiting: defaultdict[str, list[FrameRow]] = defaultdict(list)
        self._count = 0

    def add(self, link: Link, row: FrameRow) -> None:
        if self._count < MOST_WAITING:
            self._waiting[link.schema].append(row)
            self._count += 1

    async def flush(self) -> None:
        """Write everything; what could not be written waits for the next time."""
        for schema in list(self._waiting):
            rows = self._waiting.pop(schema)
            self._count -= len(rows)
            try:
                await in_tenant(schema, store_frames, rows)
            except (OperationalError, InterfaceError) as problem:
                log.warning("frames wait for the database", schema=schema, problem=str(problem).strip())
                self._waiting[schema] = rows + self._waiting[schema]
                self._count += len(rows)
