"""Locations, charging stations, EVSEs and connectors."""

from datetime import datetime
from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.identifiers import random_slug
from apps.core.text import shortened
from apps.stations.messages import BootNotification, ConnectorStatus, RegistrationStatus, StatusNotification

IDENTITY_RULE = RegexValidator(
    r"\A[A-Za-z0-9*+=|@._-]{1,48}\Z",
    _("One to 48 characters: letters, digits and * - _ = + | @ . (OCPP identifierString)."),
)
REGISTRATION_CHOICES = [
    (RegistrationStatus.ACCEPTED, _("accepted")),
    (RegistrationStatus.PENDING, _("pending")),
    (RegistrationStatus.REJECTED, _("rejected")),
]
CONNECTOR_CHOICES = [
    (ConnectorStatus.AVAILABLE, _("available")),
    (ConnectorStatus.OCCUPIED, _("occupied")),
    (ConnectorStatus.RESERVED, _("reserved")),
    (ConnectorStatus.UNAVAILABLE, _("unavailable")),
    (ConnectorStatus.FAULTED, _("faulted")),
]
BOOT_FIELDS = ("vendor", "model", "serial_number", "firmware_version")
# All that OCPP lets connector 0 be (S16 §4.9).
STATION_STATUSES = (ConnectorStatus.AVAILABLE, ConnectorStatus.UNAVAILABLE, ConnectorStatus.FAULTED)


def check_time_zone(name: str) -> None:
    if name not in available_timezones():
        raise ValidationError(_("“%(name)s” is no IANA time zone, such as Europe/Berlin."), params={"name": name})


class Location(models.Model):
    """A site with an address; tariffs and opening hours follow its time zone."""

    name = models.CharField(_("name"), max_length=200, unique=True)
    address = models.CharField(_("street and number"), max_length=200, blank=True)
    postal_code = models.CharField(_("postal code"), max_length=20, blank=True)
    city = models.CharField(_("city"), max_length=100, blank=True)
    country = models.CharField(
        _("country (ISO 3166)"), max_length=2, default="DE", validators=[RegexValidator(r"\A[A-Z]{2}\Z")]
    )
    latitude = models.DecimalField(
        _("latitude"), max_digits=9, decimal_places=6, null=True, blank=True,
        validators=[MinValueValidator(-90), MaxValueValidator(90)],
    )  # fmt: skip
    longitude = models.DecimalField(
        _("longitude"), max_digits=9, decimal_places=6, null=True, blank=True,
        validators=[MinValueValidator(-180), MaxValueValidator(180)],
    )  # fmt: skip
    time_zone = models.CharField(_("time zone"), max_length=50, default="Europe/Berlin", validators=[check_time_zone])

    class Meta:
        verbose_name = _("location")
        verbose_name_plural = _("locations")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def one_line_address(self) -> str:
        town = " ".join(part for part in (self.postal_code, self.city) if part)
        return ", ".join(part for part in (self.address, town, self.country) if part)


class StationPolicy(models.Model):
    """What holds for new stations of this tenant; one row."""

    registration = models.CharField(
        _("registration of new stations"), max_length=10, choices=REGISTRATION_CHOICES,
        default=RegistrationStatus.ACCEPTED,
    )  # fmt: skip

    class Meta:
        verbose_name = _("policy for new stations")
        verbose_name_plural = _("policies for new stations")
        constraints = [models.CheckConstraint(name="policy_once", condition=models.Q(pk=1))]


def registration_of_new_stations() -> str:
    """By the tenant's policy; accepted where it has none."""
    decided = StationPolicy.objects.values_list("registration", flat=True).first()
    return decided or RegistrationStatus.ACCEPTED.value


class ChargingStation(models.Model):
    """A charging station. What it says of itself (vendor … firmware) is kept as it said it.

    The former password is good until the present one is used; one that was offered to the station is good as well,
    until the station refuses it. `status` and `error_code` are of the whole station (EVSE 0). `request_counter`
    numbers requests that the station answers with later messages, such as reports and remote starts.
    """

    identity = models.CharField(_("identity"), max_length=48, unique=True, validators=[IDENTITY_RULE])
    name = models.CharField(_("name"), max_length=200, blank=True)
    location = models.ForeignKey(
        Location, verbose_name=_("location"), null=True, blank=True, on_delete=models.PROTECT, related_name="stations"
    )
    registration = models.CharField(
        _("registration"), max_length=10, choices=REGISTRATION_CHOICES, default=registration_of_new_stations
    )
    password_digest = models.CharField(max_length=64, blank=True)
    former_password_digest = models.CharField(max_length=64, blank=True, editable=False)
    offered_password_digest = models.CharField(max_length=64, blank=True, editable=False)
    vendor = models.CharField(_("vendor"), max_length=255, blank=True)
    model = models.CharField(_("model"), max_length=255, blank=True)
    serial_number = models.CharField(_("serial number"), max_length=255, blank=True)
    firmware_version = models.CharField(_("firmware"), max_length=255, blank=True)
    ocpp_version = models.CharField(_("OCPP version"), max_length=5, blank=True)
    booted_at = models.DateTimeField(_("booted at"), null=True, blank=True)
    boot_reason = models.CharField(_("boot reason"), max_length=50, blank=True)
    is_operative = models.BooleanField(_("operative"), default=True)
    status = models.CharField(_("status"), max_length=12, choices=CONNECTOR_CHOICES, blank=True)
    status_at = models.DateTimeField(_("status since"), null=True, blank=True)
    error_code = models.CharField(_("error code"), max_length=50, blank=True)
    request_counter = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    archived_at = models.DateTimeField(_("archived at"), null=True, blank=True)

    class Meta:
        verbose_name = _("charging station")
        verbose_name_plural = _("charging stations")
        ordering = ["identity"]

    def __str__(self) -> str:
        return self.name or self.identity

    @property
    def zone(self) -> ZoneInfo:
        return self.location.zone if self.location else ZoneInfo("UTC")

    def next_request_id(self) -> int:
        """A number this station was never asked with; the row must be locked."""
        self.request_counter += 1
        self.save(update_fields=["request_counter"])
        return self.request_counter

    def tell_boot(self, news: BootNotification, *, version: str, at: datetime) -> None:
        """Take over what the station says of itself; what does not fit a column is cut, for people only (Q47)."""
        for name in BOOT_FIELDS:
            setattr(self, name, shortened(getattr(news, name), 255))
        self.boot_reason = shortened(news.reason or "", 50)
        self.ocpp_version, self.booted_at = version, at
        self.save(update_fields=[*BOOT_FIELDS, "boot_reason", "ocpp_version", "booted_at"])

    def tell_status(self, news: StatusNotification, *, at: datetime) -> bool:
        """Take over the status of the whole station unless a newer one is known (Q43); whether anything changed."""
        error_code = shortened(news.error_code or "", 50)
        if (self.status_at and at < self.status_at) or news.status not in STATION_STATUSES:
            return False
        changed = (self.status, self.error_code) != (news.status, error_code)
        self.status, self.error_code, self.status_at = news.status, error_code, at
        if news.status != ConnectorStatus.FAULTED:
            self.is_operative = news.status == ConnectorStatus.AVAILABLE
        self.save(update_fields=["status", "error_code", "status_at", "is_operative"])
        return changed


class EVSE(models.Model):
    """A part of a station that charges one car at a time; `number` is OCPP's evseId (1.6: connectorId)."""

    station = models.ForeignKey(
        ChargingStation, verbose_name=_("station"), on_delete=models.PROTECT, related_name="evses"
    )
    number = models.PositiveSmallIntegerField(_("number"), validators=[MinValueValidator(1), MaxValueValidator(64)])
    evse_id = models.CharField(_("EVSE-ID"), max_length=48, blank=True)
    slug = models.CharField(_("slug"), max_length=16, unique=True, default=random_slug)
    max_power_w = models.PositiveIntegerField(_("maximum power (W)"), null=True, blank=True)

    class Meta:
        verbose_name = _("EVSE")
        verbose_name_plural = _("EVSEs")
        ordering = ["station", "number"]
        constraints = [models.UniqueConstraint(fields=["station", "number"], name="evse_once")]

    def __str__(self) -> str:
        return f"{self.station} · {self.number}"


class Connector(models.Model):
    """A socket or cable of an EVSE, with the newest status the station told.

    `status_at` is since when it has been so, `told_at` when it was last said. `charging_state` is told by 1.6 only.
    """

    evse = models.ForeignKey(EVSE, verbose_name=_("EVSE"), on_delete=models.PROTECT, related_name="connectors")
    number = models.PositiveSmallIntegerField(_("number"), validators=[MinValueValidator(1), MaxValueValidator(64)])
    kind = models.CharField(_("type"), max_length=40, blank=True)
    status = models.CharField(_("status"), max_length=12, choices=CONNECTOR_CHOICES, blank=True)
    raw_status = models.CharField(_("status as told"), max_length=50, blank=True)
    charging_state = models.CharField(_("charging state"), max_length=15, blank=True)
    status_at = models.DateTimeField(_("since"), null=True, blank=True)
    error_code = models.CharField(_("error code"), max_length=50, blank=True)
    info = models.CharField(_("info"), max_length=255, blank=True)
    vendor_error_code = models.CharField(_("vendor error code"), max_length=255, blank=True)
    told_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("connector")
        verbose_name_plural = _("connectors")
        ordering = ["evse", "number"]
        constraints = [models.UniqueConstraint(fields=["evse", "number"], name="connector_once")]

    def __str__(self) -> str:
        return f"{self.evse} · {self.number}"

    def tell_status(self, news: StatusNotification, *, at: datetime) -> bool:
        """Take over a status unless a newer one is known (Q41); whether anything changed."""
        if self.told_at and at < self.told_at:
            return False
        before = self._told
        self.told_at = at
        if self.raw_status != shortened(news.raw_status, 50):
            self.status_at = at
        self.status, self.raw_status = news.status, shortened(news.raw_status, 50)
        self.charging_state = news.charging_state or ""
        self.error_code = shortened(news.error_code or "", 50)
        self.info = shortened(news.info, 255)
        self.vendor_error_code = shortened(news.vendor_error_code, 255)
        self.save()
        return before != self._told

    @property
    def _told(self) -> tuple[str, ...]:
        return self.status, self.raw_status, self.error_code, self.info, self.vendor_error_code
