"""Whether a station is accepted, pending or rejected: decided by people, or for new ones by the tenant's policy."""

from django.db import transaction

from apps.accounts.services import audit
from apps.events.services import broadcast
from apps.stations.messages import RegistrationStatus, TriggerMessage
from apps.stations.models import ChargingStation, StationPolicy
from apps.stations.services.commands import queue_command
from apps.stations.services.rows import locked_station
from apps.telemetry.models import StationLive


@transaction.atomic
def set_registration(
    station: ChargingStation, registration: RegistrationStatus, *, by: str, reason: str = ""
) -> ChargingStation:
    """Decide on a station; one that is connected boots again and so learns of it. A second call changes nothing."""
    locked = locked_station(station.pk)
    before = locked.registration
    if before != registration:
        locked.registration = registration
        locked.save(update_fields=["registration"])
        audit.record(by, "stations.chargingstation.registration", audit.target_of(locked), name=locked.identity,
                     registration=registration, reason=reason)  # fmt: skip
        ask_to_boot(locked, before, by=by)
        broadcast("stations", id=locked.pk)
    return locked


def ask_to_boot(station: ChargingStation, before: str | None, *, by: str) -> None:
    """After another decision a station that listens is asked for a BootNotification, whose answer tells it.

    One that was or is rejected hears nothing (S16 §4.2): it asks again by itself, within the interval it was given.
    """
    decided = before not in (None, station.registration, RegistrationStatus.REJECTED)
    listens = decided and station.registration != RegistrationStatus.REJECTED
    if listens and StationLive.objects.filter(station_id=station.pk, connected_at__isnull=False).exists():
        queue_command(station, TriggerMessage(requested="BootNotification"), by=by)


@transaction.atomic
def save_policy(registration: RegistrationStatus, *, by: str) -> None:
    """What new stations of this tenant are until someone decides otherwise."""
    policy, created = StationPolicy.objects.get_or_create(pk=1, defaults={"registration": registration})
    if created or policy.registration != registration:
        policy.registration = registration
        policy.save(update_fields=["registration"])
        audit.record(by, "stations.stationpolicy.changed", audit.target_of(policy), registration=registration)
