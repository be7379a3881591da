"""The keys of a 1.6 station, and one that is talked to through the services alone."""

import itertools
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from apps.core.clock import now
from apps.dialects.adapters.registry import dialect_for
from apps.stations.messages import OcppVersion
from apps.stations.models import ChargingStation, StationCommand, StationConfiguration
from apps.stations.services.commands import claim_next, finish_command, record_sent
from apps.stations.services.configuration import configure, plan_after_boot

MOST_STEPS = 60
_numbers = itertools.count(1)


@dataclass
class Keys:
    """What a station holds; `refused` values are rejected, `stubborn` keys accept anything and keep what they have."""

    values: dict[str, str]
    read_only: set[str] = field(default_factory=set)
    reboots: set[str] = field(default_factory=set)
    refused: set[tuple[str, str]] = field(default_factory=set)
    stubborn: set[str] = field(default_factory=set)
    at_reboot: dict[str, str] = field(default_factory=dict)

    def answer(self, action: str, payload: dict[str, Any]) -> dict[str, Any]:
        if action == "GetConfiguration":
            names = payload.get("key") or list(self.values)
            known = [name for name in names if name in self.values]
            told = [{"key": name, "readonly": name in self.read_only, "value": self.values[name]} for name in known]
            return {"configurationKey": told, "unknownKey": [name for name in names if name not in known]}
        return {"status": self._change(payload["key"], payload["value"])}

    def _change(self, name: str, value: str) -> str:
        if name not in self.values:
            return "NotSupported"
        if name in self.read_only or (name, value) in self.refused:
            return "Rejected"
        if name in self.reboots:
            self.at_reboot[name] = value
            return "RebootRequired"
        if name not in self.stubborn:
            self.values[name] = value
        return "Accepted"


@dataclass
class Bench:
    """A station of ours with its keys; `asked` is what it was asked last."""

    station: ChargingStation
    epoch: int
    keys: Keys
    asked: list[tuple[str, Any]] = field(default_factory=list)

    def serve(self) -> StationCommand | None:
        """Answer the next command, if one waits."""
        claimed = claim_next(self.station.pk, epoch=self.epoch)
        if claimed is None:
            return None
        dialect = dialect_for(OcppVersion.V16)
        raw = claimed.action, claimed.payload or {}
        action, payload = dialect.encode(claimed.message) if claimed.message else raw
        record_sent(claimed, action=action, payload=payload, message_id=f"m{next(_numbers)}")
        self.asked.append((payload.get("key", "all"), payload.get("value")))
        answer = self.keys.answer(action, payload)
        finish_command(claimed.id, outcome=dialect.outcome(action, payload, answer), answer=answer)
        return StationCommand.objects.get(pk=claimed.id)

    def boot(self) -> None:
        self.keys.values |= self.keys.at_reboot
        self.keys.at_reboot.clear()
        self.station.variables.filter(pending_reboot=True).update(pending_reboot=False, unverified=True)
        plan_after_boot(self.station.pk)
        StationConfiguration.objects.filter(station=self.station).update(due_at=now() - timedelta(seconds=1))

    def settle(self) -> list[tuple[str, Any]]:
        """Take steps and answer them until nothing is left; what was asked."""
        self.asked.clear()
        for _step in range(MOST_STEPS):
            configure(self.station.pk)
            if self.serve() is None:
                return list(self.asked)
        raise AssertionError(f"It never ends: {self.asked[-6:]}")
