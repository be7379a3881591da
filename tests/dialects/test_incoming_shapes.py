"""Whatever the official schemas allow a station to say is understood, and answered lawfully."""

from datetime import UTC, datetime

import pytest

from apps.certificates.messages import SignCertificate, SignCertificateAnswer
from apps.charging.messages import EventType, TransactionEvent, TransactionEventAnswer
from apps.dialects.adapters.registry import dialect_for
from apps.drivers.messages import AuthorizationStatus, Authorize, AuthorizeAnswer, IdTokenInfo
from apps.stations.messages import (
    BootAnswer,
    BootNotification,
    CommandOutcome,
    DataTransfer,
    DataTransferAnswer,
    Heartbeat,
    HeartbeatAnswer,
    OcppVersion,
    RegistrationStatus,
)
from tests.dialects.shapes import request_name, shapes

NOW = datetime(2026, 3, 1, 12, 0, 5, tzinfo=UTC)
INFO = IdTokenInfo(status=AuthorizationStatus.ACCEPTED)
ANSWERS = {
    Authorize: AuthorizeAnswer(id_token_info=INFO),
    BootNotification: BootAnswer(status=RegistrationStatus.ACCEPTED, current_time=NOW, interval_s=300),
    DataTransfer: DataTransferAnswer(status="UnknownVendorId"),
    Heartbeat: HeartbeatAnswer(current_time=NOW),
    SignCertificate: SignCertificateAnswer(accepted=True),
}
INCOMING = [(version, action) for version in OcppVersion for action in sorted(dialect_for(version).parsers)]
OUTGOING = [(version, action) for version in OcppVersion for action in dialect_for(version).outcomes]
GOOD = {"Accepted", "AcceptedCanceled", "EmptyResultSet", "RebootRequired", "Scheduled", "Unlocked"}


def answer_to(message):
    if isinstance(message, TransactionEvent):
        number = 1 if message.event_type is EventType.STARTED else None
        return TransactionEventAnswer(transaction_number=number, id_token_info=INFO)
    return ANSWERS.get(type(message))


@pytest.mark.parametrize(("version", "action"), INCOMING)
def test_every_lawful_message_is_understood_and_answered_lawfully(version, action):
    dialect = dialect_for(version)

    for payload in shapes(version, request_name(version, action)):
        message = dialect.parse(action, payload, received_at=NOW)
        assert dialect.check_answer(action, dialect.reply(action, answer_to(message))) == ()


@pytest.mark.parametrize(("version", "action"), INCOMING)
def test_nulls_surplus_fields_and_vendor_data_change_nothing(version, action):
    dialect = dialect_for(version)

    for payload in shapes(version, request_name(version, action)):
        message = dialect.parse(action, payload, received_at=NOW)
        assert dialect.parse(action, loosened(payload), received_at=NOW) == message


def loosened(payload):
    return {"absent": None, "surplus": [1], "customData": {"vendorId": "example.com"}} | payload


@pytest.mark.parametrize(("version", "action"), OUTGOING)
def test_every_lawful_answer_is_an_outcome(version, action):
    dialect = dialect_for(version)

    for answer in shapes(version, f"{action}Response"):
        found = dialect.outcome(action, {"certificateType": "CentralSystemRootCertificate"}, answer)
        assert isinstance(found, CommandOutcome)
        if "status" in answer:
            none_installed = (action, answer["status"]) == ("GetInstalledCertificateIds", "NotFound")
            assert (found.status, found.accepted) == (
                answer["status"],
                answer["status"] in GOOD or none_installed,
            )


def test_every_message_of_1_6_stations_is_read():
    said_by_both_sides = {"DataTransfer"}

    assert set(dialect_for(OcppVersion.V16).parsers) == said_by_both_sides | {
        "Authorize", "BootNotification", "DiagnosticsStatusNotification", "FirmwareStatusNotification", "Heartbeat",
        "LogStatusNotification", "MeterValues", "SecurityEventNotification", "SignCertificate",
        "SignedFirmwareStatusNotification", "StartTransaction", "StatusNotification", "StopTransaction",
    }  # fmt: skip


def test_every_command_of_1_6_has_an_outcome_of_its_own():
    dialect = dialect_for(OcppVersion.V16)

    assert set(dialect.outcomes) == set(dialect.command_actions)
