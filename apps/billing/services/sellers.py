"""The seller: one company per tenant, whose data must be complete before it may invoice."""

from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import transaction
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from stdnum import iban as iban_numbers

from apps.accounts.services import audit
from apps.billing.messages import SellerCompleted
from apps.billing.models import Cdr, SellerProfile
from apps.billing.rules import missing_details
from apps.core.errors import FieldError, UnableTo
from apps.events.services import emit

_COLUMNS = {"name": "legal_name"}


def seller() -> SellerProfile:
    """The tenant's seller, empty as long as nobody has said who it is."""
    return SellerProfile.objects.first() or SellerProfile()


@transaction.atomic
def save_seller(*, by: str, **changes: Any) -> SellerProfile:
    """Change the seller's data; papers that are out stay as they are. Invoices that waited for the data are issued."""
    SellerProfile.objects.bulk_create([SellerProfile()], ignore_conflicts=True)
    profile = SellerProfile.objects.select_for_update().get()
    changed = _changed(profile, changes)
    for name, value in changed.items():
        setattr(profile, name, value)
    _check(profile)
    profile.save()
    if changed:
        audit.record(by, "billing.sellerprofile.changed", audit.target_of(profile), fields=sorted(changed))
    if not missing_details(profile.snapshot) and Cdr.objects.without_invoice().exists():
        emit(SellerCompleted(seller_id=profile.pk))
    return profile


def _changed(profile: SellerProfile, changes: dict[str, Any]) -> dict[str, Any]:
    """The new values that differ from the old ones."""
    wanted = {name: iban_numbers.compact(value) if name == "iban" else value for name, value in changes.items()}
    return {name: value for name, value in wanted.items() if getattr(profile, name) != value}


def _check(profile: SellerProfile) -> None:
    try:
        profile.full_clean()
    except ValidationError as problem:
        errors = [
            FieldError("$" if field == NON_FIELD_ERRORS else f"$.{field}", message)
            for field, messages in problem.message_dict.items()
            for message in messages
        ]
        raise UnableTo(_("The seller's data can't be saved like this."), errors=errors) from problem


def complete_seller() -> SellerProfile:
    """The seller, when the law lets it issue invoices; otherwise says what is missing."""
    profile = seller()
    missing = missing_details(profile.snapshot)
    if missing:
        labels = {field.name: str(field.verbose_name) for field in SellerProfile._meta.fields}
        names = [labels[_COLUMNS.get(name, name)] for name in missing]
        raise UnableTo(
            _("No invoice can be issued before the seller's data are complete. Missing: %(fields)s.")
            % {"fields": get_text_list(names, _("and"))}
        )
    return profile
