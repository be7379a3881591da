"""What the pages of firmware, campaigns and logs show."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar
from zoneinfo import ZoneInfo

from django.core.paginator import Page, Paginator
from django.db.models import Count, Model, Q, QuerySet
from django.utils.translation import gettext as _

from apps.core.errors import UnableToFind
from apps.stations.models import (
    CampaignState,
    ChargingStation,
    Firmware,
    FirmwareCampaign,
    FirmwareUpdate,
    Location,
    LogRequest,
    ReceivedFile,
)
from apps.stations.models.firmware import UPDATE_STATES
from apps.stations.rules.firmware import OPEN, UpdateState
from apps.stations.rules.logs import LogState
from apps.stations.services.wording import in_words

Row = TypeVar("Row", bound=Model)
PER_PAGE = 50
SHOWN_ON_STATION = 20
MOST_STATIONS = 2000
# From good to bad to not begun: the order in which they lie beside each other in a bar.
TONES = {
    UpdateState.INSTALLED: ("free", "check"),
    UpdateState.INSTALLING: ("reserved", "bolt"),
    UpdateState.DOWNLOADED: ("charging", "check"),
    UpdateState.DOWNLOADING: ("charging", "download"),
    UpdateState.ACCEPTED: ("charging", "in"),
    UpdateState.ASKED: ("unknown", "out"),
    UpdateState.FAILED: ("faulted", "alert"),
    UpdateState.UNKNOWN: ("occupied", "question"),
    UpdateState.CANCELLED: ("unavailable", "ban"),
    UpdateState.WAITING: ("offline", "clock"),
}
LOG_TONES = {
    LogState.ASKED: ("unknown", "out"),
    LogState.ACCEPTED: ("charging", "in"),
    LogState.UPLOADING: ("charging", "in"),
    LogState.UPLOADED: ("free", "check"),
    LogState.FAILED: ("faulted", "alert"),
    LogState.UNKNOWN: ("occupied", "question"),
    LogState.CANCELLED: ("unavailable", "ban"),
}
CAMPAIGN_TONES = {
    CampaignState.RUNNING: ("charging", "play"),
    CampaignState.PAUSED: ("occupied", "pause"),
    CampaignState.STOPPED: ("faulted", "alert"),
    CampaignState.CANCELLED: ("unavailable", "ban"),
    CampaignState.DONE: ("free", "check"),
}


@dataclass(frozen=True)
class ShownUpdate:
    """An update as lists draw it."""

    update: FirmwareUpdate

    @property
    def tone(self) -> str:
        return TONES[UpdateState(self.update.state)][0]

    @property
    def icon(self) -> str:
        return TONES[UpdateState(self.update.state)][1]

    @property
    def problem(self) -> str:
        return in_words(self.update.problem)


@dataclass(frozen=True)
class ShownLog:
    """A request for a log as lists draw it."""

    request: LogRequest

    @property
    def tone(self) -> str:
        return LOG_TONES[LogState(self.request.state)][0]

    @property
    def icon(self) -> str:
        return LOG_TONES[LogState(self.request.state)][1]

    @property
    def problem(self) -> str:
        return in_words(self.request.problem)

    @property
    def files(self) -> list[ReceivedFile]:
        return list(self.request.transfer.files.all()) if self.request.transfer else []


@dataclass(frozen=True, kw_only=True)
class Segment:
    """A part of a bar, in percent of its width."""

    label: str
    tone: str
    count: int
    x: float
    width: float


@dataclass(frozen=True)
class ShownCampaign:
    """A campaign with how many updates are in which state."""

    campaign: FirmwareCampaign
    counts: dict[str, int]

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def tone(self) -> str:
        return CAMPAIGN_TONES[CampaignState(self.campaign.state)][0]

    @property
    def icon(self) -> str:
        return CAMPAIGN_TONES[CampaignState(self.campaign.state)][1]

    @cached_property
    def segments(self) -> list[Segment]:
        names, x, found = dict(UPDATE_STATES), 0.0, []
        for state, (tone, _icon) in TONES.items():
            count = self.counts.get(state, 0)
            if count:
                width = 100 * count / self.total
                found.append(Segment(label=str(names[state]), tone=tone, count=count, x=x, width=width))
                x += width
        return found

    @property
    def is_open(self) -> bool:
        return self.campaign.ended_at is None


def library(*, archived: bool) -> list[Firmware]:
    """The library's files with how often they were installed, and whether anybody was ever asked to."""
    rows = Firmware.objects.filter(archived_at__isnull=not archived)
    return list(
        rows.annotate(
            installed=Count("updates", filter=Q(updates__state=UpdateState.INSTALLED), distinct=True),
            used=Count("updates", distinct=True) + Count("campaigns", distinct=True),
        )
    )


def firmware_by_id(pk: int) -> Firmware:
    return _found(Firmware.objects.filter(pk=pk), _("There is no such firmware."))


def campaign_by_id(pk: int) -> FirmwareCampaign:
    return _found(FirmwareCampaign.objects.select_related("firmware").filter(pk=pk), _("There is no such campaign."))


def update_by_id(pk: int) -> FirmwareUpdate:
    return _found(FirmwareUpdate.objects.select_related("station").filter(pk=pk), _("There is no such update."))


def received_file(pk: int) -> ReceivedFile:
    return _found(ReceivedFile.objects.filter(pk=pk), _("There is no such file."))


def _found(rows: "QuerySet[Row]", otherwise: str) -> Row:
    row = rows.first()
    if row is None:
        raise UnableToFind(otherwise)
    return row


def campaign_page(*, page: int) -> tuple[Page[FirmwareCampaign], list[ShownCampaign]]:
    found = Paginator(FirmwareCampaign.objects.select_related("firmware"), PER_PAGE).get_page(page)
    return found, _with_counts(found.object_list)


def _with_counts(campaigns: Iterable[FirmwareCampaign]) -> list[ShownCampaign]:
    listed = list(campaigns)
    counts: dict[int | None, dict[str, int]] = {campaign.pk: {} for campaign in listed}
    rows = FirmwareUpdate.objects.filter(campaign__in=listed).order_by().values_list("campaign", "state")
    for campaign, state, count in rows.annotate(count=Count("pk")):
        counts[campaign][state] = count
    return [ShownCampaign(campaign, counts[campaign.pk]) for campaign in listed]


@dataclass(frozen=True, kw_only=True)
class CampaignDetail:
    shown: ShownCampaign
    page: Page[FirmwareUpdate]
    updates: list[ShownUpdate]


def campaign_detail(campaign: FirmwareCampaign, *, page: int) -> CampaignDetail:
    """The campaign and its stations with their timelines, wave by wave."""
    rows = campaign.updates.select_related("station__location").prefetch_related("steps").order_by("wave", "pk")
    found = Paginator(rows, PER_PAGE).get_page(page)
    [shown] = _with_counts([campaign])
    return CampaignDetail(shown=shown, page=found, updates=[ShownUpdate(update) for update in found])


@dataclass(frozen=True, kw_only=True)
class Upkeep:
    """What a station's page shows of firmware and logs."""

    updates: list[ShownUpdate]
    logs: list[ShownLog]


def upkeep_of(station: ChargingStation) -> Upkeep:
    updates = station.firmware_updates.select_related("campaign", "station__location", "transfer")
    requests = station.log_requests.select_related("transfer").prefetch_related("transfer__files")
    return Upkeep(
        updates=[ShownUpdate(update) for update in updates.prefetch_related("steps")[:SHOWN_ON_STATION]],
        logs=[ShownLog(request) for request in requests[:SHOWN_ON_STATION]],
    )


@dataclass(frozen=True, kw_only=True)
class Candidates:
    """Whom a campaign may reach: stations that the firmware is made for and that are not being updated."""

    firmware: Firmware
    location: Location | None
    stations: "QuerySet[ChargingStation]"

    @property
    def zone(self) -> ZoneInfo:
        return self.location.zone if self.location else ZoneInfo("UTC")

    @property
    def outdated(self) -> list[int]:
        """Those that do not report this version yet."""
        return [station.pk for station in self.stations if station.firmware_version != self.firmware.version]


def candidates(firmware: Firmware, *, location: int | None) -> Candidates:
    rows = ChargingStation.objects.filter(archived_at=None).exclude(firmware_updates__state__in=OPEN)
    rows = rows.filter(location=location) if location else rows
    fitting = [station.pk for station in rows if firmware.fits(station)][:MOST_STATIONS]
    return Candidates(
        firmware=firmware,
        location=Location.objects.filter(pk=location).first() if location else None,
        stations=ChargingStation.objects.filter(pk__in=fitting).select_related("location"),
    )
