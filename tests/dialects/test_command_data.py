"""What an answer tells beyond yes and no: list versions, schedules, certificates, file names."""

from datetime import UTC, datetime

import msgspec
import pytest

from apps.certificates.messages import (
    CertificateHashData,
    CertificateUse,
    HashAlgorithm,
    InstalledCertificate,
)
from apps.dialects.adapters.registry import dialect_for
from apps.stations.messages import (
    ChargingSchedulePeriod,
    CommandOutcome,
    CompositeSchedule,
    OcppVersion,
    RateUnit,
)

V16, V201, V21 = OcppVersion.V16, OcppVersion.V201, OcppVersion.V21
AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def outcome(version, action, answer, request=None):
    return dialect_for(version).outcome(action, request or {}, answer)


@pytest.mark.parametrize(
    ("version", "name", "told", "version_told"),
    [
        (V16, "listVersion", 12, 12),
        (V16, "listVersion", "12", 12),
        (V16, "listVersion", 0, 0),
        (V16, "listVersion", -1, -1),
        (V201, "versionNumber", 3, 3),
        (V21, "versionNumber", 3.0, 3),
    ],
)
def test_the_version_of_a_local_list(version, name, told, version_told):
    found = outcome(version, "GetLocalListVersion", {name: told})

    assert found == CommandOutcome(accepted=True, status="", data=version_told)


@pytest.mark.parametrize("answer", [None, {}, {"listVersion": None}, {"listVersion": "new"}, {"listVersion": -2}])
def test_an_answer_without_a_version_is_none(answer):
    assert outcome(V16, "GetLocalListVersion", answer) == CommandOutcome(accepted=False, status="")


@pytest.mark.parametrize("status", ["Failed", "NotSupported", "VersionMismatch"])
def test_a_list_that_was_not_taken_says_why(status):
    assert outcome(V16, "SendLocalList", {"status": status}) == CommandOutcome(accepted=False, status=status)


@pytest.mark.parametrize(
    ("answer", "name"), [({"fileName": "diag.zip"}, "diag.zip"), ({"filename": "d"}, "d"), ({}, None), (None, None)]
)
def test_diagnostics_of_1_6_have_no_status_but_perhaps_a_name(answer, name):
    assert outcome(V16, "GetDiagnostics", answer) == CommandOutcome(accepted=True, status="", data=name)


@pytest.mark.parametrize("version", OcppVersion)
def test_a_log_has_a_status_and_perhaps_a_name(version):
    answer = {"status": "AcceptedCanceled", "filename": "security.log"}

    assert outcome(version, "GetLog", answer) == CommandOutcome(
        accepted=True, status="AcceptedCanceled", data="security.log"
    )
    assert outcome(version, "GetLog", {"status": "Rejected"}) == CommandOutcome(accepted=False, status="Rejected")


def test_a_plain_update_of_1_6_is_answered_with_nothing_and_a_signed_one_with_a_word():
    assert outcome(V16, "UpdateFirmware", {}) == CommandOutcome(accepted=True, status="")
    assert outcome(V16, "SignedUpdateFirmware", {"status": "InvalidCertificate"}) == CommandOutcome(
        accepted=False, status="InvalidCertificate"
    )


PERIODS = [{"startPeriod": 0, "limit": 16.1, "numberPhases": 3}, {"startPeriod": "600", "limit": "6"}]
PERIODS_READ = (
    ChargingSchedulePeriod(start_period_s=0, limit=16.1, number_phases=3),
    ChargingSchedulePeriod(start_period_s=600, limit=6.0),
)


@pytest.mark.parametrize("inside", [False, True])
def test_a_composite_schedule_of_1_6_starts_beside_or_inside_itself(inside):
    """E16 §3.51 wants `scheduleStart`; stations also fill `startSchedule`."""
    start = "2026-03-01T12:00:00Z"
    schedule = {"duration": 3600, "chargingRateUnit": "a", "chargingSchedulePeriod": PERIODS, "minChargingRate": 6}
    answer = {"status": "Accepted", "connectorId": 1, "chargingSchedule": schedule}
    (schedule if inside else answer)["startSchedule" if inside else "scheduleStart"] = start

    assert outcome(V16, "GetCompositeSchedule", answer).data == CompositeSchedule(
        evse=1,
        rate_unit=RateUnit.AMPERE,
        periods=PERIODS_READ,
        start_at=AT,
        duration_s=3600,
        min_charging_rate=6.0,
    )


@pytest.mark.parametrize("version", [V201, V21])
def test_a_composite_schedule_of_2_x(version):
    schedule = {
        "evseId": 0,
        "duration": 3600,
        "scheduleStart": "2026-03-01T12:00:00Z",
        "chargingRateUnit": "W",
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 11000, "numberPhases": 1, "phaseToUse": 2}],
    }

    assert outcome(version, "GetCompositeSchedule", {"status": "Accepted", "schedule": schedule}) == CommandOutcome(
        accepted=True,
        status="Accepted",
        data=CompositeSchedule(
            evse=0,
            rate_unit=RateUnit.WATT,
            periods=(ChargingSchedulePeriod(start_period_s=0, limit=11000.0, number_phases=1, phase_to_use=2),),
            start_at=AT,
            duration_s=3600,
        ),
    )


def test_a_period_without_a_readable_limit_still_ends_the_one_before_it():
    periods = [*PERIODS, {"startPeriod": 900, "limit": "much"}, {"limit": 3}, "nonsense", {"startPeriod": -5}]
    schedule = {"chargingRateUnit": "A", "chargingSchedulePeriod": periods}

    found = outcome(V16, "GetCompositeSchedule", {"status": "Accepted", "chargingSchedule": schedule})

    assert found.data.periods == (*PERIODS_READ, ChargingSchedulePeriod(start_period_s=900, limit=None))


@pytest.mark.parametrize("version", OcppVersion)
def test_a_refused_schedule_has_no_data(version):
    assert outcome(version, "GetCompositeSchedule", {"status": "Rejected"}) == CommandOutcome(
        accepted=False, status="Rejected"
    )


HASH = {"hashAlgorithm": "sha256", "issuerNameHash": "aB", "issuerKeyHash": "cD", "serialNumber": 31}
HASH_READ = CertificateHashData(
    hash_algorithm=HashAlgorithm.SHA256, issuer_name_hash="aB", issuer_key_hash="cD", serial_number="31"
)


def test_certificates_of_1_6_are_for_what_was_asked():
    answer = {"status": "Accepted", "certificateHashData": [HASH, {"hashAlgorithm": "MD5"}, None]}
    request = {"certificateType": "CentralSystemRootCertificate"}

    found = outcome(V16, "GetInstalledCertificateIds", answer, request)

    assert found == CommandOutcome(
        accepted=True,
        status="Accepted",
        data=(InstalledCertificate(use=CertificateUse.CSMS_ROOT, hash_data=HASH_READ),),
    )


@pytest.mark.parametrize("version", [V201, V21])
def test_certificates_of_2_x_come_in_chains(version):
    chain = {"certificateType": "V2GCertificateChain", "certificateHashData": HASH, "childCertificateHashData": [HASH]}

    found = outcome(version, "GetInstalledCertificateIds", {"status": "Accepted", "certificateHashDataChain": [chain]})

    assert found.data == (
        InstalledCertificate(use=CertificateUse.V2G_CHAIN, hash_data=HASH_READ, child_hash_data=(HASH_READ,)),
    )


@pytest.mark.parametrize("version", OcppVersion)
def test_no_certificates_are_an_answer_and_no_refusal(version):
    assert outcome(version, "GetInstalledCertificateIds", {"status": "NotFound"}) == CommandOutcome(
        accepted=True, status="NotFound", data=()
    )
    assert not outcome(version, "DeleteCertificate", {"status": "NotFound"}).accepted


@pytest.mark.parametrize(
    ("action", "answer", "request_payload"),
    [
        (
            "GetCompositeSchedule",
            {"status": "Accepted", "chargingSchedule": {"chargingRateUnit": "A", "chargingSchedulePeriod": PERIODS}},
            {},
        ),
        (
            "GetInstalledCertificateIds",
            {"status": "Accepted", "certificateHashData": [HASH]},
            {"certificateType": "ManufacturerRootCertificate"},
        ),
    ],
)
def test_the_data_can_be_kept_as_json(action, answer, request_payload):
    data = outcome(V16, action, answer, request_payload).data

    kept = msgspec.json.decode(msgspec.json.encode(msgspec.to_builtins(data)))
    wanted = CompositeSchedule if action == "GetCompositeSchedule" else tuple[InstalledCertificate, ...]
    assert msgspec.convert(kept, wanted) == data
