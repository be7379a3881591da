"""The same in 2.x, where it differs from 1.6; what is not here is tested in test_strict_out."""

from dataclasses import replace

from apps.certificates.messages import (
    CertificateSigned,
    CertificateSigningUse,
    CertificateUse,
    DeleteCertificate,
    GetInstalledCertificateIds,
    InstallCertificate,
)
from apps.charging.messages import CancelReservation, RequestStartTransaction, ReserveNow
from apps.drivers.messages import (
    AuthorizationData,
    ClearCache,
    GetLocalListVersion,
    IdTokenSeen,
    SendLocalList,
    TokenType,
    UpdateType,
)
from apps.stations.messages import (
    ChargingSchedulePeriod,
    ClearChargingProfile,
    GetCompositeSchedule,
    ProfilePurpose,
    RateUnit,
    SetChargingProfile,
    TriggerMessage,
)
from tests.dialects.said import (
    ACCEPTED,
    AT,
    CHAIN,
    EXTENDED_DIAGNOSTICS,
    FIRMWARE,
    FULL_DIAGNOSTICS,
    FULL_SCHEDULE,
    FULL_SCHEDULE_WIRE,
    HASH,
    HASH_WIRE,
    LATER_Z,
    MAX_PROFILE,
    OF_CHARGE,
    SCHEDULE,
    SCHEDULE_WIRE,
    SECURITY_LOG,
    SIGNED_FIRMWARE,
    TOKEN,
    TX_PROFILE,
    Z,
)

TOKEN_WIRE = {"idToken": "20:c0:ff:ee", "type": "ISO14443"}
ONE_PHASE = replace(
    SCHEDULE, periods=(ChargingSchedulePeriod(start_period_s=0, limit=16.0, number_phases=1, phase_to_use=2),)
)
ONE_PHASE_WIRE = SCHEDULE_WIRE | {
    "id": 5,
    "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16.0, "numberPhases": 1, "phaseToUse": 2}],
}

SAID_2 = [
    (
        RequestStartTransaction(remote_start_id=1, id_token=TOKEN, evse=2, charging_profile=TX_PROFILE),
        "RequestStartTransaction",
        {
            "remoteStartId": 1, "idToken": TOKEN_WIRE, "evseId": 2,
            "chargingProfile": {
                "id": 7, "stackLevel": 2, "chargingProfilePurpose": "TxProfile", "chargingProfileKind": "Relative",
                "chargingSchedule": [SCHEDULE_WIRE | {"id": 5}],
            },
        },
    ),
    (ClearCache(), "ClearCache", {}),
    (GetLocalListVersion(), "GetLocalListVersion", {}),
    (
        SendLocalList(version=2, update_type=UpdateType.FULL),
        "SendLocalList", {"versionNumber": 2, "updateType": "Full"},
    ),
    (
        SendLocalList(
            version=3,
            update_type=UpdateType.DIFFERENTIAL,
            entries=(
                AuthorizationData(id_token=TOKEN, id_token_info=ACCEPTED),
                AuthorizationData(id_token=IdTokenSeen(value="B", type=TokenType.CENTRAL)),
            ),
        ),
        "SendLocalList",
        {
            "versionNumber": 3,
            "updateType": "Differential",
            "localAuthorizationList": [
                {
                    "idToken": TOKEN_WIRE,
                    "idTokenInfo": {
                        "status": "Accepted", "cacheExpiryDateTime": Z,
                        "groupIdToken": {"idToken": "FLEET", "type": "Central"},
                    },
                },
                {"idToken": {"idToken": "B", "type": "Central"}},
            ],
        },
    ),
    (
        ReserveNow(id=11, id_token=TOKEN, expires_at=AT),
        "ReserveNow", {"id": 11, "expiryDateTime": Z, "idToken": TOKEN_WIRE},
    ),
    (
        ReserveNow(id=11, id_token=TOKEN, expires_at=AT, evse=2, connector_type="cCCS2", group_id_token="FLEET"),
        "ReserveNow",
        {
            "id": 11, "expiryDateTime": Z, "idToken": TOKEN_WIRE, "evseId": 2, "connectorType": "cCCS2",
            "groupIdToken": {"idToken": "FLEET", "type": "Central"},
        },
    ),
    (CancelReservation(id=11), "CancelReservation", {"reservationId": 11}),
    (
        SetChargingProfile(evse=0, profile=replace(MAX_PROFILE, schedules=(FULL_SCHEDULE, replace(SCHEDULE, id=6)))),
        "SetChargingProfile",
        {
            "evseId": 0,
            "chargingProfile": {
                "id": 8, "stackLevel": 0, "chargingProfilePurpose": "ChargingStationMaxProfile",
                "chargingProfileKind": "Recurring", "recurrencyKind": "Daily", "validFrom": Z, "validTo": LATER_Z,
                "chargingSchedule": [FULL_SCHEDULE_WIRE | {"id": 5}, SCHEDULE_WIRE | {"id": 6}],
            },
        },
    ),
    (
        SetChargingProfile(evse=1, profile=replace(OF_CHARGE, transaction_ref="tx-1", schedules=(ONE_PHASE,))),
        "SetChargingProfile",
        {
            "evseId": 1,
            "chargingProfile": {
                "id": 9, "stackLevel": 1, "chargingProfilePurpose": "TxProfile", "chargingProfileKind": "Absolute",
                "transactionId": "tx-1", "chargingSchedule": [ONE_PHASE_WIRE],
            },
        },
    ),
    (ClearChargingProfile(id=7, evse=1), "ClearChargingProfile", {"chargingProfileId": 7}),
    (
        ClearChargingProfile(evse=0, purpose=ProfilePurpose.TX_DEFAULT, stack_level=0),
        "ClearChargingProfile",
        {"chargingProfileCriteria": {"evseId": 0, "chargingProfilePurpose": "TxDefaultProfile", "stackLevel": 0}},
    ),
    (GetCompositeSchedule(evse=0, duration_s=600), "GetCompositeSchedule", {"evseId": 0, "duration": 600}),
    (
        GetCompositeSchedule(evse=1, duration_s=600, rate_unit=RateUnit.AMPERE),
        "GetCompositeSchedule", {"evseId": 1, "duration": 600, "chargingRateUnit": "A"},
    ),
    (
        FULL_DIAGNOSTICS, "GetLog",
        {
            "logType": "DiagnosticsLog", "requestId": 4, "retries": 0, "retryInterval": 30,
            "log": {"remoteLocation": "ftp://files.example/up", "oldestTimestamp": Z, "latestTimestamp": LATER_Z},
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
    (
        FIRMWARE, "UpdateFirmware",
        {"requestId": 3, "firmware": {"location": "https://files.example/fw/1.2.bin", "retrieveDateTime": Z}},
    ),
    (
        SIGNED_FIRMWARE, "UpdateFirmware",
        {
            "requestId": 3, "retries": 3, "retryInterval": 60,
            "firmware": {
                "location": "https://files.example/fw/1.2.bin", "retrieveDateTime": Z, "installDateTime": LATER_Z,
                "signingCertificate": CHAIN, "signature": "c2lnbmF0dXJl",
            },
        },
    ),
    (
        TriggerMessage(requested="SignChargingStationCertificate", extended=True),
        "TriggerMessage", {"requestedMessage": "SignChargingStationCertificate"},
    ),
    (
        CertificateSigned(certificate_chain=CHAIN, certificate_type=CertificateSigningUse.V2G),
        "CertificateSigned", {"certificateChain": CHAIN, "certificateType": "V2GCertificate"},
    ),
    (
        InstallCertificate(use=CertificateUse.V2G_ROOT, certificate=CHAIN),
        "InstallCertificate", {"certificateType": "V2GRootCertificate", "certificate": CHAIN},
    ),
    (DeleteCertificate(hash_data=HASH), "DeleteCertificate", {"certificateHashData": HASH_WIRE}),
    (GetInstalledCertificateIds(), "GetInstalledCertificateIds", {}),
    (
        GetInstalledCertificateIds(uses=(CertificateUse.CSMS_ROOT, CertificateUse.V2G_CHAIN)),
        "GetInstalledCertificateIds", {"certificateType": ["CSMSRootCertificate", "V2GCertificateChain"]},
    ),
]  # fmt: skip
