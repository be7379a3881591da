"""The pages of firmware, campaigns and logs, and who may do what on them."""

import io
from datetime import UTC, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.accounts.messages import Role
from apps.accounts.models import AuditEntry
from apps.backoffice.services.live import Changes, Watch, fragments
from apps.stations.messages import LogType
from apps.stations.models import Firmware, FirmwareCampaign, FirmwareUpdate, LogRequest, ReceivedFile, Transfer
from apps.stations.services import logs
from apps.stations.services.campaigns import advance_campaign, create_campaign
from apps.stations.services.firmware import request_update
from tests.firmware import CONTENT, SHA256, make_firmware, signature_of

O, M, P, I, F, S, R = Role  # noqa: E741
ALLOWED = {
    "upload": {O, M, P},
    "archive": {O, M, P},
    "delete": {O, M, P},
    "download": {O, M, P, I},
    "update": {O, M, P, I},
    "cancel": {O, M, P, I},
    "log": {O, M, P, I},
    "log-file": {O, M, P, I},
    "campaign": {O, M, P},
    "pause": {O, M, P},
}
TERMS = {"hours": "24"}
PLAN = TERMS | {"name": "Spring", "wave_size": "1", "pause_min": "0", "stop_after": "1"}


def upload(browser, **fields):
    data = {"file": SimpleUploadedFile("fw 2.0.bin", CONTENT), "version": "2.0"} | fields
    return browser.post("/firmware/", data)


@pytest.fixture
def campaign(station):
    planned = FirmwareCampaign(name="Spring", firmware=make_firmware(), wave_size=1)
    made = create_campaign(planned, [station], by="olga")
    advance_campaign(made.pk)
    return made


@pytest.fixture
def update(station):
    return request_update(FirmwareUpdate(station=station, firmware=make_firmware()), by="olga")


@pytest.fixture
def kept(station):
    """A log that CS-1 has sent."""
    request = logs.request_log(LogRequest(station=station, log_type=LogType.DIAGNOSTICS), by="olga")
    return logs.receive_file(request.transfer_id, io.BytesIO(b"<script>alert(1)</script>"), name="diag.html")


# --- roles


@pytest.mark.parametrize("role", list(Role))
def test_a_role_may_do_what_it_is_for_and_nothing_else(browser_of, station, kept, role):
    browser = browser_of(role)

    allowed = {name for name in ALLOWED if attempt(browser, name, station, kept).status_code != 403}

    assert allowed == {name for name, roles in ALLOWED.items() if role in roles}


def attempt(browser, name, station, kept):
    FirmwareUpdate.objects.all().delete()
    FirmwareCampaign.objects.all().delete()
    Firmware.objects.all().delete()
    made = make_firmware("1.1")
    if name == "upload":
        return upload(browser)
    if name in ("download", "log-file"):
        return browser.get(f"/firmware/{made.pk}/file" if name == "download" else f"/logs/{kept.pk}/")
    if name == "cancel":
        asked = request_update(FirmwareUpdate(station=station, firmware=made), by="olga")
        return browser.post(f"/firmware/updates/{asked.pk}/cancel/")
    if name == "pause":
        planned = create_campaign(FirmwareCampaign(name="A", firmware=made, wave_size=1), [station], by="olga")
        return browser.post(f"/campaigns/{planned.pk}/pause/")
    addresses = {
        "archive": (f"/firmware/{made.pk}/archive/", {}),
        "delete": (f"/firmware/{made.pk}/delete/", {}),
        "update": ("/stations/CS-1/firmware/update/", TERMS | {"firmware": made.pk}),
        "log": ("/stations/CS-1/firmware/log/", {"log_type": "DiagnosticsLog"}),
        "campaign": (f"/firmware/{made.pk}/campaign/", PLAN | {"stations": [station.pk]}),
    }
    return browser.post(*addresses[name])


def test_whoever_only_reads_sees_everything_and_no_button(browser_of, campaign, kept):
    browser = browser_of(Role.READ_ONLY)
    pages = [
        browser.get(address).content.decode()
        for address in ("/firmware/", "/campaigns/", f"/campaigns/{campaign.pk}/", "/stations/CS-1/firmware/")
    ]

    assert all("2.0" in page or "Spring" in page for page in pages)
    for word in (
        "/archive/",
        "/delete/",
        "/pause/",
        "/cancel/",
        "firmware/update/",
        "firmware/log/",
        "/logs/",
        "/file",
    ):
        assert not [page for page in pages if word in page], word


# --- the library


def test_a_file_is_uploaded_and_listed_with_its_checksum(browser):
    assert upload(browser, vendor="Voltbach", notes="mind the gap").status_code == 302

    page = browser.get("/firmware/").content.decode()
    assert SHA256 in page
    assert "fw-2.0.bin" in page
    assert "mind the gap" in page
    assert AuditEntry.objects.filter(action="stations.firmware.created").exists()


def test_what_is_wrong_with_a_file_stands_at_its_field(browser):
    answer = upload(browser, sha256="00", **signature_of(CONTENT))

    assert answer.status_code == 422
    assert SHA256 in answer.context["form"].errors["sha256"][0]
    assert not Firmware.objects.exists()


def test_firmware_is_handed_out_to_people_as_an_attachment(browser):
    made = make_firmware()
    answer = browser.get(f"/firmware/{made.pk}/file")

    assert b"".join(answer) == CONTENT
    assert answer["Content-Disposition"] == 'attachment; filename="fw-2.0.bin"'
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_archived_firmware_is_offered_no_more(browser, station, update):
    firmware = update.firmware
    browser.post(f"/firmware/{firmware.pk}/archive/")

    assert "2.0.bin" not in browser.get("/firmware/").content.decode()
    assert "2.0.bin" in browser.get("/firmware/?shown=archived").content.decode()
    assert list(browser.get("/stations/CS-1/firmware/").context["update_form"].fields["firmware"].queryset) == []


def test_used_firmware_can_not_be_deleted(browser, update):
    answer = browser.post(f"/firmware/{update.firmware_id}/delete/")

    assert (answer.status_code, Firmware.objects.count()) == (409, 1)


@pytest.mark.parametrize(
    "address", ["/firmware/9/file", "/campaigns/9/", "/logs/9/", "/firmware/9/campaign/", "/stations/no/firmware/"]
)
def test_what_is_not_there_is_not_found(browser, address):
    assert browser.get(address).status_code == 404


def test_a_campaign_knows_three_verbs(browser, campaign):
    assert browser.post(f"/campaigns/{campaign.pk}/explode/").status_code == 404


# --- one station


def test_a_station_is_asked_to_update_on_its_own_clock(browser, station):
    made = make_firmware()
    answer = browser.post(
        "/stations/CS-1/firmware/update/",
        TERMS | {"firmware": made.pk, "retrieve_at": "2026-07-01T12:00", "retries": "3", "retry_interval_s": "60"},
    )

    assert (answer.status_code, answer["Location"]) == (302, "/stations/CS-1/firmware/")
    update = FirmwareUpdate.objects.get()
    assert update.retrieve_at == datetime(2026, 7, 1, 10, tzinfo=UTC)
    assert (update.retries, update.retry_interval_s, update.timeout_s) == (3, 60, 86_400)
    assert update.by == "owner@alpha.example"


def test_firmware_of_another_make_is_not_offered(browser, station):
    station.vendor = "Voltbach"
    station.save()
    fitting, _other = make_firmware("1"), make_firmware("2", vendor="Nordlys")

    form = browser.get("/stations/CS-1/firmware/").context["update_form"]
    assert list(form.fields["firmware"].queryset) == [fitting]
    assert (form.initial["firmware"], form.is_unfolded) == (fitting.pk, False)


def test_where_no_firmware_fits_an_address_is_asked_for(browser, station):
    assert browser.get("/stations/CS-1/firmware/").context["update_form"].is_unfolded


def test_the_version_that_runs_already_is_not_proposed(browser, station):
    station.firmware_version = "2.0"
    station.save()
    make_firmware("2.0")

    assert browser.get("/stations/CS-1/firmware/").context["update_form"].initial == {}


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({}, "address"),
        ({"address": "gopher://x/"}, "address"),
        ({"address": "http://h/x", "hours": "0"}, "hours"),
        ({"address": "http://h/x", "retrieve_at": "2026-03-29T02:30"}, "retrieve_at"),
        ({"address": "http://h/x", "retrieve_at": "9999-99-99"}, "retrieve_at"),
        ({"firmware": "99"}, "firmware"),
    ],
)
def test_a_request_that_can_not_be_right_is_shown_again(browser, station, fields, field):
    answer = browser.post("/stations/CS-1/firmware/update/", TERMS | fields)

    assert answer.status_code in (409, 422)
    assert field in answer.context["update_form"].errors
    assert not FirmwareUpdate.objects.exists()


def test_a_second_update_is_refused_with_the_reason(browser, update):
    answer = browser.post("/stations/CS-1/firmware/update/", TERMS | {"address": "http://h/x"})

    assert answer.status_code == 409
    assert "under way" in answer.content.decode()


def test_a_station_page_tells_the_timeline(browser, update):
    Transfer.objects.update(moved=512 * 1024)
    update.note("told", at=update.asked_at, detail="Downloading 17%")
    update.note("told", at=update.asked_at, detail="Downloading 17%")
    page = browser.get("/stations/CS-1/firmware/").content.decode()

    assert "Downloading 17%" in page
    assert "× 2" in page
    assert "512.0 KB of 1.0 MB fetched" in page.replace("\xa0", " ")


def test_a_log_is_asked_for_and_its_file_handed_out_as_an_attachment(browser, station, kept):
    answer = browser.post("/stations/CS-1/firmware/log/", {"log_type": "SecurityLog", "oldest_at": "2026-03-01T00:00"})
    assert answer.status_code == 302
    assert LogRequest.objects.filter(log_type="SecurityLog", oldest_at=datetime(2026, 2, 28, 23, tzinfo=UTC)).exists()

    assert "diag.html" in browser.get("/stations/CS-1/firmware/").content.decode()
    file = browser.get(f"/logs/{kept.pk}/")
    assert b"".join(file) == b"<script>alert(1)</script>"
    assert (file["Content-Type"], file["X-Content-Type-Options"]) == ("application/octet-stream", "nosniff")
    assert file["Content-Disposition"] == 'attachment; filename="diag.html"'


def test_a_period_that_ends_before_it_begins_is_refused(browser, station):
    period = {"oldest_at": "2026-03-02T00:00", "latest_at": "2026-03-01T00:00"}
    answer = browser.post("/stations/CS-1/firmware/log/", {"log_type": "DiagnosticsLog"} | period)

    assert answer.status_code == 422
    assert not LogRequest.objects.exists()


# --- campaigns


def test_a_campaign_is_planned_for_the_chosen_stations(browser, station, make_station):
    make_station("CS-2", firmware_version="2.0")
    made = make_firmware(signed=True)
    proposed = browser.get(f"/firmware/{made.pk}/campaign/").context["form"]
    assert (proposed.initial["stations"], proposed.initial["is_signed"]) == ([station.pk], True)

    plan = PLAN | {"stations": [station.pk], "wave_size": "7", "pause_min": "5", "is_signed": "on"}
    answer = browser.post(f"/firmware/{made.pk}/campaign/", plan)

    campaign = FirmwareCampaign.objects.get()
    assert answer["Location"] == f"/campaigns/{campaign.pk}/"
    assert (campaign.wave_size, campaign.pause_s, campaign.is_signed) == (7, 300, True)
    assert list(campaign.updates.values_list("station__identity", flat=True)) == ["CS-1"]


def test_a_campaign_reaches_only_stations_that_may_be_chosen(browser, station, update, make_station):
    other = make_station("CS-2", vendor="Nordlys")
    made = make_firmware("3.0", vendor="Voltbach")

    answer = browser.post(f"/firmware/{made.pk}/campaign/", PLAN | {"stations": [station.pk, other.pk]})
    assert answer.status_code == 422
    assert "stations" in answer.context["form"].errors
    assert not FirmwareCampaign.objects.exists()


def test_a_campaign_is_drawn_as_a_bar_of_its_states(browser, campaign):
    for address in ("/campaigns/", f"/campaigns/{campaign.pk}/"):
        page = browser.get(address).content.decode()
        assert 'width="100.000"' in page
        assert "asked for: 1" in page


def test_a_campaign_is_paused_goes_on_and_is_cancelled(browser, campaign):
    states = []
    for verb in ("pause", "resume", "cancel"):
        assert browser.post(f"/campaigns/{campaign.pk}/{verb}/").status_code == 302
        campaign.refresh_from_db()
        states.append(campaign.state)

    assert states == ["paused", "running", "cancelled"]
    assert browser.post(f"/campaigns/{campaign.pk}/resume/").status_code == 409


@pytest.mark.parametrize("count", [1, 4])
def test_lists_ask_the_database_as_often_for_many_as_for_one(
    browser, make_station, django_assert_max_num_queries, count
):
    made = make_firmware()
    for number in range(count):
        station = make_station(f"CS-{number}")
        planned = create_campaign(FirmwareCampaign(name="A", firmware=made, wave_size=9), [station], by="olga")
        advance_campaign(planned.pk)

    for address in ("/firmware/", "/campaigns/", f"/campaigns/{planned.pk}/", "/stations/CS-0/firmware/"):
        with django_assert_max_num_queries(22):
            assert browser.get(address).status_code == 200


def test_open_pages_are_told_to_look_again(browser, station, update):
    changes = Changes({"firmware": {station.pk}, "campaigns": {1}})
    for query in ({"page_kind": "upkeep", "identity": "CS-1"}, {"page_kind": "campaign"}):
        key = browser.cookies["sessionid"].value
        drawn = fragments(Watch.from_query(query), changes, session_key=key, language="en")
        assert [piece.strip() for piece in drawn] == ['<div id="refresh" data-flash></div>']


def test_nothing_that_a_station_says_is_markup(browser, station, update):
    update.note("told", at=update.asked_at, detail="<b>bold</b>")
    ReceivedFile.objects.all().delete()

    assert "<b>bold</b>" not in browser.get("/stations/CS-1/firmware/").content.decode()
