"""Campaigns: waves, pauses, stops, and what people may do with them."""

from datetime import timedelta

import pytest

from apps.core.clock import now
from apps.core.errors import UnableTo
from apps.events.models import OutboxRow
from apps.stations.messages import FirmwareStatus, FirmwareStatusNotification
from apps.stations.models import FirmwareCampaign, FirmwareUpdate, StationCommand
from apps.stations.services import campaigns, firmware
from apps.stations.services.campaigns import advance_campaign, create_campaign
from apps.stations.services.library import archive_firmware
from tests.firmware import make_firmware, put_blobs_into
from tests.stations.conftest import caller


@pytest.fixture(autouse=True)
def blob_folder(settings, tmp_path):
    return put_blobs_into(settings, tmp_path / "blobs")


@pytest.fixture
def stations(alpha, make_station):
    return [make_station(f"CS-{number}", firmware_version="1.0") for number in range(1, 6)]


@pytest.fixture
def start(stations):
    def begin(**fields):
        facts = {"name": "Spring", "wave_size": 2, "stop_after": 1} | fields
        facts.setdefault("firmware", make_firmware())
        campaign = create_campaign(FirmwareCampaign(**facts), stations, by="olga")
        advance_campaign(campaign.pk)
        return campaign

    return begin


def told(number, word):
    update = FirmwareUpdate.objects.select_related("station").get(station__identity=f"CS-{number}")
    news = FirmwareStatusNotification(status=FirmwareStatus(word), raw_status=word, request_id=update.request_id)
    firmware.take_firmware_status(caller(update.station), news)


def states(campaign):
    rows = campaign.updates.order_by("station__identity")
    return [update.state for update in rows]


def state_of(campaign):
    return FirmwareCampaign.objects.get(pk=campaign.pk).state


W, A, I, F, C = "waiting", "asked", "installed", "failed", "cancelled"  # noqa: E741


def test_the_first_wave_begins_and_the_others_wait(start):
    campaign = start()

    assert states(campaign) == [A, A, W, W, W]
    assert list(campaign.updates.order_by("pk").values_list("wave", flat=True)) == [1, 1, 2, 2, 3]
    assert StationCommand.objects.count() == 2


def test_a_wave_begins_when_the_one_before_has_ended(start):
    campaign = start()
    told(1, "Installed")
    advance_campaign(campaign.pk)
    assert states(campaign) == [I, A, W, W, W]

    told(2, "Installed")
    advance_campaign(campaign.pk)
    assert states(campaign) == [I, I, A, A, W]


def test_the_end_of_an_update_moves_its_campaign(start, run_outbox):
    campaign = start()
    for number in range(1, 6):
        told(number, "Installed")
        run_outbox()

    assert states(campaign) == [I, I, I, I, I]
    campaign.refresh_from_db()
    assert campaign.state == "done"
    assert campaign.ended_at is not None


def test_any_number_of_calls_ask_each_station_once(start):
    campaign = start()
    for _ in range(3):
        advance_campaign(campaign.pk)

    assert StationCommand.objects.count() == 2


def test_workers_that_do_it_at_the_same_time_ask_each_station_once(live_tenant, make_station, in_threads, settings):
    made = [make_station(f"CS-{number}") for number in range(1, 7)]
    planned = FirmwareCampaign(name="Race", firmware=make_firmware(), wave_size=3)
    campaign = create_campaign(planned, made, by="olga")

    in_threads(4, lambda _number: advance_campaign(campaign.pk))

    assert states(campaign) == [A, A, A, W, W, W]
    assert StationCommand.objects.count() == 3


def test_between_waves_there_is_a_pause(start, time_machine):
    time_machine.move_to(now(), tick=False)
    campaign = start(pause_s=600)
    told(1, "Installed")
    told(2, "Installed")

    advance_campaign(campaign.pk)
    time_machine.shift(599)
    advance_campaign(campaign.pk)
    assert states(campaign) == [I, I, W, W, W]

    time_machine.shift(1)
    advance_campaign(campaign.pk)
    assert states(campaign) == [I, I, A, A, W]


def test_a_campaign_begins_when_it_is_due(start, time_machine):
    time_machine.move_to(now(), tick=False)
    campaign = start(due_at=now() + timedelta(hours=1))
    assert states(campaign) == [W] * 5

    time_machine.shift(3600)
    advance_campaign(campaign.pk)
    assert states(campaign) == [A, A, W, W, W]


def test_too_many_failures_stop_a_campaign(start):
    campaign = start(stop_after=2)
    told(1, "Installed")
    told(2, "DownloadFailed")
    advance_campaign(campaign.pk)
    told(3, "InvalidSignature")
    advance_campaign(campaign.pk)
    told(4, "Installed")
    advance_campaign(campaign.pk)

    assert states(campaign) == [I, F, F, I, W]
    assert state_of(campaign) == "stopped"


def test_updates_that_nobody_heard_of_again_count_as_failures(start):
    campaign = start()
    FirmwareUpdate.objects.filter(state=A).update(deadline_at=now())
    StationCommand.objects.update(state="accepted")
    firmware.time_out_updates()
    advance_campaign(campaign.pk)

    assert state_of(campaign) == "stopped"


def test_a_stopped_campaign_goes_on_with_its_failures_forgiven(start):
    campaign = start()
    told(1, "DownloadFailed")
    told(2, "Installed")
    advance_campaign(campaign.pk)
    campaigns.resume_campaign(campaign, by="olga")
    advance_campaign(campaign.pk)
    assert states(campaign) == [F, I, A, A, W]

    told(3, "DownloadFailed")
    advance_campaign(campaign.pk)
    assert state_of(campaign) == "stopped"


def test_a_station_that_is_away_holds_up_no_wave_but_the_end(start, time_machine):
    time_machine.move_to(now(), tick=False)
    campaign = start(wave_size=3)
    told(1, "Installed")
    told(2, "Installed")
    advance_campaign(campaign.pk)
    assert states(campaign) == [I, I, A, W, W]

    time_machine.shift(121)
    advance_campaign(campaign.pk)
    assert states(campaign) == [I, I, A, A, A]
    told(4, "Installed")
    told(5, "Installed")
    advance_campaign(campaign.pk)
    assert state_of(campaign) == "running"

    told(3, "Installed")
    advance_campaign(campaign.pk)
    assert state_of(campaign) == "done"


def test_a_paused_campaign_begins_nothing_and_goes_on_when_told(start):
    campaign = start()
    campaigns.pause_campaign(campaign, by="olga")
    told(1, "Installed")
    told(2, "Installed")
    advance_campaign(campaign.pk)
    assert states(campaign) == [I, I, W, W, W]

    campaigns.resume_campaign(campaign, by="olga")
    advance_campaign(campaign.pk)
    assert states(campaign) == [I, I, A, A, W]


def test_a_cancelled_campaign_leaves_alone_what_was_reached(start):
    campaign = start()
    told(1, "Downloading")
    campaigns.cancel_campaign(campaign, by="olga")

    assert states(campaign) == ["downloading", C, C, C, C]
    assert state_of(campaign) == C
    advance_campaign(campaign.pk)
    assert StationCommand.objects.filter(state="queued").count() == 1


@pytest.mark.parametrize(
    ("verb", "state"),
    [("pause", "paused"), ("pause", "done"), ("resume", "running"), ("resume", "cancelled"), ("cancel", "done")],
)
def test_what_a_campaign_is_not_in_a_state_for_is_refused(start, verb, state):
    campaign = start()
    FirmwareCampaign.objects.update(state=state, ended_at=now() if state in ("done", "cancelled") else None)

    with pytest.raises(UnableTo):
        getattr(campaigns, f"{verb}_campaign")(campaign, by="olga")


def test_a_station_that_no_longer_fits_when_its_wave_comes_has_failed(start, stations):
    campaign = start(wave_size=1, firmware=make_firmware(vendor="Voltbach"), stop_after=0)
    stations[1].vendor = "Nordlys"
    stations[1].save()
    told(1, "Installed")
    advance_campaign(campaign.pk)

    failed = campaign.updates.get(station=stations[1])
    assert (failed.state, failed.problem) == (F, "Voltbach 2.0 is not made for CS-2.")


def test_a_campaign_over_a_station_that_is_being_updated_is_refused(start, stations):
    firmware.request_update(FirmwareUpdate(station=stations[3], firmware=make_firmware("3.0")), by="olga")

    with pytest.raises(UnableTo, match="Another update of CS-4"):
        start()
    assert not FirmwareCampaign.objects.exists()


@pytest.mark.parametrize("fields", [{"wave_size": 0}, {"name": ""}, {"timeout_s": 1}, {"retries": 101}])
def test_a_campaign_that_can_not_be_right_is_refused(start, fields):
    with pytest.raises(UnableTo):
        start(**fields)


def test_a_campaign_without_stations_is_refused(alpha):
    campaign = FirmwareCampaign(name="None", firmware=make_firmware(), wave_size=1)

    with pytest.raises(UnableTo, match="at least one"):
        create_campaign(campaign, [], by="olga")


def test_firmware_that_a_campaign_still_needs_is_not_archived(start):
    campaign = start()

    with pytest.raises(UnableTo, match="still needs"):
        archive_firmware(campaign.firmware, by="olga")


def test_a_campaign_is_announced_when_it_is_made(start):
    start()

    assert OutboxRow.objects.filter(task="stations.advance_campaign").exists()
