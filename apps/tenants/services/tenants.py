"""Tenants by slug and by host name, and the making of a new one."""

import ipaddress

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from apps.core.errors import UnableTo, UnableToFind
from apps.tenants.models import RESERVED_SLUGS, SLUG_RULE, Domain, Reseller, Tenant, schema_of
from apps.tenants.services.schemas import create_schema, drop_schema


@transaction.atomic
def create_tenant(slug: str, *, name: str, reseller: Reseller | None = None) -> tuple[Tenant, bool]:
    """The tenant with this slug, made with its schema if it is new; a repeat changes nothing."""
    existing = Tenant.objects.filter(slug=slug).first()
    if existing:
        return existing, False
    _check_slug(slug)
    tenant = Tenant.objects.create(slug=slug, name=name, schema_name=schema_of(slug), reseller=reseller)
    create_schema(tenant.schema_name, tenant_id=tenant.pk)
    return tenant, True


def _check_slug(slug: str) -> None:
    try:
        SLUG_RULE(slug)
    except ValidationError as problem:
        raise UnableTo(problem.messages[0]) from problem
    if slug in RESERVED_SLUGS:
        raise UnableTo(_("“%(slug)s” is reserved. Choose another slug.") % {"slug": slug})


@transaction.atomic
def add_domain(tenant: Tenant, host: str) -> Domain:
    """Let a tenant's pages be reached under one more host name."""
    host = host.strip().lower()
    taken = Domain.objects.filter(domain=host).exclude(tenant=tenant).exists()
    if taken or is_public_host(host):
        raise UnableTo(_("The host name %(host)s is already in use.") % {"host": host})
    domain, _created = Domain.objects.get_or_create(domain=host, tenant=tenant)
    return domain


@transaction.atomic
def delete_tenant(tenant: Tenant) -> None:
    """Remove a tenant with everything it holds. There is no way back but a backup."""
    drop_schema(tenant.schema_name, tenant_id=tenant.pk)
    tenant.domains.all().delete()
    Tenant.objects.filter(pk=tenant.pk).delete()


def find_tenant(slug: str) -> Tenant:
    """The active tenant with this slug; raises UnableToFind."""
    tenant = Tenant.objects.filter(slug=slug, is_active=True).first()
    if tenant is None:
        raise UnableToFind(_("There is no tenant “%(slug)s”.") % {"slug": slug})
    return tenant


def tenant_of_host(host: str) -> Tenant | None:
    """The active tenant whose pages live at this host name."""
    suffix = f".{settings.BASE_DOMAIN}"
    if host.endswith(suffix):
        own = Tenant.objects.filter(slug=host.removesuffix(suffix), is_active=True).first()
        if own:
            return own
    return Tenant.objects.filter(domains__domain=host, is_active=True).first()


def is_public_host(host: str) -> bool:
    """Whether a host name is the platform's own: the bare domain, or an IP address."""
    if host in (settings.BASE_DOMAIN, "localhost"):
        return True
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def schema_exists(schema: str) -> bool:
    """Whether a tenant lives in this schema."""
    return Tenant.objects.filter(schema_name=schema).exists()


def active_schemas() -> list[str]:
    """The schemas of all active tenants."""
    return list(Tenant.objects.filter(is_active=True).order_by("pk").values_list("schema_name", flat=True))
