"""Our answers to a 2.0.1 or 2.1 station. `limits` tells them apart."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from apps.charging.messages import TransactionEventAnswer
from apps.dialects.adapters.outgoing import QuarantineReply, Reply, interval, timestamp
from apps.dialects.adapters.reading import object_at
from apps.dialects.messages import Payload
from apps.drivers.messages import AuthorizeAnswer, IdTokenInfo, TokenType
from apps.stations.messages import BootAnswer, DataTransferAnswer, HeartbeatAnswer


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What the schemas of the two versions disagree on, as far as we say it.

    2.0.1 closes the list of token types that 2.1 leaves open; a type it does not know goes as Central, which has no
    format of its own.
    """

    id_token_length: int
    token_types: frozenset[TokenType]

    def token_type(self, kind: TokenType) -> str:
        return (kind if kind in self.token_types else TokenType.CENTRAL).value


LIMITS_201 = Limits(
    id_token_length=36,
    token_types=frozenset(TokenType) - {TokenType.DIRECT_PAYMENT, TokenType.EVCCID, TokenType.VIN},
)
LIMITS_21 = Limits(id_token_length=255, token_types=frozenset(TokenType))


def id_token_info(info: IdTokenInfo, limits: Limits) -> Payload:
    """A group too long for the version is left out: cut short it would be another group."""
    payload: Payload = {"status": info.status.value}
    if info.expires_at is not None:
        payload["cacheExpiryDateTime"] = timestamp(info.expires_at)
    if info.group and len(info.group) <= limits.id_token_length:
        payload["groupIdToken"] = {"idToken": info.group, "type": TokenType.CENTRAL.value}
    return payload


def _boot(answer: BootAnswer) -> Payload:
    return {
        "status": answer.status.value,
        "currentTime": timestamp(answer.current_time),
        "interval": interval(answer.interval_s),
    }


def _heartbeat(answer: HeartbeatAnswer) -> Payload:
    return {"currentTime": timestamp(answer.current_time)}


def _authorize(answer: AuthorizeAnswer, *, limits: Limits) -> Payload:
    return {"idTokenInfo": id_token_info(answer.id_token_info, limits)}


def _transaction_event(answer: TransactionEventAnswer, *, limits: Limits) -> Payload:
    payload: Payload = {}
    if answer.total_cost is not None:
        payload["totalCost"] = answer.total_cost
    if answer.id_token_info is not None:  # E01.FR.11, E01.FR.12
        payload["idTokenInfo"] = id_token_info(answer.id_token_info, limits)
    return payload


def _data_transfer(answer: DataTransferAnswer) -> Payload:
    payload: Payload = {"status": answer.status}
    return payload if answer.data is None else payload | {"data": answer.data}


def replies(limits: Limits) -> dict[str, Reply]:
    return {
        "Authorize": partial(_authorize, limits=limits),
        "BootNotification": _boot,
        "DataTransfer": _data_transfer,
        "Heartbeat": _heartbeat,
        "TransactionEvent": partial(_transaction_event, limits=limits),
    }


def _accepted_event(payload: Any, _: int) -> Payload:
    """A token that was shown wants a verdict even here (Q81)."""
    shown = object_at(payload).get("idToken") is not None
    return {"idTokenInfo": {"status": "Accepted"}} if shown else {}


def _accepted(_p: Any, _n: int) -> Payload:
    return {}


QUARANTINE_REPLIES: Mapping[str, QuarantineReply] = {"TransactionEvent": _accepted_event, "MeterValues": _accepted}
