"""Vendor data: handed to whoever is wired to understand it, answered as the standard wants otherwise."""

import pytest

from apps.stations.messages import DataTransfer, DataTransferAnswer
from apps.stations.services.vendor import LONGEST_DATA, take_data
from tests.stations.conftest import caller

HEARD: list[object] = []


def echo(_caller, data):
    HEARD.append(data)
    return DataTransferAnswer(status="Accepted", data=data)


@pytest.fixture(autouse=True)
def handlers(settings, monkeypatch):
    HEARD.clear()
    known = {"com.example": {"Echo": f"{__name__}.echo", "": f"{__name__}.echo"}}
    monkeypatch.setattr(settings.WIRING, "VENDOR_HANDLERS", known)


def said(station, vendor="com.example", message_id="Echo", data=None):
    return take_data(caller(station), DataTransfer(vendor_id=vendor, message_id=message_id, data=data))


@pytest.mark.parametrize("message_id", ["Echo", None])
def test_a_known_message_reaches_its_handler_and_gets_its_answer(station, message_id):
    answer = said(station, message_id=message_id, data={"a": 1})

    assert (answer.status, answer.data, HEARD) == ("Accepted", {"a": 1}, [{"a": 1}])


@pytest.mark.parametrize("vendor", ["com.stranger", "COM.EXAMPLE", ""])
def test_q70_an_unknown_vendor_is_told_so(station, vendor):
    assert said(station, vendor=vendor).status == "UnknownVendorId"
    assert HEARD == []


@pytest.mark.parametrize("message_id", ["Ech", "echo"])
def test_q70_an_unknown_message_of_a_known_vendor_is_told_so(station, message_id):
    assert said(station, message_id=message_id).status == "UnknownMessageId"


def test_q70_data_beyond_all_measure_reach_nobody(station):
    assert said(station, data="x" * (LONGEST_DATA + 1)).status == "Rejected"
    assert HEARD == []


@pytest.mark.parametrize("data", ["__import__('os').abort()", "{{ 7*7 }}", "${7*7}", "[1, 2", {"__class__": "x"}])
def test_q70_data_are_read_and_never_run(station, data):
    assert said(station, data=data).data == data
