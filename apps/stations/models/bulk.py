"""One command for many stations."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.stations.models.commands import OPEN_STATES, CommandState, StationCommand
from apps.stations.models.hardware import ChargingStation

MOST_STATIONS = 2000
FAILED_STATES = (
    CommandState.REJECTED,
    CommandState.FAILED,
    CommandState.TIMED_OUT,
    CommandState.EXPIRED,
    CommandState.NOT_HONOURED,
)


class BulkOrder(models.Model):
    """What is asked of each station: a canonical `message` with its `kind`, or a raw `action` and `payload`.

    `expires_in_s` is how long each command may wait for its station, from when it is queued.
    """

    kind = models.CharField(max_length=100, blank=True)
    message = models.JSONField(null=True)
    action = models.CharField(_("action"), max_length=50, blank=True)
    payload = models.JSONField(_("payload"), null=True)
    expires_in_s = models.PositiveIntegerField(_("may wait (s)"))
    by = models.CharField(_("by"), max_length=254)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("bulk command")
        verbose_name_plural = _("bulk commands")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.action or self.kind.rpartition(".")[2]


class BulkItem(models.Model):
    """One station of a bulk command with its newest command. With an `objection` the station is not asked.

    Without either it waits for its turn.
    """

    bulk = models.ForeignKey(BulkOrder, on_delete=models.CASCADE, related_name="items")
    station = models.ForeignKey(
        ChargingStation, verbose_name=_("station"), on_delete=models.PROTECT, related_name="bulk_items"
    )
    command = models.ForeignKey(StationCommand, null=True, on_delete=models.SET_NULL, related_name="bulk_items")
    objection = models.TextField(_("not asked because"), blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["bulk", "station"], name="bulk_item_once")]

    def __str__(self) -> str:
        return f"{self.bulk_id} → {self.station_id}"

    @property
    def is_open(self) -> bool:
        if self.command:
            return self.command.state in OPEN_STATES
        return not self.objection

    def ask(self, command: StationCommand) -> None:
        self.command, self.attempts = command, self.attempts + 1
        self.save(update_fields=["command", "attempts"])

    def object(self, objection: str) -> None:
        """It can't be asked after all."""
        self.objection = objection
        self.save(update_fields=["objection"])
