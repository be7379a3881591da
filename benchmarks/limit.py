"""The physical limit: a bare `websockets` server that copies readings into one table, commits, and answers.

No log-in, no lease, no look-up, no check, no frame log, no replays: what is left is the socket, the JSON and the disk.
"""

import asyncio
import os
import sys

import msgspec
import psycopg
import uvloop
from websockets.asyncio.server import ServerConnection, serve

WINDOW_S = 0.005
TABLE = """
DROP TABLE IF EXISTS public.bench_limit;
CREATE TABLE public.bench_limit (
    station text, at timestamptz, energy float8, power real, l1 real, l2 real, l3 real, voltage real, soc real, t real
)
"""
COPY = "COPY public.bench_limit FROM STDIN"
Waiting = tuple[ServerConnection, str, tuple[str, ...]]


class Value(msgspec.Struct, gc=False):
    value: str


class Reading(msgspec.Struct, gc=False):
    timestamp: str
    sampledValue: list[Value]  # noqa: N815  OCPP's name


class Readings(msgspec.Struct, gc=False):
    meterValue: list[Reading]  # noqa: N815


decoder = msgspec.json.Decoder(tuple[int, str, str, Readings])


async def write(waiting: asyncio.Queue[Waiting], database: str) -> None:
    """While one commit runs the next batch fills."""
    async with await psycopg.AsyncConnection.connect(database) as connection:
        await connection.execute(TABLE)
        await connection.commit()
        while True:
            batch = [await waiting.get()]
            await asyncio.sleep(WINDOW_S)
            while not waiting.empty():
                batch.append(waiting.get_nowait())
            async with connection.cursor() as cursor, cursor.copy(COPY) as copy:
                for _, _, row in batch:
                    await copy.write_row(row)
            await connection.commit()
            for socket, message_id, _ in batch:
                # Not awaited for: a station that does not read must not hold up the others.
                asyncio.get_running_loop().create_task(socket.send(f'[3,"{message_id}",{{}}]'))


async def main(port: int) -> None:
    waiting: asyncio.Queue[Waiting] = asyncio.Queue()

    async def station(socket: ServerConnection) -> None:
        path = socket.request.path if socket.request else ""
        async for text in socket:
            _, message_id, _, readings = decoder.decode(text)
            for reading in readings.meterValue:
                values = [value.value for value in reading.sampledValue]
                waiting.put_nowait((socket, message_id, (path, reading.timestamp, *values)))

    settings = {"compression": None, "ping_interval": None, "subprotocols": ["ocpp1.6"], "backlog": 4096}
    async with serve(station, "127.0.0.1", port, **settings):  # type: ignore[arg-type]
        await write(waiting, os.environ["DATABASE_URL"])


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))
