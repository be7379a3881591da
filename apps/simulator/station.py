"""A charging station: keeps its connection, its registration and its time, and lets Control do the charging."""

import asyncio
from collections.abc import Callable, Coroutine
from random import Random
from typing import Any

from apps.simulator.car import Car
from apps.simulator.clock import Clock, WallClock, first_of, unique_id
from apps.simulator.control import Control
from apps.simulator.dialect import Dialect, Message
from apps.simulator.dialect2x import Dialect2x
from apps.simulator.dialect16 import Dialect16
from apps.simulator.evse import ChargeEvent, EventKind, Evse, Status
from apps.simulator.formatting import Json
from apps.simulator.knobs import Knobs
from apps.simulator.link import CallFailed, Link, until_link_down
from apps.simulator.log import EventLog, Write, discard_line
from apps.simulator.makes import StationConfig
from apps.simulator.meter import Reading
from apps.simulator.orders import Orders
from apps.simulator.orders2x import Orders2x
from apps.simulator.orders16 import Orders16
from apps.simulator.outbox import Letter, Outbox
from apps.simulator.tokens import ACCEPTED, Token, TokenInfo
from apps.simulator.transport import Connect, LinkDown, Transport, connect_websocket

# How long to wait before the next BootNotification when the CSMS leaves it to the station.
OWN_BOOT_INTERVAL_S = 30
LAST_GASP_S = 3


class Station:
    """`registration` is the status of the last BootNotification, empty before the first answer."""

    def __init__(
        self,
        config: StationConfig,
        url: str,
        password: str | None = None,
        clock: Clock | None = None,
        rng: Random | None = None,
        *,
        connect: Connect = connect_websocket,
        write: Write = discard_line,
    ) -> None:
        rng = rng or Random(config.identity)
        self.config, self.clock = config, clock or WallClock()
        self._url, self._password, self._connect = url, password, connect
        self._ids, self._rng = Random(rng.getrandbits(64)), Random(rng.getrandbits(64))
        self.log = EventLog(config.identity, write, self.clock.now)
        self.registration, self._boot_reason, self._must_boot = "", "PowerUp", True
        self._boot_wanted = asyncio.Event()
        self._ready, self._reboot_due, self._reboot_when_idle = False, False, False
        self._link: Link | None = None
        self._errands: asyncio.Queue[Message] = asyncio.Queue()
        self._boot_news: tuple[Message, ...] = ()
        self._reported: dict[int, list[Json]] = {}
        self._offline_since = self._heartbeat_at = self.clock.now()
        self._tasks: asyncio.TaskGroup | None = None
        self.dialect, self.orders = self._speak(rng)
        self.outbox = Outbox(self.clock, self.knobs, self.log)

    def _speak(self, rng: Random) -> tuple[Dialect, Orders]:
        life = Random(rng.getrandbits(64))
        if self.config.version == "1.6":
            v16 = Dialect16(self.config)
            self.control = Control(self.config, self, v16.knobs, self.clock.now, life)
            return v16, Orders16(self, v16)
        v2x = Dialect2x(self.config, lambda: self.control.evses)
        self.control = Control(self.config, self, v2x.knobs, self.clock.now, life)
        return v2x, Orders2x(self, v2x)

    # -- for people and tests ------------------------------------------------------------------------------------------

    @property
    def online(self) -> bool:
        """Connected, accepted and allowed to speak."""
        return self._ready and self.registration == ACCEPTED

    def state(self, evse_id: int) -> Status:
        return self.control.evses[evse_id].status()

    def plug_in(self, evse_id: int, car: Car, *, connector: int = 1) -> None:
        self.log("plug_in", evse=evse_id, phases=car.phases, soc=round(car.soc, 2))
        self.control.plug_in(evse_id, car, connector=connector)

    def unplug(self, evse_id: int) -> None:
        self.log("unplug", evse=evse_id)
        self.control.unplug(evse_id)

    async def present_token(self, evse_id: int, value: str) -> str:
        status = await self.control.present_token(evse_id, value)
        self.log("token", evse=evse_id, token=Token(value).masked, status=status)
        return status

    def fault(self, evse_id: int, code: str) -> None:
        self.log("fault", evse=evse_id, code=code)
        self.control.fault(evse_id, code)

    def clear_fault(self, evse_id: int) -> None:
        self.log("fault_cleared", evse=evse_id)
        self.control.clear_fault(evse_id)

    async def until(self, holds: Callable[[], object], *, timeout_s: float = 10) -> None:
        """Wait, in real seconds, until something holds; TimeoutError if it does not."""
        async with asyncio.timeout(timeout_s):
            while not holds():
                await asyncio.sleep(0.005)

    async def lose_power(self) -> None:
        """A supply that lasts a moment longer: charges are ended and told as far as it reaches, then all is quiet."""
        self._end_charges(list(self.control.evses.values()), "AbnormalCondition", "PowerLoss")
        if self.online:
            await self._deliver_rest(LAST_GASP_S)
        await self.drop_connection()

    async def drop_connection(self) -> None:
        """As a pulled network cable does, but politely."""
        if self._link:
            await self._link.close()

    # -- life ----------------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Live until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            tasks.create_task(self._keep_time())
            tasks.create_task(self._keep_connected())

    async def _keep_time(self) -> None:
        while True:
            await self.clock.sleep(self.clock.tick_s)
            self.control.tick()
            self._heartbeat_if_due()

    def _heartbeat_if_due(self) -> None:
        now, interval_s = self.clock.now(), self.knobs().heartbeat_s
        if self.online and interval_s and (now - self._heartbeat_at).total_seconds() >= interval_s:
            self._heartbeat_at = now
            self.tell(("Heartbeat", {}))

    async def _keep_connected(self) -> None:
        attempt = 0
        while True:
            try:
                transport = await self._open()
            except LinkDown as problem:
                self.log("connect_failed", problem=str(problem), attempt=attempt)
            else:
                attempt = 0
                self.log("connected", version=self.config.version)
                await self._session(transport)
                self.log("disconnected", queued=len(self.outbox))
            if self._reboot_due:
                await self._power_cycle()
                continue
            await self.clock.sleep(self._back_off_s(attempt))
            attempt += 1

    async def _open(self) -> Transport:
        return await self._connect(self._url, self.config.identity, self.config.subprotocol, self._password)

    def _back_off_s(self, attempt: int) -> float:
        """Doubling from the minimum, with something random on top each time (2.x part 4 §5.4)."""
        knobs = self.knobs()
        doubled: int = knobs.back_off_minimum_s * 2 ** min(attempt, knobs.back_off_repeats)
        return doubled + self._rng.uniform(0, knobs.back_off_range_s)

    async def _session(self, transport: Transport) -> None:
        link = self._link = Link(transport, self.config.version, self.orders, self.config.message_timeout_s)
        self._errands = asyncio.Queue()
        try:
            await until_link_down(link.serve(), self._run_errands(link), self._serve_csms(link))
        finally:
            self._link, self._ready, self._offline_since = None, False, self.clock.now()
            await transport.close()

    async def _serve_csms(self, link: Link) -> None:
        booted = await self._register(link)
        self._ready = True
        self._greet(everything=booted)
        self._tell_boot_news()
        await self.outbox.pump(lambda letter: self._send(link, letter), self._delivered)

    # -- registration --------------------------------------------------------------------------------------------------

    async def _register(self, link: Link) -> bool:
        """Ask until accepted. Not again after a mere reconnect (J §5.4), unless the make does so."""
        if self.registration == ACCEPTED and not self._must_boot and not self.config.make.boots_on_reconnect:
            return False
        while True:
            wait_s = await self._boot(link)
            if self.registration == ACCEPTED:
                self._must_boot = False
                return True
            self._boot_wanted.clear()
            await first_of(self.clock, wait_s, self._boot_wanted)

    async def _boot(self, link: Link) -> int:
        """Returns the seconds to wait before asking again."""
        try:
            answer = await link.call("BootNotification", self.dialect.boot(self._boot_reason), self._new_id())
        except CallFailed as failed:
            self.log("boot_failed", problem=str(failed))
            return OWN_BOOT_INTERVAL_S
        self.registration, interval_s = str(answer["status"]), int(answer["interval"])
        self.log("boot", status=self.registration, interval=interval_s)
        self._heartbeat_at = self.clock.now()
        if self.registration == ACCEPTED and interval_s > 0:
            self.dialect.note_heartbeat_interval(interval_s)
        return interval_s if interval_s > 0 else OWN_BOOT_INTERVAL_S

    def boot_now(self) -> None:
        """The CSMS wants a BootNotification: sooner than planned, or once more."""
        self._boot_wanted.set()
        if self.registration == ACCEPTED:
            self.tell(("BootNotification", self.dialect.boot("Triggered")))

    def _greet(self, *, everything: bool) -> None:
        """Tell the state of everything after a boot or a long absence, else of what has changed (2.x B04)."""
        away_s = (self.clock.now() - self._offline_since).total_seconds()
        threshold_s = self.knobs().offline_threshold_s
        if everything or (threshold_s and away_s > threshold_s):
            self._reported.clear()
            self.tell(*self.statuses(None))
        for evse in self.control.evses.values():
            self.report_status(evse)

    def _tell_boot_news(self) -> None:
        news, self._boot_news = self._boot_news, ()
        self.tell(*news)

    # -- speaking ------------------------------------------------------------------------------------------------------

    def knobs(self) -> Knobs:
        return self.dialect.knobs()

    def tell(self, *messages: Message, asked_for: bool = False) -> None:
        """Send what is not about a transaction, in order. Dropped when offline: only transactions are kept."""
        for message in messages:
            if self.online or (asked_for and self._link):
                self._errands.put_nowait(message)
            else:
                self.log("dropped", action=message[0])

    async def _run_errands(self, link: Link) -> None:
        while True:
            action, payload = await self._errands.get()
            try:
                await link.call(action, payload, self._new_id())
            except CallFailed as failed:
                self.log("call_failed", action=action, problem=str(failed))

    async def _send(self, link: Link, letter: Letter) -> Json:
        if letter.message_id is None or not self.config.make.reuses_message_id:
            letter.message_id = self._new_id()
        return await link.call(letter.action, self.dialect.sealed(letter), letter.message_id)

    def _delivered(self, letter: Letter, answer: Json) -> None:
        receipt, event = self.dialect.receipt(letter, answer), letter.event
        if receipt.number is not None:
            event.charge.number = receipt.number
        if receipt.info and event.token and event.kind is not EventKind.ENDED:
            self.control.judged(event.charge, event.token, receipt.info)

    def _new_id(self) -> str:
        return unique_id(self._ids, self.clock.now())

    # -- what Control wants said ---------------------------------------------------------------------------------------

    def post(self, event: ChargeEvent) -> None:
        letter = self.dialect.letter(event)
        if letter is None:
            return
        self.outbox.put(letter)
        charge = event.charge
        self.log(
            "transaction",
            action=letter.action,
            kind=event.kind.value,
            trigger=event.trigger,
            evse=charge.evse_id,
            energy_wh=None if charge.end_wh is None else charge.end_wh - charge.begin_wh,
            offline=event.offline or None,
        )

    def statuses(self, evse: Evse | None) -> list[Message]:
        """Of one EVSE, or (None) of the station itself where the version has such a thing."""
        if evse:
            return self.dialect.statuses(evse, self.clock.now())
        operative = any(evse.operative for evse in self.control.evses.values())
        return self.dialect.station_statuses(self.clock.now(), operative=operative)

    def report_status(self, evse: Evse) -> None:
        """Only if it differs from what the CSMS was last told."""
        messages = self.statuses(evse)
        seen = [{key: value for key, value in payload.items() if key != "timestamp"} for _, payload in messages]
        if not self.online or self._reported.get(evse.id) == seen:
            return
        self._reported[evse.id] = seen
        self.log("status", evse=evse.id, status=evse.status().value)
        self.tell(*messages, *(messages if self.config.make.repeats_status else ()))

    def report_idle_reading(self, evse: Evse, reading: Reading) -> None:
        self.tell(self.dialect.idle_reading(evse, reading))

    def report_fault(self, evse: Evse, code: str, *, cleared: bool) -> None:
        self.tell(*self.dialect.fault_notices(evse, code, self.clock.now(), cleared=cleared))

    def report_reservation(self, number: int, status: str) -> None:
        self.log("reservation", number=number, status=status)
        self.tell(*self.dialect.reservation_notices(number, status))

    async def ask_authorization(self, token: Token) -> TokenInfo | None:
        if not self.online or self._link is None:
            return None
        try:
            answer = await self._link.call("Authorize", self.dialect.authorize(token), self._new_id())
        except (CallFailed, LinkDown):
            return None
        return self.dialect.authorized(answer)

    # -- reboots -------------------------------------------------------------------------------------------------------

    def reset(self, *, when_idle: bool, trigger: str, reason: str, evse: Evse | None = None) -> None:
        """Of one EVSE, which only ends what goes on there, or of the whole station, which reboots."""
        if evse:
            if not when_idle:
                self._end_charges([evse], trigger, reason)
            self.log("evse_reset", evse=evse.id)
        elif when_idle and any(e.charge for e in self.control.evses.values()):
            self._reboot_when_idle = True
        else:
            self._spawn_reboot("RemoteReset", trigger, reason)

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Work that outlasts connections; it ends with the station."""
        assert self._tasks, "a station that does not run has no time"
        return self._tasks.create_task(work)

    def reboot_into(self, version: str, *news: Message) -> None:
        """Reboot with other firmware, and tell the news once that is accepted."""
        self.dialect.take_firmware(version)
        self._boot_news = news
        self._spawn_reboot("FirmwareUpdate", "ResetCommand", "Reboot")

    def charge_over(self) -> None:
        if self._reboot_when_idle and not any(e.charge for e in self.control.evses.values()):
            self._reboot_when_idle = False
            self._spawn_reboot("ScheduledReset", "ResetCommand", "Reboot")

    def _spawn_reboot(self, boot_reason: str, trigger: str, reason: str) -> None:
        self.spawn(self._reboot(boot_reason, trigger, reason))

    async def _reboot(self, boot_reason: str, trigger: str, reason: str) -> None:
        """A hard reset does not wait for anything: what it ends is told after the reboot (1.6 §5.14)."""
        self._boot_reason, self._must_boot = boot_reason, True
        if reason != "HardReset":
            self._end_charges(list(self.control.evses.values()), trigger, reason)
            await self._deliver_rest(self.config.message_timeout_s)
        self._reboot_due = True
        await self.drop_connection()
        self._end_charges(list(self.control.evses.values()), trigger, reason)

    async def _deliver_rest(self, within_s: float) -> None:
        try:
            async with asyncio.timeout(within_s):
                await self.outbox.emptied()
        except TimeoutError:
            self.log("undelivered", queued=len(self.outbox))

    def _end_charges(self, evses: list[Evse], trigger: str, reason: str) -> None:
        for evse in evses:
            if evse.charge:
                evse.charge.stop_reason = reason
                self.control.end(evse, trigger)
                self.report_status(evse)

    async def _power_cycle(self) -> None:
        self.log("reboot", reason=self._boot_reason)
        self._reboot_due, self.registration = False, ""
        self.control.power_down()
        self.dialect.apply_after_reboot()
        await self.clock.sleep(self.config.reboot_s)
