"""Firmware and logs from the request over the file to the end, on a real socket and over real HTTP."""

import pytest

from apps.accounts.models import AuditEntry
from apps.core.clock import now
from apps.stations.messages import LogType
from apps.stations.models import FirmwareUpdate, LogRequest, ReceivedFile, StationCommand
from apps.stations.services import blobs, logs
from apps.stations.services.commands import queue_raw
from apps.stations.services.firmware import request_update
from apps.telemetry.models import Frame
from tests.firmware import CONTENT, SHA256, make_firmware, put_blobs_into
from tests.plugged import wait_for
from tests.web import RunningWeb, ask, form_with

VERSIONS_2 = pytest.mark.parametrize("version", ["2.0.1", "2.1"])
BOOT_16 = {"chargePointVendor": "Voltbach", "chargePointModel": "V2", "firmwareVersion": "1.0"}
BOOT_2 = {
    "reason": "PowerUp",
    "chargingStation": {"vendorName": "Voltbach", "model": "V2", "firmwareVersion": "1.0"},
}


@pytest.fixture(autouse=True)
def web(settings, tmp_path, live_tenant):
    put_blobs_into(settings, tmp_path / "blobs")
    running = RunningWeb()
    settings.PUBLIC_URL = running.url
    yield running
    running.stop()


def boot(raw, firmware="1.0"):
    if raw.version == "1.6":
        return raw.call("BootNotification", BOOT_16 | {"firmwareVersion": firmware})
    return raw.call("BootNotification", BOOT_2 | {
        "chargingStation": BOOT_2["chargingStation"] | {"firmwareVersion": firmware}})  # fmt: skip


@pytest.fixture
def booted(plug):
    def connect(version="1.6"):
        raw = plug(version=version)
        boot(raw)
        return raw

    return connect


@pytest.fixture
def settled(run_outbox):
    """`settled(row)`: wait for its command to be finished, let the tasks run, and look at it again."""

    def settle(row):
        wait_for(lambda: StationCommand.objects.filter(pk=row.command_id, finished_at__isnull=False).exists())
        run_outbox()
        row.refresh_from_db()
        return row.state

    return settle


def order_update(station, **fields):
    station.refresh_from_db()
    wanted = {"firmware": make_firmware()} if "firmware" not in fields else {}
    return request_update(FirmwareUpdate(station=station, **wanted, **fields), by="olga")


def order_log(station, log_type=LogType.DIAGNOSTICS):
    return logs.request_log(LogRequest(station=station, log_type=log_type), by="olga")


def tell(raw, action, *words, **fields):
    for word in words:
        assert raw.call(action, {"status": word, **fields}) == {}


def fresh(row):
    row.refresh_from_db()
    return row.state


# --- TC_044: plain updates


def test_tc_044_1_firmware_is_downloaded_and_installed(booted, station, settled):
    raw = booted()
    update = order_update(station)
    asked = raw.obey("UpdateFirmware", {})
    assert settled(update) == "accepted"

    tell(raw, "FirmwareStatusNotification", "Downloading")
    assert ask(asked["location"]).body == CONTENT
    tell(raw, "FirmwareStatusNotification", "Downloaded", "Installing")
    assert fresh(update) == "installing"
    tell(raw, "FirmwareStatusNotification", "Installed")

    assert fresh(update) == "installed"
    assert [step.detail for step in update.steps.filter(kind="told")] == [
        "Downloading", "Downloaded", "Installing", "Installed",
    ]  # fmt: skip
    wait_for(lambda: update.steps.filter(kind="fetched").exists())


def test_tc_044_1_once_installed_the_address_leads_nowhere(booted, station, settled):
    raw = booted()
    order_update(station)
    location = raw.obey("UpdateFirmware", {})["location"]
    tell(raw, "FirmwareStatusNotification", "Installed")

    assert ask(location).status == 404


def test_tc_044_2_a_download_that_fails_ends_the_update(booted, station, settled):
    raw = booted()
    update = order_update(station)
    location = raw.obey("UpdateFirmware", {})["location"]
    assert settled(update) == "accepted"

    assert ask(location.replace("/files/", "/files/x")).status == 404
    tell(raw, "FirmwareStatusNotification", "Downloading", "DownloadFailed")

    assert (fresh(update), update.problem) == ("failed", "The station could not download the file.")
    assert update.ended_at is not None


def test_tc_044_3_an_installation_that_fails_ends_the_update(booted, station, settled):
    raw = booted()
    update = order_update(station)
    location = raw.obey("UpdateFirmware", {})["location"]
    assert ask(location).status == 200
    tell(raw, "FirmwareStatusNotification", "Downloaded", "Installing", "InstallationFailed")

    assert (fresh(update), update.problem) == ("failed", "The station could not install the file.")
    assert station.firmware_updates.filter(state="installed").count() == 0


def test_tc_044_1_a_station_that_does_not_know_the_request_has_failed(booted, station, settled):
    raw = booted()
    update = order_update(station)
    message_id, _payload = raw.expect("UpdateFirmware")
    raw.socket.send(f'[4, "{message_id}", "NotImplemented", "", {{}}]')

    assert settled(update) == "failed"
    assert update.problem != ""


# --- Q71: what stations leave out


def test_q71_a_station_that_restarts_into_the_new_version_has_been_updated(booted, plug, station, settled):
    raw = booted()
    update = order_update(station)
    raw.obey("UpdateFirmware", {})
    settled(update)
    tell(raw, "FirmwareStatusNotification", "Installing", "Installing")
    raw.unplug()

    boot(plug(), "2.0")

    assert settled(update) == "installed"
    assert [(step.detail, step.count) for step in update.steps.filter(kind="told")] == [("Installing", 2)]


def test_q71_an_idle_station_says_nothing_of_an_update_that_has_ended(booted, station, settled):
    raw = booted()
    update = order_update(station)
    raw.obey("UpdateFirmware", {})
    tell(raw, "FirmwareStatusNotification", "Installed", "Idle")

    assert (fresh(update), update.status) == ("installed", "Installed")


# --- TC_080, TC_081: signed updates


def signed_update(station):
    return order_update(station, firmware=make_firmware(signed=True), is_signed=True)


def test_tc_080_signed_firmware_is_verified_and_installed(booted, plug, station, settled):
    raw = booted()
    update = signed_update(station)
    asked = raw.obey("SignedUpdateFirmware", {"status": "Accepted"})
    assert settled(update) == "accepted"
    assert asked["requestId"] == update.request_id
    assert asked["firmware"]["signature"] == update.firmware.signature
    assert asked["firmware"]["signingCertificate"] == update.firmware.signing_certificate
    number = {"requestId": asked["requestId"]}

    tell(raw, "SignedFirmwareStatusNotification", "Downloading", **number)
    assert ask(asked["firmware"]["location"]).body == CONTENT
    tell(raw, "SignedFirmwareStatusNotification", "Downloaded", "SignatureVerified", "Installing", **number)
    tell(raw, "SignedFirmwareStatusNotification", "InstallRebooting", **number)
    raw.unplug()
    again = plug()
    boot(again, "2.0")
    tell(again, "SignedFirmwareStatusNotification", "Installed", **number)

    assert (fresh(update), update.problem) == ("installed", "")


def test_tc_080_a_status_with_a_number_we_never_gave_changes_nothing(booted, station, settled):
    raw = booted()
    update = signed_update(station)
    raw.obey("SignedUpdateFirmware", {"status": "Accepted"})
    settled(update)
    tell(raw, "SignedFirmwareStatusNotification", "Installed", requestId=update.request_id + 1)

    assert fresh(update) == "accepted"


def test_tc_081_an_invalid_signature_ends_the_update_with_a_note_about_security(booted, station, settled):
    raw = booted()
    update = signed_update(station)
    asked = raw.obey("SignedUpdateFirmware", {"status": "Accepted"})
    number = {"requestId": asked["requestId"]}
    tell(raw, "SignedFirmwareStatusNotification", "Downloading", "Downloaded", "InvalidSignature", **number)

    assert (fresh(update), update.status) == ("failed", "InvalidSignature")
    assert update.problem.startswith("Security:")
    entry = AuditEntry.objects.get(action="stations.firmware.invalid_signature")
    assert (entry.actor, entry.detail["update"]) == ("station CS-1", update.pk)


@pytest.mark.parametrize("status", ["InvalidCertificate", "RevokedCertificate", "Rejected"])
def test_tc_081_a_certificate_that_the_station_does_not_trust_ends_the_update(booted, station, settled, status):
    raw = booted()
    update = signed_update(station)
    location = raw.obey("SignedUpdateFirmware", {"status": status})["firmware"]["location"]

    assert settled(update) == "failed"
    assert update.steps.get(kind="answered").detail == status
    assert ask(location).status == 200  # a station may think better of it, until the time limit


# --- TC_045, TC_079: logs


def test_tc_045_1_diagnostics_are_uploaded_and_kept(booted, station, settled):
    raw = booted()
    request = order_log(station)
    asked = raw.obey("GetDiagnostics", {"fileName": "diag.zip"})
    assert settled(request) == "accepted"
    assert request.file_name == "diag.zip"

    tell(raw, "DiagnosticsStatusNotification", "Uploading")
    body, content_type = form_with(CONTENT)
    assert ask(asked["location"], "POST", body, content_type=content_type).status == 200
    tell(raw, "DiagnosticsStatusNotification", "Uploaded")

    assert fresh(request) == "uploaded"
    kept = ReceivedFile.objects.get(transfer=request.transfer)
    assert (kept.name, kept.sha256, kept.size) == ("diag.zip", SHA256, len(CONTENT))
    assert b"".join(blobs.read(kept.sha256, length=kept.size)) == CONTENT


def test_tc_045_1_a_station_without_diagnostics_tells_no_file(booted, station, settled):
    raw = booted()
    request = order_log(station)
    raw.obey("GetDiagnostics", {})

    assert (settled(request), request.problem) == ("failed", logs.NOTHING_THERE)


def test_tc_045_2_a_failed_upload_is_shown_as_such(booted, station, settled):
    raw = booted()
    request = order_log(station)
    raw.obey("GetDiagnostics", {"fileName": "diag.zip"})
    settled(request)
    tell(raw, "DiagnosticsStatusNotification", "Uploading", "UploadFailed")

    assert (fresh(request), request.status) == ("failed", "UploadFailed")
    assert request.problem == "The station could not upload the file."
    assert not ReceivedFile.objects.exists()


def test_tc_079_the_security_log_is_uploaded_and_kept(booted, station, settled):
    raw = booted()
    request = order_log(station, LogType.SECURITY)
    asked = raw.obey("GetLog", {"status": "Accepted", "filename": "security.log"})
    assert settled(request) == "accepted"
    assert (asked["logType"], asked["requestId"]) == ("SecurityLog", request.request_id)

    number = {"requestId": asked["requestId"]}
    tell(raw, "LogStatusNotification", "Uploading", **number)
    location = asked["log"]["remoteLocation"]
    assert ask(f"{location}/security.log", "PUT", b"2026-03-02 StartupOfTheDevice\n").status == 200
    tell(raw, "LogStatusNotification", "Uploaded", **number)

    assert fresh(request) == "uploaded"
    assert ReceivedFile.objects.get().name == "security.log"


def test_tc_079_a_refused_security_log_is_shown_as_such(booted, station, settled):
    raw = booted()
    request = order_log(station, LogType.SECURITY)
    raw.obey("GetLog", {"status": "Rejected"})

    assert (settled(request), request.problem) == ("failed", logs.REFUSED)


# --- the same in 2.x


@VERSIONS_2
def test_firmware_is_updated_in_2_x_alike(booted, station, settled, version):
    raw = booted(version)
    update = order_update(station)
    asked = raw.obey("UpdateFirmware", {"status": "Accepted"})
    settled(update)
    number = {"requestId": asked["requestId"]}
    tell(raw, "FirmwareStatusNotification", "Downloading", **number)
    assert ask(asked["firmware"]["location"]).body == CONTENT
    tell(raw, "FirmwareStatusNotification", "Downloaded", "InstallVerificationFailed", **number)

    assert (fresh(update), update.problem) == ("failed", "The station found the installed firmware to be damaged.")


@VERSIONS_2
def test_a_second_log_request_takes_the_place_of_the_first(booted, station, settled, version):
    raw = booted(version)
    first, second = order_log(station), order_log(station)
    raw.obey("GetLog", {"status": "Accepted", "filename": "a"})
    asked = raw.obey("GetLog", {"status": "AcceptedCanceled", "filename": "b"})
    settled(first)
    settled(second)
    tell(raw, "LogStatusNotification", "Uploaded", requestId=asked["requestId"])

    assert (fresh(first), fresh(second)) == ("cancelled", "uploaded")
    assert first.problem == "A newer request took its place."


def test_addresses_are_hidden_wherever_messages_are_shown(booted, station, live_tenant):
    raw = booted()
    update = order_update(station)
    location = raw.obey("UpdateFirmware", {})["location"]
    secret = location.split("/files/")[1].split("/")[0]

    frame = wait_for(lambda: Frame.objects.filter(action="UpdateFirmware", incoming=False).first())
    assert "/files/•••/fw-2.0.bin" in frame.payload
    assert not Frame.objects.filter(payload__contains=secret).exists()
    row = StationCommand.objects.get(pk=update.command_id)
    assert secret not in f"{row.message}{row.payload}"


def test_a_request_by_hand_is_no_update_of_ours_but_its_news_are_answered(booted, station):
    raw = booted()
    payload = {"location": "http://h/x", "retrieveDate": now().isoformat()}
    queue_raw(station, "UpdateFirmware", payload, by="olga")
    raw.obey("UpdateFirmware", {})
    tell(raw, "FirmwareStatusNotification", "Downloading", "Installed")
    tell(raw, "DiagnosticsStatusNotification", "Idle")

    assert not FirmwareUpdate.objects.exists()
