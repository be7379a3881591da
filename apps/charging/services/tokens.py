"""Whose charge it is."""

from apps.charging.messages import EventType, Hold
from apps.charging.models import Transaction
from apps.charging.services.heard import Heard
from apps.core.text import shortened
from apps.drivers.messages import AuthorizationStatus, IdTokenInfo
from apps.drivers.services import authorize, find_token


def verdict(heard: Heard) -> IdTokenInfo | None:
    """Our verdict on the token that was shown; none if none was (Q81)."""
    token = heard.event.id_token
    return None if token is None else authorize(token, station_id=heard.station.pk, evse=heard.event.evse)


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
    if charge.is_open:
        is_accepted = info.status == AuthorizationStatus.ACCEPTED
        charge.hold_reason = Hold.NONE if is_accepted else Hold.UNAUTHORIZED
