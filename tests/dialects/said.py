"""What we ask of stations, in our words and as 1.6 is told: several shapes of every action."""

from datetime import UTC, datetime, timedelta, timezone

from apps.certificates.messages import (
    CertificateHashData,
    CertificateSigned,
    CertificateSigningUse,
    CertificateUse,
    DeleteCertificate,
    GetInstalledCertificateIds,
    HashAlgorithm,
    InstallCertificate,
)
from apps.charging.messages import (
    CancelReservation,
    RequestStartTransaction,
    RequestStopTransaction,
    ReserveNow,
)
from apps.drivers.messages import (
    AuthorizationData,
    AuthorizationStatus,
    ClearCache,
    GetLocalListVersion,
    IdTokenInfo,
    IdTokenSeen,
    SendLocalList,
    UpdateType,
)
from apps.stations.messages import (
    ChangeAvailability,
    ChargingProfile,
    ChargingSchedule,
    ChargingSchedulePeriod,
    ClearChargingProfile,
    DataTransfer,
    GetCompositeSchedule,
    GetLog,
    GetVariables,
    LogType,
    ProfileKind,
    ProfilePurpose,
    RateUnit,
    RecurrencyKind,
    Reset,
    ResetType,
    SetChargingProfile,
    SetVariables,
    TriggerMessage,
    UnlockConnector,
    UpdateFirmware,
    VariableRef,
    VariableValue,
)

# 14:30 in a zone two hours ahead, with a fraction: on the wire it is 12:30:00Z.
AT = datetime(2026, 3, 1, 14, 30, 0, 987654, tzinfo=timezone(timedelta(hours=2)))
LATER = datetime(2026, 3, 1, 20, 0, tzinfo=UTC)
Z, LATER_Z = "2026-03-01T12:30:00Z", "2026-03-01T20:00:00Z"
TOKEN = IdTokenSeen(value="20C0FFEE", raw="20:c0:ff:ee")
ACCEPTED = IdTokenInfo(status=AuthorizationStatus.ACCEPTED, expires_at=AT, group="FLEET")
NO_CREDIT = IdTokenInfo(status=AuthorizationStatus.NO_CREDIT)
HASH = CertificateHashData(
    hash_algorithm=HashAlgorithm.SHA256, issuer_name_hash="ab" * 32, issuer_key_hash="cd" * 32, serial_number="1F"
)
HASH_WIRE = {
    "hashAlgorithm": "SHA256", "issuerNameHash": "ab" * 32, "issuerKeyHash": "cd" * 32, "serialNumber": "1F",
}  # fmt: skip
PERIODS = (
    ChargingSchedulePeriod(start_period_s=0, limit=16.19, number_phases=3),
    ChargingSchedulePeriod(start_period_s=3600, limit=6.0),
)
SCHEDULE = ChargingSchedule(id=5, rate_unit=RateUnit.AMPERE, periods=PERIODS)
FULL_SCHEDULE = ChargingSchedule(
    id=5, rate_unit=RateUnit.WATT, periods=PERIODS, start_at=AT, duration_s=86_400, min_charging_rate=6.3
)
PERIODS_WIRE = [{"startPeriod": 0, "limit": 16.1, "numberPhases": 3}, {"startPeriod": 3600, "limit": 6.0}]
SCHEDULE_WIRE = {"chargingRateUnit": "A", "chargingSchedulePeriod": PERIODS_WIRE}
FULL_SCHEDULE_WIRE = {
    "chargingRateUnit": "W", "chargingSchedulePeriod": PERIODS_WIRE, "startSchedule": Z, "duration": 86_400,
    "minChargingRate": 6.3,
}  # fmt: skip
TX_PROFILE = ChargingProfile(
    id=7, stack_level=2, purpose=ProfilePurpose.TX, kind=ProfileKind.RELATIVE, schedules=(SCHEDULE,)
)
MAX_PROFILE = ChargingProfile(
    id=8, stack_level=0, purpose=ProfilePurpose.STATION_MAX, kind=ProfileKind.RECURRING,
    recurrency=RecurrencyKind.DAILY, valid_from=AT, valid_to=LATER, schedules=(FULL_SCHEDULE,),
)  # fmt: skip
OF_CHARGE = ChargingProfile(
    id=9, stack_level=1, purpose=ProfilePurpose.TX, kind=ProfileKind.ABSOLUTE, schedules=(FULL_SCHEDULE,),
    transaction_ref="4711",
)  # fmt: skip
TX_PROFILE_WIRE = {
    "chargingProfileId": 7, "stackLevel": 2, "chargingProfilePurpose": "TxProfile", "chargingProfileKind": "Relative",
    "chargingSchedule": SCHEDULE_WIRE,
}  # fmt: skip
MAX_PROFILE_WIRE = {
    "chargingProfileId": 8, "stackLevel": 0, "chargingProfilePurpose": "ChargePointMaxProfile",
    "chargingProfileKind": "Recurring", "recurrencyKind": "Daily", "validFrom": Z, "validTo": LATER_Z,
    "chargingSchedule": FULL_SCHEDULE_WIRE,
}  # fmt: skip
OF_CHARGE_WIRE = {
    "chargingProfileId": 9, "stackLevel": 1, "chargingProfilePurpose": "TxProfile", "chargingProfileKind": "Absolute",
    "transactionId": 4711, "chargingSchedule": FULL_SCHEDULE_WIRE,
}  # fmt: skip
FIRMWARE = UpdateFirmware(request_id=3, location="https://files.example/fw/1.2.bin", retrieve_at=AT)
SIGNED_FIRMWARE = UpdateFirmware(
    request_id=3, location="https://files.example/fw/1.2.bin", retrieve_at=AT, install_at=LATER, retries=3,
    retry_interval_s=60, signing_certificate="-----BEGIN CERTIFICATE-----", signature="c2lnbmF0dXJl",
)  # fmt: skip
DIAGNOSTICS = GetLog(request_id=4, log_type=LogType.DIAGNOSTICS, location="ftp://files.example/up")
FULL_DIAGNOSTICS = GetLog(
    request_id=4, log_type=LogType.DIAGNOSTICS, location="ftp://files.example/up", oldest_at=AT, latest_at=LATER,
    retries=0, retry_interval_s=30,
)  # fmt: skip
EXTENDED_DIAGNOSTICS = GetLog(
    request_id=4, log_type=LogType.DIAGNOSTICS, location="https://files.example/up", oldest_at=AT, extended=True
)
SECURITY_LOG = GetLog(request_id=5, log_type=LogType.SECURITY, location="https://files.example/up", retries=1)
KEY = VariableRef(component="", variable="HeartbeatInterval")
CHAIN = "-----BEGIN CERTIFICATE-----"

SAID_16 = [
    (ChangeAvailability(operative=True), "ChangeAvailability", {"connectorId": 0, "type": "Operative"}),
    (ChangeAvailability(operative=False, evse=2), "ChangeAvailability", {"connectorId": 2, "type": "Inoperative"}),
    (
        SetVariables(values=(VariableValue(ref=KEY, value="300"),)),
        "ChangeConfiguration", {"key": "HeartbeatInterval", "value": "300"},
    ),
    (GetVariables(), "GetConfiguration", {}),
    (GetVariables(refs=(KEY,)), "GetConfiguration", {"key": ["HeartbeatInterval"]}),
    (DataTransfer(vendor_id="example.com"), "DataTransfer", {"vendorId": "example.com"}),
    (
        DataTransfer(vendor_id="example.com", message_id="Price", data={"eur": 1}),
        "DataTransfer", {"vendorId": "example.com", "messageId": "Price", "data": '{"eur":1}'},
    ),
    (RequestStartTransaction(remote_start_id=1, id_token=TOKEN), "RemoteStartTransaction", {"idTag": "20:c0:ff:ee"}),
    (
        RequestStartTransaction(remote_start_id=1, id_token=TOKEN, evse=2, charging_profile=TX_PROFILE),
        "RemoteStartTransaction",
        {"idTag": "20:c0:ff:ee", "connectorId": 2, "chargingProfile": TX_PROFILE_WIRE},
    ),
    (RequestStopTransaction(transaction_ref="4711"), "RemoteStopTransaction", {"transactionId": 4711}),
    (Reset(type=ResetType.IMMEDIATE), "Reset", {"type": "Hard"}),
    (Reset(type=ResetType.ON_IDLE), "Reset", {"type": "Soft"}),
    (UnlockConnector(evse=2), "UnlockConnector", {"connectorId": 2}),
    (ClearCache(), "ClearCache", {}),
    (GetLocalListVersion(), "GetLocalListVersion", {}),
    (
        SendLocalList(version=2, update_type=UpdateType.FULL),
        "SendLocalList", {"listVersion": 2, "updateType": "Full"},
    ),
    (
        SendLocalList(
            version=3,
            update_type=UpdateType.FULL,
            entries=(
                AuthorizationData(id_token=TOKEN, id_token_info=ACCEPTED),
                AuthorizationData(id_token=IdTokenSeen(value="B"), id_token_info=NO_CREDIT),
            ),
        ),
        "SendLocalList",
        {
            "listVersion": 3,
            "updateType": "Full",
            "localAuthorizationList": [
                {
                    "idTag": "20:c0:ff:ee",
                    "idTagInfo": {"status": "Accepted", "expiryDate": Z, "parentIdTag": "FLEET"},
                },
                {"idTag": "B", "idTagInfo": {"status": "Blocked"}},
            ],
        },
    ),
    (
        SendLocalList(version=4, update_type=UpdateType.DIFFERENTIAL, entries=(AuthorizationData(id_token=TOKEN),)),
        "SendLocalList",
        {"listVersion": 4, "updateType": "Differential", "localAuthorizationList": [{"idTag": "20:c0:ff:ee"}]},
    ),
    (
        ReserveNow(id=11, id_token=TOKEN, expires_at=AT),
        "ReserveNow", {"reservationId": 11, "connectorId": 0, "expiryDate": Z, "idTag": "20:c0:ff:ee"},
    ),
    (
        ReserveNow(id=11, id_token=TOKEN, expires_at=AT, evse=2, group_id_token="FLEET"),
        "ReserveNow",
        {"reservationId": 11, "connectorId": 2, "expiryDate": Z, "idTag": "20:c0:ff:ee", "parentIdTag": "FLEET"},
    ),
    (CancelReservation(id=11), "CancelReservation", {"reservationId": 11}),
    (
        SetChargingProfile(evse=0, profile=MAX_PROFILE),
        "SetChargingProfile", {"connectorId": 0, "csChargingProfiles": MAX_PROFILE_WIRE},
    ),
    (
        SetChargingProfile(evse=1, profile=OF_CHARGE),
        "SetChargingProfile", {"connectorId": 1, "csChargingProfiles": OF_CHARGE_WIRE},
    ),
    (ClearChargingProfile(), "ClearChargingProfile", {}),
    (ClearChargingProfile(id=7, evse=1), "ClearChargingProfile", {"id": 7}),
    (
        ClearChargingProfile(evse=0, purpose=ProfilePurpose.STATION_MAX, stack_level=0),
        "ClearChargingProfile",
        {"connectorId": 0, "chargingProfilePurpose": "ChargePointMaxProfile", "stackLevel": 0},
    ),
    (GetCompositeSchedule(evse=0, duration_s=600), "GetCompositeSchedule", {"connectorId": 0, "duration": 600}),
    (
        GetCompositeSchedule(evse=1, duration_s=600, rate_unit=RateUnit.WATT),
        "GetCompositeSchedule", {"connectorId": 1, "duration": 600, "chargingRateUnit": "W"},
    ),
    (DIAGNOSTICS, "GetDiagnostics", {"location": "ftp://files.example/up"}),
    (
        FULL_DIAGNOSTICS, "GetDiagnostics",
        {
            "location": "ftp://files.example/up", "startTime": Z, "stopTime": LATER_Z, "retries": 0,
            "retryInterval": 30,
        },
    ),
    (
        EXTENDED_DIAGNOSTICS, "GetLog",
        {
            "logType": "DiagnosticsLog", "requestId": 4,
            "log": {"remoteLocation": "https://files.example/up", "oldestTimestamp": Z},
        },
    ),
    (
        SECURITY_LOG, "GetLog",
        {
            "logType": "SecurityLog", "requestId": 5, "retries": 1,
            "log": {"remoteLocation": "https://files.example/up"},
        },
    ),
    (FIRMWARE, "UpdateFirmware", {"location": "https://files.example/fw/1.2.bin", "retrieveDate": Z}),
    (
        SIGNED_FIRMWARE, "SignedUpdateFirmware",
        {
            "requestId": 3, "retries": 3, "retryInterval": 60,
            "firmware": {
                "location": "https://files.example/fw/1.2.bin", "retrieveDateTime": Z, "installDateTime": LATER_Z,
                "signingCertificate": CHAIN, "signature": "c2lnbmF0dXJl",
            },
        },
    ),
    *[
        (TriggerMessage(requested=word), "TriggerMessage", {"requestedMessage": word})
        for word in (
            "BootNotification", "DiagnosticsStatusNotification", "FirmwareStatusNotification", "Heartbeat",
            "MeterValues", "StatusNotification",
        )
    ],
    *[
        (TriggerMessage(requested=word, extended=True), "ExtendedTriggerMessage", {"requestedMessage": word})
        for word in (
            "BootNotification", "FirmwareStatusNotification", "Heartbeat", "LogStatusNotification", "MeterValues",
            "StatusNotification",
        )
    ],
    (
        TriggerMessage(requested="LogStatusNotification"),
        "ExtendedTriggerMessage", {"requestedMessage": "LogStatusNotification"},
    ),
    (
        TriggerMessage(requested="SignChargingStationCertificate"),
        "ExtendedTriggerMessage", {"requestedMessage": "SignChargePointCertificate"},
    ),
    (
        TriggerMessage(requested="MeterValues", evse=2),
        "TriggerMessage", {"requestedMessage": "MeterValues", "connectorId": 2},
    ),
    (CertificateSigned(certificate_chain=CHAIN), "CertificateSigned", {"certificateChain": CHAIN}),
    (
        CertificateSigned(certificate_chain=CHAIN, certificate_type=CertificateSigningUse.CHARGING_STATION),
        "CertificateSigned", {"certificateChain": CHAIN},
    ),
    (
        InstallCertificate(use=CertificateUse.CSMS_ROOT, certificate=CHAIN),
        "InstallCertificate", {"certificateType": "CentralSystemRootCertificate", "certificate": CHAIN},
    ),
    (DeleteCertificate(hash_data=HASH), "DeleteCertificate", {"certificateHashData": HASH_WIRE}),
    (
        GetInstalledCertificateIds(uses=(CertificateUse.MANUFACTURER_ROOT,)),
        "GetInstalledCertificateIds", {"certificateType": "ManufacturerRootCertificate"},
    ),
]  # fmt: skip
