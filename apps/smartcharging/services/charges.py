"""Profiles of single charges: they come to a charge that a remote start began, and go with its end."""

from django.db import transaction
from django.utils.translation import gettext_noop

from apps.charging.models import Transaction
from apps.events.services import broadcast
from apps.smartcharging.models import ChargingProfile, ProfileState
from apps.smartcharging.services.reading import read_back
from apps.smartcharging.services.setting import TOPIC
from apps.stations.messages import ProfilePurpose
from apps.stations.services.rows import locked_station

ENDED = gettext_noop("The charge has ended.")
OTHER_CHARGE = gettext_noop("Another charge has begun than the one it was sent for.")


@transaction.atomic
def adopt_profile(transaction_id: int) -> None:
    """Give a charge the profile that its remote start brought along (1.6 §5.16.2). A second call changes nothing."""
    charge = Transaction.objects.select_related("station", "evse").get(pk=transaction_id)
    if charge.evse is None or not charge.is_open:
        return
    locked_station(charge.station_id)
    waiting = ChargingProfile.objects.may_be_installed().filter(
        station=charge.station_id, evse=charge.evse.number, purpose=ProfilePurpose.TX, transaction=None
    )
    for row in waiting.select_related("command", "station"):
        _meet(row, charge)


def _meet(row: ChargingProfile, charge: Transaction) -> None:
    if not _is_for(row, charge):
        row.settle(ProfileState.CLEARED, reason=OTHER_CHARGE)
        return
    row.transaction = charge
    row.save(update_fields=["transaction"])
    read_back(row.station, row.evse, by=row.by)
    broadcast(TOPIC, id=row.station_id)


def _is_for(row: ChargingProfile, charge: Transaction) -> bool:
    """By the number of the remote start, which 1.6 does not know; there by the token."""
    asked = row.command.message or {}
    if charge.remote_start_id is not None:
        return bool(asked.get("remote_start_id") == charge.remote_start_id)
    return bool(asked.get("id_token", {}).get("value") == charge.token_value)


@transaction.atomic
def forget_profiles(transaction_id: int) -> None:
    """A charge has ended, and the profiles that were only for it (1.6 §3.13.1)."""
    rows = ChargingProfile.objects.may_be_installed().filter(transaction=transaction_id)
    for row in rows.select_for_update(of=("self",)):
        row.settle(ProfileState.CLEARED, reason=ENDED)
        broadcast(TOPIC, id=row.station_id)
