"""The group-commit writer: what many stations tell is committed together, then each of them is answered."""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any

import psycopg
import structlog
from django.db import OperationalError, connection

from apps.telemetry.adapters.statements import STORE, UNCOUNTED, batch_arrays, numbered_arrays
from apps.telemetry.messages import Parcel

log = structlog.get_logger(__name__)

WINDOW_S = 0.008
LARGEST_BATCH = 2000
# Messages that are not acknowledged yet; beyond them submitters wait, and with them the sockets they read from.
MOST_OPEN = 4 * LARGEST_BATCH
CONNECT_WITHIN_S = 5
COMMIT_WITHIN_S = 15.0
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.2, 5.0
WORTH_REPEATING = frozenset({"40P01", "40001"})  # deadlock, serialization failure
TRIES = 4

Entry = tuple[Parcel, "asyncio.Future[bool]"]


def _nobody_asked(messages: int, seconds: float) -> None:
    """Nobody wants to know of commits."""


class GroupWriter:
    """One per gateway process, with a connection of its own. While one batch commits, the next one fills.

    Losing the database fails everyone who waits, and everyone who comes before it is back; then it goes on by itself.
    """

    def __init__(self, *, on_commit: Callable[[int, float], None] = _nobody_asked, window_s: float = WINDOW_S) -> None:
        self.largest_batch = LARGEST_BATCH
        self._on_commit = on_commit
        self._window_s = window_s
        self._room = asyncio.Semaphore(MOST_OPEN)
        self._waiting: list[Entry] = []
        self._in_hand: Sequence[Entry] = ()
        self._oldest_at = 0.0
        self._woken = asyncio.Event()
        self._problem = ""
        self._task: asyncio.Task[None] | None = None

    # --- for those who have something to store ---------------------------------------------------------------

    async def store(self, parcel: Parcel) -> bool:
        """Whether it is committed. False: it can't be stored this way, for its socket is stale, its charge is over,
        its number would be lost, or PostgreSQL refuses what it holds; then nothing of it counts yet.

        Raises OperationalError when the database is away.
        """
        async with self._room:
            if self._problem:
                raise OperationalError(self._problem)
            loop = asyncio.get_running_loop()
            future: asyncio.Future[bool] = loop.create_future()
            if not self._waiting:
                self._oldest_at = loop.time()
                self._woken.set()
            self._waiting.append((parcel, future))
            return await future

    @property
    def depth(self) -> int:
        """Messages that wait for their commit."""
        return len(self._waiting) + len(self._in_hand)

    # --- life ------------------------------------------------------------------------------------------------

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="telemetry-writer")

    async def stop(self) -> None:
        """Everyone who still waits is told that it was not stored."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._fail("The gateway stops.")

    async def _run(self) -> None:
        """Whoever is in hand when the connection breaks is told so. Then it is tried once more at once, as often only
        this connection is gone; those who come until that has failed too just wait."""
        failures = 0
        while True:
            try:
                async with await self._connect() as link:
                    failures, self._problem = 0, ""
                    log.info("writer connected", backend=link.info.backend_pid)
                    await self._serve(link)
            except Exception as problem:
                log.warning("writer lost the database", problem=str(problem).strip(), kind=type(problem).__name__)
                failures += 1
                self._fail(str(problem).strip() or "The database does not answer.", stays_away=failures > 1)
            if failures > 1:
                await asyncio.sleep(min(FIRST_PAUSE_S * 2 ** min(failures - 2, 10), LONGEST_PAUSE_S))

    async def _connect(self) -> psycopg.AsyncConnection[tuple[Any, ...]]:
        given = connection.settings_dict
        names = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
        told = {name: given[key] for name, key in names.items() if given[key]}
        options = {name: value for name, value in given["OPTIONS"].items() if name != "pool"}
        return await psycopg.AsyncConnection.connect(
            **{"connect_timeout": CONNECT_WITHIN_S, "application_name": "ohmstead writer", **options, **told},
            autocommit=True,
        )

    def _fail(self, problem: str, *, stays_away: bool = True) -> None:
        self._problem = problem if stays_away else ""
        self._woken.clear()
        entries, self._in_hand, self._waiting = [*self._in_hand, *self._waiting], (), []
        for _parcel, future in entries:
            if not future.done():
                future.set_exception(OperationalError(problem))

    # --- batches ---------------------------------------------------------------------------------------------

    async def _serve(self, link: psycopg.AsyncConnection[tuple[Any, ...]]) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._woken.wait()
            left_s = self._oldest_at + self._window_s - loop.time()
            if left_s > 0 and len(self._waiting) < self.largest_batch:
                await asyncio.sleep(left_s)
            self._in_hand = self._waiting[: self.largest_batch]
            self._waiting = self._waiting[self.largest_batch :]
            self._oldest_at = loop.time()
            if not self._waiting:
                self._woken.clear()
            await self._commit(link, self._in_hand)
            self._in_hand = ()

    async def _commit(self, link: psycopg.AsyncConnection[tuple[Any, ...]], entries: Sequence[Entry]) -> None:
        """Store a batch; one that PostgreSQL refuses is halved until what it refuses is alone."""
        begun = time.monotonic()
        try:
            async with asyncio.timeout(COMMIT_WITHIN_S):
                refused = await _stored(link, [parcel for parcel, _future in entries])
        except (psycopg.Error, ValueError, TypeError) as problem:
            if link.broken or _is_outage(problem):
                raise
            await self._halve(link, entries, problem)
            return
        self._on_commit(len(entries), time.monotonic() - begun)
        for number, (_parcel, future) in enumerate(entries):
            if not future.done():
                future.set_result(number not in refused)

    async def _halve(
        self, link: psycopg.AsyncConnection[tuple[Any, ...]], entries: Sequence[Entry], problem: Exception
    ) -> None:
        if len(entries) > 1:
            middle = len(entries) // 2
            await self._commit(link, entries[:middle])
            await self._commit(link, entries[middle:])
            return
        parcel, future = entries[0]
        log.warning("reading refused", tenant_id=parcel.tenant_id, station_id=parcel.station_id,
                    message_id=parcel.message_id, problem=str(problem).strip())  # fmt: skip
        if not future.done():
            future.set_result(False)


async def _stored(link: psycopg.AsyncConnection[tuple[Any, ...]], parcels: Sequence[Parcel]) -> frozenset[int]:
    """Commit what may be stored; the places of the parcels that were not."""
    arrays = batch_arrays(parcels)
    for _ in range(TRIES - 1):
        try:
            return await _store(link, parcels, arrays)
        except psycopg.OperationalError as problem:
            if problem.sqlstate not in WORTH_REPEATING:
                raise
    return await _store(link, parcels, arrays)


async def _store(
    link: psycopg.AsyncConnection[tuple[Any, ...]], parcels: Sequence[Parcel], arrays: Sequence[str]
) -> frozenset[int]:
    cursor = await link.execute(STORE, arrays, prepare=True)
    refused, stored = await cursor.fetchone() or ([], 0)
    numbered = numbered_arrays(parcels) if stored < sum(len(parcel.rows) for parcel in parcels) else []
    if numbered:
        cursor = await link.execute(UNCOUNTED, numbered, prepare=True)
        refused = [*refused, *(number for (number,) in await cursor.fetchall())]
    return frozenset(refused)


def _is_outage(problem: Exception) -> bool:
    """Trouble of the database rather than of what was to be stored (class 54: too large for it)."""
    return isinstance(problem, psycopg.OperationalError) and not (problem.sqlstate or "").startswith("54")
