"""Who rents a part of the house: tenants, their host names, and the resellers who provision them."""

from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

TEMPLATE_SCHEMA = "tenant_template"
SLUG_RULE = RegexValidator(
    r"\A[a-z][a-z0-9-]{1,39}\Z",
    _("Two to forty characters: small letters, digits and hyphens, beginning with a letter."),
)
# A charge is billed from its readings, and one that nobody ended may wait for its end for weeks.
FEWEST_METER_DAYS = 60
RESERVED_SLUGS = frozenset({"www", "api", "admin", "static", "public", "mail", "template"})


def schema_of(slug: str) -> str:
    """The schema that a tenant with this slug lives in."""
    return "t_" + slug.replace("-", "_")


class Reseller(models.Model):
    """Someone who provisions tenants for customers of their own."""

    name = models.CharField(_("name"), max_length=200, unique=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("reseller")
        verbose_name_plural = _("resellers")

    def __str__(self) -> str:
        return self.name


class Tenant(models.Model):
    """A company with charging stations: one schema, one or more host names."""

    auto_drop_schema = False  # django-tenants asks when a tenant is deleted; our service drops the schema

    schema_name = models.CharField(max_length=63, unique=True, editable=False)
    slug = models.CharField(_("slug"), max_length=40, unique=True, validators=[SLUG_RULE])
    name = models.CharField(_("name"), max_length=200)
    reseller = models.ForeignKey(
        Reseller, verbose_name=_("reseller"), null=True, blank=True, on_delete=models.PROTECT, related_name="tenants"
    )
    is_active = models.BooleanField(_("active"), default=True)
    meter_value_days = models.PositiveIntegerField(
        _("days that meter values are kept"), null=True, blank=True, validators=[MinValueValidator(FEWEST_METER_DAYS)]
    )
    frame_days = models.PositiveIntegerField(
        _("days that the message log is kept"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("tenant")
        verbose_name_plural = _("tenants")

    def __str__(self) -> str:
        return self.name


class Domain(models.Model):
    """A host name of a tenant beside `<slug>.<BASE_DOMAIN>`, which needs no row."""

    domain = models.CharField(_("host name"), max_length=253, unique=True)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="domains")

    class Meta:
        verbose_name = _("domain")
        verbose_name_plural = _("domains")

    def __str__(self) -> str:
        return self.domain


class TemplateMigration(models.Model):
    """The SQL that a tenant migration ran in the template schema, kept until every tenant has it."""

    app = models.CharField(max_length=100)
    name = models.CharField(max_length=200)
    sql = models.TextField()
    applied_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["app", "name"], name="template_migration_once")]

    def __str__(self) -> str:
        return f"{self.app}.{self.name}"
