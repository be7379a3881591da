"""Commands to stations: durable rows from the click to the answer."""

import uuid
from datetime import datetime
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.clock import now
from apps.stations.models.hardware import ChargingStation


class CommandState(models.TextChoices):
    QUEUED = "queued", _("queued")
    SENT = "sent", _("sent")
    ACCEPTED = "accepted", _("accepted")
    REJECTED = "rejected", _("rejected")
    FAILED = "failed", _("failed")
    TIMED_OUT = "timed_out", _("timed out")
    EXPIRED = "expired", _("expired")
    NOT_HONOURED = "not_honoured", _("not honoured")


OPEN_STATES = (CommandState.QUEUED, CommandState.SENT)
# Asks for another message, which is still to come when the answer says Accepted.
TRIGGERS = ("TriggerMessage", "ExtendedTriggerMessage")


class StationCommand(models.Model):
    """One request to a station.

    A service writes the canonical `message` (with its `kind`); the API and forms may write a raw `action` and
    `payload`. The gateway that holds the station claims the row, records action and payload as sent and the answer
    as received; `result` is what the answer tells beyond its status, in our words (a version, a schedule, …).
    `late_answer` marks an answer that came after the time-out. `followed_at` is when the message came that a trigger
    asked for.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    station = models.ForeignKey(
        ChargingStation, verbose_name=_("station"), on_delete=models.PROTECT, related_name="commands"
    )
    kind = models.CharField(_("kind"), max_length=100, blank=True)
    message = models.JSONField(null=True)
    action = models.CharField(_("action"), max_length=50, blank=True)
    payload = models.JSONField(_("payload"), null=True)
    answer = models.JSONField(_("answer"), null=True)
    result = models.JSONField(null=True)
    state = models.CharField(_("state"), max_length=12, choices=CommandState, default=CommandState.QUEUED)
    status = models.CharField(_("answer in a word"), max_length=50, blank=True)
    error = models.TextField(_("error"), blank=True)
    late_answer = models.BooleanField(_("answered late"), default=False)
    by = models.CharField(_("by"), max_length=254)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    expires_at = models.DateTimeField(_("expires at"))
    sent_at = models.DateTimeField(_("sent at"), null=True)
    finished_at = models.DateTimeField(_("finished at"), null=True)
    followed_at = models.DateTimeField(null=True)
    message_id = models.CharField(max_length=36, blank=True)
    epoch = models.BigIntegerField(null=True)

    class Meta:
        verbose_name = _("command")
        verbose_name_plural = _("commands")
        ordering = ["-created_at"]
        indexes = [
            models.Index(
                fields=["station", "created_at"], condition=models.Q(state__in=OPEN_STATES), name="command_open"
            ),
            models.Index(fields=["station", "-created_at"], name="command_station"),
            models.Index(fields=["message_id"], condition=~models.Q(message_id=""), name="command_message"),
            models.Index(
                fields=["finished_at"],
                condition=models.Q(state=CommandState.ACCEPTED, action__in=TRIGGERS, followed_at=None),
                name="command_trigger",
            ),
        ]
        constraints = [
            # A station is asked one thing at a time (Q55).
            models.UniqueConstraint(
                fields=["station"], condition=models.Q(state=CommandState.SENT), name="command_one_sent"
            )
        ]

    def __str__(self) -> str:
        return f"{self.action or self.kind} → {self.station_id}"

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES

    def finish(self, state: CommandState, *, at: datetime | None = None, **facts: Any) -> bool:
        """Close the command; a late answer to a timed-out one is recorded beside its state. False: it was closed."""
        if not self.is_open:
            if self.state != CommandState.TIMED_OUT:
                return False
            facts["late_answer"] = True
        facts |= {"state": state, "finished_at": at or now()}
        for name, value in facts.items():
            setattr(self, name, value)
        self.save(update_fields=facts)
        return True

    def follow(self, at: datetime) -> None:
        """What it asked for has come."""
        self.followed_at = at
        self.save(update_fields=["followed_at"])

    def dishonour(self, error: str) -> None:
        """Accepted, and then nothing came of it."""
        self.state, self.error = CommandState.NOT_HONOURED, error
        self.save(update_fields=["state", "error"])


class ActionRefusal(models.Model):
    """A station has answered that it does not know an action; it counts for the firmware that said so."""

    station = models.ForeignKey(ChargingStation, on_delete=models.CASCADE, related_name="refused_actions")
    action = models.CharField(max_length=50)
    code = models.CharField(max_length=50)
    firmware_version = models.CharField(max_length=255, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["station", "action"], name="action_refusal_once")]

    def __str__(self) -> str:
        return f"{self.action}: {self.code}"
