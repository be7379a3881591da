"""Words of stations to states of updates and uploads, and a campaign's next step."""

from datetime import UTC, datetime, timedelta

import pytest

from apps.stations.messages import FirmwareStatus, LogStatus
from apps.stations.rules import logs
from apps.stations.rules.firmware import ENDED, OPEN, Step, Tally, UpdateState, next_step, proves_success, state_after
from apps.stations.rules.logs import LogState

S, F = UpdateState, FirmwareStatus
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize("told", [status for status in F if status is not F.IDLE])
def test_q71_every_status_is_taken_whatever_was_left_out_before(told):
    assert state_after(S.ASKED, told) is state_after(S.DOWNLOADING, told) is state_after(S.INSTALLING, told)
    assert state_after(S.ASKED, told) is not S.ASKED


@pytest.mark.parametrize("state", list(S))
def test_idle_and_unknown_words_change_nothing(state):
    assert state_after(state, F.IDLE) is state_after(state, None) is state


@pytest.mark.parametrize("told", list(F))
def test_q71_what_is_installed_stays_installed(told):
    assert state_after(S.INSTALLED, told) is S.INSTALLED


def test_a_failed_download_may_begin_again():
    assert state_after(S.FAILED, F.DOWNLOADING) is S.DOWNLOADING
    assert state_after(S.UNKNOWN, F.INSTALLING) is S.INSTALLING


def test_a_cancelled_update_only_becomes_installed():
    assert state_after(S.CANCELLED, F.DOWNLOADING) is S.CANCELLED
    assert state_after(S.CANCELLED, F.INSTALLED) is S.INSTALLED


def test_nothing_is_known_of_an_update_that_was_not_asked_for_yet():
    assert state_after(S.WAITING, F.INSTALLED) is S.WAITING


@pytest.mark.parametrize(
    ("state", "before", "reported", "wanted", "expected"),
    [
        (S.INSTALLING, "1.0", "2.0", "2.0", True),
        (S.ACCEPTED, "", "2.0", "2.0", True),
        (S.DOWNLOADED, "1.0", "v2.0-rev7", "2.0", True),  # spelt in its maker's way
        (S.UNKNOWN, "1.0", "2.0", "2.0", True),
        (S.FAILED, "1.0", "1.5", "2.0", False),
        (S.INSTALLING, "1.0", "1.0", "2.0", False),
        (S.INSTALLING, "2.0", "2.0", "2.0", False),
        (S.INSTALLING, "", "1.5", "2.0", False),
        (S.ASKED, "1.0", "2.0", "2.0", True),
        (S.ASKED, "1.0", "1.5", "2.0", False),
        (S.WAITING, "1.0", "2.0", "2.0", False),
        (S.INSTALLING, "1.0", "", "2.0", False),
        (S.INSTALLED, "1.0", "2.0", "2.0", False),
    ],
)
def test_q71_a_new_version_at_the_next_boot_is_success(state, before, reported, wanted, expected):
    assert proves_success(state, before=before, reported=reported, wanted=wanted) is expected


def test_a_state_is_open_or_ended():
    assert {*OPEN, *ENDED} == {*S}
    assert {*logs.OPEN, *logs.ENDED} == {*LogState}


@pytest.mark.parametrize(
    ("tally", "due_at", "expected"),
    [
        (Tally(left=4, busy=0, away=0, bad=0), NOON, Step.START),
        (Tally(left=4, busy=0, away=0, bad=0), NOON + timedelta(seconds=1), Step.WAIT),
        (Tally(left=4, busy=0, away=0, bad=0), None, Step.PAUSE),
        (Tally(left=4, busy=1, away=0, bad=1), NOON, Step.WAIT),
        (Tally(left=4, busy=0, away=3, bad=1), NOON, Step.START),
        (Tally(left=4, busy=1, away=0, bad=2), NOON, Step.STOP),
        (Tally(left=0, busy=0, away=0, bad=2), None, Step.FINISH),
        (Tally(left=0, busy=0, away=1, bad=0), None, Step.WAIT),
        (Tally(left=0, busy=1, away=0, bad=0), None, Step.WAIT),
    ],
)
def test_a_wave_begins_after_the_one_before_and_the_pause(tally, due_at, expected):
    assert next_step(tally, stop_after=2, due_at=due_at, at=NOON) is expected


def test_a_campaign_that_never_stops_goes_on_after_any_number_of_failures():
    tally = Tally(left=1, busy=0, away=0, bad=99)

    assert next_step(tally, stop_after=0, due_at=NOON, at=NOON) is Step.START


@pytest.mark.parametrize("told", [status for status in LogStatus if status is not LogStatus.IDLE])
def test_every_upload_status_is_taken_but_for_a_file_that_is_here(told):
    assert logs.state_after(LogState.ASKED, told) is not LogState.ASKED
    assert logs.state_after(LogState.UPLOADED, told) is LogState.UPLOADED


@pytest.mark.parametrize("state", list(LogState))
def test_an_idle_station_says_nothing_of_an_upload(state):
    assert logs.state_after(state, LogStatus.IDLE) is logs.state_after(state, None) is state
