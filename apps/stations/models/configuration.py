"""How stations should be configured, how far they are from it, and who changed what."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.stations.models.commands import StationCommand
from apps.stations.models.hardware import ChargingStation, Location


class TemplateScope(models.TextChoices):
    """From the weakest to the strongest."""

    TENANT = "tenant", _("all stations")
    MODEL = "model", _("vendor and model")
    LOCATION = "location", _("location")
    STATION = "station", _("one station")


class ConfigurationTemplate(models.Model):
    """Values that variables of some stations should have: a stronger scope wins, variable by variable.

    `settings` is a list of {"component", "name", "instance", "value"}; in 1.6 the component is empty. The shipped one
    can be edited and switched off, but not deleted.
    """

    name = models.CharField(_("name"), max_length=100, unique=True)
    scope = models.CharField(_("applies to"), max_length=10, choices=TemplateScope)
    vendor = models.CharField(_("vendor"), max_length=255, blank=True)
    model = models.CharField(_("model"), max_length=255, blank=True)
    location = models.ForeignKey(
        Location, verbose_name=_("location"), null=True, blank=True, on_delete=models.CASCADE, related_name="templates"
    )
    station = models.OneToOneField(
        ChargingStation, verbose_name=_("station"), null=True, blank=True, on_delete=models.CASCADE,
        related_name="exception",
    )  # fmt: skip
    settings = models.JSONField(_("values"), default=list, blank=True)
    at_boot = models.BooleanField(_("apply when a station boots"), default=True)
    is_active = models.BooleanField(_("in use"), default=True)
    is_shipped = models.BooleanField(default=False, editable=False)
    changed_at = models.DateTimeField(_("changed at"), auto_now=True)

    class Meta:
        verbose_name = _("configuration template")
        verbose_name_plural = _("configuration templates")
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                name="template_place_fits_scope",
                condition=Q(scope="tenant", vendor="", model="", location=None, station=None)
                | Q(~Q(vendor=""), scope="model", location=None, station=None)
                | Q(scope="location", vendor="", model="", location__isnull=False, station=None)
                | Q(scope="station", vendor="", model="", location=None, station__isnull=False),
                violation_error_message=_("Say where this template applies, and only there."),
            ),
            models.UniqueConstraint(fields=["is_shipped"], condition=Q(is_shipped=True), name="template_shipped_once"),
        ]

    def __str__(self) -> str:
        return self.name


class StationConfiguration(models.Model):
    """How far we are with a station's configuration.

    From `due_at` on there is something to do: read everything (`wants_read`), apply the templates (`booted`), repair
    what people asked for, or read back. `unanswered` counts steps in a row that the station did not answer.
    """

    station = models.OneToOneField(ChargingStation, on_delete=models.CASCADE, related_name="configuration")
    read_at = models.DateTimeField(_("read at"), null=True)
    read_firmware = models.CharField(max_length=255, blank=True)
    wants_read = models.BooleanField(default=False)
    booted = models.BooleanField(default=False)
    due_at = models.DateTimeField(null=True)
    unanswered = models.PositiveSmallIntegerField(default=0)


class DeviationState(models.TextChoices):
    DIFFERS = "differs", _("differs")
    PENDING = "pending", _("effective after a restart")
    REDUCED = "reduced", _("the station takes a part of it")
    REFUSED = "refused", _("refused by the station")
    READ_ONLY = "read_only", _("read-only")
    UNSUPPORTED = "unsupported", _("not supported by the station")


# Nothing is left to be tried with these.
SETTLED_STATES = (DeviationState.PENDING, DeviationState.REDUCED)


class Deviation(models.Model):
    """A variable that is not as the strongest template wants it.

    `tried` is the last value that was sent for `wanted`, `refusals` how often trying came to nothing; after the
    second time it is left to people. A repair that is due names who wants it and why.
    """

    station = models.ForeignKey(
        ChargingStation, verbose_name=_("station"), on_delete=models.CASCADE, related_name="deviations"
    )
    template = models.ForeignKey(
        ConfigurationTemplate, verbose_name=_("template"), on_delete=models.CASCADE, related_name="deviations"
    )
    component = models.CharField(_("component"), max_length=50, blank=True)
    name = models.CharField(_("variable"), max_length=50)
    instance = models.CharField(_("instance"), max_length=50, blank=True)
    wanted = models.TextField(_("wanted"))
    actual = models.TextField(_("value"), null=True)
    state = models.CharField(_("state"), max_length=12, choices=DeviationState, default=DeviationState.DIFFERS)
    tried = models.TextField(null=True)
    refusals = models.PositiveSmallIntegerField(default=0)
    due_by = models.CharField(max_length=254, blank=True)
    due_reason = models.CharField(max_length=200, blank=True)
    since_at = models.DateTimeField(_("since"), auto_now_add=True)

    class Meta:
        verbose_name = _("deviation")
        verbose_name_plural = _("deviations")
        ordering = ["station", "component", "name", "instance"]
        constraints = [
            models.UniqueConstraint(fields=["station", "component", "name", "instance"], name="deviation_once")
        ]

    def __str__(self) -> str:
        return f"{self.component}.{self.name}" if self.component else self.name


class VariableChange(models.Model):
    """One attempt to change a variable: who, why, and what the station said (`status` in its words)."""

    station = models.ForeignKey(
        ChargingStation, verbose_name=_("station"), on_delete=models.CASCADE, related_name="variable_changes"
    )
    command = models.ForeignKey(StationCommand, on_delete=models.CASCADE, related_name="variable_changes")
    component = models.CharField(_("component"), max_length=50, blank=True)
    name = models.CharField(_("variable"), max_length=50)
    instance = models.CharField(_("instance"), max_length=50, blank=True)
    before = models.TextField(_("before"), null=True)
    value = models.TextField(_("value"))
    by = models.CharField(_("by"), max_length=254)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    status = models.CharField(_("answer"), max_length=50, blank=True)
    at = models.DateTimeField(_("at"), auto_now_add=True)

    class Meta:
        verbose_name = _("change of a variable")
        verbose_name_plural = _("changes of variables")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["station", "-id"], name="variable_change_station")]
