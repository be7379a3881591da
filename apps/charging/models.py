"""Transactions, their states over time, stops that belong to nothing yet, and reservations."""

from datetime import datetime
from typing import Any

from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import models
from django.db.models import F, Func, Q, Value
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
    UNIT_SUSPECT = Hold.UNIT_SUSPECT.value, _("energy and power differ as kWh and Wh do")
    REGISTER_RESET = Hold.REGISTER_RESET.value, _("the energy register began anew during the charge")
    ROLL_OVER = Hold.ROLL_OVER.value, _("the energy register seems to have rolled over")
    MESSAGES_MISSING = Hold.MESSAGES_MISSING.value, _("messages are missing that the station may still send")
    NO_CAR = Hold.NO_CAR.value, _("no car was plugged in")
    WAIVED = Hold.WAIVED.value, _("not billed, as somebody has decided")


class Transaction(models.Model):
    """One charge of one car at one EVSE: facts only, no price.

    `ocpp_id` is what the station calls it (1.6: our own number as text), `number_was_used` whether it has called it so.
    `start_key` makes a repeated start the same row, `end_key` a repeated end. Instants are the station's,
    `…_received_at` ours. `energy_source` says which readings decided; `grace_until` is set while the station shows that
    the car has gone; `needs_look` while messages contradict each other and nobody has decided which is right.
    `tariff` is the snapshot of the terms taken at the start (`tariffs.messages.TariffTerms` as JSON); null means free
    of charge. `notes` say what was odd: `{"code", "at", …}`.
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
    energy_source = models.CharField(_("energy from"), max_length=20, blank=True)
    idle_s = models.PositiveIntegerField(_("idle (s)"), default=0)
    grace_until = models.DateTimeField(null=True)
    needs_look = models.BooleanField(default=False)
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
            models.Index(
                fields=["-started_at"], condition=~Q(hold_reason="") | Q(needs_look=True), name="transaction_to_decide"
            ),
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
    dismissed_at = models.DateTimeField(_("dismissed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("stop without a charge")
        verbose_name_plural = _("stops without a charge")
        constraints = [models.UniqueConstraint(fields=["station", "digest"], name="orphan_stop_once")]


class DecisionKind(models.TextChoices):
    CLOSED = "closed", _("closed at the last reading")
    RELEASED = "released", _("released for billing")
    WAIVED = "waived", _("not billed")
    MATCHED = "matched", _("matched with a stop")
    DISMISSED = "dismissed", _("stop dismissed")
    KEPT = "kept", _("left as it is")


class Decision(models.Model):
    """What somebody decided about a charge or a stop, with what it takes to undo it until the charge has its price."""

    kind = models.CharField(_("decision"), max_length=10, choices=DecisionKind)
    transaction = models.ForeignKey(
        Transaction, verbose_name=_("charge"), null=True, on_delete=models.PROTECT, related_name="decisions"
    )
    orphan = models.ForeignKey(
        OrphanStop, verbose_name=_("stop without a charge"), null=True, on_delete=models.PROTECT,
        related_name="decisions",
    )  # fmt: skip
    at = models.DateTimeField(_("at"), auto_now_add=True)
    by = models.CharField(_("by"), max_length=254)
    before = models.JSONField()
    undone_at = models.DateTimeField(_("undone at"), null=True)
    undone_by = models.CharField(_("undone by"), max_length=254, blank=True)

    class Meta:
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        ordering = ["-at", "-pk"]
        permissions = [("decide", _("Can decide about stuck and conflicting charges"))]
        constraints = [
            models.CheckConstraint(
                condition=Q(transaction__isnull=False) | Q(orphan__isnull=False), name="decision_about_something"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.transaction or self.orphan}"


class ReservationState(models.TextChoices):
    PLANNED = "planned", _("planned")
    REQUESTED = "requested", _("asked of the station")
    ACTIVE = "active", _("active")
    USED = "used", _("used")
    EXPIRED = "expired", _("expired")
    CANCELLED = "cancelled", _("cancelled")
    REFUSED = "refused", _("refused")


OPEN_RESERVATIONS = (ReservationState.PLANNED, ReservationState.REQUESTED, ReservationState.ACTIVE)


class Reservation(models.Model):
    """An EVSE, or any of a station (no EVSE), kept for an id token and its group from `begins_at` to `ends_at`.

    `number` is what the station calls it. `status` is the last word about it and `error` why it went wrong. `asked_at`
    is when the station was last asked to keep it, `held_at` since when its connector says that it does. `transaction`
    is the charge that used it. `notes` say what was odd: `{"code", "at", …}`.
    """

    station = models.ForeignKey(
        ChargingStation, verbose_name=_("station"), on_delete=models.PROTECT, related_name="reservations"
    )
    evse = models.ForeignKey(
        EVSE, verbose_name=_("EVSE"), null=True, on_delete=models.PROTECT, related_name="reservations"
    )
    number = models.PositiveIntegerField(_("number at the station"))
    id_token = models.ForeignKey(
        IdToken, verbose_name=_("id token"), on_delete=models.PROTECT, related_name="reservations"
    )
    group = models.CharField(_("group"), max_length=36, blank=True)
    begins_at = models.DateTimeField(_("begins at"))
    ends_at = models.DateTimeField(_("ends at"))
    state = models.CharField(_("state"), max_length=10, choices=ReservationState, default=ReservationState.PLANNED)
    status = models.CharField(_("answer in a word"), max_length=50, blank=True)
    error = models.TextField(_("error"), blank=True)
    by = models.CharField(_("by"), max_length=254)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    asked_at = models.DateTimeField(_("asked at"), null=True)
    held_at = models.DateTimeField(_("held since"), null=True)
    closed_at = models.DateTimeField(_("over since"), null=True)
    transaction = models.ForeignKey(Transaction, null=True, on_delete=models.PROTECT, related_name="reservations")
    notes = models.JSONField(_("remarks"), default=list)

    class Meta:
        verbose_name = _("reservation")
        verbose_name_plural = _("reservations")
        ordering = ["-begins_at", "-pk"]
        permissions = [("reserve", _("Can reserve and cancel"))]
        constraints = [
            models.UniqueConstraint(fields=["station", "number"], name="reservation_number"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("begins_at")), name="reservation_times"),
            # Ranges of one number are of built-in types, so this needs no extension; without an EVSE it is the range
            # of all of them.
            ExclusionConstraint(
                name="reservation_once",
                expressions=[
                    (Func(F("station"), F("station"), Value("[]"), function="int8range"), "&&"),
                    (Func(F("evse"), F("evse"), Value("[]"), function="int8range"), "&&"),
                    (Func(F("begins_at"), F("ends_at"), function="tstzrange"), "&&"),
                ],
                condition=Q(state__in=OPEN_RESERVATIONS),
            ),
        ]
        indexes = [
            models.Index(fields=["begins_at"], name="reservation_begin"),
            models.Index(
                fields=["station", "ends_at"], condition=Q(state__in=OPEN_RESERVATIONS), name="reservation_open"
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_RESERVATIONS

    @property
    def is_asked(self) -> bool:
        """Whether the station holds it, or may."""
        return self.state in (ReservationState.REQUESTED, ReservationState.ACTIVE)

    def fits(self, value: str, group: str) -> bool:
        """Whether a token may use it: the one it was made for, or one of its group (S16 §5.13, H03.FR.04)."""
        return value == self.id_token.value or bool(self.group and group == self.group)

    def ask(self, *, at: datetime) -> None:
        """The station is being asked to keep it; asked again, an active one stays active."""
        if self.state == ReservationState.PLANNED:
            self.state = ReservationState.REQUESTED
        self.asked_at, self.held_at = at, None
        self.save(update_fields=["state", "asked_at", "held_at"])

    def accept(self, *, status: str) -> None:
        self.state, self.status, self.error = ReservationState.ACTIVE, status, ""
        self.save(update_fields=["state", "status", "error"])

    def close(self, state: ReservationState, *, at: datetime, **facts: Any) -> None:
        """It is over; `facts` are status, error and transaction."""
        self.state, self.closed_at = state, at
        for name, value in facts.items():
            setattr(self, name, value)
        self.save(update_fields=["state", "closed_at", *facts])

    def note(self, code: str, **facts: Any) -> None:
        """Keep something odd for people to see; said twice it stands once."""
        known = any({**old, "at": None} == {"code": code, "at": None, **facts} for old in self.notes)
        if not known and len(self.notes) < MOST_NOTES:
            self.notes = [*self.notes, {"code": code, "at": now().isoformat(), **facts}]
            self.save(update_fields=["notes"])
