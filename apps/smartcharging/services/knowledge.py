"""What we know of a station's limits."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import QuerySet

from apps.charging.models import Transaction
from apps.smartcharging.messages import Abilities, Charge, Step
from apps.smartcharging.models import ChargingProfile
from apps.smartcharging.rules import abilities as reading
from apps.smartcharging.rules.checks import slot_of
from apps.smartcharging.rules.composite import composite
from apps.stations.messages import OcppVersion, ProfilePurpose, RateUnit, SetChargingProfile
from apps.stations.models import ChargingStation, Variable

DAY_S = 24 * 3600


@dataclass(frozen=True, kw_only=True)
class Knowledge:
    """The profiles a station has accepted and keeps as far as we know, and its charges by EVSE."""

    profiles: tuple[SetChargingProfile, ...]
    charges: Mapping[int, Charge]

    def steps(self, evse: int, *, since: datetime, unit: RateUnit, duration_s: int = DAY_S) -> tuple[Step, ...]:
        """The limit that should hold at an EVSE, or altogether (0)."""
        charge = self.charges.get(evse)
        return composite(self.profiles, evse=evse, since=since, duration_s=duration_s, unit=unit, charge=charge)

    def with_profile(self, wish: SetChargingProfile, *, for_new_charge: bool = False) -> "Knowledge":
        """As if this profile were set already, in the place of what it replaces."""
        others = [known for known in self.profiles if slot_of(known) != slot_of(wish)]
        charge = None if for_new_charge else self.charges.get(wish.evse)
        if charge and wish.profile.purpose is ProfilePurpose.TX:
            wish = replace(wish, profile=replace(wish.profile, transaction_ref=charge.ref))
        return Knowledge(profiles=(*others, wish), charges={} if for_new_charge else self.charges)


def knowledge_of(station: ChargingStation) -> Knowledge:
    rows = ChargingProfile.objects.known().filter(station=station).select_related("transaction")
    charges = _open_charges(station).select_related("evse")
    return Knowledge(
        profiles=tuple(row.wish for row in rows),
        charges={row.evse.number: Charge(ref=row.ocpp_id, started_at=row.started_at) for row in charges if row.evse},
    )


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
    """The charge in progress at an EVSE."""
    return _open_charges(station).filter(evse__number=evse).last()


def _open_charges(station: ChargingStation) -> QuerySet[Transaction]:
    return Transaction.objects.filter(station=station, ended_at=None).exclude(ocpp_id="").order_by("started_at")


def unit_at(station: ChargingStation, evse: int) -> RateUnit | None:
    """The unit in which the limits of an EVSE were set, so that nothing has to be converted; null without any."""
    rows = ChargingProfile.objects.may_be_installed().filter(station=station, evse__in={0, evse})
    newest = rows.order_by("-evse", "-pk").first()
    return RateUnit(newest.unit) if newest else None
