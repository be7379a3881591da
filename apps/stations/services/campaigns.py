"""Firmware campaigns: one firmware for many stations, wave by wave."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, Q
from django.utils.translation import gettext as _

from apps.accounts.services import audit
from apps.accounts.services.saving import save_checked
from apps.core.clock import now
from apps.core.errors import UnableTo
from apps.events.services import broadcast, emit
from apps.stations.messages import CampaignMoved
from apps.stations.models import CampaignState, ChargingStation, CommandState, FirmwareCampaign, FirmwareUpdate
from apps.stations.rules.firmware import OPEN, Step, Tally, UpdateState, next_step
from apps.stations.services.firmware import cancel_update, refuse_unfit, start_waiting
from apps.stations.services.transfers import check_times

# A request that is with its station no later than this after it was made counts as under way, not as unreachable.
REACHED_WITHIN = timedelta(minutes=2)
TERMS = ("retrieve_at", "install_at", "retries", "retry_interval_s", "is_signed", "timeout_s")


@transaction.atomic
def create_campaign(campaign: FirmwareCampaign, stations: Sequence[ChargingStation], *, by: str) -> FirmwareCampaign:
    """Plan an update for each of these stations, in waves in this order; the first begins at `due_at` or now."""
    if not stations:
        raise UnableTo(_("Choose at least one station."))
    check_times(retrieve_at=campaign.retrieve_at, install_at=campaign.install_at, due_at=campaign.due_at)
    campaign.by, campaign.due_at = by, campaign.due_at or now()
    saved = save_checked(campaign, by=by, name=campaign.name)
    terms = {name: getattr(saved, name) for name in TERMS}
    rows = ChargingStation.objects.filter(pk__in=[station.pk for station in stations], archived_at=None)
    locked = {station.pk: station for station in rows.select_for_update(no_key=True).order_by("pk")}
    for number, station in enumerate(locked[station.pk] for station in stations if station.pk in locked):
        wave = number // saved.wave_size + 1
        update = FirmwareUpdate(
            station=station,
            firmware=saved.firmware,
            campaign=saved,
            wave=wave,
            by=by,
            state=UpdateState.WAITING,
            **terms,
        )
        refuse_unfit(update, station)
        update.save(force_insert=True)
    _move(saved)
    return saved


def _move(campaign: FirmwareCampaign) -> None:
    emit(CampaignMoved(campaign_id=campaign.pk))
    broadcast("campaigns", id=campaign.pk)


@transaction.atomic
def pause_campaign(campaign: FirmwareCampaign, *, by: str) -> None:
    """Begin no further update; those that are under way go on."""
    locked = _locked(campaign.pk)
    if locked.state != CampaignState.RUNNING:
        raise UnableTo(_("Only a running campaign can be paused."))
    _set(locked, CampaignState.PAUSED)
    audit.record(by, "stations.firmwarecampaign.paused", audit.target_of(locked), name=locked.name)


@transaction.atomic
def resume_campaign(campaign: FirmwareCampaign, *, by: str) -> None:
    """Go on; what has failed so far is forgiven."""
    locked = _locked(campaign.pk)
    if locked.state not in (CampaignState.PAUSED, CampaignState.STOPPED):
        raise UnableTo(_("Only a paused or stopped campaign can go on."))
    if locked.state == CampaignState.STOPPED:
        locked.forgiven = _failures(locked)
        locked.save(update_fields=["forgiven"])
    _set(locked, CampaignState.RUNNING)
    audit.record(by, "stations.firmwarecampaign.resumed", audit.target_of(locked), name=locked.name)
    _move(locked)


@transaction.atomic
def cancel_campaign(campaign: FirmwareCampaign, *, by: str) -> None:
    """Ask no further station; one that was reached already goes on as it was asked."""
    locked = _locked(campaign.pk)
    if locked.ended_at:
        raise UnableTo(_("This campaign has ended already."))
    _set(locked, CampaignState.CANCELLED)
    for update in locked.updates.filter(_not_reached()).order_by("station_id"):
        cancel_update(update, by=by)
    audit.record(by, "stations.firmwarecampaign.cancelled", audit.target_of(locked), name=locked.name)


def _not_reached() -> Q:
    return Q(state=UpdateState.WAITING) | Q(state=UpdateState.ASKED, command__state=CommandState.QUEUED)


def _locked(campaign_id: int) -> FirmwareCampaign:
    return FirmwareCampaign.objects.select_for_update(no_key=True).get(pk=campaign_id)


def _set(campaign: FirmwareCampaign, state: CampaignState) -> None:
    campaign.state = state
    if state in (CampaignState.CANCELLED, CampaignState.DONE):
        campaign.ended_at = now()
    campaign.save(update_fields=["state", "ended_at"])
    broadcast("campaigns", id=campaign.pk)


def advance_campaign(campaign_id: int) -> None:
    """Do what is due now: begin a wave, stop, end. Any number of calls at once does it once.

    Each station is asked in a transaction of its own: a wave must not hold up what else its stations say.
    """
    _turn(campaign_id)
    begun = FirmwareUpdate.objects.filter(campaign=campaign_id, state=UpdateState.WAITING)
    for update_id, wave in begun.order_by("wave", "pk").values_list("pk", "wave"):
        campaign = FirmwareCampaign.objects.get(pk=campaign_id)
        if campaign.state != CampaignState.RUNNING or wave > campaign.wave:
            return
        start_waiting(update_id)


@transaction.atomic
def _turn(campaign_id: int) -> None:
    campaign, at = _locked(campaign_id), now()
    if campaign.state != CampaignState.RUNNING:
        return
    step = next_step(_tally(campaign, at), stop_after=campaign.stop_after, due_at=campaign.due_at, at=at)
    if step is Step.STOP:
        _set(campaign, CampaignState.STOPPED)
    elif step is Step.FINISH:
        _set(campaign, CampaignState.DONE)
    elif step is Step.PAUSE:
        campaign.due_at = at + timedelta(seconds=campaign.pause_s)
        step = Step.WAIT if campaign.pause_s else Step.START
    if step is Step.START:
        campaign.wave, campaign.due_at = campaign.wave + 1, None
    campaign.save(update_fields=["wave", "due_at"])
    broadcast("campaigns", id=campaign.pk)


def _tally(campaign: FirmwareCampaign, at: datetime) -> Tally:
    """A request that waits for its station is no work for anybody; it can't hold up the others."""
    is_away = Q(state=UpdateState.ASKED, command__state=CommandState.QUEUED, asked_at__lte=at - REACHED_WITHIN)
    is_left = Q(state=UpdateState.WAITING, wave__gt=campaign.wave)
    counts = campaign.updates.aggregate(
        left=Count("pk", filter=is_left),
        away=Count("pk", filter=is_away),
        open=Count("pk", filter=Q(state__in=OPEN)),
    )
    busy = counts["open"] - counts["left"] - counts["away"]
    bad = max(0, _failures(campaign) - campaign.forgiven)
    return Tally(left=counts["left"], busy=busy, away=counts["away"], bad=bad)


def _failures(campaign: FirmwareCampaign) -> int:
    return campaign.updates.filter(state__in=(UpdateState.FAILED, UpdateState.UNKNOWN)).count()


def running_campaigns() -> list[int]:
    return list(FirmwareCampaign.objects.filter(state=CampaignState.RUNNING).values_list("pk", flat=True))
