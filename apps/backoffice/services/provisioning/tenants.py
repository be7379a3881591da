"""A tenant, and the seller whose name stands on its invoices."""

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from apps.backoffice.services.provisioning.results import BY, Given, Provisioned
from apps.billing.services import save_seller
from apps.core.errors import UnableToFind
from apps.tenants.models import Tenant
from apps.tenants.scope import schema_scope
from apps.tenants.services.tenants import add_domain, create_tenant

SELLER_FIELDS = (
    "legal_name", "address", "postal_code", "city", "country", "vat_id", "email", "iban", "bic", "currency",
    "time_zone", "language", "invoice_prefix", "payment_days",
)  # fmt: skip


@transaction.atomic
def provision_tenant(slug: str, given: Given) -> Provisioned:
    """The tenant with this slug, its seller's data and its host names."""
    tenant, created = create_tenant(slug, name=given.get("name") or slug)
    if not tenant.is_active:
        raise UnableToFind(_("The tenant “%(slug)s” is not active.") % {"slug": slug})
    if not created and given.get("name", tenant.name) != tenant.name:
        tenant.name = given["name"]
        tenant.save(update_fields=["name"])
    for host in given.get("domain", ()):
        add_domain(tenant, host)
    _save_seller(tenant, given)
    return Provisioned(kind="tenant", id=tenant.slug, created=created, facts=facts_of(tenant))


def _save_seller(tenant: Tenant, given: Given) -> None:
    changes = {name: given[name] for name in SELLER_FIELDS if name in given}
    if not changes:
        return
    with schema_scope(tenant.schema_name):
        save_seller(by=BY, **changes)


def facts_of(tenant: Tenant) -> dict[str, str]:
    """Where its pages are, and where its stations connect."""
    return {"name": tenant.name, "url": pages_url(tenant.slug), "stations_url": stations_url(tenant.slug)}


def pages_url(slug: str) -> str:
    scheme, _separator, host = settings.PUBLIC_URL.partition("://")
    return f"{scheme}://{slug}.{host.rstrip('/')}/"


def stations_url(slug: str) -> str:
    return f"{settings.GATEWAY_URL.rstrip('/')}/ocpp/{slug}"
