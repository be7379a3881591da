"""What people ask of local lists."""

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.services import audit
from apps.core.errors import UnableTo
from apps.drivers.messages import GetLocalListVersion, TokensChanged
from apps.drivers.models import Keeping, LocalList, LocalListPolicy
from apps.drivers.services.local_lists.keeping import Purpose, keep_one, lists_are_kept, purpose_of
from apps.drivers.services.local_lists.limits import limits_of
from apps.events.services import emit
from apps.stations.models import ChargingStation, StationCommand
from apps.stations.services.commands import queue_command


def read_version(station: ChargingStation, *, by: str) -> StationCommand:
    """Ask which version the station has; another than it acknowledged is repaired when it has answered."""
    return queue_command(station, GetLocalListVersion(), by=by)


@transaction.atomic
def send_full(station: ChargingStation, *, by: str) -> LocalList:
    """Replace the station's list as soon as it is connected, whatever it has refused before. Raises UnableTo."""
    found = _list_for_change(station)
    if purpose_of(found, limits_of([station])[station.pk], is_kept=lists_are_kept()) is not Purpose.KEPT:
        raise UnableTo(_("No local list is kept for the station %(name)s.") % {"name": station.identity})
    found.needs_full = found.asks_version = True
    found.unsupported_firmware, found.failures, found.retry_at, found.asked_at = None, 0, None, None
    found.save()
    audit.record(by, "drivers.locallist.sent", audit.target_of(found), name=station.identity)
    keep_one(station.pk)
    return LocalList.objects.get(pk=found.pk)


@transaction.atomic
def set_keeping(station: ChargingStation, keep: Keeping, *, by: str) -> LocalList:
    """Switch the keeping of one station's list. One that is no longer kept is emptied."""
    found = _list_for_change(station)
    if found.keep != keep:
        found.keep, found.needs_full, found.asked_at = keep, True, None
        found.save()
        audit.record(by, "drivers.locallist.switched", audit.target_of(found), name=station.identity, keep=keep)
        keep_one(station.pk)
    return LocalList.objects.get(pk=found.pk)


@transaction.atomic
def set_policy(*, is_kept: bool, by: str) -> None:
    """Switch all lists at once, but for stations that have a switch of their own."""
    LocalListPolicy.objects.bulk_create([LocalListPolicy()], ignore_conflicts=True)
    policy = LocalListPolicy.objects.select_for_update().get()
    if policy.is_kept != is_kept:
        policy.is_kept = is_kept
        policy.save()
        LocalList.objects.filter(keep=Keeping.AUTO).update(needs_full=True)
        audit.record(by, "drivers.locallistpolicy.switched", audit.target_of(policy), is_kept=is_kept)
        emit(TokensChanged())


def _list_for_change(station: ChargingStation) -> LocalList:
    if station.archived_at:
        raise UnableTo(_("The station %(name)s is archived.") % {"name": station.identity})
    LocalList.objects.get_or_create(station=station)
    return LocalList.objects.select_for_update().get(station=station)
