"""What a 2.x station is told about tokens: its cache, its local list, reservations."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial

from apps.charging.messages import (
    CancelReservation,
    ReservationStatusUpdate,
    ReservationUpdateStatus,
    ReserveNow,
)
from apps.core.errors import UnableTo
from apps.dialects.adapters.outcomes import Outcome, by_status, list_version
from apps.dialects.adapters.outgoing import (
    Encoded,
    Encoder,
    gettext_noop,
    listed,
    shown_token,
    timestamp,
    whole,
)
from apps.dialects.adapters.reading import Parser, folded, required_choice, required_integer
from apps.dialects.adapters.v2.replies import Limits, id_token_info
from apps.dialects.messages import Payload
from apps.drivers.messages import (
    AuthorizationData,
    ClearCache,
    GetLocalListVersion,
    IdTokenSeen,
    SendLocalList,
    TokenType,
)

_UPDATES = folded({status.value: status for status in ReservationUpdateStatus})


def id_token(token: IdTokenSeen, limits: Limits) -> Payload:
    shown = shown_token(token, limits.id_token_length)
    if shown is None and token.type is not TokenType.NO_AUTHORIZATION:
        raise UnableTo(gettext_noop("This version of OCPP has no room for an id token of that length."))
    return {"idToken": shown or "", "type": limits.token_type(token.type)}


def _clear_cache(_: ClearCache) -> Encoded:
    return "ClearCache", {}


def _get_local_list_version(_: GetLocalListVersion) -> Encoded:
    return "GetLocalListVersion", {}


def _send_local_list(command: SendLocalList, *, limits: Limits) -> Encoded:
    """Without entries there is no list: the schema has no empty one."""
    payload: Payload = {"versionNumber": whole(command.version, low=1), "updateType": command.update_type.value}
    entries = [_entry(entry, limits) for entry in listed(command)]
    return "SendLocalList", payload | ({"localAuthorizationList": entries} if entries else {})


def _entry(entry: AuthorizationData, limits: Limits) -> Payload:
    token: Payload = {"idToken": id_token(entry.id_token, limits)}
    info = entry.id_token_info
    return token if info is None else token | {"idTokenInfo": id_token_info(info, limits)}


def _reserve_now(command: ReserveNow, *, limits: Limits) -> Encoded:
    payload: Payload = {
        "id": whole(command.id),
        "expiryDateTime": timestamp(command.expires_at),
        "idToken": id_token(command.id_token, limits),
    }
    if command.evse:
        payload["evseId"] = whole(command.evse)
    if command.connector_type:
        payload["connectorType"] = command.connector_type
    if command.group_id_token:
        payload["groupIdToken"] = {"idToken": command.group_id_token, "type": TokenType.CENTRAL.value}
    return "ReserveNow", payload


def _cancel_reservation(command: CancelReservation) -> Encoded:
    return "CancelReservation", {"reservationId": whole(command.id)}


def _reservation_status_update(p: Payload, _: datetime) -> ReservationStatusUpdate:
    return ReservationStatusUpdate(
        id=required_integer(p, "reservationId"), status=required_choice(p, "reservationUpdateStatus", _UPDATES)
    )


PARSERS: Mapping[str, Parser] = {"ReservationStatusUpdate": _reservation_status_update}
OUTCOMES: Mapping[str, Outcome] = {
    "CancelReservation": by_status,
    "ClearCache": by_status,
    "GetLocalListVersion": list_version("versionNumber"),
    "ReserveNow": by_status,
    "SendLocalList": by_status,
}


def encoders(limits: Limits) -> dict[type, Encoder]:
    return {
        CancelReservation: _cancel_reservation,
        ClearCache: _clear_cache,
        GetLocalListVersion: _get_local_list_version,
        ReserveNow: partial(_reserve_now, limits=limits),
        SendLocalList: partial(_send_local_list, limits=limits),
    }
