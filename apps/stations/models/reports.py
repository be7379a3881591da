"""What stations report: their variables, events, and messages nobody could use."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.stations.models.hardware import ChargingStation


class Variable(models.Model):
    """A variable of the device model, or a 1.6 configuration key (with an empty component).

    An `unverified` value was accepted by the station and not yet read back.
    """

    station = models.ForeignKey(
        ChargingStation, verbose_name=_("station"), on_delete=models.CASCADE, related_name="variables"
    )
    component = models.CharField(_("component"), max_length=50, blank=True)
    component_instance = models.CharField(_("component instance"), max_length=50, null=True, blank=True)
    name = models.CharField(_("variable"), max_length=50)
    instance = models.CharField(_("instance"), max_length=50, null=True, blank=True)
    evse = models.PositiveSmallIntegerField(_("EVSE"), null=True, blank=True)
    connector = models.PositiveSmallIntegerField(_("connector"), null=True, blank=True)
    attribute = models.CharField(_("attribute"), max_length=10, default="Actual")
    value = models.TextField(_("value"), null=True, blank=True)
    mutability = models.CharField(_("mutability"), max_length=10, blank=True)
    data_type = models.CharField(_("type"), max_length=20, blank=True)
    unit = models.CharField(_("unit"), max_length=20, blank=True)
    values_list = models.TextField(_("possible values"), blank=True)
    min_limit = models.FloatField(_("minimum"), null=True, blank=True)
    max_limit = models.FloatField(_("maximum"), null=True, blank=True)
    reported_at = models.DateTimeField(_("reported at"))
    pending_reboot = models.BooleanField(_("effective after reboot"), default=False)
    unverified = models.BooleanField(default=False)
    unsupported_at = models.DateTimeField(_("not supported since"), null=True, blank=True)

    class Meta:
        verbose_name = _("variable")
        verbose_name_plural = _("variables")
        ordering = ["component", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "station", "component", "component_instance", "name", "instance", "evse", "connector", "attribute",
                ],
                nulls_distinct=False,
                name="variable_once",
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.component}.{self.name}" if self.component else self.name


class ReportPart(models.Model):
    """A part of a NotifyReport, until all of its parts are here (Q83)."""

    station = models.ForeignKey(ChargingStation, on_delete=models.CASCADE)
    request_id = models.BigIntegerField()
    seq_no = models.IntegerField()
    more = models.BooleanField()
    variables = models.JSONField()
    received_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["station", "request_id", "seq_no"], name="report_part_once"),
        ]


class StationEvent(models.Model):
    """One event of a NotifyEvent."""

    station = models.ForeignKey(
        ChargingStation, verbose_name=_("station"), on_delete=models.CASCADE, related_name="events"
    )
    event_id = models.BigIntegerField(_("event number"))
    at = models.DateTimeField(_("at"))
    trigger = models.CharField(_("trigger"), max_length=20)
    component = models.CharField(_("component"), max_length=50)
    variable = models.CharField(_("variable"), max_length=50)
    evse = models.PositiveSmallIntegerField(_("EVSE"), null=True)
    connector = models.PositiveSmallIntegerField(_("connector"), null=True)
    value = models.TextField(_("value"))
    cleared = models.BooleanField(_("cleared"), default=False)
    tech_code = models.CharField(_("technical code"), max_length=255, blank=True)
    tech_info = models.TextField(_("technical information"), blank=True)
    kind = models.CharField(_("kind"), max_length=50, blank=True)

    class Meta:
        verbose_name = _("station event")
        verbose_name_plural = _("station events")
        ordering = ["-at"]
        constraints = [models.UniqueConstraint(fields=["station", "event_id", "at"], name="station_event_once")]


class QuarantinedMessage(models.Model):
    """A message about a charge that could not be used. It was acknowledged, so this row is all that is left of it."""

    station = models.ForeignKey(
        ChargingStation, verbose_name=_("station"), on_delete=models.PROTECT, related_name="quarantined"
    )
    received_at = models.DateTimeField(_("received at"), auto_now_add=True)
    action = models.CharField(_("action"), max_length=50)
    message_id = models.CharField(_("message number"), max_length=100, blank=True)
    payload = models.TextField(_("payload"))
    problem = models.TextField(_("problem"))
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)
    settled_by = models.CharField(_("settled by"), max_length=254, blank=True)

    class Meta:
        verbose_name = _("quarantined message")
        verbose_name_plural = _("quarantined messages")
        ordering = ["-received_at"]


class RefusedConnection(models.Model):
    """Attempts to connect that were refused, counted per identity, reason and address."""

    identity = models.CharField(_("identity"), max_length=255)
    reason = models.CharField(_("reason"), max_length=50)
    address = models.CharField(_("address"), max_length=64)
    subprotocols = models.CharField(_("subprotocols"), max_length=255, blank=True)
    count = models.PositiveIntegerField(_("how often"), default=1)
    first_at = models.DateTimeField(_("first"), auto_now_add=True)
    last_at = models.DateTimeField(_("last"))

    class Meta:
        verbose_name = _("refused connection")
        verbose_name_plural = _("refused connections")
        ordering = ["-last_at"]
        constraints = [models.UniqueConstraint(fields=["identity", "reason", "address"], name="refused_once")]
