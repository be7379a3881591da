"""Drivers and the tokens they charge with."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.clock import now
from apps.core.identifiers import masked_token
from apps.drivers.messages import TokenType

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
