"""What we ask of a 2.0.1 or 2.1 station."""

from functools import partial

from apps.charging.messages import GetTransactionStatus, RequestStartTransaction, RequestStopTransaction
from apps.core.errors import UnableTo
from apps.dialects.adapters.outgoing import Encoded, Encoder, gettext_noop
from apps.dialects.adapters.scheduling import profile_to_start
from apps.dialects.adapters.v2 import certificates, profiles, tokens, upkeep
from apps.dialects.adapters.v2.profiles import profile_payload
from apps.dialects.adapters.v2.replies import Limits
from apps.dialects.adapters.v2.reports import addressed
from apps.dialects.adapters.v2.tokens import id_token
from apps.dialects.messages import Payload
from apps.stations.messages import (
    ChangeAvailability,
    DataTransfer,
    GetBaseReport,
    GetVariables,
    Reset,
    SetVariables,
    TriggerMessage,
    UnlockConnector,
)


def _request_start(command: RequestStartTransaction, *, limits: Limits) -> Encoded:
    payload: Payload = {
        "remoteStartId": command.remote_start_id,
        "idToken": id_token(command.id_token, limits),
    }
    if command.evse:
        payload["evseId"] = command.evse
    profile = profile_to_start(command)
    return "RequestStartTransaction", payload | ({"chargingProfile": profile_payload(profile)} if profile else {})


def _request_stop(command: RequestStopTransaction) -> Encoded:
    return "RequestStopTransaction", {"transactionId": command.transaction_ref}


def _transaction_status(command: GetTransactionStatus) -> Encoded:
    return "GetTransactionStatus", {} if command.transaction_ref is None else {"transactionId": command.transaction_ref}


def _reset(command: Reset) -> Encoded:
    return "Reset", {"type": command.type.value} | ({"evseId": command.evse} if command.evse else {})


def _unlock(command: UnlockConnector) -> Encoded:
    return "UnlockConnector", {"evseId": command.evse, "connectorId": command.connector}


def _change_availability(command: ChangeAvailability) -> Encoded:
    payload: Payload = {"operationalStatus": "Operative" if command.operative else "Inoperative"}
    return "ChangeAvailability", payload | _evse(command.evse, command.connector)


def _trigger(command: TriggerMessage) -> Encoded:
    """A status can only be asked for of one connector (F06.FR.13)."""
    connector = command.connector
    if command.requested == "StatusNotification":
        if not command.evse:
            raise UnableTo(gettext_noop("In OCPP 2 a status is asked for of one connector, not of the whole station."))
        connector = connector or 1
    return "TriggerMessage", {"requestedMessage": command.requested} | _evse(command.evse, connector)


def _evse(evse: int | None, connector: int | None) -> Payload:
    """The `evse` object; none for the whole station (G04.FR.01, F06.FR.11)."""
    if not evse:
        return {}
    return {"evse": {"id": evse} if connector is None else {"id": evse, "connectorId": connector}}


def _get_variables(command: GetVariables) -> Encoded:
    if not command.refs:
        raise UnableTo(gettext_noop("OCPP 2 reads variables by name. Ask for a report to see all of them."))
    return "GetVariables", {"getVariableData": [addressed(ref) for ref in command.refs]}


def _set_variables(command: SetVariables) -> Encoded:
    return "SetVariables", {
        "setVariableData": [{"attributeValue": wanted.value} | addressed(wanted.ref) for wanted in command.values]
    }


def _base_report(command: GetBaseReport) -> Encoded:
    return "GetBaseReport", {"requestId": command.request_id, "reportBase": command.report_base}


def _data_transfer(command: DataTransfer) -> Encoded:
    payload: Payload = {"vendorId": command.vendor_id}
    if command.message_id is not None:
        payload["messageId"] = command.message_id
    return "DataTransfer", payload if command.data is None else payload | {"data": command.data}


def encoders(limits: Limits) -> dict[type, Encoder]:
    return {
        ChangeAvailability: _change_availability,
        DataTransfer: _data_transfer,
        GetBaseReport: _base_report,
        GetTransactionStatus: _transaction_status,
        GetVariables: _get_variables,
        RequestStartTransaction: partial(_request_start, limits=limits),
        RequestStopTransaction: _request_stop,
        Reset: _reset,
        SetVariables: _set_variables,
        TriggerMessage: _trigger,
        UnlockConnector: _unlock,
        **certificates.ENCODERS,
        **profiles.ENCODERS,
        **tokens.encoders(limits),
        **upkeep.ENCODERS,
    }
