"""Setting a profile: checked, stored, then asked for (1.6 §5.16, 2.1 K01, K05)."""

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.services import audit
from apps.charging.models import Transaction
from apps.charging.services.requests import request_start
from apps.core.clock import now
from apps.core.errors import FieldError, UnableTo
from apps.drivers.models import IdToken
from apps.events.services import broadcast
from apps.smartcharging.models import ChargingProfile
from apps.smartcharging.rules.checks import faults
from apps.smartcharging.services.knowledge import abilities_of, open_charge, version_of
from apps.smartcharging.services.wording import refuse
from apps.stations.messages import ProfilePurpose, SetChargingProfile
from apps.stations.models import ChargingStation
from apps.stations.services.commands import DEFAULT_EXPIRY_S, queue_command
from apps.stations.services.rows import locked_station

TOPIC = "charging_profiles"


def check_profile(station: ChargingStation, wish: SetChargingProfile, *, for_new_charge: bool = False) -> None:
    """Raise UnableTo with all that speaks against it, as far as the station has told what it is able to."""
    if wish.evse and not station.evses.filter(number=wish.evse).exists():
        message = _("This station has no EVSE %(evse)s.") % {"evse": wish.evse}
        raise UnableTo(message, errors=[FieldError("$.evse", message)])
    installed = ChargingProfile.objects.may_be_installed().filter(station=station).select_related("transaction")
    refuse(
        faults(
            wish,
            abilities=abilities_of(station),
            installed=[row.wish for row in installed],
            at=now(),
            has_charge=for_new_charge or open_charge(station, wish.evse) is not None,
            version=version_of(station),
        )
    )


@transaction.atomic
def set_profile(
    station: ChargingStation, wish: SetChargingProfile, *, by: str, expires_in_s: int = DEFAULT_EXPIRY_S
) -> ChargingProfile:
    """Ask a station to keep a profile. Its number, and the charge of a TxProfile, are found here.

    Raises UnableTo before anything is sent. The row is committed together with the request, so that no limit is ever
    on its way that we don't know of.
    """
    locked = locked_station(station.pk)
    check_profile(locked, wish)
    charge = open_charge(locked, wish.evse) if wish.profile.purpose is ProfilePurpose.TX else None
    row = _row(locked, wish, charge=charge, by=by)
    row.command = queue_command(locked, row.wish, by=by, expires_in_s=expires_in_s)
    _store(row)
    return row


@transaction.atomic
def start_with_profile(
    station: ChargingStation,
    wish: SetChargingProfile,
    *,
    token: IdToken | None,
    by: str,
    expires_in_s: int = DEFAULT_EXPIRY_S,
) -> ChargingProfile:
    """Ask for a charge that is limited from its first second on (1.6 §5.16.2). Raises UnableTo."""
    locked = locked_station(station.pk)
    if wish.profile.purpose is not ProfilePurpose.TX:
        raise UnableTo(_("Only a profile for one charge can start one."))
    check_profile(locked, wish, for_new_charge=True)
    row = _row(locked, wish, charge=None, by=by)
    evse = locked.evses.get(number=wish.evse)
    row.command = request_start(evse, token=token, by=by, profile=row.wish.profile, expires_in_s=expires_in_s)
    _store(row)
    return row


def _row(station: ChargingStation, wish: SetChargingProfile, *, charge: Transaction | None, by: str) -> ChargingProfile:
    profile, (schedule,) = wish.profile, wish.profile.schedules
    row = ChargingProfile(
        station=station,
        evse=wish.evse,
        purpose=profile.purpose,
        stack_level=profile.stack_level,
        kind=profile.kind,
        recurrency=profile.recurrency or "",
        valid_from=profile.valid_from,
        valid_to=profile.valid_to,
        transaction=charge,
        unit=schedule.rate_unit,
        start_at=schedule.start_at,
        duration_s=schedule.duration_s,
        min_charging_rate=schedule.min_charging_rate,
        periods=[
            {"start_s": period.start_period_s, "limit": period.limit, "phases": period.number_phases}
            for period in schedule.periods
        ],
        by=by,
    )
    row.profile_id = _number_for(row)
    return row


def _number_for(row: ChargingProfile) -> int:
    """What it replaces hands its number on (2.1 K01.FR.05, .06)."""
    before = ChargingProfile.objects.may_be_installed().in_slot_of(row).order_by("-pk").first()
    return before.profile_id if before else row.station.next_request_id()


def _store(row: ChargingProfile) -> None:
    row.save(force_insert=True)
    audit.record(
        row.by,
        "smartcharging.profile.asked",
        audit.target_of(row),
        station=row.station.identity,
        evse=row.evse,
        purpose=row.purpose,
        stack_level=row.stack_level,
        unit=row.unit,
        periods=row.periods,
    )
    broadcast(TOPIC, id=row.station_id)
