"""Drivers and the tokens they charge with."""

from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.clock import now
from apps.core.identifiers import masked_token
from apps.drivers.messages import TokenType
from apps.drivers.rules.local_lists import MOST_FAILURES, Entries, digest_of, entries_from, entries_stored, pause_after
from apps.stations.models import ChargingStation, StationCommand

TOKEN_TYPE_CHOICES = [(kind.value, kind.value) for kind in TokenType]


class Driver(models.Model):
    """Someone who charges, and to whom the invoice goes. Address and VAT number make it a full invoice."""

    name = models.CharField(_("name"), max_length=200)
    company = models.CharField(_("company"), max_length=200, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    address = models.CharField(_("street and number"), max_length=200, blank=True)
    postal_code = models.CharField(_("postal code"), max_length=20, blank=True)
    city = models.CharField(_("city"), max_length=100, blank=True)
    country = models.CharField(_("country (ISO 3166)"), max_length=2, blank=True)
    vat_id = models.CharField(_("VAT number"), max_length=20, blank=True)
    language = models.CharField(_("language"), max_length=5, blank=True)
    external_id = models.CharField(_("number elsewhere"), max_length=100, null=True, blank=True, unique=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    archived_at = models.DateTimeField(_("archived at"), null=True, blank=True)

    class Meta:
        verbose_name = _("driver")
        verbose_name_plural = _("drivers")
        ordering = ["name"]

    def __str__(self) -> str:
        return f"{self.name} ({self.company})" if self.company else self.name


class TokenStatus(models.TextChoices):
    ACTIVE = "active", _("active")
    BLOCKED = "blocked", _("blocked")
    LOST = "lost", _("lost")


class IdToken(models.Model):
    """A card or number that opens a charge. `value` is canonical; compare nothing else."""

    value = models.CharField(_("number"), max_length=255, unique=True)
    type = models.CharField(_("type"), max_length=20, choices=TOKEN_TYPE_CHOICES, default=TokenType.ISO14443)
    label = models.CharField(_("label"), max_length=100, blank=True)
    driver = models.ForeignKey(
        Driver, verbose_name=_("driver"), null=True, blank=True, on_delete=models.PROTECT, related_name="tokens"
    )
    group = models.CharField(_("group"), max_length=36, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=TokenStatus, default=TokenStatus.ACTIVE)
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    last_used_on = models.DateField(_("last used on"), null=True, editable=False)
    allows_concurrent = models.BooleanField(_("may charge at several places at once"), default=True)

    class Meta:
        verbose_name = _("id token")
        verbose_name_plural = _("id tokens")
        ordering = ["value"]
        indexes = [models.Index(fields=["group"], condition=~models.Q(group=""), name="idtoken_group")]

    def __str__(self) -> str:
        return self.label or masked_token(self.value)

    @property
    def is_expired(self) -> bool:
        return self.expires_at is not None and self.expires_at <= now()

    def shares_group(self, other: "IdToken") -> bool:
        """Whether they have the same parent; it is compared as tokens are, in any case (S16 §3.10)."""
        return bool(self.group) and self.group.casefold() == other.group.casefold()


class TokenAlias(models.Model):
    """Another number under which stations show a card, such as its bytes in reverse; somebody has approved it (Q73)."""

    value = models.CharField(_("number"), max_length=255, unique=True)
    id_token = models.ForeignKey(IdToken, verbose_name=_("id token"), on_delete=models.CASCADE, related_name="aliases")
    approved_at = models.DateTimeField(_("approved at"), auto_now_add=True)
    approved_by = models.CharField(_("approved by"), max_length=254)

    class Meta:
        verbose_name = _("other number of a token")
        verbose_name_plural = _("other numbers of tokens")
        ordering = ["value"]

    def __str__(self) -> str:
        return masked_token(self.value)


class Keeping(models.TextChoices):
    """Whether a station's local list is kept."""

    AUTO = "auto", _("where the station supports it")
    ON = "on", _("always")
    OFF = "off", _("never")


class LocalListState(models.TextChoices):
    OFF = "off", _("not kept")
    UNSUPPORTED = "unsupported", _("not supported")
    WAITING = "waiting", _("waiting")
    UPDATING = "updating", _("being updated")
    FAILED = "failed", _("failed")
    IN_STEP = "in_step", _("in step")


class LocalListPolicy(models.Model):
    """The tenant's switch: without it no local list is kept, but where a station's own says always."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    is_kept = models.BooleanField(_("keep local lists"), default=True)

    class Meta:
        verbose_name = _("local list policy")
        verbose_name_plural = _("local list policy")
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="one_local_list_policy")]


class LocalList(models.Model):
    """The list of tokens that a station decides by when it can't ask (S16 §3.5.2).

    `entries` and `version` are what the station has acknowledged, `told_version` what it said when it was last asked.
    `command` is the update or question that is under way; `asks_version` and `needs_full` are what must come next.
    `unsupported_firmware` is the firmware that refused: it is not asked again (null: none has).
    """

    station = models.OneToOneField(
        ChargingStation, verbose_name=_("station"), on_delete=models.CASCADE, related_name="local_list"
    )
    keep = models.CharField(_("keep"), max_length=4, choices=Keeping, default=Keeping.AUTO)
    state = models.CharField(_("state"), max_length=11, choices=LocalListState, default=LocalListState.OFF)
    entries = models.JSONField(default=dict)
    digest = models.CharField(max_length=64, blank=True)
    size = models.PositiveIntegerField(_("entries"), default=0)
    left_out = models.PositiveIntegerField(_("left out"), default=0)
    version = models.IntegerField(_("version"), null=True)
    told_version = models.IntegerField(_("version told"), null=True)
    told_at = models.DateTimeField(_("version told at"), null=True)
    asks_version = models.BooleanField(default=True)
    needs_full = models.BooleanField(default=True)
    asked_limits = models.BooleanField(default=False)
    command = models.ForeignKey(StationCommand, null=True, on_delete=models.SET_NULL, related_name="+")
    asked_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField(_("updated at"), null=True)
    status = models.CharField(_("last answer"), max_length=50, blank=True)
    problem = models.TextField(_("problem"), blank=True)
    failures = models.PositiveSmallIntegerField(default=0)
    retry_at = models.DateTimeField(_("next attempt at"), null=True)
    unsupported_firmware = models.CharField(max_length=255, null=True)

    class Meta:
        verbose_name = _("local list")
        verbose_name_plural = _("local lists")
        ordering = ["station__identity"]

    def __str__(self) -> str:
        return str(self.station)

    @property
    def there(self) -> Entries:
        """What the station has acknowledged to hold."""
        return entries_from(self.entries)

    @property
    def is_unsupported(self) -> bool:
        return self.unsupported_firmware is not None

    def hold(self, entries: Entries, *, version: int) -> None:
        """The station has acknowledged an update; the caller saves."""
        self.entries, self.size, self.version = entries_stored(entries), len(entries), version
        self.digest = digest_of(entries)

    def fail(self, *, at: datetime, status: str = "", problem: str = "") -> None:
        """An attempt has failed: the first time the next follows at once, then ever later. The caller saves."""
        self.status, self.problem = status, problem
        self.failures = min(self.failures + 1, MOST_FAILURES)
        pause = pause_after(self.failures)
        self.retry_at = at + pause if pause else None
