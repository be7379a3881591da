"""Tokens to choose from when a charge is started from a page."""

from django.db.models import Max, Q

from apps.backoffice.services.queries import text_of
from apps.core.clock import now
from apps.core.identifiers import canonical_token
from apps.drivers.models import IdToken, TokenStatus

SHOWN = 30


def usable_tokens(*, text: str = "") -> list[IdToken]:
    """Active tokens, the ones used last first; `text` looks into label, driver and (whole) number."""
    usable = IdToken.objects.filter(Q(expires_at=None) | Q(expires_at__gt=now()), status=TokenStatus.ACTIVE)
    clean = text_of(text)
    if clean:
        match = Q(label__icontains=clean) | Q(driver__name__icontains=clean) | Q(value=canonical_token(clean))
        usable = usable.filter(match | Q(driver__company__icontains=clean) | Q(group=clean))
    recent = usable.select_related("driver").annotate(used_at=Max("transactions__started_at"))
    return list(recent.order_by("-used_at", "value")[:SHOWN])
