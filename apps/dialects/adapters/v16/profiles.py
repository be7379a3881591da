"""Charging profiles in 1.6 (the Smart Charging profile): one schedule each, without a number of its own."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from apps.core.errors import UnableTo
from apps.dialects.adapters.outcomes import Outcome, by_status
from apps.dialects.adapters.outgoing import Encoded, Encoder, gettext_noop, told, whole
from apps.dialects.adapters.reading import any_instant, choice, integer, number, object_at
from apps.dialects.adapters.scheduling import RATE_UNITS, periods, profile_fields, schedule_fields
from apps.dialects.messages import Payload
from apps.stations.messages import (
    ChargingProfile,
    ChargingSchedule,
    ClearChargingProfile,
    CommandOutcome,
    CompositeSchedule,
    GetCompositeSchedule,
    ProfilePurpose,
    SetChargingProfile,
)

_PURPOSES = {
    ProfilePurpose.STATION_MAX: "ChargePointMaxProfile",
    ProfilePurpose.TX_DEFAULT: "TxDefaultProfile",
    ProfilePurpose.TX: "TxProfile",
}


def _set(command: SetChargingProfile) -> Encoded:
    return "SetChargingProfile", {
        "connectorId": whole(command.evse),
        "csChargingProfiles": profile_payload(command.profile),
    }


def profile_payload(profile: ChargingProfile) -> Payload:
    if len(profile.schedules) != 1:
        raise UnableTo(gettext_noop("A charging profile of OCPP 1.6 has exactly one schedule."))
    payload: Payload = {
        "chargingProfileId": whole(profile.id),
        "chargingProfilePurpose": _purpose(profile.purpose),
        "chargingSchedule": _schedule(profile.schedules[0]),
    } | profile_fields(profile)
    if profile.transaction_ref is None:
        return payload
    transaction = integer(profile.transaction_ref, low=1)
    if transaction is None:
        raise UnableTo(gettext_noop("The station never got a number for this charge, so no profile can name it."))
    return payload | {"transactionId": transaction}


def _purpose(purpose: ProfilePurpose) -> str:
    if purpose not in _PURPOSES:
        raise UnableTo(gettext_noop("OCPP 1.6 has no charging profiles for this purpose."))
    return _PURPOSES[purpose]


def _schedule(schedule: ChargingSchedule) -> Payload:
    if any(period.limit is None for period in schedule.periods):
        raise UnableTo(gettext_noop("In OCPP 1.6 every period of a schedule has a limit."))
    if any(period.phase_to_use is not None for period in schedule.periods):
        raise UnableTo(gettext_noop("OCPP 1.6 can't be told which phase to use."))
    return schedule_fields(schedule)


def _clear(command: ClearChargingProfile) -> Encoded:
    if command.id is not None:
        return "ClearChargingProfile", {"id": whole(command.id)}
    return "ClearChargingProfile", told(
        {
            "connectorId": None if command.evse is None else whole(command.evse),
            "chargingProfilePurpose": command.purpose and _purpose(command.purpose),
            "stackLevel": None if command.stack_level is None else whole(command.stack_level),
        }
    )


def _get_composite(command: GetCompositeSchedule) -> Encoded:
    payload: Payload = {"connectorId": whole(command.evse), "duration": whole(command.duration_s)}
    return "GetCompositeSchedule", payload | told({"chargingRateUnit": command.rate_unit and command.rate_unit.value})


def _composite(request: Any, answer: Any) -> CommandOutcome:
    """Where it starts stands beside the schedule; stations write it inside all the same (E16 §3.51)."""
    found, answer = by_status(request, answer), object_at(answer)
    schedule = object_at(answer.get("chargingSchedule"))
    rate_unit = choice(schedule.get("chargingRateUnit"), RATE_UNITS)
    if rate_unit is None:
        return found
    told_schedule = CompositeSchedule(
        evse=integer(answer.get("connectorId"), low=0),
        rate_unit=rate_unit,
        periods=periods(schedule),
        start_at=any_instant(answer.get("scheduleStart")) or any_instant(schedule.get("startSchedule")),
        duration_s=integer(schedule.get("duration"), low=0),
        min_charging_rate=number(schedule.get("minChargingRate")),
    )
    return replace(found, data=told_schedule)


ENCODERS: Mapping[type, Encoder] = {
    ClearChargingProfile: _clear,
    GetCompositeSchedule: _get_composite,
    SetChargingProfile: _set,
}
OUTCOMES: Mapping[str, Outcome] = {
    "ClearChargingProfile": by_status,
    "GetCompositeSchedule": _composite,
    "SetChargingProfile": by_status,
}
