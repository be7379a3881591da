"""Profiles we asked stations to keep, and what stations said they keep to."""

from dataclasses import asdict
from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.charging.models import Transaction
from apps.core.clock import now
from apps.smartcharging.messages import Difference, Step
from apps.stations import messages
from apps.stations.messages import ProfileKind, ProfilePurpose, RateUnit, RecurrencyKind
from apps.stations.models import ChargingStation, StationCommand


class ProfileState(models.TextChoices):
    """`unknown`: the station may or may not keep it, such as after an answer that never came."""

    WANTED = "wanted", _("asked for")
    SET = "set", pgettext_lazy("profile", "set")
    REJECTED = "rejected", pgettext_lazy("profile", "not set")
    CLEARED = "cleared", pgettext_lazy("profile", "cleared")
    UNKNOWN = "unknown", _("unknown")


MAY_BE_INSTALLED = (ProfileState.WANTED, ProfileState.SET, ProfileState.UNKNOWN)
PURPOSE_CHOICES = [
    (ProfilePurpose.STATION_MAX.value, _("limit of the station")),
    (ProfilePurpose.TX_DEFAULT.value, _("default for charges")),
    (ProfilePurpose.TX.value, _("one charge")),
]
KIND_CHOICES = [
    (ProfileKind.ABSOLUTE.value, _("from a point in time on")),
    (ProfileKind.RECURRING.value, _("again and again")),
    (ProfileKind.RELATIVE.value, _("from the begin of each charge")),
]
RECURRENCY_CHOICES = [(RecurrencyKind.DAILY.value, _("daily")), (RecurrencyKind.WEEKLY.value, _("weekly"))]
UNIT_CHOICES = [(RateUnit.AMPERE.value, _("A per phase")), (RateUnit.WATT.value, _("W in total"))]


class ChargingProfileQuerySet(models.QuerySet["ChargingProfile"]):
    def may_be_installed(self) -> Self:
        return self.filter(state__in=MAY_BE_INSTALLED)

    def known(self) -> Self:
        return self.filter(state=ProfileState.SET)

    def in_slot_of(self, profile: "ChargingProfile") -> Self:
        """What it replaces and what replaces it (1.6 §3.13.2)."""
        return self.filter(
            station=profile.station_id, evse=profile.evse, purpose=profile.purpose, stack_level=profile.stack_level
        )


class ChargingProfile(models.Model):
    """One limit over time at a station, wanted or known, and what became of it.

    `evse` 0 is the whole station. `profile_id` is its number there; what replaces it gets the same one, so that no
    station ever has to hold both. `periods` are `{"start_s", "limit", "phases"}`, from `start_at` on or, without one,
    from the begin of a charge. A TxProfile without `transaction` came with a remote start whose charge has not begun.
    """

    station = models.ForeignKey(
        ChargingStation, verbose_name=_("station"), on_delete=models.PROTECT, related_name="charging_profiles"
    )
    evse = models.PositiveSmallIntegerField(_("EVSE"))
    profile_id = models.PositiveIntegerField(_("number at the station"))
    purpose = models.CharField(_("purpose"), max_length=40, choices=PURPOSE_CHOICES)
    stack_level = models.PositiveIntegerField(_("stack level"), default=0)
    kind = models.CharField(_("kind"), max_length=20, choices=KIND_CHOICES)
    recurrency = models.CharField(_("repeated"), max_length=20, choices=RECURRENCY_CHOICES, blank=True)
    valid_from = models.DateTimeField(_("valid from"), null=True)
    valid_to = models.DateTimeField(_("valid until"), null=True)
    transaction = models.ForeignKey(
        Transaction, verbose_name=_("charge"), null=True, on_delete=models.PROTECT, related_name="charging_profiles"
    )
    unit = models.CharField(_("unit"), max_length=1, choices=UNIT_CHOICES)
    start_at = models.DateTimeField(_("start"), null=True)
    duration_s = models.PositiveIntegerField(_("duration (s)"), null=True)
    min_charging_rate = models.FloatField(_("lowest useful rate"), null=True)
    periods = models.JSONField(_("periods"))
    state = models.CharField(_("state"), max_length=10, choices=ProfileState, default=ProfileState.WANTED)
    reason = models.TextField(_("reason"), blank=True)
    command = models.ForeignKey(StationCommand, on_delete=models.PROTECT, related_name="charging_profiles")
    by = models.CharField(_("by"), max_length=254)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    settled_at = models.DateTimeField(_("settled at"), null=True)

    objects = ChargingProfileQuerySet.as_manager()

    class Meta:
        verbose_name = _("charging profile")
        verbose_name_plural = _("charging profiles")
        ordering = ["-created_at", "-pk"]
        permissions = [("set_profile", _("Can set and clear charging profiles"))]
        constraints = [
            models.UniqueConstraint(
                fields=["station", "evse", "purpose", "stack_level"],
                condition=Q(state="set"),
                name="charging_profile_slot",
            ),
            models.CheckConstraint(
                condition=~Q(purpose="ChargingStationMaxProfile") | Q(evse=0), name="charging_profile_station"
            ),
            models.CheckConstraint(condition=~Q(purpose="TxProfile") | Q(evse__gt=0), name="charging_profile_charge"),
        ]
        indexes = [
            models.Index(
                fields=["station", "evse"],
                condition=Q(state__in=["wanted", "set", "unknown"]),
                name="charging_profile_installed",
            )
        ]

    def __str__(self) -> str:
        return f"#{self.profile_id}"

    @property
    def is_installed(self) -> bool:
        return self.state in MAY_BE_INSTALLED

    @property
    def wish(self) -> messages.SetChargingProfile:
        """The profile as it is said to the station."""
        return messages.SetChargingProfile(evse=self.evse, profile=self._profile())

    def _profile(self) -> messages.ChargingProfile:
        return messages.ChargingProfile(
            id=self.profile_id,
            stack_level=self.stack_level,
            purpose=ProfilePurpose(self.purpose),
            kind=ProfileKind(self.kind),
            recurrency=RecurrencyKind(self.recurrency) if self.recurrency else None,
            valid_from=self.valid_from,
            valid_to=self.valid_to,
            transaction_ref=self.transaction.ocpp_id if self.transaction else None,
            schedules=(self._schedule(),),
        )

    def _schedule(self) -> messages.ChargingSchedule:
        return messages.ChargingSchedule(
            id=1,
            rate_unit=RateUnit(self.unit),
            start_at=self.start_at,
            duration_s=self.duration_s,
            min_charging_rate=self.min_charging_rate,
            periods=tuple(
                messages.ChargingSchedulePeriod(
                    start_period_s=period["start_s"], limit=period["limit"], number_phases=period["phases"]
                )
                for period in self.periods
            ),
        )

    def settle(self, state: ProfileState, *, reason: str = "", at: datetime | None = None) -> None:
        """What became of it, or of it in the end."""
        self.state, self.reason, self.settled_at = state, reason, at or now()
        self.save(update_fields=["state", "reason", "settled_at"])


class CompositeSchedule(models.Model):
    """What a station said last it keeps to at an EVSE (0: altogether), and where that differed from what we knew.

    `periods` are steps in `unit` from `start_at` on; none when it told nothing, for the reason in `status`.
    """

    station = models.ForeignKey(
        ChargingStation, verbose_name=_("station"), on_delete=models.PROTECT, related_name="composite_schedules"
    )
    evse = models.PositiveSmallIntegerField(_("EVSE"))
    unit = models.CharField(_("unit"), max_length=1, choices=UNIT_CHOICES)
    start_at = models.DateTimeField(_("start"))
    duration_s = models.PositiveIntegerField(_("duration (s)"))
    periods = models.JSONField(_("periods"), default=list)
    differences = models.JSONField(_("differences"), default=list)
    status = models.CharField(_("answer"), max_length=50)
    read_at = models.DateTimeField(_("read at"))

    class Meta:
        verbose_name = _("composite schedule")
        verbose_name_plural = _("composite schedules")
        ordering = ["station", "evse"]
        constraints = [models.UniqueConstraint(fields=["station", "evse"], name="composite_schedule_once")]

    def __str__(self) -> str:
        return f"{self.station}: {self.evse}"

    @property
    def steps(self) -> tuple[Step, ...]:
        return tuple(Step(**period) for period in self.periods)

    @property
    def found(self) -> tuple[Difference, ...]:
        return tuple(Difference(**difference) for difference in self.differences)

    def tell(self, steps: tuple[Step, ...], found: tuple[Difference, ...]) -> None:
        """Take over an answer; the caller saves."""
        self.periods = [asdict(step) for step in steps]
        self.differences = [asdict(difference) for difference in found]
