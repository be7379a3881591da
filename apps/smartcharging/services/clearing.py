"""Taking profiles back (1.6 §5.5, 2.1 K10)."""

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.services import audit
from apps.core.errors import FieldError, UnableTo
from apps.smartcharging.models import ChargingProfile
from apps.stations.messages import ClearChargingProfile
from apps.stations.models import ChargingStation, StationCommand
from apps.stations.services.commands import DEFAULT_EXPIRY_S, queue_command


@transaction.atomic
def clear_profiles(
    station: ChargingStation, which: ClearChargingProfile, *, by: str, expires_in_s: int = DEFAULT_EXPIRY_S
) -> StationCommand:
    """Ask a station to forget all that match what is given; with nothing given, everything. Also what we don't know of.

    Our rows follow when it has answered.
    """
    if which.evse and not station.evses.filter(number=which.evse).exists():
        message = _("This station has no EVSE %(evse)s.") % {"evse": which.evse}
        raise UnableTo(message, errors=[FieldError("$.evse", message)])
    command = queue_command(station, which, by=by, expires_in_s=expires_in_s)
    given = {name: value for name, value in (("profile", which.id), ("evse", which.evse), ("purpose", which.purpose),
                                             ("stack_level", which.stack_level)) if value is not None}  # fmt: skip
    audit.record(by, "smartcharging.profiles.cleared", audit.target_of(station), **given)
    return command


def clear_profile(profile: ChargingProfile, *, by: str) -> StationCommand:
    """Ask a station to forget one. Raises UnableTo when it is gone already."""
    if not profile.is_installed:
        raise UnableTo(_("This profile is not at the station any more."))
    return clear_profiles(profile.station, ClearChargingProfile(id=profile.profile_id), by=by)
