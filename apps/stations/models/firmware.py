"""The firmware library, updates of single stations, and campaigns over many."""

from datetime import datetime, timedelta

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.text import shortened
from apps.stations.models.commands import StationCommand
from apps.stations.models.hardware import ChargingStation
from apps.stations.models.transfers import Transfer
from apps.stations.rules.firmware import OPEN, UpdateState

UPDATE_STATES = [
    (UpdateState.WAITING, _("waiting")),
    (UpdateState.ASKED, _("asked for")),
    (UpdateState.ACCEPTED, _("accepted")),
    (UpdateState.DOWNLOADING, _("downloading")),
    (UpdateState.DOWNLOADED, _("downloaded")),
    (UpdateState.INSTALLING, _("installing")),
    (UpdateState.INSTALLED, _("installed")),
    (UpdateState.FAILED, _("failed")),
    (UpdateState.UNKNOWN, _("unknown")),
    (UpdateState.CANCELLED, _("cancelled")),
]
MOST_RETRIES = 100
LONGEST_S = 7 * 24 * 3600


class CampaignState(models.TextChoices):
    """`stopped` is a pause that the campaign has taken by itself, because too many updates failed."""

    RUNNING = "running", _("running")
    PAUSED = "paused", _("paused")
    STOPPED = "stopped", _("stopped")
    CANCELLED = "cancelled", _("cancelled")
    DONE = "done", _("done")


class Firmware(models.Model):
    """A file of the library. `version` is what a station reports once it runs it; empty vendor or model fit any."""

    version = models.CharField(_("version"), max_length=255)
    vendor = models.CharField(_("vendor"), max_length=255, blank=True)
    model = models.CharField(_("model"), max_length=255, blank=True)
    file_name = models.CharField(_("file"), max_length=100)
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    size = models.PositiveBigIntegerField(_("size"))
    signature = models.CharField(_("signature (base64)"), max_length=800, blank=True)
    signing_certificate = models.TextField(_("signing certificate (PEM)"), max_length=5500, blank=True)
    notes = models.TextField(_("notes"), max_length=2000, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    archived_at = models.DateTimeField(_("archived at"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("firmware")
        verbose_name_plural = _("firmware")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["vendor", "model", "version"], condition=models.Q(archived_at=None), name="firmware_once"
            )
        ]

    def __str__(self) -> str:
        return " ".join(part for part in (self.vendor, self.model, self.version) if part)

    @property
    def is_signed(self) -> bool:
        return bool(self.signature and self.signing_certificate)

    def fits(self, station: ChargingStation) -> bool:
        """Whether it is made for such a station. One that has never said what it is might be anything."""
        told = ((self.vendor, station.vendor), (self.model, station.model))
        return all(not mine or not its or mine.casefold() == its.strip().casefold() for mine, its in told)


class UpdateTerms(models.Model):
    """How a station is asked to update. `timeout_s` is how long it may take, from `begins_at` on."""

    retrieve_at = models.DateTimeField(_("download from"), null=True, blank=True)
    install_at = models.DateTimeField(_("install from"), null=True, blank=True)
    retries = models.PositiveSmallIntegerField(
        _("attempts to download"), null=True, blank=True, validators=[MaxValueValidator(MOST_RETRIES)]
    )
    retry_interval_s = models.PositiveIntegerField(
        _("seconds between attempts"), null=True, blank=True, validators=[MaxValueValidator(LONGEST_S)]
    )
    is_signed = models.BooleanField(_("with its signature"), default=False)
    timeout_s = models.PositiveIntegerField(
        _("time limit (s)"), default=24 * 3600, validators=[MinValueValidator(60), MaxValueValidator(LONGEST_S)]
    )

    class Meta:
        abstract = True

    def deadline(self, at: datetime) -> datetime:
        """When an update that is asked for at this instant has taken too long."""
        begins_at = max(moment for moment in (at, self.retrieve_at, self.install_at) if moment)
        return begins_at + timedelta(seconds=self.timeout_s)


class FirmwareCampaign(UpdateTerms):
    """One firmware for many stations, `wave_size` at a time. `wave` is the one that has begun last.

    Failures up to `forgiven` had happened when somebody let it go on; 0 in `stop_after` never stops.
    """

    name = models.CharField(_("name"), max_length=200)
    firmware = models.ForeignKey(
        Firmware, verbose_name=_("firmware"), on_delete=models.PROTECT, related_name="campaigns"
    )
    state = models.CharField(_("state"), max_length=9, choices=CampaignState, default=CampaignState.RUNNING)
    wave_size = models.PositiveIntegerField(
        _("stations per wave"), validators=[MinValueValidator(1), MaxValueValidator(1000)]
    )
    pause_s = models.PositiveIntegerField(
        _("pause between waves (s)"), default=0, validators=[MaxValueValidator(LONGEST_S)]
    )
    stop_after = models.PositiveIntegerField(_("stop after so many failures"), default=1)
    forgiven = models.PositiveIntegerField(default=0, editable=False)
    wave = models.PositiveIntegerField(_("wave"), default=0)
    due_at = models.DateTimeField(_("next wave at"), null=True, blank=True)
    by = models.CharField(_("by"), max_length=254)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    class Meta:
        verbose_name = _("firmware campaign")
        verbose_name_plural = _("firmware campaigns")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.name


class FirmwareUpdate(UpdateTerms):
    """The update of one station, alone or in a campaign's wave.

    `address` is where the file comes from if not from our library. `version` is what the station shall report in the
    end, `version_before` what it reported when it was asked; `status` is its newest word.
    """

    station = models.ForeignKey(
        ChargingStation, verbose_name=_("station"), on_delete=models.PROTECT, related_name="firmware_updates"
    )
    firmware = models.ForeignKey(
        Firmware, verbose_name=_("firmware"), null=True, blank=True, on_delete=models.PROTECT, related_name="updates"
    )
    address = models.CharField(_("address"), max_length=512, blank=True)
    campaign = models.ForeignKey(
        FirmwareCampaign, null=True, blank=True, on_delete=models.CASCADE, related_name="updates"
    )
    wave = models.PositiveIntegerField(_("wave"), default=0)
    version = models.CharField(_("version"), max_length=255, blank=True)
    version_before = models.CharField(_("version before"), max_length=255, blank=True)
    request_id = models.PositiveIntegerField(_("request number"), null=True, blank=True)
    command = models.ForeignKey(StationCommand, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    transfer = models.OneToOneField(
        Transfer, null=True, blank=True, on_delete=models.PROTECT, related_name="firmware_update"
    )
    state = models.CharField(_("state"), max_length=11, choices=UPDATE_STATES, default=UpdateState.WAITING)
    status = models.CharField(_("status as told"), max_length=50, blank=True)
    problem = models.TextField(_("problem"), blank=True)
    by = models.CharField(_("by"), max_length=254)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    asked_at = models.DateTimeField(_("asked at"), null=True, blank=True)
    deadline_at = models.DateTimeField(_("until when"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    class Meta:
        verbose_name = _("firmware update")
        verbose_name_plural = _("firmware updates")
        ordering = ["-pk"]
        constraints = [
            # Without request numbers (1.6) nothing else tells two updates apart.
            models.UniqueConstraint(
                fields=["station"],
                condition=models.Q(state__in=[state.value for state in OPEN]),
                name="firmware_update_one_open",
            ),
            models.UniqueConstraint(fields=["station", "request_id"], name="firmware_update_once"),
        ]

    def __str__(self) -> str:
        return f"{self.station}: {self.version or self.address}"

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    def go(self, state: UpdateState, *, at: datetime, problem: str = "") -> bool:
        """Enter a state; whether it has ended by this."""
        was_open = self.is_open
        self.state, self.problem = state, problem
        self.ended_at = None if self.is_open else (self.ended_at or at)
        self.save(update_fields=["state", "problem", "ended_at"])
        return was_open and not self.is_open

    def note(self, kind: "StepKind", *, at: datetime, detail: str = "") -> None:
        """Add a line to the timeline; the same once more is counted (Q71)."""
        text = shortened(detail, 255)
        last = self.steps.order_by("-pk").first()
        if last and (last.kind, last.detail) == (kind, text):
            last.count, last.last_at = last.count + 1, at
            last.save(update_fields=["count", "last_at"])
        else:
            self.steps.create(kind=kind, detail=text, at=at, last_at=at)


class StepKind(models.TextChoices):
    ASKED = "asked", _("Asked to update")
    ANSWERED = "answered", _("Answered")
    TOLD = "told", _("Told")
    FETCHED = "fetched", _("Fetched the file")
    BOOTED = "booted", _("Started with version")
    TIMED_OUT = "timed_out", _("Nothing heard in time")
    CANCELLED = "cancelled", _("Cancelled")


class FirmwareUpdateStep(models.Model):
    """A line of an update's timeline: what we did, or what the station said, `count` times in a row."""

    update = models.ForeignKey(FirmwareUpdate, on_delete=models.CASCADE, related_name="steps")
    kind = models.CharField(_("kind"), max_length=10, choices=StepKind)
    detail = models.CharField(_("detail"), max_length=255, blank=True)
    at = models.DateTimeField(_("at"))
    last_at = models.DateTimeField(_("last"))
    count = models.PositiveIntegerField(_("how often"), default=1)

    class Meta:
        verbose_name = _("step of an update")
        verbose_name_plural = _("steps of updates")
        ordering = ["pk"]
