"""Transactions, their states over time, and stops that belong to nothing yet."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.charging.messages import Hold
from apps.charging.rules.idle import FAULTED
from apps.core.clock import now
from apps.drivers.messages import AuthorizationStatus
from apps.drivers.models import Driver, IdToken
from apps.stations.messages import ChargingState
from apps.stations.models import EVSE, ChargingStation
from apps.tariffs.messages import TariffTerms

MOST_NOTES = 50


class HoldReason(models.TextChoices):
    """Why a charge is not billed by itself."""

    NONE = Hold.NONE.value, _("billable")
    NEGATIVE_ENERGY = Hold.NEGATIVE_ENERGY.value, _("the end reading is below the begin reading")
    START_UNKNOWN = Hold.START_UNKNOWN.value, _("the start message is missing")
    END_UNKNOWN = Hold.END_UNKNOWN.value, _("no end reading")
    BEGIN_UNKNOWN = Hold.BEGIN_UNKNOWN.value, _("no begin reading")
    IMPLICIT_STOP = Hold.IMPLICIT_STOP.value, _("the end is assumed, the station did not tell it")
    UNAUTHORIZED = Hold.UNAUTHORIZED.value, _("the token was not accepted")
    CLOCK = Hold.CLOCK.value, _("the station's clock can't be trusted")
    CONFLICT = Hold.CONFLICT.value, _("the station's readings contradict each other")
    PLACE_UNKNOWN = Hold.PLACE_UNKNOWN.value, _("the EVSE is unknown")


class Transaction(models.Model):
    """One charge of one car at one EVSE: facts only, no price.

    `ocpp_id` is what the station calls it (1.6: our own number as text), `number_was_used` whether it has called it so.
    `start_key` makes a repeated start the same row, `end_key` a repeated end. Instants are the station's,
    `…_received_at` ours. `tariff` is the snapshot of the terms taken at the start (`tariffs.messages.TariffTerms` as
    JSON); null means free of charge. `notes` say what was odd: `{"code", "at", …}`.
    """

    station = models.ForeignKey(
        ChargingStation, verbose_name=_("station"), on_delete=models.PROTECT, related_name="transactions"
    )
    evse = models.ForeignKey(
        EVSE, verbose_name=_("EVSE"), null=True, on_delete=models.PROTECT, related_name="transactions"
    )
    connector_number = models.PositiveSmallIntegerField(null=True)
    ocpp_id = models.CharField(_("number at the station"), max_length=255)
    start_key = models.CharField(max_length=255)
    end_key = models.CharField(max_length=64, blank=True)
    started_at = models.DateTimeField(_("started at"))
    started_received_at = models.DateTimeField()
    ended_at = models.DateTimeField(_("ended at"), null=True)
    ended_received_at = models.DateTimeField(null=True)
    start_is_known = models.BooleanField(default=True)
    number_was_used = models.BooleanField(default=False)
    meter_start_wh = models.BigIntegerField(_("begin reading (Wh)"), null=True)
    meter_stop_wh = models.BigIntegerField(_("end reading (Wh)"), null=True)
    energy_wh = models.PositiveBigIntegerField(_("energy (Wh)"), default=0)
    idle_s = models.PositiveIntegerField(_("idle (s)"), default=0)
    charging_state = models.CharField(_("state"), max_length=15, blank=True)
    token_value = models.CharField(_("token"), max_length=255, blank=True)
    token_status = models.CharField(
        max_length=30, blank=True, choices=[(status.value, status.value) for status in AuthorizationStatus]
    )
    id_token = models.ForeignKey(IdToken, null=True, on_delete=models.PROTECT, related_name="transactions")
    driver = models.ForeignKey(
        Driver, verbose_name=_("driver"), null=True, on_delete=models.PROTECT, related_name="transactions"
    )
    tariff = models.JSONField(null=True)
    remote_start_id = models.BigIntegerField(null=True)
    stopped_reason = models.CharField(_("reason of the end"), max_length=30, blank=True)
    hold_reason = models.CharField(_("held"), max_length=20, choices=HoldReason, blank=True)
    notes = models.JSONField(_("remarks"), default=list)

    class Meta:
        verbose_name = _("charge")
        verbose_name_plural = _("charges")
        ordering = ["-started_at"]
        permissions = [("start", _("Can start charges")), ("stop", _("Can stop charges"))]
        constraints = [
            models.UniqueConstraint(fields=["station", "start_key"], name="transaction_once"),
            models.CheckConstraint(
                condition=models.Q(ended_at=None) | models.Q(ended_received_at__isnull=False), name="transaction_end"
            ),
        ]
        indexes = [
            models.Index(fields=["station", "ocpp_id"], name="transaction_ocpp_id"),
            models.Index(fields=["station", "evse"], condition=models.Q(ended_at=None), name="transaction_open"),
            models.Index(fields=["-started_at"], name="transaction_started"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"

    @property
    def is_open(self) -> bool:
        return self.ended_at is None

    @property
    def is_billable(self) -> bool:
        return not self.is_open and not self.hold_reason

    @property
    def end_is_ours(self) -> bool:
        """Whether we closed it without hearing the station; what the station says later wins (Q18)."""
        return not self.is_open and self.hold_reason == HoldReason.IMPLICIT_STOP

    @property
    def terms(self) -> TariffTerms | None:
        return None if self.tariff is None else TariffTerms.from_json(self.tariff)

    def note(self, code: str, **facts: Any) -> None:
        """Keep something odd for people to see; said twice it stands once. The caller saves."""
        known = any({**old, "at": None} == {"code": code, "at": None, **facts} for old in self.notes)
        if not known and len(self.notes) < MOST_NOTES:
            self.notes = [*self.notes, {"code": code, "at": now().isoformat(), **facts}]

    def has_note(self, *codes: str) -> bool:
        return any(note["code"] in codes for note in self.notes)


class TransactionMessage(models.Model):
    """An event that a 2.x station numbered (Q74, Q75): a repeated number with other words is a conflict."""

    transaction = models.ForeignKey(Transaction, on_delete=models.CASCADE, related_name="messages")
    seq_no = models.PositiveBigIntegerField()
    event_type = models.CharField(max_length=10)
    digest = models.CharField(max_length=64)
    received_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["transaction", "seq_no"], name="transaction_message_once")]


class TransactionState(models.Model):
    """From when on a charge was in which charging state; idle time is counted from these."""

    transaction = models.ForeignKey(Transaction, on_delete=models.CASCADE, related_name="states")
    at = models.DateTimeField()
    state = models.CharField(max_length=15, choices=[(state, state) for state in (*ChargingState, FAULTED)])

    class Meta:
        ordering = ["at", "pk"]
        constraints = [models.UniqueConstraint(fields=["transaction", "at", "state"], name="transaction_state_once")]


class OrphanStop(models.Model):
    """The end of a charge whose number nobody knows; kept until it is matched (Q06)."""

    station = models.ForeignKey(ChargingStation, on_delete=models.PROTECT, related_name="orphan_stops")
    received_at = models.DateTimeField(_("received at"), auto_now_add=True)
    at = models.DateTimeField(_("ended at"))
    transaction_ref = models.CharField(_("number at the station"), max_length=64, blank=True)
    meter_stop_wh = models.BigIntegerField(_("end reading (Wh)"), null=True)
    message = models.JSONField()
    digest = models.CharField(max_length=64)
    matched = models.ForeignKey(Transaction, null=True, blank=True, on_delete=models.PROTECT)

    class Meta:
        verbose_name = _("stop without a charge")
        verbose_name_plural = _("stops without a charge")
        constraints = [models.UniqueConstraint(fields=["station", "digest"], name="orphan_stop_once")]
