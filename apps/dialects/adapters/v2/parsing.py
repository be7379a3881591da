"""What a 2.0.1 or 2.1 station says. Both are read alike; 2.1 only adds words."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from apps.charging.messages import EventType, MeterValues, TransactionEvent
from apps.dialects.adapters.frames import harmless
from apps.dialects.adapters.incoming import (
    CHARGING_STATES,
    EVENT_TYPES,
    STATUSES,
    TOKEN_TYPES,
    id_token,
    stop_reason,
)
from apps.dialects.adapters.metering import readings_2
from apps.dialects.adapters.reading import (
    Parser,
    choice,
    flag,
    folded,
    instant,
    integer,
    missing_or_wrong,
    note,
    object_at,
    required_choice,
    required_integer,
    required_text,
    text,
)
from apps.dialects.adapters.v2 import certificates, tokens, upkeep
from apps.dialects.adapters.v2.reports import notify_event, notify_report
from apps.dialects.messages import Payload, Unreadable
from apps.drivers.messages import Authorize, IdTokenSeen, TokenType
from apps.stations.messages import BootNotification, DataTransfer, Heartbeat, StatusNotification

# TriggerReasonEnumType of 2.1.
_TRIGGER_REASONS = folded(
    {
        word: word
        for word in (
            "AbnormalCondition", "Authorized", "CablePluggedIn", "ChargingRateChanged", "ChargingStateChanged",
            "CostLimitReached", "Deauthorized", "EnergyLimitReached", "EVCommunicationLost", "EVConnectTimeout",
            "EVDeparted", "EVDetected", "LimitSet", "MeterValueClock", "MeterValuePeriodic", "OperationModeChanged",
            "RemoteStart", "RemoteStop", "ResetCommand", "RunningCost", "SignedDataReceived", "SoCLimitReached",
            "StopAuthorized", "TariffChanged", "TariffNotAccepted", "TimeLimitReached", "Trigger", "TxResumed",
            "UnlockCommand",
        )
    }
)  # fmt: skip


def _boot_notification(p: Payload, _: datetime) -> BootNotification:
    """Empty and missing names occur (Q47); without the station's own object nothing was said."""
    station = p.get("chargingStation")
    if not isinstance(station, dict):
        raise missing_or_wrong(p, "chargingStation", "an object")
    modem = object_at(station.get("modem"))
    return BootNotification(
        vendor=note(station.get("vendorName")),
        model=note(station.get("model")),
        serial_number=note(station.get("serialNumber")),
        firmware_version=note(station.get("firmwareVersion")),
        reason=text(p.get("reason")) or None,
        iccid=note(modem.get("iccid")),
        imsi=note(modem.get("imsi")),
    )


def _heartbeat(_p: Payload, _: datetime) -> Heartbeat:
    return Heartbeat()


def _status_notification(p: Payload, received_at: datetime) -> StatusNotification:
    """1.6 words are understood, but a charging state is told by TransactionEvent here."""
    status, _ = required_choice(p, "connectorStatus", STATUSES)
    return StatusNotification(
        evse=required_integer(p, "evseId"),
        connector=required_integer(p, "connectorId"),
        status=status,
        raw_status=text(p["connectorStatus"]),
        at=instant(p.get("timestamp"), received_at),
    )


def _authorize(p: Payload, _: datetime) -> Authorize:
    token = _token(p.get("idToken"))
    if token is None:
        raise missing_or_wrong(p, "idToken", "an id token")
    return Authorize(id_token=token)


def _token(value: Any) -> IdTokenSeen | None:
    """IdTokenType, or the bare token. 2.1 leaves the type open: one nobody knows is Central, which has no format."""
    given = value if isinstance(value, dict) else {"idToken": value}
    shown = given.get("idToken")
    if isinstance(shown, bool) or not isinstance(shown, str | int):
        # NoAuthorization has nothing to show (C02.FR.01).
        return id_token("", TokenType.NO_AUTHORIZATION) if given.get("type") == TokenType.NO_AUTHORIZATION else None
    kind = given.get("type")
    known = TokenType.ISO14443 if kind is None else choice(kind, TOKEN_TYPES) or TokenType.CENTRAL
    return id_token(text(shown), known)


def _transaction_event(p: Payload, received_at: datetime) -> TransactionEvent:
    """Without its kind or the transaction's id an event says nothing; all else may be missing or wrong."""
    event_type = required_choice(p, "eventType", EVENT_TYPES)
    info = object_at(p.get("transactionInfo"))
    ref = text(info.get("transactionId"))
    if not ref:
        problem = missing_or_wrong(info, "transactionId", "text")
        raise Unreadable("$.transactionInfo.transactionId", problem.message, problem.code)
    evse, connector = _evse(p.get("evse"))
    return TransactionEvent(
        event_type=event_type,
        at=instant(p.get("timestamp"), received_at),
        raw_at=text(p.get("timestamp")),
        transaction_ref=ref,
        seq_no=integer(p.get("seqNo"), low=0),
        trigger_reason=_trigger_reason(p.get("triggerReason")),
        offline=flag(p.get("offline")),
        evse=evse,
        connector=connector,
        id_token=_token(p.get("idToken")),
        charging_state=choice(info.get("chargingState"), CHARGING_STATES),
        stopped_reason=_stopped_reason(event_type, info.get("stoppedReason")),
        remote_start_id=integer(info.get("remoteStartId")),
        reservation_id=integer(p.get("reservationId"), low=1),
        readings=readings_2(p.get("meterValue"), received_at),
    )


def _evse(value: Any) -> tuple[int | None, int | None]:
    """EVSE and connector, each null where not told: never guess connector 1 (Q79)."""
    if isinstance(value, dict):
        return integer(value.get("id"), low=0), integer(value.get("connectorId"), low=0)
    return integer(value, low=0), None


def _trigger_reason(value: Any) -> str | None:
    return choice(value, _TRIGGER_REASONS) or text(value) or None


def _stopped_reason(event_type: EventType, value: Any) -> str | None:
    return stop_reason(value) if event_type is EventType.ENDED or value is not None else None


def _meter_values(p: Payload, received_at: datetime) -> MeterValues:
    return MeterValues(evse=required_integer(p, "evseId"), readings=readings_2(p.get("meterValue"), received_at))


def _data_transfer(p: Payload, _: datetime) -> DataTransfer:
    return DataTransfer(
        vendor_id=required_text(p, "vendorId"),
        message_id=text(p.get("messageId")) or None,
        data=harmless(p.get("data")),
    )


PARSERS: Mapping[str, Parser] = {
    "Authorize": _authorize,
    "BootNotification": _boot_notification,
    "DataTransfer": _data_transfer,
    "Heartbeat": _heartbeat,
    "MeterValues": _meter_values,
    "NotifyEvent": notify_event,
    "NotifyReport": notify_report,
    "StatusNotification": _status_notification,
    "TransactionEvent": _transaction_event,
    **certificates.PARSERS,
    **tokens.PARSERS,
    **upkeep.PARSERS,
}
