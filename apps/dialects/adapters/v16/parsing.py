"""What a 1.6 station says, in 2.1 words. StartTransaction and StopTransaction become Started and Ended."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from apps.charging.messages import EventType, MeterValues, TransactionEvent
from apps.dialects.adapters.frames import harmless
from apps.dialects.adapters.incoming import STATUSES, id_token, stop_reason
from apps.dialects.adapters.metering import readings_16
from apps.dialects.adapters.reading import (
    Parser,
    folded,
    instant,
    integer,
    missing_or_wrong,
    note,
    required_choice,
    required_integer,
    required_text,
    text,
    whole_wh,
)
from apps.dialects.adapters.v16 import certificates, upkeep
from apps.dialects.messages import Payload
from apps.drivers.messages import Authorize, IdTokenSeen
from apps.stations.messages import BootNotification, DataTransfer, Heartbeat, StatusNotification

# S16 §7.6; OtherError under the name one make gives it (Q44). NoError is not an error.
_ERROR_CODES = folded(
    {
        word: word
        for word in (
            "ConnectorLockFailure", "EVCommunicationError", "GroundFailure", "HighTemperature", "InternalError",
            "LocalListConflict", "OtherError", "OverCurrentFailure", "OverVoltage", "PowerMeterFailure",
            "PowerSwitchFailure", "ReaderFailure", "ResetFailure", "UnderVoltage", "WeakSignal",
        )
    }
    | {"Error": "OtherError", "NoError": ""}
)  # fmt: skip
# The stop reasons that 2.x tells as a trigger instead.
_TRIGGERS = {"unlockcommand": "UnlockCommand", "hardreset": "ResetCommand", "softreset": "ResetCommand"}


def _boot_notification(p: Payload, _: datetime) -> BootNotification:
    """Empty and missing names occur (Q47); with neither vendor nor model nothing was said."""
    if p.get("chargePointVendor") is None and p.get("chargePointModel") is None:
        raise missing_or_wrong(p, "chargePointVendor", "text")
    return BootNotification(
        vendor=note(p.get("chargePointVendor")),
        model=note(p.get("chargePointModel")),
        serial_number=note(p.get("chargePointSerialNumber")) or note(p.get("chargeBoxSerialNumber")),
        firmware_version=note(p.get("firmwareVersion")),
        iccid=note(p.get("iccid")),
        imsi=note(p.get("imsi")),
    )


def _heartbeat(_p: Payload, _: datetime) -> Heartbeat:
    return Heartbeat()


def _status_notification(p: Payload, received_at: datetime) -> StatusNotification:
    """Connector 0 is the station, which has no car and so no charging state (S16 §4.9, Q43)."""
    evse = required_integer(p, "connectorId")
    status, charging_state = required_choice(p, "status", STATUSES)
    return StatusNotification(
        evse=evse,
        connector=1 if evse else 0,
        status=status,
        raw_status=text(p["status"]),
        at=instant(p.get("timestamp"), received_at),
        charging_state=charging_state if evse else None,
        error_code=_error_code(p.get("errorCode")),
        info=note(p.get("info")),
        vendor_error_code=note(p.get("vendorErrorCode")),
    )


def _error_code(value: Any) -> str | None:
    word = note(value)
    return _ERROR_CODES.get(word.casefold(), word) or None


def _authorize(p: Payload, _: datetime) -> Authorize:
    token = _token(p)
    if token is None:
        raise missing_or_wrong(p, "idTag", "text")
    return Authorize(id_token=token)


def _token(p: Mapping[str, Any]) -> IdTokenSeen | None:
    """The idTag, also where a station shows it as a number. An empty one was shown too."""
    tag = p.get("idTag")
    return id_token(text(tag)) if isinstance(tag, str | int) and not isinstance(tag, bool) else None


def _start_transaction(p: Payload, received_at: datetime) -> TransactionEvent:
    """Without a connector or a register nothing can be opened; all else may be missing."""
    meter_wh = whole_wh(p.get("meterStart"))
    if meter_wh is None:
        raise missing_or_wrong(p, "meterStart", "a number")
    evse = required_integer(p, "connectorId")
    return TransactionEvent(
        event_type=EventType.STARTED,
        at=instant(p.get("timestamp"), received_at),
        raw_at=text(p.get("timestamp")),
        evse=evse,
        connector=1 if evse else 0,
        id_token=_token(p),
        meter_wh=meter_wh,
        reservation_id=integer(p.get("reservationId"), low=1),  # 0 and -1 stand for none
    )


def _stop_transaction(p: Payload, received_at: datetime) -> TransactionEvent:
    """Every stop is usable, if only for matching by hand (Q06-Q09)."""
    ref = _transaction_ref(p)
    return TransactionEvent(
        event_type=EventType.ENDED,
        at=instant(p.get("timestamp"), received_at),
        raw_at=text(p.get("timestamp")),
        transaction_ref=ref,
        ref_unknown=ref is None,
        id_token=_token(p),
        meter_wh=whole_wh(p.get("meterStop")),
        stopped_reason=stop_reason(p.get("reason")),
        trigger_reason=_TRIGGERS.get(text(p.get("reason")).strip().casefold()),
        readings=readings_16(p.get("transactionData"), received_at),
    )


def _transaction_ref(p: Mapping[str, Any]) -> str | None:
    """Our number. -1 (E16 §3.18), 0 (Q08) and nonsense say that the station never got it."""
    found = integer(p.get("transactionId"), low=1)
    return None if found is None else str(found)


def _meter_values(p: Payload, received_at: datetime) -> MeterValues:
    return MeterValues(
        evse=required_integer(p, "connectorId"),
        transaction_ref=_transaction_ref(p),
        readings=readings_16(p.get("meterValue"), received_at),
    )


def _data_transfer(p: Payload, _: datetime) -> DataTransfer:
    """`data` is text in 1.6; what a station sends as an object is kept as its JSON."""
    data = harmless(p.get("data"))
    return DataTransfer(
        vendor_id=required_text(p, "vendorId"),
        message_id=text(p.get("messageId")) or None,
        data=data if data is None or isinstance(data, str) else msgspec.json.encode(data).decode(),
    )


PARSERS: Mapping[str, Parser] = {
    "Authorize": _authorize,
    "BootNotification": _boot_notification,
    "DataTransfer": _data_transfer,
    "Heartbeat": _heartbeat,
    "MeterValues": _meter_values,
    "StartTransaction": _start_transaction,
    "StatusNotification": _status_notification,
    "StopTransaction": _stop_transaction,
    **certificates.PARSERS,
    **upkeep.PARSERS,
}
