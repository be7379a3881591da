"""What we know of a station's limits."""

from collections.abc import Sequence
from datetime import datetime

from apps.charging.models import Transaction
from apps.smartcharging.messages import Abilities, Charge, Step
from apps.smartcharging.models import ChargingProfile
from apps.smartcharging.rules import abilities as reading
from apps.smartcharging.rules.checks import slot_of
from apps.smartcharging.rules.composite import composite
from apps.stations.messages import OcppVersion, RateUnit, SetChargingProfile
from apps.stations.models import ChargingStation, Variable

DAY_S = 24 * 3600


def abilities_of(station: ChargingStation) -> Abilities:
    """What its variables say of smart charging."""
    names = {name for _component, name in reading.NAMES}
    rows = Variable.objects.filter(station=station, name__in=names, attribute="Actual").exclude(value=None)
    told = {(row.component, row.name): row.value or "" for row in rows}
    return reading.abilities({name: value for name, value in told.items() if name in reading.NAMES})


def version_of(station: ChargingStation) -> OcppVersion:
    """What it spoke last; before its first connection what most speak."""
    known = station.ocpp_version in set(OcppVersion)
    return OcppVersion(station.ocpp_version) if known else OcppVersion.V16


def open_charge(station: ChargingStation, evse: int) -> Transaction | None:
    charges = Transaction.objects.filter(station=station, evse__number=evse, ended_at=None, start_is_known=True)
    return charges.order_by("-started_at").first()


def charge_at(station: ChargingStation, evse: int) -> Charge | None:
    """The charge in progress at an EVSE."""
    row = open_charge(station, evse)
    return Charge(ref=row.ocpp_id, started_at=row.started_at) if row else None


def known_profiles(station: ChargingStation) -> list[SetChargingProfile]:
    """What the station has accepted and keeps as far as we know."""
    rows = ChargingProfile.objects.known().filter(station=station).select_related("transaction")
    return [row.wish for row in rows]


def unit_at(station: ChargingStation, evse: int) -> RateUnit | None:
    """The unit in which the limits of an EVSE were set, so that nothing has to be converted; null without any."""
    rows = ChargingProfile.objects.may_be_installed().filter(station=station, evse__in={0, evse})
    newest = rows.order_by("-evse", "-pk").first()
    return RateUnit(newest.unit) if newest else None


def composite_of(
    station: ChargingStation, evse: int, *, since: datetime, unit: RateUnit, duration_s: int = DAY_S
) -> tuple[Step, ...]:
    """The limit that should hold at an EVSE (0: the whole station) by all we know."""
    charge = charge_at(station, evse)
    return composite(
        known_profiles(station), evse=evse, since=since, duration_s=duration_s, unit=unit, charge=charge
    )  # fmt: skip


def preview(
    station: ChargingStation,
    wish: SetChargingProfile,
    *,
    evse: int,
    since: datetime,
    unit: RateUnit,
    for_new_charge: bool = False,
    duration_s: int = DAY_S,
) -> tuple[Step, ...]:
    """The same as if this profile were set already, in the place of what it replaces."""
    charge = None if for_new_charge else charge_at(station, evse)
    others: Sequence[SetChargingProfile] = [
        known for known in known_profiles(station) if slot_of(known) != slot_of(wish)
    ]
    return composite(
        [*others, wish], evse=evse, since=since, duration_s=duration_s, unit=unit, charge=charge
    )  # fmt: skip


def purposes_at(station: ChargingStation, evse: int) -> list[ChargingProfile]:
    """What may be installed for one EVSE or the whole station, the highest level first."""
    rows = ChargingProfile.objects.may_be_installed().filter(station=station, evse=evse)
    return list(rows.order_by("purpose", "-stack_level"))
