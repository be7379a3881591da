"""Which service takes which message of a station. A heartbeat needs none: the gateway answers it from memory."""

from collections.abc import Callable
from typing import Any

from apps.certificates.messages import SignCertificate
from apps.certificates.services.requests import take_request
from apps.charging.messages import MeterValues, ReservationStatusUpdate, TransactionEvent
from apps.charging.services.readings import take_meter_values
from apps.charging.services.reservation_use import take_reservation_update
from apps.charging.services.states import take_status
from apps.charging.services.transactions import take_event
from apps.drivers.messages import Authorize
from apps.drivers.services import answer_authorize
from apps.stations.messages import (
    BootNotification,
    DataTransfer,
    FirmwareStatusNotification,
    LogStatusNotification,
    NotifyEvent,
    NotifyReport,
    SecurityEventNotification,
    StatusNotification,
)
from apps.stations.services.boot import boot
from apps.stations.services.firmware import take_firmware_status
from apps.stations.services.logs import take_log_status
from apps.stations.services.reports import take_events, take_report
from apps.stations.services.security import take_security_event
from apps.stations.services.vendor import take_data

ROUTES: dict[type, Callable[..., Any]] = {
    Authorize: answer_authorize,
    BootNotification: boot,
    DataTransfer: take_data,
    FirmwareStatusNotification: take_firmware_status,
    LogStatusNotification: take_log_status,
    MeterValues: take_meter_values,
    NotifyEvent: take_events,
    NotifyReport: take_report,
    ReservationStatusUpdate: take_reservation_update,
    SecurityEventNotification: take_security_event,
    SignCertificate: take_request,
    StatusNotification: take_status,
    TransactionEvent: take_event,
}

# What the gateway remembers of a station's charges may be wrong after one of these.
CHANGES_CHARGES = (MeterValues, StatusNotification, TransactionEvent)
