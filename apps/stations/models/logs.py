"""Logs that we ask stations for."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.stations.messages import LogType
from apps.stations.models.commands import StationCommand
from apps.stations.models.hardware import ChargingStation
from apps.stations.models.transfers import Transfer
from apps.stations.rules.logs import LogState

LOG_TYPES = [(LogType.DIAGNOSTICS, _("diagnostics")), (LogType.SECURITY, _("security log"))]
LOG_STATES = [
    (LogState.ASKED, _("asked for")),
    (LogState.ACCEPTED, _("accepted")),
    (LogState.UPLOADING, _("uploading")),
    (LogState.UPLOADED, _("uploaded")),
    (LogState.FAILED, _("failed")),
    (LogState.UNKNOWN, _("unknown")),
    (LogState.CANCELLED, _("cancelled")),
]


class LogRequest(models.Model):
    """One request for a log. `address` is where it goes if not to us; then no file is seen here.

    `status` is the station's newest word, `file_name` the name it announced.
    """

    station = models.ForeignKey(
        ChargingStation, verbose_name=_("station"), on_delete=models.PROTECT, related_name="log_requests"
    )
    log_type = models.CharField(_("log"), max_length=20, choices=LOG_TYPES)
    oldest_at = models.DateTimeField(_("from"), null=True, blank=True)
    latest_at = models.DateTimeField(_("until"), null=True, blank=True)
    address = models.CharField(_("address"), max_length=512, blank=True)
    request_id = models.PositiveIntegerField(_("request number"))
    command = models.ForeignKey(StationCommand, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    transfer = models.OneToOneField(
        Transfer, null=True, blank=True, on_delete=models.PROTECT, related_name="log_request"
    )
    state = models.CharField(_("state"), max_length=10, choices=LOG_STATES, default=LogState.ASKED)
    status = models.CharField(_("status as told"), max_length=50, blank=True)
    status_at = models.DateTimeField(_("told at"), null=True, blank=True)
    problem = models.TextField(_("problem"), blank=True)
    file_name = models.CharField(_("file"), max_length=255, blank=True)
    by = models.CharField(_("by"), max_length=254)
    created_at = models.DateTimeField(_("asked at"), auto_now_add=True)
    deadline_at = models.DateTimeField(_("until when"))

    class Meta:
        verbose_name = _("log request")
        verbose_name_plural = _("log requests")
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["station", "request_id"], name="log_request_once")]

    def __str__(self) -> str:
        return f"{self.get_log_type_display()} {self.station}"
