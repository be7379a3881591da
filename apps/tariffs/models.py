"""Tariffs, the versions that fix their prices for good, and where they apply."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Self

from babel.numbers import is_currency
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.core.clock import now
from apps.stations.models import EVSE, ChargingStation, Location
from apps.tariffs.messages import Prices

NOT_NEGATIVE = MinValueValidator(Decimal(0))


def check_currency(code: str) -> None:
    if not is_currency(code):
        raise ValidationError(_("“%(code)s” is no currency of ISO 4217, such as EUR."), params={"code": code})


class Tariff(models.Model):
    """What people call a tariff; its prices are those of the version that is valid at an instant."""

    name = models.CharField(_("name"), max_length=100)
    archived_at = models.DateTimeField(_("archived at"), null=True, blank=True)

    class Meta:
        verbose_name = _("tariff")
        verbose_name_plural = _("tariffs")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["name"],
                condition=Q(archived_at=None),
                name="tariff_name_once",
                violation_error_message=_("Another tariff already has this name."),
            )
        ]

    def __str__(self) -> str:
        return self.name

    def version_at(self, at: datetime) -> "TariffVersion | None":
        """The newest version that is valid at an instant; none before the first and after the last one's end."""
        return self.versions.valid_at(at).first()

    def archive(self) -> None:
        """Take it out of use. Its versions stay, as charges refer to them."""
        self.archived_at = self.archived_at or now()
        self.save(update_fields=["archived_at"])


class TariffVersionQuerySet(models.QuerySet["TariffVersion"]):
    def valid_at(self, at: datetime) -> Self:
        """Newest first; a later version supersedes an earlier one from its own begin."""
        ended = Q(valid_to__isnull=False, valid_to__lte=at)
        return self.filter(valid_from__lte=at).exclude(ended).order_by("-valid_from", "-number")


def _price(label: Any) -> "models.DecimalField[Decimal, Decimal]":
    return models.DecimalField(label, max_digits=12, decimal_places=6, default=Decimal(0), validators=[NOT_NEGATIVE])


class TariffVersion(models.Model):
    """Prices as they were once fixed. The database refuses to change or delete a version."""

    tariff = models.ForeignKey(Tariff, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    currency = models.CharField(_("currency"), max_length=3, validators=[check_currency])
    price_per_kwh = _price(_("price per kWh"))
    price_per_minute = _price(_("price per minute of charging"))
    price_per_session = _price(_("price per charge"))
    idle_per_minute = _price(_("price per idle minute"))
    idle_grace_s = models.PositiveIntegerField(_("free idle seconds"), default=0)
    vat_percent = models.DecimalField(
        _("VAT (%)"), max_digits=5, decimal_places=2, validators=[NOT_NEGATIVE, MaxValueValidator(Decimal(100))]
    )
    tax_included = models.BooleanField(_("prices include VAT"), default=True)
    valid_from = models.DateTimeField(_("valid from"))
    valid_to = models.DateTimeField(_("valid to"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    objects = TariffVersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("tariff version")
        verbose_name_plural = _("tariff versions")
        ordering = ["tariff", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["tariff", "number"], name="tariff_version_once"),
            models.CheckConstraint(
                condition=Q(price_per_kwh__gte=0)
                & Q(price_per_minute__gte=0)
                & Q(price_per_session__gte=0)
                & Q(idle_per_minute__gte=0),
                name="tariff_prices_not_negative",
            ),
            models.CheckConstraint(condition=Q(vat_percent__range=(0, 100)), name="tariff_vat_is_a_percentage"),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gt=models.F("valid_from")), name="tariff_ends_after_it_begins"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tariff} · {self.number}"

    @property
    def prices(self) -> Prices:
        return Prices(
            currency=self.currency,
            vat_percent=self.vat_percent,
            price_per_kwh=self.price_per_kwh,
            price_per_minute=self.price_per_minute,
            price_per_session=self.price_per_session,
            idle_per_minute=self.idle_per_minute,
            idle_grace_s=self.idle_grace_s,
            tax_included=self.tax_included,
        )


class TariffAssignment(models.Model):
    """Where a tariff applies: at one location, station or EVSE, or, with none of them, everywhere else."""

    tariff = models.ForeignKey(Tariff, verbose_name=_("tariff"), on_delete=models.PROTECT, related_name="assignments")
    location = models.ForeignKey(
        Location, verbose_name=_("location"), null=True, blank=True, on_delete=models.CASCADE, related_name="tariffs"
    )
    station = models.ForeignKey(
        ChargingStation,
        verbose_name=_("station"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="tariffs",
    )
    evse = models.ForeignKey(
        EVSE, verbose_name=_("EVSE"), null=True, blank=True, on_delete=models.CASCADE, related_name="tariffs"
    )

    class Meta:
        verbose_name = _("tariff assignment")
        verbose_name_plural = _("tariff assignments")
        constraints = [
            models.UniqueConstraint(
                fields=["location", "station", "evse"], name="tariff_assigned_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=Q(location=None, station=None) | Q(location=None, evse=None) | Q(station=None, evse=None),
                name="tariff_assigned_to_one_place",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tariff} @ {self.evse or self.station or self.location or '*'}"

    @property
    def precision(self) -> int:
        """How narrow the place is; the narrowest assignment wins."""
        return 3 * bool(self.evse_id) + 2 * bool(self.station_id) + bool(self.location_id)
