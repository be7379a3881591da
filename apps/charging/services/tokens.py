"""Whose charge it is."""

from dataclasses import replace

from django.db.models import Q
from django.utils.translation import gettext as _

from apps.charging.messages import EventType, Hold
from apps.charging.models import Transaction
from apps.charging.services.heard import Heard
from apps.core.text import shortened
from apps.drivers.messages import AuthorizationStatus, IdTokenInfo, IdTokenSeen
from apps.drivers.services import authorize, find_token
from apps.drivers.services.tokens import note_use


def verdict(heard: Heard) -> IdTokenInfo | None:
    """Our verdict on the token that was shown; none if none was (Q81)."""
    token = heard.event.id_token
    if token is None:
        return None
    info = authorize(token, station_id=heard.station.pk, evse=heard.event.evse)
    if info.status == AuthorizationStatus.ACCEPTED and not _is_for_stopping(heard) and _charges_elsewhere(heard, token):
        return replace(info, status=AuthorizationStatus.CONCURRENT_TX, reason=_("The token is charging elsewhere."))
    return info


def _charges_elsewhere(heard: Heard, token: IdTokenSeen) -> bool:
    """Whether a token that may charge at one place only was charging at another when this began.

    Neither the charge itself counts, told once more (Q02), nor one at the same EVSE, which it replaces (Q04).
    """
    known = find_token(token)
    if known is None or known.allows_concurrent:
        return False
    others = Transaction.objects.filter(id_token=known, ended_at=None, token_status=AuthorizationStatus.ACCEPTED)
    others = others.filter(started_at__lte=heard.at)
    here = Q(evse__number=heard.event.evse) | Q(ocpp_id=heard.event.transaction_ref)
    return others.exclude(here, station=heard.station).exists()


def _is_for_stopping(heard: Heard) -> bool:
    """Who stops a charge does not take it over (Q22)."""
    return heard.event.event_type is EventType.ENDED or heard.event.trigger_reason == "StopAuthorized"


def adopt_token(charge: Transaction, heard: Heard, info: IdTokenInfo | None) -> None:
    """Make the shown token the charge's, unless it has an accepted one; the caller saves.

    A charge whose token is not accepted goes on, as energy may have flowed already, but is nobody's bill (Q05).
    """
    seen = heard.event.id_token
    if seen is None or info is None or charge.token_status == AuthorizationStatus.ACCEPTED or _is_for_stopping(heard):
        return
    token = find_token(seen)
    charge.token_value = shortened(seen.value, 255)
    charge.token_status = info.status
    charge.id_token, charge.driver = token, token.driver if token else None
    if token and info.status == AuthorizationStatus.ACCEPTED:
        note_use(token, on=min(heard.at, heard.caller.received_at).date())
    if charge.is_open:
        is_accepted = info.status == AuthorizationStatus.ACCEPTED
        charge.hold_reason = Hold.NONE if is_accepted else Hold.UNAUTHORIZED
