"""Firmware, logs, security events, requests to sign a certificate, reservations that ended: as stations tell them."""

from datetime import UTC, datetime, timedelta

import pytest

from apps.certificates.messages import CertificateSigningUse, SignCertificate, SignCertificateAnswer
from apps.charging.messages import ReservationStatusUpdate, ReservationUpdateStatus
from apps.dialects.adapters.registry import dialect_for
from apps.dialects.messages import UnknownAction, Unreadable
from apps.stations.messages import (
    FirmwareStatus,
    FirmwareStatusNotification,
    LogStatus,
    LogStatusNotification,
    OcppVersion,
    SecurityEventNotification,
)

V16, V201, V21 = OcppVersion.V16, OcppVersion.V201, OcppVersion.V21
NOW = datetime(2026, 3, 1, 12, 0, 5, tzinfo=UTC)


def parsed(version, action, payload):
    return dialect_for(version).parse(action, payload, received_at=NOW)


@pytest.mark.parametrize(
    ("version", "action"),
    [
        (V16, "FirmwareStatusNotification"),
        (V16, "SignedFirmwareStatusNotification"),
        (V16, "signedfirmwarestatusnotification"),
        (V201, "FirmwareStatusNotification"),
        (V21, "FirmwareStatusNotification"),
    ],
)
def test_the_state_of_an_update_is_told_alike_in_all_versions(version, action):
    assert parsed(version, action, {"status": "Downloaded", "requestId": 3}) == FirmwareStatusNotification(
        status=FirmwareStatus.DOWNLOADED, raw_status="Downloaded", request_id=3
    )


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("installed", FirmwareStatus.INSTALLED),
        (" Install_Failed", None),
        ("InstallVerificationFailed", FirmwareStatus.INSTALL_VERIFICATION_FAILED),
        ("Rebooting", None),
    ],
)
def test_q71_a_word_for_the_state_of_an_update_that_nobody_knows_is_kept(word, status):
    found = parsed(V16, "FirmwareStatusNotification", {"status": word, "requestId": None})

    assert found == FirmwareStatusNotification(status=status, raw_status=word)


def test_2_1_says_why_an_update_failed():
    info = {"reasonCode": "LowBattery", "additionalInfo": "12 %"}

    found = parsed(V21, "FirmwareStatusNotification", {"status": "InstallationFailed", "statusInfo": info})

    assert found.reason == "LowBattery: 12 %"


@pytest.mark.parametrize(
    ("version", "action", "payload", "status", "request_id"),
    [
        (V16, "DiagnosticsStatusNotification", {"status": "Uploading"}, LogStatus.UPLOADING, None),
        (V16, "DiagnosticsStatusNotification", {"status": "UploadFailed"}, LogStatus.UPLOAD_FAILURE, None),
        (V16, "LogStatusNotification", {"status": "UploadFailure", "requestId": "4"}, LogStatus.UPLOAD_FAILURE, 4),
        (V201, "LogStatusNotification", {"status": "Idle"}, LogStatus.IDLE, None),
        (V21, "LogStatusNotification", {"status": "AcceptedCanceled", "requestId": 4}, LogStatus.ACCEPTED_CANCELED, 4),
        (V16, "LogStatusNotification", {"status": "Zipping", "requestId": 4}, None, 4),
    ],
)
def test_the_state_of_an_upload(version, action, payload, status, request_id):
    assert parsed(version, action, payload) == LogStatusNotification(
        status=status, raw_status=payload["status"], request_id=request_id
    )


@pytest.mark.parametrize("version", OcppVersion)
def test_a_security_event(version):
    payload = {"type": "TamperDetectionActivated", "timestamp": "2026-03-01T11:59:00Z", "techInfo": "lid open"}

    assert parsed(version, "SecurityEventNotification", payload) == SecurityEventNotification(
        type="TamperDetectionActivated", at=NOW - timedelta(seconds=65), tech_info="lid open"
    )


@pytest.mark.parametrize("timestamp", [None, "1970-01-01T00:00:00Z", "now", 5])
def test_a_security_event_without_a_usable_time_is_still_one(timestamp):
    payload = {"type": "FirmwareUpdated", "timestamp": timestamp, "techInfo": "(null)"}

    assert parsed(V16, "SecurityEventNotification", payload) == SecurityEventNotification(
        type="FirmwareUpdated", at=None
    )


def test_a_request_to_sign_in_1_6_says_nothing_of_its_kind():
    assert parsed(V16, "SignCertificate", {"csr": "-----BEGIN"}) == SignCertificate(csr="-----BEGIN")


def test_a_request_to_sign_in_2_1_has_a_kind_and_a_number():
    payload = {"csr": "-----BEGIN", "certificateType": "v2gCertificate", "requestId": 9}

    assert parsed(V21, "SignCertificate", payload) == SignCertificate(
        csr="-----BEGIN", certificate_type=CertificateSigningUse.V2G, request_id=9
    )


@pytest.mark.parametrize("version", OcppVersion)
@pytest.mark.parametrize(("accepted", "word"), [(True, "Accepted"), (False, "Rejected")])
def test_a_request_to_sign_is_answered_in_a_word(version, accepted, word):
    assert dialect_for(version).reply("SignCertificate", SignCertificateAnswer(accepted=accepted)) == {"status": word}


@pytest.mark.parametrize("version", [V201, V21])
def test_a_reservation_that_ended_by_itself(version):
    payload = {"reservationId": 7, "reservationUpdateStatus": "Expired"}

    assert parsed(version, "ReservationStatusUpdate", payload) == ReservationStatusUpdate(
        id=7, status=ReservationUpdateStatus.EXPIRED
    )


@pytest.mark.parametrize("action", ["ReservationStatusUpdate", "NotifyReport", "TransactionEvent"])
def test_1_6_does_not_know_the_messages_of_2_x(action):
    with pytest.raises(UnknownAction):
        parsed(V16, action, {})


@pytest.mark.parametrize(
    ("action", "payload", "path"),
    [
        ("DiagnosticsStatusNotification", {}, "$.status"),
        ("FirmwareStatusNotification", {"status": None}, "$.status"),
        ("SignedFirmwareStatusNotification", {"status": {}}, "$.status"),
        ("LogStatusNotification", {"requestId": 4}, "$.status"),
        ("SecurityEventNotification", {"timestamp": "2026-03-01T11:59:00Z"}, "$.type"),
        ("SignCertificate", {"csr": ""}, "$.csr"),
    ],
)
def test_what_says_nothing_is_refused_by_the_name_of_the_field(action, payload, path):
    with pytest.raises(Unreadable) as refusal:
        parsed(V16, action, payload)

    assert refusal.value.path == path
    assert refusal.value.code in ("OccurenceConstraintViolation", "TypeConstraintViolation")
