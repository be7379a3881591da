"""Requests for logs: numbers, statuses, files that come, and the time limit."""

import io
from datetime import timedelta

import pytest

from apps.core.clock import now
from apps.core.errors import UnableTo, UnableToFind
from apps.stations.messages import LogStatus, LogStatusNotification, LogType
from apps.stations.models import LogRequest, ReceivedFile, StationCommand, Transfer
from apps.stations.rules.logs import LogState
from apps.stations.services import blobs, logs
from apps.stations.services.transfers import find_transfer
from tests.firmware import put_blobs_into
from tests.stations.conftest import NOON, caller

S = LogState


@pytest.fixture(autouse=True)
def blob_folder(settings, tmp_path):
    return put_blobs_into(settings, tmp_path / "blobs")


@pytest.fixture
def ask(station):
    def request(log_type=LogType.DIAGNOSTICS, **fields):
        return logs.request_log(LogRequest(station=station, log_type=log_type, **fields), by="olga")

    return request


def told(station, word, request_id=None):
    status = LogStatus(word) if word in set(LogStatus) else None
    logs.take_log_status(caller(station), LogStatusNotification(status=status, raw_status=word, request_id=request_id))


def answered(request, **outcome):
    command = StationCommand.objects.get(pk=request.command_id)
    command.finish(**outcome)
    logs.note_answer(command)
    request.refresh_from_db()
    return request.state


def sent(request, content=b"log", name="log.txt"):
    return logs.receive_file(request.transfer_id, io.BytesIO(content), name=name)


def test_a_request_names_an_address_for_uploads_only(ask, settings):
    settings.PUBLIC_URL = "https://ohm.example/"
    request = ask(oldest_at=NOON, latest_at=NOON + timedelta(days=1))

    message = request.command.message
    start, token = message["location"].rsplit("/", 1)
    assert start == "https://ohm.example/files"
    assert find_transfer(token, direction="upload").id == request.transfer_id
    with pytest.raises(UnableToFind):
        find_transfer(token, direction="download")
    assert (message["log_type"], message["request_id"]) == ("DiagnosticsLog", request.request_id)
    assert message["oldest_at"].startswith("2026-03-02T12:00")


def test_a_log_may_go_to_an_address_that_somebody_typed(ask):
    request = ask(address="ftp://u:pw@files.example.com/in/")

    assert request.command.message["location"] == "ftp://u:pw@files.example.com/in/"
    assert (request.address, request.transfer) == ("ftp://u:•••@files.example.com/in/", None)


def test_statuses_are_followed_by_number(ask, station):
    first, second = ask(), ask(LogType.SECURITY)
    told(station, "Uploading", first.request_id)
    told(station, "Uploaded", second.request_id)

    assert [request.state for request in (re(first), re(second))] == [S.UPLOADING, S.UPLOADED]


def re(request):
    return LogRequest.objects.get(pk=request.pk)


@pytest.mark.parametrize("number", [None, 0, -1])
def test_without_a_number_the_newest_open_request_is_meant(ask, station, number):
    first, second = ask(), ask()
    told(station, "Uploaded", number)
    told(station, "UploadFailure", number)

    assert [re(first).state, re(second).state] == [S.FAILED, S.UPLOADED]


def test_a_number_nobody_gave_is_of_no_request(ask, station):
    request = ask()
    told(station, "Uploaded", request.request_id + 5)

    assert re(request).state == S.ASKED


def test_another_stations_number_is_of_no_request_here(ask, make_station):
    request = ask()
    told(make_station("CS-2"), "Uploaded", request.request_id)

    assert re(request).state == S.ASKED


@pytest.mark.parametrize(
    "word", ["UploadFailure", "BadMessage", "PermissionDenied", "NotSupportedOperation"]
)  # fmt: skip
def test_a_failed_upload_says_why(ask, station, word):
    request = ask()
    told(station, word)

    assert (re(request).state, re(request).problem) == (S.FAILED, logs.PROBLEMS[LogStatus(word)])


def test_an_idle_station_changes_nothing(ask, station):
    request = ask()
    told(station, "Uploading")
    told(station, "Idle")

    assert (re(request).state, re(request).status) == (S.UPLOADING, "Idle")


def test_a_file_is_kept_as_it_came(ask, alpha, blob_folder):
    request = ask()
    kept = sent(request, b"PK\x03\x04", name="../../diag.zip")

    assert (kept.name, kept.size, re(request).state) == ("diag.zip", 4, S.UPLOADED)
    assert b"".join(blobs.read(kept.sha256, length=kept.size)) == b"PK\x03\x04"
    assert [path.name for path in blob_folder.rglob("*") if path.is_file()] == [kept.sha256]


def test_the_same_file_once_more_is_kept_once(ask):
    request = ask()

    assert sent(request).pk == sent(request).pk
    assert ReceivedFile.objects.count() == 1


def test_the_same_file_twice_at_once_is_kept_once(live_tenant, make_station, in_threads):
    request = logs.request_log(LogRequest(station=make_station("CS-1"), log_type=LogType.SECURITY), by="olga")

    in_threads(4, lambda _number: sent(request))

    assert ReceivedFile.objects.count() == 1


def test_a_file_is_stronger_than_a_word_of_failure(ask, station):
    request = ask()
    told(station, "UploadFailure")
    sent(request)
    told(station, "UploadFailure", request.request_id)

    assert re(request).state == S.UPLOADED


def test_no_more_than_so_many_bytes_are_taken_in_all(ask):
    request = ask()
    Transfer.objects.update(size=10)
    sent(request, b"123456")

    with pytest.raises(UnableTo, match="No further file"):
        sent(request, b"abcde")
    assert ReceivedFile.objects.count() == 1


def test_no_more_than_so_many_files_are_taken(ask):
    request = ask()
    for number in range(logs.MOST_FILES):
        sent(request, b"%d" % number)

    with pytest.raises(UnableTo, match="No further file"):
        sent(request, b"one more")


def test_nothing_is_taken_after_the_address_has_expired(ask):
    request = ask()
    token = request.command.message["location"].rsplit("/", 1)[1]
    Transfer.objects.update(expires_at=now())

    with pytest.raises(UnableTo):
        sent(request)
    with pytest.raises(UnableToFind):
        find_transfer(token, direction="upload")


def test_nothing_is_taken_from_an_archived_station(ask, station):
    token = ask().command.message["location"].rsplit("/", 1)[1]
    station.archived_at = now()
    station.save()

    with pytest.raises(UnableToFind):
        find_transfer(token, direction="upload")


@pytest.mark.parametrize(
    ("outcome", "state", "problem"),
    [
        ({"state": "accepted", "action": "GetLog"}, S.ACCEPTED, ""),
        ({"state": "accepted", "action": "GetDiagnostics", "result": "diag.zip"}, S.ACCEPTED, ""),
        ({"state": "accepted", "action": "GetDiagnostics"}, S.FAILED, logs.NOTHING_THERE),
        ({"state": "rejected", "status": "Rejected"}, S.FAILED, logs.REFUSED),
        ({"state": "failed", "error": "NotSupported"}, S.FAILED, "NotSupported"),
        ({"state": "expired"}, S.FAILED, logs.NOT_REACHED),
        ({"state": "timed_out"}, S.ASKED, ""),
    ],
)
def test_the_answer_decides_whether_a_file_is_waited_for(ask, outcome, state, problem):
    request = ask()

    assert answered(request, **outcome) == state
    assert request.problem == problem
    assert request.file_name == outcome.get("result", "")


def test_a_station_that_sends_a_log_it_denied_having_is_believed(ask, station):
    request = ask()
    answered(request, state="accepted", action="GetDiagnostics")
    sent(request)

    assert re(request).state == S.UPLOADED


def test_a_new_request_that_cancels_the_one_before_says_so(ask):
    first, second = ask(), ask()
    answered(second, state="accepted", action="GetLog", status="AcceptedCanceled")

    assert (re(first).state, re(second).state) == (S.CANCELLED, S.ACCEPTED)
    assert re(first).transfer.expires_at <= now()


def test_what_never_came_is_given_up(ask):
    request = ask()
    assert logs.time_out_logs() == 0
    LogRequest.objects.update(deadline_at=now())

    assert logs.time_out_logs() == 1
    assert logs.time_out_logs() == 0
    assert (re(request).state, re(request).problem) == (S.UNKNOWN, logs.NOTHING_CAME)
