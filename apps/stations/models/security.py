"""What stations report about their security."""

from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.stations.models.hardware import ChargingStation


class SecurityEventQuerySet(models.QuerySet["SecurityEvent"]):
    def alarming(self) -> "SecurityEventQuerySet":
        """Those that somebody should look at and nobody has."""
        return self.filter(needs_attention=True, seen_at=None)


class SecurityEvent(models.Model):
    """A security event, kept once however often a station repeats it (A04.FR.02 lets it send again until confirmed).

    `at` is the station's clock, null where it was unreadable; the other two instants are ours. `is_ours` marks what
    we noticed ourselves.
    """

    station = models.ForeignKey(
        ChargingStation, verbose_name=_("station"), on_delete=models.PROTECT, related_name="security_events"
    )
    type = models.CharField(_("event"), max_length=50)
    at = models.DateTimeField(_("at"), null=True)
    tech_info = models.CharField(_("technical information"), max_length=500, blank=True)
    is_critical = models.BooleanField(_("critical"))
    needs_attention = models.BooleanField(_("needs attention"))
    is_ours = models.BooleanField(_("noticed by us"), default=False)
    first_at = models.DateTimeField(_("first heard"))
    last_at = models.DateTimeField(_("last heard"))
    count = models.PositiveIntegerField(_("how often"), default=1)
    seen_at = models.DateTimeField(_("seen at"), null=True)
    seen_by = models.CharField(_("seen by"), max_length=254, blank=True)

    objects = SecurityEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("security event")
        verbose_name_plural = _("security events")
        ordering = ["-last_at", "-pk"]
        permissions = [("see_security_event", _("Can mark security events as seen"))]
        constraints = [
            models.UniqueConstraint(
                fields=["station", "type", "at", "tech_info"], nulls_distinct=False, name="security_event_once"
            )
        ]
        indexes = [
            models.Index(fields=["-last_at"], name="security_event_newest"),
            models.Index(
                fields=["station"], condition=models.Q(needs_attention=True, seen_at=None), name="security_event_alarm"
            ),
        ]

    def __str__(self) -> str:
        return self.type

    def repeat(self, *, at: datetime) -> bool:
        """Heard once more. Without a time of its own that may be news: whoever has seen it looks again, if so."""
        self.count, self.last_at = self.count + 1, at
        is_news = self.at is None and self.seen_at is not None
        if is_news:
            self.seen_at, self.seen_by = None, ""
        self.save(update_fields=["count", "last_at", "seen_at", "seen_by"])
        return is_news

    def see(self, *, by: str, at: datetime) -> bool:
        """False: somebody has seen it before."""
        if self.seen_at:
            return False
        self.seen_at, self.seen_by = at, by
        self.save(update_fields=["seen_at", "seen_by"])
        return True
