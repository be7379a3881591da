"""The admin of every table: one site for a tenant's operators, one for platform staff."""

from apps.backoffice.admin import billing, charging, drivers, hardware, people, platform, reports, tariffs
from apps.backoffice.admin.site import platform_admin, tenant_admin

__all__ = [
    "billing",
    "charging",
    "drivers",
    "hardware",
    "people",
    "platform",
    "platform_admin",
    "reports",
    "tariffs",
    "tenant_admin",
]
