"""The group-commit writer: what many stations tell is committed together, then each of them is answered."""

import asyncio
import time
from collections.abc import Callable, Sequence

import psycopg
import structlog
from django.db import OperationalError

from apps.telemetry.adapters.link import Link, connect
from apps.telemetry.adapters.statements import STORE, UNCOUNTED, batch_arrays, numbered_arrays
from apps.telemetry.messages import Parcel

log = structlog.get_logger(__name__)

WINDOW_S = 0.01
LARGEST_BATCH = 2000
# Messages that are not acknowledged yet; beyond them submitters wait, and with them the sockets they read from.
MOST_OPEN = 4 * LARGEST_BATCH
COMMIT_WITHIN_S = 15.0
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.2, 5.0
WORTH_REPEATING = frozenset({"40P01", "40001"})  # deadlock, serialization failure
TRIES = 4

Done = Callable[[bool | OperationalError], None]
Entry = tuple[Parcel, Done]


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
        self._waiting: list[Entry] = []
        self._in_hand: list[Entry] = []
        self._oldest_at = 0.0
        self._woken = asyncio.Event()
        self._room = asyncio.Event()
        self._problem = ""
        self._task: asyncio.Task[None] | None = None

    # --- for those who have something to store ---------------------------------------------------------------

    def submit(self, parcel: Parcel, done: Done) -> None:
        """Have it stored. Later `done` is told True: it is committed. False: it can't be stored this way, for its
        socket is stale, its charge is over, its number would be lost, or PostgreSQL refuses what it holds; then nothing
        of it counts yet. Or an OperationalError: the database is away.

        Raises OperationalError at once when that is known already. Ask `has_room` first.
        """
        if self._problem:
            raise OperationalError(self._problem)
        if not self._waiting:
            self._oldest_at = asyncio.get_running_loop().time()
            self._woken.set()
        self._waiting.append((parcel, done))

    @property
    def has_room(self) -> bool:
        return self.depth < MOST_OPEN

    async def until_room(self) -> None:
        """That is the back-pressure: who waits here does not read its socket."""
        while not self.has_room:
            self._room.clear()
            await self._room.wait()

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
                async with await connect("ohmstead writer") as link:
                    failures, self._problem = 0, ""
                    log.info("writer connected", backend=link.info.backend_pid)
                    await self._serve(link)
            except Exception as problem:
                log.warning("writer lost the database", problem=str(problem).strip(), kind=type(problem).__name__)
                failures += 1
                self._fail(str(problem).strip() or "The database does not answer.", stays_away=failures > 1)
            if failures > 1:
                await asyncio.sleep(min(FIRST_PAUSE_S * 2 ** min(failures - 2, 10), LONGEST_PAUSE_S))

    def _fail(self, problem: str, *, stays_away: bool = True) -> None:
        self._problem = problem if stays_away else ""
        self._woken.clear()
        entries, self._waiting = [*self._in_hand, *self._waiting], []
        self._tell(entries, lambda _number: OperationalError(problem))

    def _tell(self, entries: Sequence[Entry], result: Callable[[int], bool | OperationalError]) -> None:
        """Each is told once: who was told is in hand no more, whatever becomes of the others of the batch."""
        told = set(map(id, entries)) if len(entries) < len(self._in_hand) else None
        self._in_hand = [] if told is None else [entry for entry in self._in_hand if id(entry) not in told]
        self._room.set()
        for number, (parcel, done) in enumerate(entries):
            try:
                done(result(number))
            except Exception:
                log.exception("nobody was told", station_id=parcel.station_id, message_id=parcel.message_id)

    # --- batches ---------------------------------------------------------------------------------------------

    async def _serve(self, link: Link) -> None:
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

    async def _commit(self, link: Link, entries: Sequence[Entry]) -> None:
        """Store a batch; one that PostgreSQL refuses is halved until what it refuses is alone."""
        begun = time.monotonic()
        try:
            async with asyncio.timeout(COMMIT_WITHIN_S):
                refused = await _stored(link, [parcel for parcel, _done in entries])
        except (psycopg.Error, ValueError, TypeError) as problem:
            if link.broken or _is_outage(problem):
                raise
            await self._halve(link, entries, problem)
            return
        self._on_commit(len(entries), time.monotonic() - begun)
        self._tell(entries, lambda number: number not in refused)

    async def _halve(self, link: Link, entries: Sequence[Entry], problem: Exception) -> None:
        if len(entries) > 1:
            middle = len(entries) // 2
            await self._commit(link, entries[:middle])
            await self._commit(link, entries[middle:])
            return
        parcel, _done = entries[0]
        log.warning("reading refused", tenant_id=parcel.tenant_id, station_id=parcel.station_id,
                    message_id=parcel.message_id, problem=str(problem).strip())  # fmt: skip
        self._tell(entries, lambda _number: False)


async def _stored(link: Link, parcels: Sequence[Parcel]) -> frozenset[int]:
    """Commit what may be stored; the places of the parcels that were not."""
    arrays = batch_arrays(parcels)
    for _ in range(TRIES - 1):
        try:
            return await _store(link, parcels, arrays)
        except psycopg.OperationalError as problem:
            if problem.sqlstate not in WORTH_REPEATING:
                raise
    return await _store(link, parcels, arrays)


async def _store(link: Link, parcels: Sequence[Parcel], arrays: Sequence[str]) -> frozenset[int]:
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
