"""Oddities: what the server has noticed of stations, apart from what people have accepted of makes and stations."""

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.stations.messages import Quirk
from apps.stations.models.hardware import ChargingStation
from apps.stations.rules.quirks import SKEWED_S

QUIRKS = [
    (Quirk.REGISTER_UNIT.value, _("energy is told in another unit than it says")),
    (Quirk.READING_UNIT.value, _("readings tell energy in another unit than they say")),
    (Quirk.REGISTER_MODE.value, _("way the energy register counts")),
    (Quirk.ZONE_OFFSET.value, _("times without a zone")),
    (Quirk.CLOCK_OFFSET.value, _("wrong clock")),
    (Quirk.CONNECTOR_ZERO.value, _("connector 0 is used for connector 1")),
    (Quirk.ASSUME_16.value, _("offers no OCPP version")),
    (Quirk.PINGS_UNANSWERED.value, _("does not answer pings")),
    (Quirk.CALLS_UNANSWERED.value, _("talks but answers no requests")),
    (Quirk.TWO_SOCKETS.value, _("two connections at once")),
    (Quirk.NO_BOOT.value, _("tells nothing of itself")),
    (Quirk.MISSING_BEGIN.value, _("leaves out the begin reading")),
    (Quirk.LONG_TOKEN.value, _("tokens longer than OCPP allows")),
    (Quirk.REVERSED_TOKEN.value, _("card numbers in reverse or shortened")),
    (Quirk.REUSED_MESSAGE_ID.value, _("message numbers used twice")),
    (Quirk.EXTRA_CONNECTOR.value, _("connector that was not set up")),
    (Quirk.ODD_ACTION.value, _("misspelt messages")),
]
EVIDENCE_KEPT = 5


class QuirkState(models.TextChoices):
    OPEN = "open", _("to decide")
    ACCEPTED = "accepted", _("accepted")
    DISMISSED = "dismissed", _("dismissed")


class QuirkProfile(models.Model):
    """A make: vendor, model and a range of firmware, whose bounds are open where they are empty."""

    vendor = models.CharField(_("vendor"), max_length=255)
    model = models.CharField(_("model"), max_length=255)
    firmware_from = models.CharField(_("firmware from"), max_length=100, blank=True)
    firmware_until = models.CharField(_("firmware until"), max_length=100, blank=True)

    class Meta:
        verbose_name = _("quirk profile")
        verbose_name_plural = _("quirk profiles")
        ordering = ["vendor", "model", "firmware_from"]
        permissions = [("decide_quirk", _("Can decide about quirks"))]
        constraints = [
            models.UniqueConstraint(fields=["vendor", "model", "firmware_from", "firmware_until"], name="profile_once")
        ]

    def __str__(self) -> str:
        return " ".join(part for part in (self.vendor, self.model, self.firmware_range) if part)

    @property
    def firmware_range(self) -> str:
        if self.firmware_from == self.firmware_until:
            return self.firmware_from
        return f"{self.firmware_from} – {self.firmware_until}".strip()


class QuirkObservation(models.Model):
    """What the server has noticed of one station, how often, and the newest evidence. It changes nothing by itself.

    `value` is what it proposes, such as kWh or +120; EVSE 0 is the whole station; `firmware` ran when it was last seen.
    """

    station = models.ForeignKey(
        ChargingStation, verbose_name=_("station"), on_delete=models.CASCADE, related_name="quirk_observations"
    )
    kind = models.CharField(_("kind"), max_length=20, choices=QUIRKS)
    evse = models.PositiveSmallIntegerField(_("EVSE"), default=0)
    value = models.CharField(_("value"), max_length=100, blank=True)
    firmware = models.CharField(_("firmware"), max_length=255, blank=True)
    count = models.PositiveIntegerField(_("how often"), default=0)
    evidence = models.JSONField(_("evidence"), default=list)
    first_at = models.DateTimeField(_("first"))
    last_at = models.DateTimeField(_("last"))
    state = models.CharField(_("state"), max_length=10, choices=QuirkState, default=QuirkState.OPEN)
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decided_by = models.CharField(_("decided by"), max_length=254, blank=True)

    class Meta:
        verbose_name = _("quirk observation")
        verbose_name_plural = _("quirk observations")
        ordering = ["-last_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["station", "kind", "evse", "value"], name="observation_once"),
        ]
        indexes = [
            models.Index(fields=["-last_at"], condition=Q(state="open"), name="observation_open"),
        ]

    def see(self, *, at: datetime, firmware: str, evidence: dict[str, Any]) -> None:
        """Noticed once more; only the newest evidence is kept."""
        self.count += 1
        self.last_at, self.firmware = max(self.last_at, at), firmware
        if evidence:
            self.evidence = [*self.evidence, {"at": at.isoformat(), **evidence}][-EVIDENCE_KEPT:]
        self.save()

    def decide(self, state: QuirkState, *, at: datetime, by: str) -> None:
        self.state, self.decided_at, self.decided_by = state, at, by
        self.save(update_fields=["state", "decided_at", "decided_by"])


class QuirkOverride(models.Model):
    """What somebody has accepted, of a make or of one station; the station's own counts more."""

    profile = models.ForeignKey(
        QuirkProfile, verbose_name=_("make"), null=True, blank=True, on_delete=models.CASCADE, related_name="overrides"
    )
    station = models.ForeignKey(
        ChargingStation, verbose_name=_("station"), null=True, blank=True, on_delete=models.CASCADE,
        related_name="quirk_overrides",
    )  # fmt: skip
    kind = models.CharField(_("kind"), max_length=20, choices=QUIRKS)
    value = models.CharField(_("value"), max_length=100)
    set_at = models.DateTimeField(_("set at"))
    set_by = models.CharField(_("set by"), max_length=254)

    class Meta:
        verbose_name = _("quirk override")
        verbose_name_plural = _("quirk overrides")
        ordering = ["kind"]
        constraints = [
            models.UniqueConstraint(fields=["profile", "kind"], name="override_of_profile"),
            models.UniqueConstraint(fields=["station", "kind"], name="override_of_station"),
            models.CheckConstraint(
                condition=Q(profile=None, station__isnull=False) | Q(profile__isnull=False, station=None),
                name="override_of_one",
            ),
        ]


class StationClock(models.Model):
    """How right a station's clock is, by what its live messages say: seconds ahead of ours, and its zone if it tells
    none (minutes). Null while too little was heard."""

    station = models.OneToOneField(ChargingStation, primary_key=True, on_delete=models.CASCADE, related_name="clock")
    skews_s = models.JSONField(default=list)
    zoneless_skews_s = models.JSONField(default=list)
    skew_s = models.FloatField(_("ahead (s)"), null=True)
    zone_offset_min = models.SmallIntegerField(_("zone (min)"), null=True)
    heard_at = models.DateTimeField(_("heard at"))

    @property
    def is_graded(self) -> bool:
        return self.skew_s is not None

    @property
    def off_s(self) -> float:
        """How far it is from ours, whichever way."""
        return abs(self.skew_s or 0)

    @property
    def is_skewed(self) -> bool:
        """Whether people should know (Q38)."""
        return self.off_s > SKEWED_S
