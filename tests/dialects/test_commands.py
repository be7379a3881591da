"""Every command of ours on the wire, word by word, and as strict clients read it."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ocpp.messages import Call, validate_payload

from apps.certificates.messages import (
    CertificateSigned,
    CertificateSigningUse,
    CertificateUse,
    GetInstalledCertificateIds,
    InstallCertificate,
)
from apps.charging.messages import CancelReservation, RequestStartTransaction, ReserveNow
from apps.core.errors import UnableTo
from apps.dialects.adapters.registry import dialect_for
from apps.drivers.messages import AuthorizationData, IdTokenSeen, SendLocalList, UpdateType
from apps.stations.messages import (
    ChangeAvailability,
    ChargingSchedulePeriod,
    ClearChargingProfile,
    GetCompositeSchedule,
    OcppVersion,
    ProfileKind,
    ProfilePurpose,
    SetChargingProfile,
    TriggerMessage,
    UnlockConnector,
)
from apps.stations.services.command_kinds import kind_of, message_from, stored_form
from tests.dialects.said import (
    AT,
    CHAIN,
    FIRMWARE,
    OF_CHARGE,
    SAID_16,
    SCHEDULE,
    SECURITY_LOG,
    SIGNED_FIRMWARE,
    TOKEN,
    TX_PROFILE,
)
from tests.dialects.said_2 import ONE_PHASE, SAID_2

V16, V201, V21 = OcppVersion.V16, OcppVersion.V201, OcppVersion.V21
SAID = [(V16, *case) for case in SAID_16] + [(version, *case) for version in (V201, V21) for case in SAID_2]


@pytest.mark.parametrize(("version", "command", "action", "payload"), SAID)
def test_a_command_is_said_in_exactly_these_words(version, command, action, payload):
    dialect = dialect_for(version)

    assert dialect.encode(command) == (action, payload)
    assert dialect.check_request(action, payload) == ()


@pytest.mark.parametrize(("version", "command", "action", "payload"), SAID)
async def test_a_strict_client_takes_what_we_say(version, command, action, payload):
    """The `ocpp` package has validators of its own, with decimals where ours have floats."""
    action, payload = dialect_for(version).encode(command)

    await validate_payload(Call("1", action, json.loads(json.dumps(payload))), version.value)


@pytest.mark.parametrize("command", [case[1] for case in SAID])
def test_a_command_waits_as_json_and_comes_back_the_same(command):
    assert message_from(kind_of(command), json.loads(json.dumps(stored_form(command)))) == command


def test_all_actions_of_1_6_are_among_them():
    assert {action for _, action, _ in SAID_16} == set(dialect_for(V16).command_actions)


def profile(**changes):
    return SetChargingProfile(evse=1, profile=replace(TX_PROFILE, **changes))


REFUSED_16 = [
    replace(FIRMWARE, install_at=AT),
    replace(SIGNED_FIRMWARE, signing_certificate=None),
    replace(FIRMWARE, retries=-1),
    replace(FIRMWARE, retry_interval_s=2**31),
    replace(FIRMWARE, location="not an address"),
    replace(SECURITY_LOG, request_id=-1),
    replace(SECURITY_LOG, location="https://files.example/" + "x" * 500),
    profile(schedules=()),
    profile(schedules=(SCHEDULE, SCHEDULE)),
    profile(schedules=(ONE_PHASE,)),
    profile(schedules=(replace(SCHEDULE, periods=(ChargingSchedulePeriod(start_period_s=0, limit=None),)),)),
    profile(purpose=ProfilePurpose.PRIORITY_CHARGING),
    profile(kind=ProfileKind.DYNAMIC),
    profile(transaction_ref="tx-1"),
    profile(transaction_ref="0"),
    profile(id=-1),
    profile(stack_level=-1),
    SetChargingProfile(evse=-1, profile=TX_PROFILE),
    ClearChargingProfile(purpose=ProfilePurpose.EXTERNAL_CONSTRAINTS),
    ReserveNow(id=1, id_token=TOKEN, expires_at=AT, connector_type="cCCS2"),
    ReserveNow(id=1, id_token=TOKEN, expires_at=AT, group_id_token="G" * 21),
    ReserveNow(id=1, id_token=IdTokenSeen(value="T" * 21), expires_at=AT),
    ReserveNow(id=2**31, id_token=TOKEN, expires_at=AT),
    SendLocalList(
        version=1,
        update_type=UpdateType.DIFFERENTIAL,
        entries=(AuthorizationData(id_token=IdTokenSeen(value="T" * 21)),),
    ),
    CertificateSigned(certificate_chain=CHAIN, certificate_type=CertificateSigningUse.V2G),
    CertificateSigned(certificate_chain="x" * 10_001),
    InstallCertificate(use=CertificateUse.V2G_ROOT, certificate=CHAIN),
    InstallCertificate(use=CertificateUse.CSMS_ROOT, certificate="x" * 5_501),
    GetInstalledCertificateIds(),
    GetInstalledCertificateIds(uses=(CertificateUse.CSMS_ROOT, CertificateUse.MANUFACTURER_ROOT)),
    TriggerMessage(requested="TransactionEvent"),
    TriggerMessage(requested="MeterValues", evse=-1),
    ChangeAvailability(operative=True, evse=-1),
    UnlockConnector(evse=0),
    RequestStartTransaction(remote_start_id=1, id_token=TOKEN, evse=-1),
    TriggerMessage(requested="DiagnosticsStatusNotification", extended=True),
]
REFUSED_201 = [
    profile(schedules=()),
    profile(schedules=(SCHEDULE,) * 4),
    profile(schedules=(replace(SCHEDULE, periods=(ChargingSchedulePeriod(start_period_s=0, limit=None),)),)),
    profile(schedules=(replace(SCHEDULE, periods=()),)),
    profile(purpose=ProfilePurpose.PRIORITY_CHARGING),
    profile(transaction_ref="x" * 37),
    ClearChargingProfile(),
    CertificateSigned(certificate_chain=CHAIN, request_id=5),
    InstallCertificate(use=CertificateUse.OEM_ROOT, certificate=CHAIN),
    InstallCertificate(use=CertificateUse.V2G_CHAIN, certificate=CHAIN),
    replace(FIRMWARE, location="https://files.example/" + "x" * 500),
    TriggerMessage(requested="DiagnosticsStatusNotification"),
]
REFUSED_BY_ALL = [
    profile(schedules=(replace(SCHEDULE, periods=(ChargingSchedulePeriod(start_period_s=0, limit=float("nan")),)),)),
    profile(schedules=(replace(SCHEDULE, min_charging_rate=float("inf")),)),
    profile(schedules=(replace(SCHEDULE, duration_s=-1),)),
    GetCompositeSchedule(evse=0, duration_s=-1),
    CancelReservation(id=-1),
    SendLocalList(version=0, update_type=UpdateType.FULL),
    SendLocalList(version=2**31, update_type=UpdateType.FULL),
    SendLocalList(version=1, update_type=UpdateType.FULL, entries=(AuthorizationData(id_token=TOKEN),)),
    RequestStartTransaction(remote_start_id=1, id_token=TOKEN, charging_profile=OF_CHARGE),
    RequestStartTransaction(
        remote_start_id=1, id_token=TOKEN, charging_profile=replace(TX_PROFILE, purpose=ProfilePurpose.TX_DEFAULT)
    ),
]


@pytest.mark.parametrize(
    ("version", "command"),
    [(V16, command) for command in REFUSED_16]
    + [(V201, command) for command in REFUSED_201]
    + [(version, command) for version in OcppVersion for command in REFUSED_BY_ALL],
)
def test_what_a_version_cannot_say_is_refused_with_a_sentence(version, command):
    with pytest.raises(UnableTo) as refusal:
        dialect_for(version).encode(command)

    assert str(refusal.value).endswith(".")


def test_2_1_says_what_2_0_1_has_no_words_for():
    dialect = dialect_for(V21)

    assert dialect.encode(CertificateSigned(certificate_chain=CHAIN, request_id=5))[1]["requestId"] == 5
    assert dialect.encode(profile(purpose=ProfilePurpose.PRIORITY_CHARGING))
    assert dialect.encode(InstallCertificate(use=CertificateUse.OEM_ROOT, certificate=CHAIN))


def limit_said(version, limit):
    schedule = replace(SCHEDULE, periods=(ChargingSchedulePeriod(start_period_s=0, limit=limit),))
    _, payload = dialect_for(version).encode(profile(schedules=(schedule,)))
    assert dialect_for(version).check_request("SetChargingProfile", payload) == ()
    said = payload.get("csChargingProfiles") or payload["chargingProfile"]
    schedules = said["chargingSchedule"]
    return (schedules if version is V16 else schedules[0])["chargingSchedulePeriod"][0]["limit"]


@given(limit=st.floats(0, 1e6), version=st.sampled_from(OcppVersion))
@settings(max_examples=500, deadline=None)
def test_a_limit_is_said_in_tenths_and_never_above_what_was_allowed(limit, version):
    said = limit_said(version, limit)

    assert limit - 0.1 - 1e-6 < said <= limit + 1e-6
    assert said == round(said, 1)


@pytest.mark.parametrize(("limit", "said"), [(16, 16.0), (16.1, 16.1), (0.3, 0.3), (16.19, 16.1), (7.7, 7.7), (0, 0.0)])
def test_a_limit_in_tenths_stays(limit, said):
    assert limit_said(V16, limit) == said
