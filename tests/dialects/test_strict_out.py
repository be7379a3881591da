"""Everything we send validates against the official schema of the negotiated version."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.certificates.messages import SignCertificateAnswer
from apps.charging.messages import (
    GetTransactionStatus,
    RequestStartTransaction,
    RequestStopTransaction,
    TransactionEventAnswer,
)
from apps.core.errors import UnableTo
from apps.dialects.adapters.registry import dialect_for
from apps.drivers.messages import AuthorizationStatus, AuthorizeAnswer, IdTokenInfo, IdTokenSeen, TokenType
from apps.stations.messages import (
    BootAnswer,
    ChangeAvailability,
    DataTransfer,
    DataTransferAnswer,
    GetBaseReport,
    GetVariables,
    HeartbeatAnswer,
    OcppVersion,
    RegistrationStatus,
    Reset,
    ResetType,
    SetVariables,
    TriggerMessage,
    UnlockConnector,
    VariableRef,
    VariableValue,
)

V16, V201, V21 = OcppVersion.V16, OcppVersion.V201, OcppVersion.V21
AT = datetime(2026, 3, 1, 14, 30, 0, 987654, tzinfo=timezone(timedelta(hours=2)))

# What our database holds: no NUL, no surrogates.
letters = st.characters(exclude_characters="\0", exclude_categories=["Cs"])
words = st.text(letters, max_size=300)
instants = st.datetimes(
    min_value=datetime(2000, 1, 2),  # noqa: DTZ001 - Hypothesis wants naive bounds
    max_value=datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, AT.tzinfo]),
)
infos = st.builds(
    IdTokenInfo,
    status=st.sampled_from(AuthorizationStatus),
    expires_at=st.none() | instants,
    group=st.none() | words,
    reason=words,
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**31), 2**31) | st.text(letters),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(letters), inner, max_size=3),
    max_leaves=8,
)
ANSWERS = {
    "Authorize": st.builds(AuthorizeAnswer, id_token_info=infos),
    "BootNotification": st.builds(
        BootAnswer,
        status=st.sampled_from(RegistrationStatus),
        current_time=instants,
        interval_s=st.integers(-5, 2**40),
    ),
    "DataTransfer": st.builds(
        DataTransferAnswer,
        status=st.sampled_from(["Accepted", "Rejected", "UnknownMessageId", "UnknownVendorId"]),
        data=json_values,
    ),
    "Heartbeat": st.builds(HeartbeatAnswer, current_time=instants),
    "SignCertificate": st.builds(SignCertificateAnswer, accepted=st.booleans()),
    "StartTransaction": st.builds(
        TransactionEventAnswer, transaction_number=st.integers(1, 2**31 - 1), id_token_info=st.none() | infos
    ),
    "StopTransaction": st.none() | st.builds(TransactionEventAnswer, id_token_info=st.none() | infos),
    "TransactionEvent": st.none()
    | st.builds(
        TransactionEventAnswer,
        id_token_info=st.none() | infos,
        total_cost=st.none() | st.floats(0, 1e6),
    ),
}
REPLIES = [(version, action) for version in OcppVersion for action in sorted(dialect_for(version).parsers)]


@pytest.mark.parametrize(("version", "action"), REPLIES)
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_every_reply_is_lawful(version, action, data):
    dialect = dialect_for(version)

    payload = dialect.reply(action, data.draw(ANSWERS.get(action, st.none())))

    assert dialect.check_answer(action, payload) == ()


refs_16 = st.builds(VariableRef, component=st.just(""), variable=st.text(max_size=80))
refs_2 = st.builds(
    VariableRef,
    component=st.text(max_size=80),
    variable=st.text(max_size=80),
    component_instance=st.none() | st.text(max_size=80),
    variable_instance=st.none() | st.text(max_size=80),
    evse=st.none() | st.integers(-1, 9),
    connector=st.none() | st.integers(-1, 9),
    attribute=st.sampled_from(["Actual", "Target", "MinSet", "MaxSet", "Nonsense"]),
)
evses = st.none() | st.integers(-1, 9)
tokens = st.builds(IdTokenSeen, value=words, type=st.sampled_from(TokenType), raw=words)


def commands(refs):
    values = st.builds(VariableValue, ref=refs, value=words | st.just("\0"))
    return st.one_of(
        st.builds(ChangeAvailability, operative=st.booleans(), evse=evses, connector=evses),
        st.builds(DataTransfer, vendor_id=words, message_id=st.none() | words, data=json_values),
        st.builds(GetBaseReport, request_id=st.integers(), report_base=st.sampled_from(["FullInventory", "Nonsense"])),
        st.builds(GetTransactionStatus, transaction_ref=st.none() | words),
        st.builds(GetVariables, refs=st.lists(refs, max_size=3).map(tuple)),
        st.builds(RequestStartTransaction, remote_start_id=st.integers(), id_token=tokens, evse=evses),
        st.builds(RequestStopTransaction, transaction_ref=words | st.integers().map(str)),
        st.builds(Reset, type=st.sampled_from(ResetType), evse=evses),
        st.builds(SetVariables, values=st.lists(values, max_size=2).map(tuple)),
        st.builds(
            TriggerMessage,
            requested=st.sampled_from(
                ["BootNotification", "StatusNotification", "SignV2G20Certificate", "TransactionEvent", "Nonsense"]
            ),
            evse=evses,
            connector=evses,
        ),
        st.builds(UnlockConnector, evse=st.integers(-1, 9), connector=st.integers(-1, 9)),
    )


@pytest.mark.parametrize("version", OcppVersion)
@given(command=commands(refs_16) | commands(refs_2))
@settings(max_examples=400, deadline=None)
def test_every_command_is_lawful_or_refused_with_a_sentence(version, command):
    dialect = dialect_for(version)

    said = encoded_or_refused(dialect, command)

    if isinstance(said, UnableTo):
        assert str(said)
    else:
        assert dialect.check_request(*said) == ()


def encoded_or_refused(dialect, command):
    try:
        return dialect.encode(command)
    except UnableTo as refusal:
        return refusal


TOKEN = IdTokenSeen(value="04A1B2C3", raw="04:a1:b2:c3")
REF = VariableRef(component="OCPPCommCtrlr", variable="HeartbeatInterval")
KEY = VariableRef(component="", variable="HeartbeatInterval")
IN_2 = {"component": {"name": "OCPPCommCtrlr"}, "variable": {"name": "HeartbeatInterval"}}


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (
            RequestStartTransaction(remote_start_id=1, id_token=TOKEN, evse=2),
            ("RemoteStartTransaction", {"idTag": "04:a1:b2:c3", "connectorId": 2}),
        ),
        (
            RequestStartTransaction(remote_start_id=1, id_token=TOKEN),
            ("RemoteStartTransaction", {"idTag": "04:a1:b2:c3"}),
        ),
        (
            RequestStartTransaction(remote_start_id=1, id_token=IdTokenSeen(value="A" * 20, raw=":".join("A" * 20))),
            ("RemoteStartTransaction", {"idTag": "A" * 20}),
        ),
        (RequestStopTransaction(transaction_ref="7"), ("RemoteStopTransaction", {"transactionId": 7})),
        (Reset(type=ResetType.IMMEDIATE), ("Reset", {"type": "Hard"})),
        (Reset(type=ResetType.ON_IDLE), ("Reset", {"type": "Soft"})),
        (UnlockConnector(evse=2), ("UnlockConnector", {"connectorId": 2})),
        (ChangeAvailability(operative=False), ("ChangeAvailability", {"connectorId": 0, "type": "Inoperative"})),
        (ChangeAvailability(operative=True, evse=2), ("ChangeAvailability", {"connectorId": 2, "type": "Operative"})),
        (
            TriggerMessage(requested="StatusNotification", evse=1),
            ("TriggerMessage", {"requestedMessage": "StatusNotification", "connectorId": 1}),
        ),
        (
            TriggerMessage(requested="SignChargingStationCertificate"),
            ("ExtendedTriggerMessage", {"requestedMessage": "SignChargePointCertificate"}),
        ),
        (GetVariables(), ("GetConfiguration", {})),
        (GetVariables(refs=(KEY,)), ("GetConfiguration", {"key": ["HeartbeatInterval"]})),
        (
            SetVariables(values=(VariableValue(ref=KEY, value="300"),)),
            ("ChangeConfiguration", {"key": "HeartbeatInterval", "value": "300"}),
        ),
        (
            DataTransfer(vendor_id="v", message_id="m", data={"a": 1}),
            ("DataTransfer", {"vendorId": "v", "messageId": "m", "data": '{"a":1}'}),
        ),
    ],
)
def test_a_command_in_1_6(command, expected):
    assert dialect_for(V16).encode(command) == expected


@pytest.mark.parametrize("version", [V201, V21])
@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (
            RequestStartTransaction(remote_start_id=1, id_token=TOKEN, evse=2),
            (
                "RequestStartTransaction",
                {"remoteStartId": 1, "idToken": {"idToken": "04:a1:b2:c3", "type": "ISO14443"}, "evseId": 2},
            ),
        ),
        (RequestStopTransaction(transaction_ref="tx"), ("RequestStopTransaction", {"transactionId": "tx"})),
        (Reset(type=ResetType.ON_IDLE, evse=1), ("Reset", {"type": "OnIdle", "evseId": 1})),
        (UnlockConnector(evse=2), ("UnlockConnector", {"evseId": 2, "connectorId": 1})),
        (ChangeAvailability(operative=True), ("ChangeAvailability", {"operationalStatus": "Operative"})),
        (
            ChangeAvailability(operative=False, evse=2, connector=1),
            ("ChangeAvailability", {"operationalStatus": "Inoperative", "evse": {"id": 2, "connectorId": 1}}),
        ),
        (
            TriggerMessage(requested="StatusNotification", evse=1),
            ("TriggerMessage", {"requestedMessage": "StatusNotification", "evse": {"id": 1, "connectorId": 1}}),
        ),
        (TriggerMessage(requested="Heartbeat"), ("TriggerMessage", {"requestedMessage": "Heartbeat"})),
        (GetVariables(refs=(REF,)), ("GetVariables", {"getVariableData": [IN_2]})),
        (
            SetVariables(values=(VariableValue(ref=REF, value="300"),)),
            ("SetVariables", {"setVariableData": [{"attributeValue": "300"} | IN_2]}),
        ),
        (
            GetBaseReport(request_id=3),
            ("GetBaseReport", {"requestId": 3, "reportBase": "FullInventory"}),
        ),
        (
            DataTransfer(vendor_id="v", data={"a": [1]}),
            ("DataTransfer", {"vendorId": "v", "data": {"a": [1]}}),
        ),
    ],
)
def test_a_command_in_2_x(version, command, expected):
    assert dialect_for(version).encode(command) == expected


@pytest.mark.parametrize(
    ("version", "command"),
    [
        (V16, RequestStartTransaction(remote_start_id=1, id_token=IdTokenSeen(value="A" * 21))),
        (V16, RequestStopTransaction(transaction_ref="tx-1")),
        (V16, RequestStopTransaction(transaction_ref="0")),
        (V16, Reset(type=ResetType.IMMEDIATE, evse=1)),
        (V16, UnlockConnector(evse=1, connector=2)),
        (V16, TriggerMessage(requested="TransactionEvent")),
        (V16, SetVariables(values=())),
        (V16, SetVariables(values=(VariableValue(ref=KEY, value="x" * 501),))),
        (V16, GetVariables(refs=(REF,))),
        (V16, GetBaseReport(request_id=1)),
        (V201, RequestStartTransaction(remote_start_id=1, id_token=IdTokenSeen(value="A" * 37))),
        (V21, RequestStartTransaction(remote_start_id=1, id_token=IdTokenSeen(value="A" * 256))),
        (V201, GetVariables()),
        (V21, GetVariables()),
        (V201, TriggerMessage(requested="SignV2G20Certificate")),
        (V201, TriggerMessage(requested="StatusNotification")),
        (V201, SetVariables(values=(VariableValue(ref=REF, value="x" * 1001),))),
    ],
)
def test_what_a_version_cannot_say_is_refused(version, command):
    with pytest.raises(UnableTo):
        dialect_for(version).encode(command)


def test_2_1_has_words_and_room_that_2_0_1_lacks():
    vin = RequestStartTransaction(remote_start_id=1, id_token=IdTokenSeen(value="WVWZZZ1", type=TokenType.VIN))
    long = SetVariables(values=(VariableValue(ref=REF, value="x" * 1001),))

    assert dialect_for(V201).encode(vin)[1]["idToken"] == {"idToken": "WVWZZZ1", "type": "Central"}
    assert dialect_for(V21).encode(vin)[1]["idToken"] == {"idToken": "WVWZZZ1", "type": "VIN"}
    assert dialect_for(V21).encode(long)[0] == "SetVariables"
    assert dialect_for(V21).encode(TriggerMessage(requested="SignV2G20Certificate"))[0] == "TriggerMessage"


def test_q38_instants_leave_in_utc_to_the_second():
    for version in OcppVersion:
        assert dialect_for(version).reply("Heartbeat", HeartbeatAnswer(current_time=AT)) == {
            "currentTime": "2026-03-01T12:30:00Z"
        }


def test_q49_an_interval_is_never_0():
    answer = BootAnswer(status=RegistrationStatus.PENDING, current_time=AT, interval_s=0)

    for version in OcppVersion:
        assert dialect_for(version).reply("BootNotification", answer) == {
            "status": "Pending",
            "currentTime": "2026-03-01T12:30:00Z",
            "interval": 1,
        }


@pytest.mark.parametrize(
    ("status", "word"),
    [
        ("Accepted", "Accepted"),
        ("Blocked", "Blocked"),
        ("ConcurrentTx", "ConcurrentTx"),
        ("Expired", "Expired"),
        ("Invalid", "Invalid"),
        ("Unknown", "Invalid"),
        ("NoCredit", "Blocked"),
        ("NotAllowedTypeEVSE", "Blocked"),
        ("NotAtThisLocation", "Blocked"),
        ("NotAtThisTime", "Blocked"),
    ],
)
def test_1_6_has_five_words_for_ten(status, word):
    answer = AuthorizeAnswer(id_token_info=IdTokenInfo(status=AuthorizationStatus(status)))

    assert dialect_for(V16).reply("Authorize", answer) == {"idTagInfo": {"status": word}}
    assert dialect_for(V201).reply("Authorize", answer) == {"idTokenInfo": {"status": status}}


def test_expiry_and_group_travel_with_the_verdict():
    info = IdTokenInfo(status=AuthorizationStatus.ACCEPTED, expires_at=AT, group="FLEET")
    answer = TransactionEventAnswer(transaction_number=7, id_token_info=info, total_cost=1.25)

    assert dialect_for(V16).reply("StartTransaction", answer) == {
        "transactionId": 7,
        "idTagInfo": {"status": "Accepted", "expiryDate": "2026-03-01T12:30:00Z", "parentIdTag": "FLEET"},
    }
    assert dialect_for(V21).reply("TransactionEvent", answer) == {
        "totalCost": 1.25,
        "idTokenInfo": {
            "status": "Accepted",
            "cacheExpiryDateTime": "2026-03-01T12:30:00Z",
            "groupIdToken": {"idToken": "FLEET", "type": "Central"},
        },
    }


@pytest.mark.parametrize(("version", "longest"), [(V16, 20), (V201, 36), (V21, 255)])
def test_a_group_too_long_for_the_version_is_left_out_and_never_cut(version, longest):
    def told(length):
        info = IdTokenInfo(status=AuthorizationStatus.ACCEPTED, group="G" * length)
        return str(dialect_for(version).reply("Authorize", AuthorizeAnswer(id_token_info=info)))

    assert "G" * longest in told(longest)
    assert "GG" not in told(longest + 1)


def test_q05_a_start_without_a_verdict_is_answered_invalid_with_a_number():
    assert dialect_for(V16).reply("StartTransaction", TransactionEventAnswer(transaction_number=7)) == {
        "transactionId": 7,
        "idTagInfo": {"status": "Invalid"},
    }


@pytest.mark.parametrize("number", [None, 0, -1, 2**31])
def test_q08_a_number_that_stations_confuse_is_never_given_out(number):
    with pytest.raises(ValueError, match="Q08"):
        dialect_for(V16).reply("StartTransaction", TransactionEventAnswer(transaction_number=number))


@pytest.mark.parametrize("action", ["BootNotification", "Heartbeat", "Authorize", "StartTransaction", "DataTransfer"])
def test_an_answer_that_must_say_something_cannot_be_nothing(action):
    with pytest.raises(TypeError):
        dialect_for(V16).reply(action, None)


@pytest.mark.parametrize("payload", [{}, None, [], "x", {"idToken": {"idToken": 3}}, {"idToken": "x", "a": []}])
@pytest.mark.parametrize("version", OcppVersion)
def test_an_unreadable_transaction_message_gets_a_lawful_acceptance(version, payload):
    dialect = dialect_for(version)
    for action in dialect.parsers:
        reply = dialect.quarantine_reply(action, payload, number=41)
        assert (reply is not None) == dialect.is_transaction_message(action)
        if reply is not None:
            assert dialect.check_answer(action, reply) == ()


def test_an_unreadable_start_gets_the_number_it_is_given_and_a_token_its_verdict():
    assert dialect_for(V16).quarantine_reply("starttransaction", {}, number=41) == {
        "transactionId": 41,
        "idTagInfo": {"status": "Accepted"},
    }
    assert dialect_for(V21).quarantine_reply("TransactionEvent", {"idToken": {}}, number=41) == {
        "idTokenInfo": {"status": "Accepted"}
    }
