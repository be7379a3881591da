"""Asking a station to start or stop a charge."""

from django.db import transaction
from django.utils.translation import gettext as _

from apps.charging.messages import RequestStartTransaction, RequestStopTransaction
from apps.charging.models import Transaction
from apps.charging.services.reservation_rows import refuse_if_reserved
from apps.core.errors import UnableTo
from apps.drivers.messages import AuthorizationStatus, IdTokenSeen, TokenType
from apps.drivers.models import IdToken
from apps.drivers.services import authorize
from apps.stations.messages import ChargingProfile
from apps.stations.models import EVSE, StationCommand
from apps.stations.services.commands import DEFAULT_EXPIRY_S, queue_command
from apps.stations.services.rows import locked_station


@transaction.atomic
def request_start(
    evse: EVSE | None,
    *,
    token: IdToken | None,
    by: str,
    expires_in_s: int = DEFAULT_EXPIRY_S,
    profile: ChargingProfile | None = None,
) -> StationCommand:
    """Ask for a charge under this token, limited from its begin on by a profile if one is given.

    Raises UnableTo where the answer is known beforehand.
    """
    if evse is None:
        raise UnableTo(_("Choose the EVSE that shall charge."))
    if token is None:
        raise UnableTo(_("Choose the id token that shall pay for the charge."))
    station = locked_station(evse.station_id)
    seen = IdTokenSeen(value=token.value, type=TokenType(token.type), raw=token.value)
    verdict = authorize(seen, station_id=station.pk, evse=evse.number)
    if verdict.status != AuthorizationStatus.ACCEPTED:
        raise UnableTo(_("This id token may not charge: %(reason)s") % {"reason": verdict.reason})
    if _is_somebodys(evse):
        raise UnableTo(_("This EVSE is charging already. Stop that charge first."))
    refuse_if_reserved(evse, token)
    message = RequestStartTransaction(
        remote_start_id=station.next_request_id(), id_token=seen, evse=evse.number, charging_profile=profile
    )
    return queue_command(station, message, by=by, expires_in_s=expires_in_s)


def _is_somebodys(evse: EVSE) -> bool:
    """Whether somebody charges here. A 2.x station may open a charge with the cable, which waits for a token (F01)."""
    charges = Transaction.objects.filter(evse=evse, ended_at=None)
    return charges.exclude(start_is_known=True, token_status="").exists()


@transaction.atomic
def request_stop(charge: Transaction, *, by: str, expires_in_s: int = DEFAULT_EXPIRY_S) -> StationCommand:
    """Ask for the end of a charge. Raises UnableTo when it is over."""
    current = Transaction.objects.select_related("station").get(pk=charge.pk)
    if not current.is_open:
        raise UnableTo(_("This charge is already over."))
    message = RequestStopTransaction(transaction_ref=current.ocpp_id)
    return queue_command(current.station, message, by=by, expires_in_s=expires_in_s)
