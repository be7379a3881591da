"""Decisions about charges can be taken back until the charge has its price."""

from django.db import transaction
from django.utils.translation import gettext as _

from apps.billing.models import Cdr
from apps.charging.models import Decision, Transaction
from apps.charging.services.undoing import undo_decision
from apps.core.errors import UnableTo


@transaction.atomic
def undo_unbilled(decision: Decision, *, by: str) -> None:
    """Take a decision back. Raises UnableTo for a charge with a price: a credit note corrects that."""
    if decision.transaction_id is not None:
        # As issue_cdr does, so that no price is made meanwhile.
        Transaction.objects.select_for_update(of=("self",), no_key=True).get(pk=decision.transaction_id)
        if Cdr.objects.filter(transaction_id=decision.transaction_id).exists():
            raise UnableTo(_("This charge has its price already. Credit its invoice instead."))
    undo_decision(decision, by=by)
