"""Oddities of stations: noticing them, and what people accept of them. Observations propose, people decide."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from apps.accounts.services import audit
from apps.core.clock import now
from apps.core.errors import FieldError, UnableTo
from apps.core.text import shortened, storable_json
from apps.events.services import broadcast
from apps.stations.messages import Amendments, Quirk, RegisterMode
from apps.stations.models import (
    ChargingStation,
    QuirkObservation,
    QuirkOverride,
    QuirkProfile,
    QuirkState,
    StationClock,
)
from apps.stations.rules.quirks import LARGEST_ZONE_S, is_within

VALUE_LENGTH = 100
YES = "yes"
UNIT_FACTORS = {"kWh": 1000.0, "Wh": 0.001}
# What can be accepted to change how a station is read, and the values it may have (none: a number of minutes).
OVERRIDABLE: dict[Quirk, tuple[str, ...]] = {
    Quirk.REGISTER_UNIT: tuple(UNIT_FACTORS),
    Quirk.READING_UNIT: tuple(UNIT_FACTORS),
    Quirk.REGISTER_MODE: tuple(RegisterMode),
    Quirk.ZONE_OFFSET: (),
    Quirk.CONNECTOR_ZERO: (YES,),
    Quirk.ASSUME_16: (YES,),
}
STATION_ONLY = frozenset({Quirk.ASSUME_16})


# --- noticing -----------------------------------------------------------------------------------------------


@transaction.atomic
def observe(
    station: ChargingStation,
    kind: Quirk,
    *,
    value: str = "",
    evse: int = 0,
    at: datetime | None = None,
    **evidence: Any,
) -> QuirkObservation:
    """Something odd was noticed once more. What was dismissed stays so, however often it comes again."""
    at = at or now()
    seen, is_new = QuirkObservation.objects.select_for_update(of=("self",)).get_or_create(
        station=station, kind=kind, evse=evse, value=shortened(value, VALUE_LENGTH),
        defaults={"first_at": at, "last_at": at},
    )  # fmt: skip
    seen.see(at=at, firmware=station.firmware_version, evidence=storable_json(evidence))
    if is_new and kind in OVERRIDABLE and _overrides_for(station).get(kind) == seen.value:
        seen.decide(QuirkState.ACCEPTED, at=at, by="")
    if is_new:
        broadcast("quirks", id=seen.pk)
    return seen


# --- deciding -----------------------------------------------------------------------------------------------


@transaction.atomic
def accept_observation(observation: QuirkObservation, *, by: str, scope: str = "station") -> None:
    """What was noticed is so: of this `station`, of its make with this `firmware`, or of the whole `model`.

    Where it can change how a station is read, it does from now on; nothing that is stored already changes.
    """
    seen = _locked(observation)
    kind, station = Quirk(seen.kind), seen.station
    if kind in OVERRIDABLE:
        if scope == "station" or kind in STATION_ONLY:
            set_override(kind, seen.value, station=station, by=by)
        else:
            profile = profile_of(station, firmware_only=scope == "firmware")
            set_override(kind, seen.value, profile=profile, by=by)
            _decide_alike(seen, profile, by=by)
    seen.decide(QuirkState.ACCEPTED, at=now(), by=by)
    audit.record(by, "stations.quirk.accepted", audit.target_of(station), kind=kind, value=seen.value, scope=scope)
    broadcast("quirks", id=seen.pk)


def _decide_alike(seen: QuirkObservation, profile: QuirkProfile, *, by: str) -> None:
    """The same of other stations of that make asks nobody any more."""
    open_ones = QuirkObservation.objects.select_for_update(of=("self",)).filter(
        kind=seen.kind, value=seen.value, state=QuirkState.OPEN,
        station__vendor=profile.vendor, station__model=profile.model,
    )  # fmt: skip
    for other in open_ones.exclude(pk=seen.pk):
        if is_within(other.firmware, profile.firmware_from, profile.firmware_until):
            other.decide(QuirkState.ACCEPTED, at=now(), by=by)


@transaction.atomic
def dismiss_observation(observation: QuirkObservation, *, by: str) -> None:
    """It is of no interest; it goes on being counted and asks nobody any more."""
    seen = _locked(observation)
    seen.decide(QuirkState.DISMISSED, at=now(), by=by)
    audit.record(by, "stations.quirk.dismissed", audit.target_of(seen.station), kind=seen.kind, value=seen.value)
    broadcast("quirks", id=seen.pk)


def _locked(observation: QuirkObservation) -> QuirkObservation:
    rows = QuirkObservation.objects.select_for_update(of=("self",)).select_related("station")
    found = rows.get(pk=observation.pk)
    if found.state != QuirkState.OPEN:
        raise UnableTo(_("Somebody has decided about this already."))
    return found


def profile_of(station: ChargingStation, *, firmware_only: bool = False) -> QuirkProfile:
    """The make of a station, as a whole or with its present firmware alone. Raises UnableTo for one without a name."""
    if not station.vendor and not station.model:
        raise UnableTo(_("The station has not told its make yet. Accept this for the station alone."))
    firmware = station.firmware_version[:VALUE_LENGTH] if firmware_only else ""
    profile, _created = QuirkProfile.objects.get_or_create(
        vendor=station.vendor, model=station.model, firmware_from=firmware, firmware_until=firmware
    )
    return profile


@transaction.atomic
def set_override(
    kind: Quirk,
    value: str,
    *,
    by: str,
    station: ChargingStation | None = None,
    profile: QuirkProfile | None = None,
) -> QuirkOverride:
    """Read a station, or all of a make, differently from now on. Raises UnableTo for what can't be."""
    _check(kind, value, is_station=station is not None)
    override, _created = QuirkOverride.objects.update_or_create(
        station=station, profile=profile, kind=kind, defaults={"value": value, "set_at": now(), "set_by": by}
    )
    target = audit.target_of(station or profile or override)
    audit.record(by, "stations.quirkoverride.set", target, kind=kind, value=value)
    broadcast("quirks", id=override.pk)
    return override


@transaction.atomic
def set_make_override(
    kind: Quirk, value: str, *, by: str, vendor: str, model: str, firmware_from: str = "", firmware_until: str = ""
) -> QuirkOverride:
    """The same for a make by name, whether or not there is a station of it yet."""
    profile, _created = QuirkProfile.objects.get_or_create(
        vendor=vendor, model=model, firmware_from=firmware_from, firmware_until=firmware_until
    )
    return set_override(kind, value, profile=profile, by=by)


@transaction.atomic
def remove_override(override: QuirkOverride, *, by: str) -> None:
    """Take the station's words as they are again; what was noticed asks anew."""
    about = override.station or override.profile
    override.delete()
    target = audit.target_of(about or override)
    audit.record(by, "stations.quirkoverride.removed", target, kind=override.kind, value=override.value)
    again = QuirkObservation.objects.filter(kind=override.kind, state=QuirkState.ACCEPTED)
    if override.station_id:
        again.filter(station_id=override.station_id).update(state=QuirkState.OPEN)
    elif override.profile:
        make = {"station__vendor": override.profile.vendor, "station__model": override.profile.model}
        again.filter(pk__in=again.filter(**make).values("pk")).update(state=QuirkState.OPEN)
    broadcast("quirks", id=0)


def _check(kind: Quirk, value: str, *, is_station: bool) -> None:
    if kind not in OVERRIDABLE:
        message = _("This can be noted, but changes nothing about how a station is read.")
        raise UnableTo(message, errors=[FieldError("$.kind", message)])
    if kind in STATION_ONLY and not is_station:
        message = _("This can be accepted of a single station only.")
        raise UnableTo(message, errors=[FieldError("$.station", message)])
    if not (_is_offset(value) if kind is Quirk.ZONE_OFFSET else value in OVERRIDABLE[kind]):
        allowed = ", ".join(OVERRIDABLE[kind]) or _("minutes, such as 120 or -300")
        message = _("The value has to be one of: %(values)s.") % {"values": allowed}
        raise UnableTo(message, errors=[FieldError("$.value", message)])


def _is_offset(value: str) -> bool:
    digits = value.removeprefix("-").removeprefix("+")
    return digits.isascii() and digits.isdigit() and len(digits) < 5 and abs(int(value)) * 60 <= LARGEST_ZONE_S


# --- in force -----------------------------------------------------------------------------------------------


def amendments_of(station: ChargingStation) -> Amendments:
    """How this station's words are to be read: what was accepted of it, else of its make, the narrowest range first.

    The zone of a clock that tells none is the one exception: some zone has to be assumed, so what its live messages
    show counts until somebody says otherwise (Q35).
    """
    return _amendments(_overrides_for(station), _learned_offset_min(station))


def _overrides_for(station: ChargingStation) -> dict[str, str]:
    """Kind -> value."""
    made = Q(profile__vendor=station.vendor, profile__model=station.model)
    found = QuirkOverride.objects.filter(made | Q(station=station)).select_related("profile")
    fitting = [override for override in found if _fits(override, station.firmware_version)]
    return {override.kind: override.value for override in sorted(fitting, key=_narrowness)}


def _fits(override: QuirkOverride, firmware: str) -> bool:
    profile = override.profile
    return profile is None or is_within(firmware, profile.firmware_from, profile.firmware_until)


def _narrowness(override: QuirkOverride) -> tuple[bool, int]:
    profile = override.profile
    bounds = 0 if profile is None else bool(profile.firmware_from) + bool(profile.firmware_until)
    return profile is None, bounds


def _learned_offset_min(station: ChargingStation) -> int:
    clock = clock_of(station)
    if clock is None or not clock.zone_offset_min:
        return 0
    dismissed = QuirkObservation.objects.filter(
        station=station, kind=Quirk.ZONE_OFFSET, value=offset_text(clock.zone_offset_min), state=QuirkState.DISMISSED
    )
    return 0 if dismissed.exists() else clock.zone_offset_min


def clock_of(station: ChargingStation) -> StationClock | None:
    """What is known of its clock; it comes with a station that was locked."""
    return getattr(station, "clock", None)


def offset_text(minutes: int) -> str:
    return f"{minutes:+d}"


def _amendments(values: dict[str, str], learned_offset_min: int) -> Amendments:
    mode = values.get(Quirk.REGISTER_MODE)
    return Amendments(
        register_factor=UNIT_FACTORS.get(values.get(Quirk.REGISTER_UNIT, ""), 1),
        reading_factor=UNIT_FACTORS.get(values.get(Quirk.READING_UNIT, ""), 1),
        register_mode=RegisterMode(mode) if mode else None,
        zone_offset_min=int(values.get(Quirk.ZONE_OFFSET, learned_offset_min)),
        connector_zero_is_one=Quirk.CONNECTOR_ZERO in values,
        assume_16=Quirk.ASSUME_16 in values,
    )


def assumes_16(station_id: int) -> bool:
    """Whether a station that offers no version is taken to speak 1.6, because somebody has said so (Q66)."""
    return QuirkOverride.objects.filter(station_id=station_id, kind=Quirk.ASSUME_16).exists()
