"""OCPP-J frames, Q55 to Q65: whatever comes, a frame comes out."""

import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from apps.dialects.adapters.frames import (
    MAX_DEPTH,
    decode_frame,
    depth_exceeds,
    encode_call,
    encode_error,
    encode_result,
    harmless,
)
from apps.dialects.messages import Bad, Call, CallError, CallResult, CallResultError, Frame, Ignored, Send
from apps.stations.messages import OcppVersion

V16, V201, V21 = OcppVersion.V16, OcppVersion.V201, OcppVersion.V21
FRAMES = (Call, CallResult, CallError, Send, Ignored, Bad)
REPLACED = "\N{REPLACEMENT CHARACTER}"


def read(text: str | bytes, version: OcppVersion = V16) -> Frame:
    return decode_frame(text, version=version)


@pytest.mark.parametrize("version", OcppVersion)
def test_a_call_is_read_in_every_version(version):
    assert read('[2,"19","Heartbeat",{}]', version) == Call("19", "Heartbeat", {})


@pytest.mark.parametrize("text", ['[2,"19","Heartbeat",null]', '[2,"19","Heartbeat"]'])
def test_q60_a_missing_payload_is_an_empty_one(text):
    assert read(text) == Call("19", "Heartbeat", {})


def test_a_result_without_payload_is_an_empty_one():
    assert read('[3,"19"]') == CallResult("19", {})
    assert read('[3,"19",null]') == CallResult("19", {})


def test_q57_an_error_may_be_short_and_of_any_code():
    assert read('[4,"19"]') == CallError("19", "GenericError", "", {}, "")
    assert read('[4,"19","Oops",null,null]') == CallError("19", "GenericError", "", {}, "Oops")
    assert read('[4,"19","NotSupported","no",{"a":1}]') == CallError(
        "19", "NotSupported", "no", {"a": 1}, "NotSupported"
    )


@pytest.mark.parametrize(
    ("wire", "meant"),
    [
        ("OccurenceConstraintViolation", "OccurrenceConstraintViolation"),
        ("OccurrenceConstraintViolation", "OccurrenceConstraintViolation"),
        ("FormationViolation", "FormatViolation"),
        ("FormatViolation", "FormatViolation"),
    ],
)
@pytest.mark.parametrize("version", OcppVersion)
def test_q63_both_spellings_are_understood(wire, meant, version):
    frame = read(f'[4,"19","{wire}","",{{}}]', version)

    assert isinstance(frame, CallError)
    assert (frame.code, frame.raw_code) == (meant, wire)


def test_q63_each_version_gets_its_own_spelling():
    assert (
        encode_error("1", "OccurrenceConstraintViolation", version=V16)
        == '[4,"1","OccurenceConstraintViolation","",{}]'
    )
    assert encode_error("1", "FormatViolation", version=V16) == '[4,"1","FormationViolation","",{}]'
    assert encode_error("1", "RpcFrameworkError", version=V16) == '[4,"1","GenericError","",{}]'
    assert encode_error("1", "FormationViolation", version=V201) == '[4,"1","FormatViolation","",{}]'
    assert encode_error("1", "RpcFrameworkError", version=V21) == '[4,"1","RpcFrameworkError","",{}]'


@pytest.mark.parametrize("text", ['[7,"19","Heartbeat",{}]', '[-1,"19"]', '[99999999999999999999999999,"19"]'])
@pytest.mark.parametrize("version", OcppVersion)
def test_q58_an_unknown_message_type_is_ignored(text, version):
    assert isinstance(read(text, version), Ignored)


def test_q58_two_message_types_exist_only_in_2_1():
    assert read('[5,"19","FormatViolation","no",{}]', V21) == CallResultError(
        "19", "FormatViolation", "no", {}, "FormatViolation"
    )
    assert read('[6,"19","NotifyPeriodicEventStream",{}]', V21) == Send("19", "NotifyPeriodicEventStream", {})
    for version in (V16, V201):
        assert read('[5,"19","FormatViolation","no",{}]', version) == Ignored(5)
        assert read('[6,"19","NotifyPeriodicEventStream",{}]', version) == Ignored(6)


@pytest.mark.parametrize("text", ["", "nonsense", "{}", "[]", "[2]", "null", "2", '"x"', '[null,"19"]', '[{},"19"]'])
def test_q59_what_shows_no_id_is_answered_with_minus_one(text):
    frame = read(text)

    assert isinstance(frame, Bad)
    assert (frame.message_id, frame.answerable) == ("-1", True)


@pytest.mark.parametrize("message_id", ["null", "{}", "[]", "true", '""', '"' + "x" * 256 + '"'])
def test_q59_a_call_with_an_unreadable_id_is_bad(message_id):
    frame = read(f'[2,{message_id},"Heartbeat",{{}}]')

    assert frame == Bad("RpcFrameworkError", "The message id could not be read.", "-1", "Heartbeat")


@pytest.mark.parametrize("text", ["[3,null,{}]", '[4,{},"GenericError","",{}]', '[3,"19",{"a":}]', '[4,"19","x'])
def test_a_broken_answer_is_never_answered(text):
    frame = read(text)

    assert isinstance(frame, Bad)
    assert not frame.answerable


def test_a_broken_send_is_never_answered():
    assert read('[6,"19",{},{}]', V21) == Bad("RpcFrameworkError", "The action could not be read.", "19", "", False)


@pytest.mark.parametrize("action", ["[]", "{}", '["Heartbeat"]', "1", "null", '""'])
def test_an_action_that_is_no_text_is_bad_but_keeps_its_id(action):
    frame = read(f'[2,"19",{action},{{}}]')

    assert frame == Bad("RpcFrameworkError", "The action could not be read.", "19")


def test_broken_json_still_tells_its_id_and_action():
    assert read('[2,"19","StopTransaction",{"meterStop":') == Bad(
        "FormatViolation", "This is not valid JSON.", "19", "StopTransaction"
    )


def test_a_number_as_id_is_taken_as_its_digits():
    assert read('[2,19,"Heartbeat",{}]') == Call("19", "Heartbeat", {})


def test_a_message_type_given_as_text_is_understood():
    assert read('["2","19","Heartbeat",{}]') == Call("19", "Heartbeat", {})


def test_surplus_elements_are_ignored():
    assert read('[2,"19","Heartbeat",{},"signature"]') == Call("19", "Heartbeat", {})


def test_a_payload_of_another_shape_is_passed_on_so_that_a_transaction_message_can_be_kept():
    assert read('[2,"19","StopTransaction",[1]]') == Call("19", "StopTransaction", [1])


def test_q65_a_byte_order_mark_is_skipped_in_text_and_in_bytes():
    assert read('\ufeff[2,"19","Heartbeat",{}]') == Call("19", "Heartbeat", {})
    assert read(b'\xef\xbb\xbf[2,"19","Heartbeat",{}]') == Call("19", "Heartbeat", {})


def test_q65_invalid_utf_8_is_replaced():
    assert read(b'[2,"19","DataTransfer",{"data":"\xff"}]') == Call("19", "DataTransfer", {"data": REPLACED})


@pytest.mark.parametrize("inside", ["\\u0000", "\\ud800", "\\udfff\\ud800", "\x00", "\ud800"])
def test_q65_nul_and_lone_surrogates_are_replaced_in_values_names_and_ids(inside):
    frame = read(f'[2,"19","DataTransfer",{{"k{inside}":"v{inside}","list":["{inside}"]}}]')

    assert isinstance(frame, Call)
    written = json.dumps(frame.payload, ensure_ascii=False)
    written.encode("utf-8")
    assert "\x00" not in written
    assert REPLACED in written


def test_a_surrogate_pair_is_the_character_it_means():
    assert read('[2,"19","DataTransfer",{"data":"\\ud83d\\ude97"}]') == Call(
        "19", "DataTransfer", {"data": "\U0001f697"}
    )


@pytest.mark.parametrize(("number", "kept"), [("NaN", "NaN"), ("-Infinity", "-Infinity"), ("1e400", "1e400")])
def test_numbers_json_does_not_know_are_kept_as_text(number, kept):
    assert read(f'[2,"19","MeterValues",{{"value":{number}}}]') == Call("19", "MeterValues", {"value": kept})


def test_a_5000_digit_integer_is_kept_as_text():
    digits = "9" * 5000

    assert read(f'[2,"19","MeterValues",{{"value":{digits}}}]') == Call("19", "MeterValues", {"value": digits})


def test_nesting_to_the_limit_is_read_and_beyond_it_is_bad():
    inner = MAX_DEPTH - 2  # the frame's own list and the payload's object are two levels

    fits = read(f'[2,"19","DataTransfer",{{"data":{"[" * inner}{"]" * inner}}}]')
    exceeds = read(f'[2,"19","DataTransfer",{{"data":{"[" * (inner + 1)}{"]" * (inner + 1)}}}]')

    assert isinstance(fits, Call)
    assert exceeds == Bad("FormatViolation", "More than 32 levels of nesting.", "19", "DataTransfer")


def test_many_brackets_beside_each_other_are_no_nesting():
    frame = read(f'[2,"19","DataTransfer",{{"data":[{",".join(["[]"] * 500)}]}}]')

    assert frame == Call("19", "DataTransfer", {"data": [[] for _ in range(500)]})


@pytest.mark.parametrize("opening", ["[", '{"a":', '[{"a":'])
@pytest.mark.parametrize("closed", [True, False])
def test_a_100000_deep_frame_is_bad(opening, closed):
    closing = {"[": "]", '{"a":': "}", '[{"a":': "}]"}[opening] if closed else ""

    assert isinstance(read(opening * 100_000 + "1" + closing * 100_000), Bad)


def test_a_deep_payload_beside_escapes_is_bad_too():
    frame = read('[2,"19","DataTransfer",{"x":"\\u0000","data":' + "[" * 200 + "]" * 200 + "}]")

    assert frame == Bad("FormatViolation", "More than 32 levels of nesting.", "19", "DataTransfer")


def test_calls_and_results_are_written_compactly():
    assert encode_call("19", "Reset", {"type": "Hard"}) == '[2,"19","Reset",{"type":"Hard"}]'
    assert encode_result("19", {}) == '[3,"19",{}]'


def test_an_error_has_five_elements_and_at_most_255_characters_of_description():
    written = json.loads(encode_error("-1", "InternalError", "x" * 300, version=V201, details={"a": 1}))

    assert written == [4, "-1", "InternalError", "x" * 255, {"a": 1}]


def test_a_lone_surrogate_in_what_we_send_is_replaced():
    assert encode_result("19", {"data": "\ud800"}) == f'[3,"19",{{"data":"{REPLACED}"}}]'


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(max_size=8), inner, max_size=6),
    max_leaves=30,
)
KINDS = st.sampled_from([2, 3, 4, 5, 6, 7, -1, 2.0, "2", None, True, 10**30])
PARTS = st.tuples(KINDS, JSON) | st.tuples(KINDS, JSON, JSON) | st.tuples(KINDS, JSON, JSON, JSON) | JSON
SOUP = st.text(alphabet='[]{}",:\\u0d8fnNaIi2345-.e \x00\ufeff', max_size=80)


def assert_usable(frame: Frame) -> None:
    """A typed result whose every text can be stored and whose numbers JSON can carry."""
    assert isinstance(frame, FRAMES)
    if isinstance(frame, Bad):
        assert frame.code in ("FormatViolation", "RpcFrameworkError")
        encode_error(frame.message_id, frame.code, frame.description, version=V201).encode()
    if isinstance(frame, Call | Send | CallResult):
        assert not depth_exceeds(frame.payload, MAX_DEPTH)
        written = json.dumps(frame.payload, ensure_ascii=False, allow_nan=False)
        written.encode()
        assert "\\u0000" not in written


@given(text=st.text() | SOUP | st.binary(), version=st.sampled_from(OcppVersion))
@example(text='[2,"1","\\ud800', version=V16)
@settings(max_examples=500, deadline=None)
def test_whatever_text_or_bytes_come_a_frame_comes_out(text, version):
    assert_usable(decode_frame(text, version=version))


@given(
    parts=st.tuples(KINDS, JSON) | st.tuples(KINDS, JSON, JSON) | st.tuples(KINDS, JSON, JSON, JSON) | JSON,
    data=st.data(),
)
@settings(max_examples=500, deadline=None)
def test_whatever_json_comes_also_cut_short_or_garbled_a_frame_comes_out(parts, data):
    whole = json.dumps(parts, ensure_ascii=data.draw(st.booleans()))
    cut = data.draw(st.integers(0, len(whole)))
    garbled = whole[:cut] + data.draw(SOUP) + whole[cut:]
    for text in (whole, whole[:cut], garbled):
        for version in OcppVersion:
            assert_usable(decode_frame(text, version=version))


@given(message_id=st.text(min_size=1, max_size=36), payload=st.dictionaries(st.text(), JSON, max_size=4))
@settings(max_examples=200, deadline=None)
def test_a_call_that_is_written_reads_back_as_it_was(message_id, payload):
    payload = harmless(payload)
    message_id = harmless(message_id)

    frame = decode_frame(encode_call(message_id, "DataTransfer", payload), version=V201)

    assert frame == Call(message_id, "DataTransfer", payload)
