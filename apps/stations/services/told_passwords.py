"""Passwords that are changed over OCPP (TC_073): whoever sends the command, our digest follows the station."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction

from apps.accounts.services import audit
from apps.stations.messages import CommandOutcome
from apps.stations.models import ChargingStation, StationCommand
from apps.stations.services.credentials import digest_of
from apps.stations.services.masking import is_secret


def offer_password(station_id: int, action: str, payload: Any) -> None:
    """A request is about to be sent; if it gives a password, that one lets the station in from now on.

    Before it is sent: a station may reconnect with it before its answer has reached us, or without ever answering.
    """
    passwords = [value for name, value in _values(action, payload) if is_secret(name) and value]
    if passwords:
        ChargingStation.objects.filter(pk=station_id).update(offered_password_digest=digest_of(passwords[-1]))


@transaction.atomic
def settle_password(command: StationCommand, outcome: CommandOutcome) -> None:
    """The station has answered: what it accepted is its password, what it refused is forgotten (A01.FR.03, FR.04)."""
    answers = [result for result in outcome.variables if is_secret(result.ref.variable)]
    if not answers:
        return
    station = ChargingStation.objects.select_for_update(no_key=True).get(pk=command.station_id)
    if not station.offered_password_digest:
        return
    accepted = answers[-1].status in ("Accepted", "RebootRequired")
    if accepted:
        station.former_password_digest = station.password_digest
        station.password_digest = station.offered_password_digest
    station.offered_password_digest = ""
    station.save(update_fields=["password_digest", "former_password_digest", "offered_password_digest"])
    if accepted:
        audit.record(command.by, "stations.chargingstation.password_told", audit.target_of(station),
                     name=station.identity)  # fmt: skip


def _values(action: str, payload: Any) -> Iterable[tuple[Any, str]]:
    """Names and values of the variables that a request changes, in either version."""
    if not isinstance(payload, dict):
        return
    if action == "ChangeConfiguration":
        yield payload.get("key"), str(payload.get("value") or "")
    if action == "SetVariables":
        for entry in payload.get("setVariableData") or []:
            yield (entry.get("variable") or {}).get("name"), str(entry.get("attributeValue") or "")
