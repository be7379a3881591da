"""The faults, in a seeded order, and what each does to the stage."""

import os
import signal
import time
from collections import Counter
from collections.abc import Callable
from random import Random

from redis import RedisError

from tests.faults.fleet import Fleet
from tests.faults.stage import Role, Stage

PAUSE_S = (0.1, 0.9)
DOWN_S = (0.0, 0.6)


class Chaos:
    """`counts` are the faults that were really injected; one that found nothing to harm is tried again at the end."""

    def __init__(self, stage: Stage, fleet: Fleet, *, rounds: int, seed: int, stop_s: float) -> None:
        self.counts: Counter[str] = Counter()
        self._stage, self._fleet, self._rng, self._stop_s = stage, fleet, Random(seed), stop_s
        self._plan = self._shuffled(rounds)

    def _shuffled(self, rounds: int) -> list[Callable[[], bool]]:
        """What `rounds` kills of a gateway are accompanied by."""
        shares: list[tuple[Callable[[], bool], float]] = [
            (self.gateway_killed, 1), (self.postmaster_killed, 0.25), (self.backend_killed, 0.25),
            (self.valkey_killed, 0.5), (self.worker_killed, 0.25), (self.dispatcher_killed, 0.25),
            (self.valkey_flushed, 0.1), (self.valkey_paused, 0.05), (self.gateway_stopped, 0.05),
            (self.wire_silent, 0.2),
        ]  # fmt: skip
        plan = [fault for fault, share in shares for _ in range(max(1, round(rounds * share)))]
        self._rng.shuffle(plan)
        self._cuts_each = 10.0 * rounds / len(plan)
        return plan

    def run(self) -> None:
        again = []
        for number, fault in enumerate(self._plan, start=1):
            while self.counts["wire_cut"] < int(number * self._cuts_each):
                self.wire_cut()
            if not self._inject(fault):
                again.append(fault)
        for fault in again:
            self._inject(fault)

    def _inject(self, fault: Callable[[], bool]) -> bool:
        time.sleep(self._rng.uniform(*PAUSE_S))
        is_done = fault()
        self.counts[fault.__name__] += is_done
        time.sleep(self._rng.uniform(*DOWN_S))
        self._stage.revive()
        return is_done

    # --- faults ---------------------------------------------------------------------------------------------

    def gateway_killed(self) -> bool:
        """The one that is answering, if either is."""
        victims = [gateway for gateway in self._stage.gateways if gateway.answers()] or self._stage.gateways
        return self._killed(self._rng.choice(victims))

    def worker_killed(self) -> bool:
        return self._killed(self._stage.worker)

    def dispatcher_killed(self) -> bool:
        return self._killed(self._stage.dispatcher)

    def _killed(self, role: Role) -> bool:
        was_alive = role.is_alive()
        role.kill()
        return was_alive

    def postmaster_killed(self) -> bool:
        self._stage.kill_postmaster()
        return True

    def backend_killed(self) -> bool:
        """One of the processes that serve a client; PostgreSQL then ends the others and recovers by itself."""
        backends = self._stage.backends()
        if not backends:
            return False
        try:
            os.kill(self._rng.choice(backends), signal.SIGKILL)
        except ProcessLookupError:
            return False
        return True

    def valkey_killed(self) -> bool:
        return self._with_valkey(self._stage.kill_cache)

    def valkey_flushed(self) -> bool:
        return self._with_valkey(lambda: self._stage.redis().flushall())

    def valkey_paused(self) -> bool:
        """It takes commands and answers none for a while."""
        return self._with_valkey(lambda: self._stage.redis().client_pause(int(self._stop_s * 1000)))

    def _with_valkey(self, harm: Callable[[], object]) -> bool:
        try:
            harm()
        except RedisError:
            return False
        return True

    def gateway_stopped(self) -> bool:
        """Out of the processor for some seconds, sockets open; then it goes on as if nothing had been."""
        gateway = self._rng.choice(self._stage.gateways)
        gateway.signal(signal.SIGSTOP)
        time.sleep(self._stop_s)
        gateway.signal(signal.SIGCONT)
        return gateway.is_alive()

    def wire_silent(self) -> bool:
        return bool(self._fleet.on_loop(self._rng.choice(self._fleet.wires).silence))

    def wire_cut(self) -> bool:
        for _ in range(200):
            if self._fleet.on_loop(self._rng.choice(self._fleet.wires).cut):
                self.counts["wire_cut"] += 1
                return True
            time.sleep(0.02)
        raise AssertionError("no station is connected any more")
