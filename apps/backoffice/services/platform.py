"""What platform staff do: make tenants with their first operator, look after resellers."""

from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.messages import Role
from apps.accounts.services import audit
from apps.accounts.services.people import create_operator
from apps.accounts.services.saving import save_checked
from apps.backoffice.services.provisioning.tenants import pages_url
from apps.core.errors import FieldError, UnableTo
from apps.tenants.models import Reseller, Tenant
from apps.tenants.scope import schema_scope
from apps.tenants.services.tenants import add_domain, create_tenant


@dataclass(frozen=True, kw_only=True)
class NewTenant:
    """A tenant as the form asks for it; without a password one is made up."""

    slug: str
    name: str
    operator_email: str
    operator_name: str = ""
    password: str = ""
    domain: str = ""
    reseller: Reseller | None = None


@transaction.atomic
def found_tenant(wanted: NewTenant, *, by: str) -> tuple[Tenant, str]:
    """A tenant with its schema, its host name and its first owner; with the owner's password, to be shown once."""
    tenant, created = create_tenant(wanted.slug, name=wanted.name, reseller=wanted.reseller)
    if not created:
        message = _("There is a tenant with this slug already.")
        raise UnableTo(message, errors=[FieldError("$.slug", message)])
    if wanted.domain:
        _add_domain(tenant, wanted.domain)
    audit.record(by, "tenants.tenant.created", audit.target_of(tenant), slug=tenant.slug)
    with schema_scope(tenant.schema_name):
        _owner, password = create_operator(
            wanted.operator_email,
            role=Role.OWNER,
            name=wanted.operator_name,
            password=wanted.password or None,
            by=by,
        )
    return tenant, password


def _add_domain(tenant: Tenant, host: str) -> None:
    try:
        add_domain(tenant, host)
    except UnableTo as problem:
        raise UnableTo(problem.message, errors=[FieldError("$.domain", str(problem))]) from problem


@transaction.atomic
def save_tenant(tenant: Tenant, *, by: str, domain: str = "") -> Tenant:
    """Save an edited tenant (name, reseller, active, retention) and let it be reached under one more host name."""
    _check_retention(tenant)
    saved = save_checked(tenant, by=by)
    if domain:
        _add_domain(saved, domain)
        audit.record(by, "tenants.domain.added", audit.target_of(saved), host=domain)
    return saved


def _check_retention(tenant: Tenant) -> None:
    """A tenant may keep less than the house, never more: what is too old for the house is dropped for all at once."""
    limits = {"meter_value_days": settings.METER_VALUE_DAYS, "frame_days": settings.FRAME_DAYS}
    message = _("Nothing is kept for longer than %(days)s days here.")
    errors = [
        FieldError(f"$.{name}", message % {"days": limit})
        for name, limit in limits.items()
        if (getattr(tenant, name) or 0) > limit
    ]
    if errors:
        raise UnableTo(errors[0].message, errors=errors)


def save_reseller(reseller: Reseller, *, by: str) -> Reseller:
    return save_checked(reseller, by=by)


def addresses_of_tenants() -> list[tuple[str, str]]:
    """The name of every active tenant and where its pages are."""
    tenants = Tenant.objects.filter(is_active=True).order_by("name")
    return [(tenant.name, pages_url(tenant.slug)) for tenant in tenants]
