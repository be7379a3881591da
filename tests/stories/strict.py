"""A station made with somebody else's library, which checks every message against the schemas, both ways."""

import asyncio
import re
import threading
from typing import Any

import websockets
from ocpp.charge_point import camel_to_snake_case
from ocpp.exceptions import OCPPError
from ocpp.routing import on
from ocpp.v16 import ChargePoint as ChargePoint16
from ocpp.v16 import call as call16
from ocpp.v16 import call_result as result16
from ocpp.v201 import ChargePoint as ChargePoint201
from ocpp.v201 import call as call201
from ocpp.v201 import call_result as result201

from apps.dialects.adapters.schemas import COMMANDS
from apps.stations.messages import OcppVersion
from tests.dialects.shapes import shapes
from tests.plugged import DEADLINE_S, PASSWORD, basic

LIBRARIES = {
    OcppVersion.V16: (ChargePoint16, call16, result16),
    OcppVersion.V201: (ChargePoint201, call201, result201),
}


class StrictStation:
    """It runs in a thread of its own, answers every action lawfully and remembers what it found wrong."""

    def __init__(self, port: int, slug: str, version: OcppVersion) -> None:
        base, self._calls, self._results = LIBRARIES[version]
        self.asked: list[str] = []
        self.complaints: list[str] = []
        self._version = version
        self._kind: Any = type("Strict", (base,), dict(self._handlers() | {"_handle_call": _watched(base, self)}))
        self._url = f"ws://127.0.0.1:{port}/ocpp/{slug}/CS-1"
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self._run(self._connect())

    def _handlers(self) -> dict[str, Any]:
        made = [self._handler(action) for action in COMMANDS[self._version]]
        return {one.__name__: one for one in made}

    def _handler(self, action: str) -> Any:
        """The least that the answer's schema allows, which says yes where there is a yes."""
        answer = shapes(self._version, f"{action}Response")[0]
        made = getattr(self._results, action)(**camel_to_snake_case(answer))

        def handle(_station: Any, **_payload: Any) -> Any:
            self.asked.append(action)
            return made

        handle.__name__ = f"strictly_{re.sub(r'[^0-9]', '', self._version)}_{action}"
        return on(action)(handle)

    async def _connect(self) -> None:
        self.socket = await websockets.connect(
            self._url,
            subprotocols=[websockets.Subprotocol(f"ocpp{self._version}")],
            additional_headers={"Authorization": basic("CS-1", PASSWORD)},
            proxy=None,
        )
        self.station = self._kind("CS-1", self.socket)
        self._listening = asyncio.create_task(self.station.start())

    def _run(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(DEADLINE_S)

    def call(self, action: str, **payload: Any) -> Any:
        """Say something; raises on a CALLERROR and on an answer that the schema does not allow."""
        return self._run(self.station.call(getattr(self._calls, action)(**payload), suppress=False))

    @property
    def is_connected(self) -> bool:
        return not self._listening.done() and self.socket.close_code is None

    def unplug(self) -> None:
        self._run(self._leave())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(DEADLINE_S)

    async def _leave(self) -> None:
        self._listening.cancel()
        await asyncio.gather(self._listening, return_exceptions=True)
        await self.socket.close()


def _watched(base: Any, strict: StrictStation) -> Any:
    """The library answers what it finds wrong with a CALLERROR; here it is also written down."""

    async def handle_call(self: Any, message: Any) -> Any:
        try:
            return await base._handle_call(self, message)
        except OCPPError as problem:
            strict.complaints.append(f"{message.action}: {problem}")
            raise

    return handle_call
