"""What a 1.6 station is told about tokens: its cache, its local list, reservations."""

from collections.abc import Mapping

from apps.charging.messages import CancelReservation, ReserveNow
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
from apps.dialects.adapters.v16.replies import ID_TAG_LENGTH, id_tag_info
from apps.dialects.messages import Payload
from apps.drivers.messages import AuthorizationData, ClearCache, GetLocalListVersion, IdTokenSeen, SendLocalList


def id_tag(token: IdTokenSeen) -> str:
    tag = shown_token(token, ID_TAG_LENGTH)
    if tag is None:
        raise UnableTo(gettext_noop("OCPP 1.6 wants an id token of 1 to 20 characters."))
    return tag


def _clear_cache(_: ClearCache) -> Encoded:
    return "ClearCache", {}


def _get_local_list_version(_: GetLocalListVersion) -> Encoded:
    return "GetLocalListVersion", {}


def _send_local_list(command: SendLocalList) -> Encoded:
    payload: Payload = {"listVersion": whole(command.version, low=1), "updateType": command.update_type.value}
    entries = [_entry(entry) for entry in listed(command)]
    return "SendLocalList", payload | ({"localAuthorizationList": entries} if entries else {})


def _entry(entry: AuthorizationData) -> Payload:
    tag: Payload = {"idTag": id_tag(entry.id_token)}
    return tag if entry.id_token_info is None else tag | {"idTagInfo": id_tag_info(entry.id_token_info)}


def _reserve_now(command: ReserveNow) -> Encoded:
    """Connector 0 is any of the station (S16 §5.13)."""
    if command.connector_type:
        raise UnableTo(gettext_noop("OCPP 1.6 reserves a connector by its number, not by its type."))
    if command.group_id_token and len(command.group_id_token) > ID_TAG_LENGTH:
        raise UnableTo(gettext_noop("OCPP 1.6 has no room for a group of that length."))
    payload: Payload = {
        "reservationId": whole(command.id),
        "connectorId": whole(command.evse or 0),
        "expiryDate": timestamp(command.expires_at),
        "idTag": id_tag(command.id_token),
    }
    return "ReserveNow", payload | ({"parentIdTag": command.group_id_token} if command.group_id_token else {})


def _cancel_reservation(command: CancelReservation) -> Encoded:
    return "CancelReservation", {"reservationId": whole(command.id)}


ENCODERS: Mapping[type, Encoder] = {
    CancelReservation: _cancel_reservation,
    ClearCache: _clear_cache,
    GetLocalListVersion: _get_local_list_version,
    ReserveNow: _reserve_now,
    SendLocalList: _send_local_list,
}
OUTCOMES: Mapping[str, Outcome] = {
    "CancelReservation": by_status,
    "ClearCache": by_status,
    "GetLocalListVersion": list_version("listVersion"),
    "ReserveNow": by_status,
    "SendLocalList": by_status,
}
