"""What we ask of a 1.6 station."""

from collections.abc import Mapping

from apps.charging.messages import GetTransactionStatus, RequestStartTransaction, RequestStopTransaction
from apps.core.errors import UnableTo
from apps.dialects.adapters.outgoing import Encoded, Encoder, gettext_noop, whole
from apps.dialects.adapters.reading import integer
from apps.dialects.adapters.scheduling import profile_to_start
from apps.dialects.adapters.v16 import certificates, profiles, tokens, upkeep
from apps.dialects.adapters.v16.profiles import profile_payload
from apps.dialects.adapters.v16.replies import as_text
from apps.dialects.adapters.v16.tokens import id_tag
from apps.dialects.messages import Payload
from apps.stations.messages import (
    ChangeAvailability,
    DataTransfer,
    GetBaseReport,
    GetVariables,
    Reset,
    ResetType,
    SetVariables,
    TriggerMessage,
    UnlockConnector,
    VariableRef,
)

_RESETS = {ResetType.IMMEDIATE: "Hard", ResetType.ON_IDLE: "Soft"}

_BOTH = ("BootNotification", "FirmwareStatusNotification", "Heartbeat", "MeterValues", "StatusNotification")
_PLAIN = frozenset({*_BOTH, "DiagnosticsStatusNotification"})
# ExtendedTriggerMessage came with the security whitepaper: 2.1 word -> 1.6 word.
_EXTENDED = {
    **{word: word for word in _BOTH},
    "LogStatusNotification": "LogStatusNotification",
    "SignChargingStationCertificate": "SignChargePointCertificate",
}


def _request_start(command: RequestStartTransaction) -> Encoded:
    payload: Payload = {"idTag": id_tag(command.id_token)}
    if command.evse:
        payload["connectorId"] = whole(command.evse, low=1)
    profile = profile_to_start(command)
    return "RemoteStartTransaction", payload | ({"chargingProfile": profile_payload(profile)} if profile else {})


def _request_stop(command: RequestStopTransaction) -> Encoded:
    number = integer(command.transaction_ref, low=1)
    if number is None:
        raise UnableTo(gettext_noop("The station never got a number for this charge, so it can't be asked to stop it."))
    return "RemoteStopTransaction", {"transactionId": number}


def _transaction_status(_command: GetTransactionStatus) -> Encoded:
    raise UnableTo(gettext_noop("OCPP 1.6 can't be asked what became of a charge."))


def _reset(command: Reset) -> Encoded:
    if command.evse:
        raise UnableTo(gettext_noop("OCPP 1.6 can only reset the whole station."))
    return "Reset", {"type": _RESETS[command.type]}


def _unlock(command: UnlockConnector) -> Encoded:
    return "UnlockConnector", {"connectorId": whole(_connector(command.evse, command.connector), low=1)}


def _change_availability(command: ChangeAvailability) -> Encoded:
    return "ChangeAvailability", {
        "connectorId": whole(_connector(command.evse or 0, command.connector)),
        "type": "Operative" if command.operative else "Inoperative",
    }


def _connector(evse: int, connector: int | None) -> int:
    """Each connector of 1.6 is an EVSE of its own with connector 1."""
    if connector is not None and connector > 1:
        raise UnableTo(gettext_noop("In OCPP 1.6 an EVSE has one connector only."))
    return evse


def _trigger(command: TriggerMessage) -> Encoded:
    """The extended message only where the plain one has no word, or when asked: fewer stations know it."""
    connector = {"connectorId": whole(command.evse, low=1)} if command.evse else {}
    if command.requested in _PLAIN and not command.extended:
        return "TriggerMessage", {"requestedMessage": command.requested} | connector
    if command.requested not in _EXTENDED:
        raise UnableTo(gettext_noop("OCPP 1.6 can't be asked for this message."))
    return "ExtendedTriggerMessage", {"requestedMessage": _EXTENDED[command.requested]} | connector


def _get_variables(command: GetVariables) -> Encoded:
    """No keys mean all of them (S16 §5.8)."""
    return "GetConfiguration", {"key": [_key(ref) for ref in command.refs]} if command.refs else {}


def _set_variables(command: SetVariables) -> Encoded:
    if len(command.values) != 1:
        raise UnableTo(gettext_noop("OCPP 1.6 changes one configuration key at a time."))
    [wanted] = command.values
    return "ChangeConfiguration", {"key": _key(wanted.ref), "value": wanted.value}


def _key(ref: VariableRef) -> str:
    if ref.component:
        raise UnableTo(gettext_noop("OCPP 1.6 has configuration keys and no components."))
    return ref.variable


def _base_report(_: GetBaseReport) -> Encoded:
    raise UnableTo(gettext_noop("OCPP 1.6 has no reports. Read its configuration keys instead."))


def _data_transfer(command: DataTransfer) -> Encoded:
    payload: Payload = {"vendorId": command.vendor_id}
    if command.message_id is not None:
        payload["messageId"] = command.message_id
    return "DataTransfer", payload if command.data is None else payload | {"data": as_text(command.data)}


ENCODERS: Mapping[type, Encoder] = {
    ChangeAvailability: _change_availability,
    DataTransfer: _data_transfer,
    GetBaseReport: _base_report,
    GetTransactionStatus: _transaction_status,
    GetVariables: _get_variables,
    RequestStartTransaction: _request_start,
    RequestStopTransaction: _request_stop,
    Reset: _reset,
    SetVariables: _set_variables,
    TriggerMessage: _trigger,
    UnlockConnector: _unlock,
    **certificates.ENCODERS,
    **profiles.ENCODERS,
    **tokens.ENCODERS,
    **upkeep.ENCODERS,
}
