"""Setting a tenant up from the shell: every kind can be said again, and nothing is made twice.

Options that are not given leave things as they are. A secret is told when it is made, and changed only on demand.
"""

from apps.backoffice.services.provisioning.hardware import provision_location, provision_station
from apps.backoffice.services.provisioning.people import (
    provision_api_key,
    provision_driver,
    provision_operator,
    provision_token,
)
from apps.backoffice.services.provisioning.prices import provision_tariff
from apps.backoffice.services.provisioning.results import Given, Provisioned
from apps.backoffice.services.provisioning.tenants import provision_tenant

__all__ = [
    "Given",
    "Provisioned",
    "provision_api_key",
    "provision_driver",
    "provision_location",
    "provision_operator",
    "provision_station",
    "provision_tariff",
    "provision_tenant",
    "provision_token",
]
