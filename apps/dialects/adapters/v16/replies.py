"""Our answers to a 1.6 station."""

from collections.abc import Mapping
from typing import Any

import msgspec

from apps.charging.messages import TransactionEventAnswer
from apps.dialects.adapters.outgoing import QuarantineReply, Reply, interval, timestamp
from apps.dialects.adapters.reading import INT32_MAX
from apps.dialects.messages import Payload
from apps.drivers.messages import AuthorizationStatus, AuthorizeAnswer, IdTokenInfo
from apps.stations.messages import BootAnswer, DataTransferAnswer, HeartbeatAnswer

ID_TAG_LENGTH = 20  # IdToken of S16 §7.28

# 1.6 has five words (S16 §7.2): Invalid for who is not known, Blocked for who is known and may not charge (here, now).
_STATUSES = {
    AuthorizationStatus.ACCEPTED: "Accepted",
    AuthorizationStatus.BLOCKED: "Blocked",
    AuthorizationStatus.CONCURRENT_TX: "ConcurrentTx",
    AuthorizationStatus.EXPIRED: "Expired",
    AuthorizationStatus.INVALID: "Invalid",
    AuthorizationStatus.NO_CREDIT: "Blocked",
    AuthorizationStatus.NOT_ALLOWED_TYPE_EVSE: "Blocked",
    AuthorizationStatus.NOT_AT_THIS_LOCATION: "Blocked",
    AuthorizationStatus.NOT_AT_THIS_TIME: "Blocked",
    AuthorizationStatus.UNKNOWN: "Invalid",
}


def id_tag_info(info: IdTokenInfo) -> Payload:
    """A group too long for 1.6 is left out: cut short it would be another group."""
    payload: Payload = {"status": _STATUSES[info.status]}
    if info.expires_at is not None:
        payload["expiryDate"] = timestamp(info.expires_at)
    if info.group and len(info.group) <= ID_TAG_LENGTH:
        payload["parentIdTag"] = info.group
    return payload


def _boot(answer: BootAnswer) -> Payload:
    return {
        "status": answer.status.value,
        "currentTime": timestamp(answer.current_time),
        "interval": interval(answer.interval_s),
    }


def _heartbeat(answer: HeartbeatAnswer) -> Payload:
    return {"currentTime": timestamp(answer.current_time)}


def _authorize(answer: AuthorizeAnswer) -> Payload:
    return {"idTagInfo": id_tag_info(answer.id_token_info)}


def _start(answer: TransactionEventAnswer) -> Payload:
    """Number and verdict are both required (S16 §4.8, Q05); a start that showed no token gets Invalid."""
    number = answer.transaction_number
    if number is None or not 1 <= number <= INT32_MAX:
        raise ValueError(f"{number} is no transaction number: 1.6 wants 1 to {INT32_MAX} (Q08).")
    info = answer.id_token_info or IdTokenInfo(status=AuthorizationStatus.INVALID)
    return {"transactionId": number, "idTagInfo": id_tag_info(info)}


def _stop(answer: TransactionEventAnswer) -> Payload:
    return {} if answer.id_token_info is None else {"idTagInfo": id_tag_info(answer.id_token_info)}


def _data_transfer(answer: DataTransferAnswer) -> Payload:
    payload: Payload = {"status": answer.status}
    return payload if answer.data is None else payload | {"data": as_text(answer.data)}


def as_text(data: Any) -> str:
    """1.6 carries vendor data as text; anything else goes as its JSON."""
    return data if isinstance(data, str) else msgspec.json.encode(data).decode()


REPLIES: Mapping[str, Reply] = {
    "Authorize": _authorize,
    "BootNotification": _boot,
    "DataTransfer": _data_transfer,
    "Heartbeat": _heartbeat,
    "StartTransaction": _start,
    "StopTransaction": _stop,
}


def _accepted_start(_: Any, number: int) -> Payload:
    return {"transactionId": number, "idTagInfo": {"status": "Accepted"}}


def _accepted(_p: Any, _n: int) -> Payload:
    return {}


QUARANTINE_REPLIES: Mapping[str, QuarantineReply] = {
    "StartTransaction": _accepted_start,
    "StopTransaction": _accepted,
    "MeterValues": _accepted,
}
