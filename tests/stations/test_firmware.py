"""Updates of single stations: the request, the statuses in any order, the boot, the time limit."""

from datetime import timedelta

import pytest

from apps.accounts.models import AuditEntry
from apps.core.clock import now
from apps.core.errors import UnableTo
from apps.stations.messages import BootNotification, FirmwareStatus, FirmwareStatusNotification, OcppVersion
from apps.stations.models import FirmwareUpdate, StationCommand, StepKind
from apps.stations.rules.firmware import UpdateState
from apps.stations.services import firmware, library
from apps.stations.services.boot import boot
from apps.stations.services.commands import claim_next, expire_commands, fail_command, record_sent, time_out_command
from apps.stations.services.transfers import find_transfer
from tests.firmware import CONTENT, SHA256, make_firmware, put_blobs_into
from tests.stations.conftest import NOON, caller, connect, minutes

S = UpdateState


@pytest.fixture(autouse=True)
def blob_folder(settings, tmp_path):
    return put_blobs_into(settings, tmp_path / "blobs")


@pytest.fixture
def known(station):
    """CS-1 has said what it is and what it runs."""
    station.vendor, station.model, station.firmware_version = "Voltbach", "V2", "1.0"
    station.save()
    return station


@pytest.fixture
def update(known):
    return firmware.request_update(FirmwareUpdate(station=known, firmware=make_firmware()), by="olga")


def told(update, *words, request_id=None, reason=""):
    """The station says one after another; the state after the last."""
    for word in words:
        status = FirmwareStatus(word) if word in set(FirmwareStatus) else None
        news = FirmwareStatusNotification(status=status, raw_status=word, request_id=request_id, reason=reason)
        firmware.take_firmware_status(caller(update.station, minutes(1), OcppVersion.V16), news)
    return state_of(update)


def state_of(update):
    return FirmwareUpdate.objects.get(pk=update.pk).state


def answered(update, **outcome):
    """Close the command by a service, and tell the update."""
    command = StationCommand.objects.get(pk=update.command_id)
    command.finish(**outcome)
    firmware.note_answer(command)
    return state_of(update)


def starts_with(station, version):
    boot(caller(station, minutes(9)), BootNotification(vendor="Voltbach", model="V2", firmware_version=version))
    firmware.note_boot(station.pk)


def timeline(update):
    return [(step.kind, step.detail, step.count) for step in update.steps.all()]


# --- asking


def test_a_request_names_an_address_where_only_this_file_can_be_fetched(known, settings):
    settings.PUBLIC_URL = "https://ohm.example"
    update = firmware.request_update(FirmwareUpdate(station=known, firmware=make_firmware()), by="olga")

    message = update.command.message
    start, token, name = message["location"].rsplit("/", 2)
    found = find_transfer(token, direction="download")
    assert (start, name) == ("https://ohm.example/files", "fw-2.0.bin")
    assert token.startswith("alpha.")
    assert len(token.removeprefix("alpha.")) == 43  # 256 bits
    assert (found.sha256, found.size) == (SHA256, len(CONTENT))
    assert (message["request_id"], message.get("signature")) == (update.request_id, None)
    assert (update.state, update.version, update.version_before) == (S.ASKED, "2.0", "1.0")
    assert AuditEntry.objects.filter(action="stations.firmware.update_requested", actor="olga").exists()


def test_only_a_digest_of_the_address_is_kept_once_the_station_was_asked(update, known):
    epoch = connect(known)
    claimed = claim_next(known.pk, epoch=epoch)
    location = claimed.message.location
    token = location.split("/files/")[1].split("/")[0]
    record_sent(claimed, action="UpdateFirmware", payload={"location": location}, message_id="m1")

    command = StationCommand.objects.get(pk=claimed.id)
    assert command.payload == {"location": location.replace(token, "•••")}
    assert token not in str(command.message)
    assert find_transfer(token, direction="download").id == update.transfer_id


def test_with_its_signature_the_request_holds_it(known):
    made = make_firmware(signed=True)
    update = firmware.request_update(FirmwareUpdate(station=known, firmware=made, is_signed=True), by="olga")

    message = update.command.message
    assert (message["signature"], message["signing_certificate"]) == (made.signature, made.signing_certificate)


def test_an_address_that_somebody_typed_is_sent_as_it_is_and_kept_without_its_password(known):
    address = "ftp://fw:s3cret@files.example.com/2.0.bin"
    update = firmware.request_update(FirmwareUpdate(station=known, address=address, version="2.0"), by="olga")

    assert update.command.message["location"] == address
    assert update.address == "ftp://fw:•••@files.example.com/2.0.bin"
    assert update.transfer is None
    assert not AuditEntry.objects.filter(detail__icontains="s3cret").exists()


@pytest.mark.parametrize(
    "address", ["", "fw.bin", "file:///etc/passwd", "javascript:alert(1)", "http://", "http://h:99999/", "http://h/a b"]
)
def test_an_address_that_no_station_could_use_is_refused(known, address):
    with pytest.raises(UnableTo, match="Write an address"):
        firmware.request_update(FirmwareUpdate(station=known, address=address), by="olga")

    assert not FirmwareUpdate.objects.exists()


@pytest.mark.parametrize("field", ["retrieve_at", "install_at"])
@pytest.mark.parametrize("year", [1, 1999, 9999])
def test_a_time_that_nobody_can_mean_is_refused(known, field, year):
    wanted = FirmwareUpdate(station=known, address="http://h/x", **{field: NOON.replace(year=year)})

    with pytest.raises(UnableTo, match="too far away"):
        firmware.request_update(wanted, by="olga")


def test_firmware_of_another_make_is_refused(known):
    with pytest.raises(UnableTo, match="is not made for CS-1"):
        firmware.request_update(FirmwareUpdate(station=known, firmware=make_firmware(vendor="Nordlys")), by="olga")


def test_archived_firmware_is_refused(known):
    made = make_firmware()
    library.archive_firmware(made, by="olga")
    made.refresh_from_db()

    with pytest.raises(UnableTo, match="archived"):
        firmware.request_update(FirmwareUpdate(station=known, firmware=made), by="olga")


def test_a_signature_that_is_not_there_can_not_be_sent(known):
    with pytest.raises(UnableTo, match="no signature"):
        firmware.request_update(FirmwareUpdate(station=known, firmware=make_firmware(), is_signed=True), by="olga")


def test_one_update_at_a_time(update, known):
    with pytest.raises(UnableTo, match="under way"):
        firmware.request_update(FirmwareUpdate(station=known, address="http://h/2.bin"), by="olga")


# --- the answer


def test_an_accepted_request_is_waited_for(update):
    assert answered(update, state="accepted", status="Accepted") == S.ACCEPTED


@pytest.mark.parametrize(
    ("outcome", "problem"),
    [
        ({"state": "rejected", "status": "Rejected"}, firmware.REFUSED),
        ({"state": "rejected", "status": "InvalidCertificate"}, firmware.BAD_CERTIFICATE),
        ({"state": "rejected", "status": "RevokedCertificate"}, firmware.BAD_CERTIFICATE),
        ({"state": "failed", "error": "NotImplemented"}, "NotImplemented"),
        ({"state": "failed"}, firmware.NOT_UNDERSTOOD),
        ({"state": "expired"}, firmware.NOT_REACHED),
    ],
)
def test_a_request_that_came_to_nothing_has_failed(update, outcome, problem):
    assert answered(update, **outcome) == S.FAILED
    update.refresh_from_db()
    assert update.problem == problem
    assert update.ended_at is not None


def test_a_request_without_an_answer_may_have_arrived(update):
    time_out_command(update.command_id)
    firmware.note_answer(StationCommand.objects.get(pk=update.command_id))

    assert state_of(update) == S.ASKED
    assert told(update, "Downloading") == S.DOWNLOADING


def test_an_answer_that_is_told_after_the_first_status_changes_nothing(update):
    told(update, "Downloading")

    assert answered(update, state="accepted", status="Accepted") == S.DOWNLOADING


def test_a_station_that_never_connects_was_not_reached(update, time_machine):
    StationCommand.objects.update(expires_at=NOON)
    expire_commands()
    firmware.note_answer(StationCommand.objects.get(pk=update.command_id))

    update.refresh_from_db()
    assert (update.state, update.problem) == (S.FAILED, firmware.NOT_REACHED)


# --- statuses


def test_an_update_as_the_standard_draws_it(update):
    assert told(update, "Downloading", "Downloaded", "Installing", "Installed") == S.INSTALLED
    update.refresh_from_db()
    assert (update.status, update.problem) == ("Installed", "")
    assert update.ended_at is not None


@pytest.mark.parametrize("words", [["Installed"], ["Downloaded", "Installed"], ["Installing", "Installed"]])
def test_q71_states_that_a_station_leaves_out_are_not_missed(update, words):
    assert told(update, *words) == S.INSTALLED


def test_q71_repeats_are_counted_and_change_nothing(update):
    told(update, "Downloading", "Downloading", "Downloading", "Downloaded")

    assert timeline(update) == [
        (StepKind.ASKED, "olga", 1),
        (StepKind.TOLD, "Downloading", 3),
        (StepKind.TOLD, "Downloaded", 1),
    ]


def test_q71_installed_that_never_comes_is_read_off_the_version_at_the_next_boot(update, known):
    told(update, "Downloading", "Downloaded", "Installing")
    starts_with(known, "2.0")

    update.refresh_from_db()
    assert (update.state, update.problem) == (S.INSTALLED, "")
    assert timeline(update)[-1] == (StepKind.BOOTED, "2.0", 1)


def test_q71_a_boot_with_the_old_version_proves_nothing(update, known):
    told(update, "Downloaded")
    starts_with(known, "1.0")

    assert state_of(update) == S.DOWNLOADED


def test_q71_a_new_version_in_another_spelling_is_success_with_a_remark(update, known):
    told(update, "Installing")
    starts_with(known, "V2-2.0.0-r1")

    update.refresh_from_db()
    assert (update.state, update.problem) == (S.INSTALLED, firmware.OTHER_VERSION)


def test_q71_an_update_nobody_hears_of_any_more_ends_as_unknown(update):
    told(update, "Downloading")
    FirmwareUpdate.objects.update(deadline_at=NOON)
    time_out_command(update.command_id)

    assert firmware.time_out_updates() == 1
    assert firmware.time_out_updates() == 0
    update.refresh_from_db()
    assert (update.state, update.problem) == (S.UNKNOWN, firmware.NOTHING_HEARD)


def test_q71_what_is_told_after_the_time_limit_still_counts(update, known):
    told(update, "Installing")
    StationCommand.objects.update(state="accepted")
    FirmwareUpdate.objects.update(deadline_at=NOON)
    firmware.time_out_updates()

    starts_with(known, "2.0")

    assert state_of(update) == S.INSTALLED


def test_an_update_within_its_time_limit_goes_on(update):
    time_out_command(update.command_id)

    assert firmware.time_out_updates() == 0
    assert state_of(update) == S.ASKED


@pytest.mark.parametrize("word", ["DownloadFailed", "InstallationFailed", "InstallVerificationFailed"])
def test_a_failure_says_what_went_wrong(update, word):
    assert told(update, "Downloading", word, reason="disk full") == S.FAILED
    update.refresh_from_db()
    assert update.problem == firmware.PROBLEMS[FirmwareStatus(word)]
    assert timeline(update)[-1] == (StepKind.TOLD, f"{word} disk full", 1)


def test_an_invalid_signature_is_a_failure_with_a_note_about_security(update):
    assert told(update, "Downloaded", "InvalidSignature") == S.FAILED
    update.refresh_from_db()
    assert update.problem.startswith("Security:")
    entry = AuditEntry.objects.get(action="stations.firmware.invalid_signature")
    assert (entry.actor, entry.detail["name"]) == ("station CS-1", "2.0")


def test_a_download_that_begins_again_opens_the_update_again(update):
    told(update, "DownloadFailed")

    assert told(update, "Downloading", "Downloaded") == S.DOWNLOADED
    update.refresh_from_db()
    assert (update.ended_at, update.problem) == (None, "")
    assert firmware.time_out_updates() == 0


def test_an_old_update_does_not_open_again_beside_a_newer_one(update, known):
    told(update, "DownloadFailed")
    newer = firmware.request_update(FirmwareUpdate(station=known, address="http://h/3.bin"), by="olga")

    assert told(update, "Downloading", request_id=update.request_id) == S.FAILED
    assert state_of(newer) == S.ASKED


@pytest.mark.parametrize("word", ["Idle", "Rewiring"])
def test_idle_and_words_nobody_knows_change_nothing(update, word):
    told(update, "Downloading")

    assert told(update, word) == S.DOWNLOADING
    assert timeline(update)[-1] == (StepKind.TOLD, word, 1)


def test_a_status_with_the_number_of_another_request_is_of_no_update(update):
    assert told(update, "Installed", request_id=update.request_id + 7) == S.ASKED


@pytest.mark.parametrize("odd", [None, 0, -1])
def test_a_status_without_a_number_is_of_the_update_asked_for_last(update, odd):
    assert told(update, "Downloading", request_id=odd) == S.DOWNLOADING


def test_a_status_without_a_number_is_of_no_update_that_is_long_over(update):
    told(update, "DownloadFailed")
    FirmwareUpdate.objects.update(ended_at=now() - timedelta(days=8))

    assert told(update, "Downloading") == S.FAILED
    assert told(update, "Downloading", request_id=update.request_id) == S.DOWNLOADING


def test_a_status_of_another_station_is_of_no_update_here(update, make_station):
    other = make_station("CS-2")
    news = FirmwareStatusNotification(status=FirmwareStatus.INSTALLED, raw_status="Installed", request_id=1)

    firmware.take_firmware_status(caller(other), news)

    assert state_of(update) == S.ASKED


def test_a_station_that_installs_unasked_disturbs_nobody(known):
    news = FirmwareStatusNotification(status=FirmwareStatus.INSTALLED, raw_status="Installed")

    firmware.take_firmware_status(caller(known), news)
    firmware.note_boot(known.pk)

    assert not FirmwareUpdate.objects.exists()


# --- taking it back


def test_an_update_that_was_not_sent_yet_is_taken_back_whole(update):
    firmware.cancel_update(update, by="olga")

    update.refresh_from_db()
    assert (update.state, update.command.state) == (S.CANCELLED, "expired")
    with pytest.raises(UnableTo, match="ended already"):
        firmware.cancel_update(update, by="olga")


def test_of_an_update_under_way_the_file_is_taken_back(update):
    told(update, "DownloadScheduled")
    assert update.transfer.expires_at > NOON
    firmware.cancel_update(update, by="olga")

    assert told(update, "Downloading", "DownloadFailed") == S.CANCELLED
    update.transfer.refresh_from_db()
    assert update.transfer.expires_at <= FirmwareUpdate.objects.get().ended_at + timedelta(seconds=1)
    assert told(update, "Installed") == S.INSTALLED


def test_a_failed_command_of_somebody_else_is_of_no_update(update, known):
    other = StationCommand.objects.create(station=known, action="Reset", payload={}, by="x", expires_at=NOON)
    fail_command(other.pk, error="no")
    firmware.note_answer(StationCommand.objects.get(pk=other.pk))

    assert state_of(update) == S.ASKED
