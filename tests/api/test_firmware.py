"""Firmware, updates, campaigns and logs for programs."""

import io
from datetime import UTC, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.accounts.messages import Scope
from apps.stations.messages import LogType
from apps.stations.models import Firmware, FirmwareCampaign, FirmwareUpdate, LogRequest
from apps.stations.services import firmware, logs
from tests.firmware import CONTENT, SHA256, make_firmware, put_blobs_into

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def blob_folder(settings, tmp_path):
    return put_blobs_into(settings, tmp_path / "blobs")


@pytest.fixture
def station(alpha, make_station):
    return make_station("CS-1", firmware_version="1.0")


def upload(api, **fields):
    data = {"file": SimpleUploadedFile("fw.bin", CONTENT), "version": "2.0"} | fields
    return api.post("/api/v1/firmware", data, format="multipart")


def test_a_file_is_taken_into_the_library(api):
    answer = upload(api, vendor="Voltbach", sha256=SHA256)

    made = Firmware.objects.get()
    assert answer.status_code == 201, answer.content
    body = answer.json()
    assert (body["id"], body["sha256"], body["size"], body["file_name"]) == (made.pk, SHA256, len(CONTENT), "fw.bin")
    assert (body["vendor"], body["archived_at"]) == ("Voltbach", None)


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"file": ""}, "$.file"),
        ({"file": SimpleUploadedFile("fw.bin", b"")}, "$.file"),
        ({"version": ""}, "$.version"),
        ({"sha256": "00"}, "$.sha256"),
        ({"signature": "AAAA"}, "$.signature"),
        ({"colour": "red"}, "$.colour"),
        ({"version": "2\0"}, "$.version"),
    ],
)
def test_what_is_wrong_with_an_upload_is_named(api, paths, fields, path):
    answer = upload(api, **fields)

    assert answer.status_code == 400
    assert paths(answer) == [path]
    assert not Firmware.objects.exists()


def test_an_upload_without_a_form_is_refused(api, paths):
    assert paths(api.post("/api/v1/firmware", {"version": "2.0"}, format="json")) == ["$.file"]
    assert api.post("/api/v1/firmware", b"raw", content_type="application/octet-stream").status_code == 415


def test_the_bytes_are_handed_out_again(api):
    answer = api.get(f"/api/v1/firmware/{make_firmware().pk}/file")

    assert b"".join(answer) == CONTENT
    assert (answer["Content-Disposition"], answer["X-Content-Type-Options"]) == (
        'attachment; filename="fw-2.0.bin"', "nosniff",
    )  # fmt: skip


def test_unused_firmware_is_deleted_and_used_firmware_archived(api, station):
    unused, used = make_firmware("1"), make_firmware("2")
    firmware.request_update(FirmwareUpdate(station=station, firmware=used), by="x")

    assert api.delete(f"/api/v1/firmware/{unused.pk}").status_code == 204
    assert api.delete(f"/api/v1/firmware/{used.pk}").status_code == 409
    assert api.post(f"/api/v1/firmware/{used.pk}/archive").json()["archived_at"]
    assert api.get("/api/v1/firmware").json()["count"] == 0
    assert api.get("/api/v1/firmware?archived=true").json()["count"] == 1


def test_a_station_is_asked_to_update(api, station):
    made = make_firmware()
    body = {"station": "CS-1", "firmware": made.pk, "retries": 2, "retrieve_at": "2026-07-01T00:00:00Z"}
    answer = api.post("/api/v1/firmware-updates", body, format="json")

    assert answer.status_code == 201, answer.content
    told = answer.json()
    assert (told["state"], told["version"], told["version_before"], told["retries"]) == ("asked", "2.0", "1.0", 2)
    assert [step["kind"] for step in told["steps"]] == ["asked"]
    assert told["retrieve_at"] == "2026-07-01T00:00:00Z"
    assert "files/" not in answer.content.decode()
    assert api.post("/api/v1/firmware-updates", body, format="json").status_code == 409


def test_an_update_shows_what_the_station_said(api, station):
    update = firmware.request_update(FirmwareUpdate(station=station, address="ftp://u:pw@h/2.bin"), by="x")
    update.note("told", at=AT, detail="DownloadFailed")
    update.go("failed", at=AT, problem=firmware.NOT_REACHED)

    told = api.get(f"/api/v1/firmware-updates/{update.pk}").json()
    assert told["steps"][1] == {
        "kind": "told", "detail": "DownloadFailed", "at": "2026-03-02T12:00:00Z", "last_at": "2026-03-02T12:00:00Z",
        "count": 1,
    }  # fmt: skip
    assert (told["state"], told["problem"]) == ("failed", "The station was not connected in time.")
    assert told["address"] == "ftp://u:•••@h/2.bin"


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, "$"), ({"firmware": 999}, "$.firmware"), ({"address": "nowhere"}, "$.address"),
        ({"address": "http://h/", "timeout_s": 1}, "$.timeout_s"), ({"address": "http://h/", "wave": 1}, "$.wave"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_an_update_is_named(api, paths, station, body, path):
    answer = api.post("/api/v1/firmware-updates", {"station": "CS-1"} | body, format="json")

    assert (answer.status_code, paths(answer)) == (400, [path])
    assert not FirmwareUpdate.objects.exists()


def test_an_update_is_cancelled(api, station):
    update = firmware.request_update(FirmwareUpdate(station=station, firmware=make_firmware()), by="x")

    assert api.post(f"/api/v1/firmware-updates/{update.pk}/cancel").json()["state"] == "cancelled"
    assert api.post(f"/api/v1/firmware-updates/{update.pk}/cancel").status_code == 409


def test_a_campaign_is_begun_paused_resumed_and_cancelled(api, station, make_station, run_outbox):
    make_station("CS-2")
    body = {"name": "Spring", "firmware": make_firmware().pk, "stations": ["CS-2", "CS-1", "CS-2"], "wave_size": 1}
    answer = api.post("/api/v1/firmware-campaigns", body, format="json")
    run_outbox()

    assert answer.status_code == 201, answer.content
    address = f"/api/v1/firmware-campaigns/{answer.json()['id']}"
    counts = api.get(address).json()["counts"]
    assert (counts["asked"], counts["waiting"], counts["failed"]) == (1, 1, 0)
    assert FirmwareUpdate.objects.get(state="asked").station.identity == "CS-2"
    states = [api.post(f"{address}/{verb}").json().get("state") for verb in ("pause", "resume", "cancel")]
    assert states == ["paused", "running", "cancelled"]
    assert api.post(f"{address}/resume").status_code == 409


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"stations": []}, "$.stations"), ({"stations": ["nobody"]}, "$.stations"), ({"wave_size": 0}, "$.wave_size"),
        ({"name": ""}, "$.name"), ({"firmware": None}, "$.firmware"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_campaign_is_named(api, paths, station, change, path):
    body = {"name": "A", "firmware": make_firmware().pk, "stations": ["CS-1"], "wave_size": 1} | change
    answer = api.post("/api/v1/firmware-campaigns", body, format="json")

    assert answer.status_code == 400
    assert [told.split("[")[0] for told in paths(answer)] == [path]
    assert not FirmwareCampaign.objects.exists()


def test_a_log_is_asked_for_and_its_file_handed_out(api, station):
    body = {"station": "CS-1", "log_type": "SecurityLog", "oldest_at": "2026-03-01T00:00:00Z"}
    answer = api.post("/api/v1/logs", body, format="json")
    assert (answer.status_code, answer.json()["files"], answer.json()["state"]) == (201, [], "asked")

    request = LogRequest.objects.get()
    kept = logs.receive_file(request.transfer_id, io.BytesIO(b"log"), name="security.log")
    told = api.get(f"/api/v1/logs/{request.pk}").json()
    assert [(file["id"], file["name"], file["size"]) for file in told["files"]] == [(kept.pk, "security.log", 3)]
    assert b"".join(api.get(f"/api/v1/logs/files/{kept.pk}")) == b"log"
    assert api.get("/api/v1/logs/files/99").status_code == 404


def test_a_log_that_goes_elsewhere_has_no_files(api, station):
    logs.request_log(LogRequest(station=station, log_type=LogType.DIAGNOSTICS, address="http://h/"), by="x")

    assert api.get("/api/v1/logs").json()["results"][0]["files"] == []


@pytest.mark.parametrize(
    ("resource", "scope"),
    [
        ("firmware", Scope.STATIONS_WRITE), ("firmware-updates", Scope.COMMANDS_WRITE),
        ("firmware-campaigns", Scope.STATIONS_WRITE), ("logs", Scope.COMMANDS_WRITE),
    ],
)  # fmt: skip
def test_each_resource_is_written_with_its_own_scope(program, station, resource, scope):
    others = [other for other in Scope if other not in (scope, Scope.READ)]

    assert program(scope, name="a").post(f"/api/v1/{resource}", {}, format="json").status_code == 400
    assert program(*others, name="b").post(f"/api/v1/{resource}", {}, format="json").status_code == 403
    assert program(Scope.READ, name="c").get(f"/api/v1/{resource}").status_code == 200


def test_lists_ask_the_database_as_often_for_many_as_for_one(api, make_station, django_assert_max_num_queries):
    made = make_firmware()
    for number in range(4):
        station = make_station(f"CS-{number}")
        firmware.request_update(FirmwareUpdate(station=station, firmware=made), by="x")
        logs.request_log(LogRequest(station=station, log_type=LogType.SECURITY), by="x")

    for resource in ("firmware", "firmware-updates", "firmware-campaigns", "logs"):
        with django_assert_max_num_queries(9):
            assert api.get(f"/api/v1/{resource}").status_code == 200
