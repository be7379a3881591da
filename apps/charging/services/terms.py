"""The tariff a charge runs under, taken once."""

from apps.charging.models import Transaction
from apps.tariffs.services import terms_for


def snapshot_terms(charge: Transaction) -> None:
    """Take the terms at the charge's start as soon as its EVSE is known; the caller saves."""
    if charge.tariff is None and charge.evse is not None:
        terms = terms_for(charge.evse, at=charge.started_at, driver_id=charge.driver_id)
        charge.tariff = None if terms is None else terms.to_json()
