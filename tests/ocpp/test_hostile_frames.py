"""Whatever a station sends, it harms neither the gateway nor another station (Q55-Q65)."""

import json

import pytest

from apps.ocpp.limits import BAD_FRAMES, BadFrames
from apps.stations.services.credentials import set_password
from apps.telemetry.models import Frame
from tests.plugged import PASSWORD, Refused, wait_for

STATUS = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}
START = {"connectorId": 1, "idTag": "AA", "meterStart": 0, "timestamp": "2026-03-01T10:00:00Z"}


def call(action, payload, message_id="h"):
    return json.dumps([2, message_id, action, payload])


HOSTILE = [
    "", " ", "null", "true", "12", '"text"', "{}", "[]", "[2]", '[2,"h"]', '[2,"h","Heartbeat"', "[" * 65_000,
    '[2,"h","StatusNotification",' + "[" * 5000 + "]" * 5000 + "]",
    '[2,"h",["a"],{}]', '[2,"h",{"a":1},{}]', '[2,"h",null,{}]', '[2,"h","",{}]', '[2,"h",5,{}]',
    '[2,null,"Heartbeat",{}]', '[2,{},"Heartbeat",{}]', '[2,["h"],"Heartbeat",{}]', '[2,"","Heartbeat",{}]',
    '[2,"' + "h" * 5000 + '","Heartbeat",{}]',
    '["2","h","Heartbeat",{}]', '[2.0,"h","Heartbeat",{}]', '[1e400,"h","Heartbeat",{}]', '[true,"h","Heartbeat",{}]',
    '[-2,"h","Heartbeat",{}]', '[99,"h","Heartbeat",{}]', "[" + "9" * 5000 + ',"h","Heartbeat",{}]',
    '[3,"nobody-asked",{}]', '[3,"nobody-asked"]', "[3]", '[3,null,{}]', '[3,"nobody-asked",{"status":["x"]},1,2,3]',
    '[4,"nobody-asked","GenericError","",{}]', '[4,"nobody-asked"]', '[4,"nobody-asked",{},[],null]',
    '[5,"nobody-asked","FormatViolation","",{}]', '[6,"h","NotifyPeriodicEventStream",{}]',
    '[2,"h","StatusNotification",' + '{"connectorId":' + "9" * 5000 + "}]",
    '[2,"h","StatusNotification",{"connectorId":1e999,"status":NaN}]',
    '[2,"h","StatusNotification",{"connectorId":-Infinity}]',
    '[2,"h","StatusNotification",null]', '[2,"h","StatusNotification",[]]', '[2,"h","StatusNotification","x"]',
    '[2,"h","StatusNotification",7]', '[2,"h","StatusNotification",{},{},{},{}]',
    call("StatusNotification", STATUS | {"info": "\0\0"}), call("StatusNotification", STATUS | {"info": "\ud800"}),
    call("StatusNotification", STATUS | {"info": "x" * 50_000}),
    call("StatusNotification", STATUS | {"timestamp": "222222017-10-27T10:00:00Z"}),
    call("StatusNotification", STATUS | {"connectorId": 10**15}),
    call("StatusNotification", STATUS | {"status": "<script>alert(1)</script>"}),
    call("BootNotification", {"chargePointVendor": "\0" * 300, "chargePointModel": "\ud83d" * 300}),
    call("BootNotification", {"chargePointVendor": {"a": []}, "chargePointModel": [[[]]]}),
    call("Authorize", {"idTag": "\0"}), call("Authorize", {"idTag": "A" * 50_000}), call("Authorize", {"idTag": {}}),
    call("StartTransaction", START | {"idTag": "\0"}), call("StartTransaction", START | {"meterStart": 10**30}),
    call("StartTransaction", START | {"connectorId": -5}), call("StartTransaction", START | {"meterStart": -10**18}),
    call("StartTransaction", START | {"timestamp": "1000000"}), call("StartTransaction", {}),
    call("StopTransaction", {"transactionId": 10**25, "meterStop": "x", "timestamp": 5}),
    call("StopTransaction", {"transactionId": -1, "transactionData": "no list"}),
    call("MeterValues", {"connectorId": 1, "meterValue": [{"sampledValue": [None, 1, {"value": []}]}]}),
    call("DataTransfer", {"vendorId": "\0", "data": {"deep": [1]}}), call("\0", {}), call("Heartbeat\0", {}),
    call("Heartbeat", {"a": "x" * 60_000}), call("A" * 60_000, {}), "\ufeff" + call("Heartbeat", {}),
    call("'; DROP TABLE stations_chargingstation; --", {}), call("Heartbeat", {}, "h" * 255),
    call("Heartbeat", {}, "\0"),
]  # fmt: skip
BINARY = [b"", b"\x00", b"\xff\xfe\xff", b"\xef\xbb\xbf" + call("Heartbeat", {}).encode(), bytes(range(256))]


@pytest.mark.parametrize("version", ["1.6", "2.0.1", "2.1"])
def test_no_frame_ends_the_connection_or_goes_unlogged(plug, station, version):
    raw = None
    for number, frame in enumerate(HOSTILE + BINARY):
        if number % 15 == 0:  # fewer than the twenty that are too many
            raw = plug(version=version)
        raw.socket.send(frame)
        assert "currentTime" in raw.call("Heartbeat"), frame[:100]


def test_a_station_among_them_is_served_all_the_while(plug, station, make_station):
    set_password(make_station("GOOD"), PASSWORD, by="test")
    good = plug("GOOD")
    for start in range(0, len(HOSTILE), 15):
        hostile = plug()
        for frame in HOSTILE[start : start + 15]:
            hostile.socket.send(frame)
        assert good.call("StatusNotification", STATUS) == {}
        hostile.call("Heartbeat")


def test_q59_twenty_bad_frames_within_a_minute_are_enough(plug, station):
    raw = plug()
    for _ in range(BAD_FRAMES):
        raw.socket.send("no json")

    assert raw.close_code() == 4002


def test_bad_frames_are_forgotten_after_a_minute():
    counted = BadFrames()
    for number in range(BAD_FRAMES - 1):
        assert not counted.note(now=float(number))

    assert not counted.note(now=61.0)
    assert [counted.note(now=62.0 + number / 100) for number in range(3)][-1]


@pytest.mark.parametrize(("version", "code"), [("2.0.1", "FormatViolation"), ("2.1", "FormatViolation")])
def test_a_2x_station_is_told_even_without_an_id(plug, station, version, code):
    raw = plug(version=version)
    raw.socket.send("no json")

    assert raw.frame()[:3] == [4, "-1", code]


def test_a_1_6_station_is_not_told_without_an_id(plug, station):
    raw = plug()
    raw.socket.send("no json")

    assert "currentTime" in raw.call("Heartbeat")
    assert not raw.aside


@pytest.mark.parametrize(("version", "code"), [("1.6", "GenericError"), ("2.0.1", "RpcFrameworkError")])
def test_a_frame_with_an_id_but_no_action_is_answered(plug, station, version, code):
    raw = plug(version=version)
    raw.socket.send('[2,"h",{},{}]')

    assert raw.frame()[:3] == [4, "h", code]


def test_q64_too_large_a_message_closes_this_socket_only(plug, station, make_station):
    set_password(make_station("GOOD"), PASSWORD, by="test")
    good, raw = plug("GOOD"), plug()

    raw.socket.send(call("Heartbeat", {"a": "x" * 1_100_000}))

    assert raw.close_code() == 1009
    assert "currentTime" in good.call("Heartbeat")


def test_q64_a_message_of_nearly_a_mebibyte_is_taken(plug, station):
    raw = plug(version="2.0.1")

    with pytest.raises(Refused) as refusal:
        raw.call("NotImplementedHere", {"a": "x" * 1_000_000})
    assert refusal.value.code == "NotImplemented"


def test_q64_a_compressed_bomb_closes_this_socket_only(plug, station):
    raw = plug(version="2.0.1", compression="deflate")

    raw.socket.send(call("Heartbeat", {"a": "x" * 20_000_000}))

    assert raw.close_code() == 1009
    assert "currentTime" in plug(version="2.0.1").call("Heartbeat")


def test_invalid_utf8_closes_this_socket_only(plug, station):
    raw = plug()
    with raw.socket.send_context():
        raw.socket.protocol.send_text(b"\xff\xfe")

    assert raw.close_code() == 1007
    assert "currentTime" in plug().call("Heartbeat")


def test_q64_a_message_in_fragments_is_put_together(plug, station):
    raw = plug()
    raw.socket.send(iter(['[2,"f","Heart', 'beat",', "{}]"]))

    assert raw.answer_to("f")["currentTime"]


def test_2_1_send_gets_no_reply(plug, station):
    raw = plug(version="2.1")
    raw.socket.send('[6,"s","NotifyPeriodicEventStream",{"id":1}]')

    raw.call("Heartbeat")
    assert not raw.aside
    assert wait_for(lambda: Frame.objects.filter(station_id=station.pk, kind=6, action="NotifyPeriodicEventStream"))


def test_what_was_stored_of_hostile_frames_can_be_read_again(plug, gateway, station):
    for start in range(0, len(HOSTILE), 15):
        raw = plug()
        for frame in HOSTILE[start : start + 15]:
            raw.socket.send(frame)
        raw.call("Heartbeat")
    gateway.stop()

    rows = list(Frame.objects.filter(station_id=station.pk))
    assert len(rows) > len(HOSTILE)
    assert all(json.loads(row.payload) is not None for row in rows)
