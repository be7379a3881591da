"""Charging profiles in 2.x (block K)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from apps.core.errors import UnableTo
from apps.dialects.adapters.outcomes import Outcome, by_status
from apps.dialects.adapters.outgoing import Encoded, Encoder, gettext_noop, told, whole
from apps.dialects.adapters.reading import any_instant, choice, integer, object_at
from apps.dialects.adapters.scheduling import RATE_UNITS, periods, profile_fields, schedule_fields
from apps.dialects.messages import Payload
from apps.stations.messages import (
    ChargingProfile,
    ClearChargingProfile,
    CommandOutcome,
    CompositeSchedule,
    GetCompositeSchedule,
    SetChargingProfile,
)


def _set(command: SetChargingProfile) -> Encoded:
    return "SetChargingProfile", {
        "evseId": whole(command.evse),
        "chargingProfile": profile_payload(command.profile),
    }


def profile_payload(profile: ChargingProfile) -> Payload:
    fields: Payload = {
        "id": whole(profile.id),
        "chargingProfilePurpose": profile.purpose.value,
        "chargingSchedule": [{"id": whole(schedule.id)} | schedule_fields(schedule) for schedule in profile.schedules],
    }
    return fields | profile_fields(profile) | told({"transactionId": profile.transaction_ref})


def _clear(command: ClearChargingProfile) -> Encoded:
    """By number or by what it is for (K10.FR.02)."""
    if command.id is not None:
        return "ClearChargingProfile", {"chargingProfileId": whole(command.id)}
    criteria = told(
        {
            "evseId": None if command.evse is None else whole(command.evse),
            "chargingProfilePurpose": command.purpose and command.purpose.value,
            "stackLevel": None if command.stack_level is None else whole(command.stack_level),
        }
    )
    if not criteria:
        raise UnableTo(gettext_noop("OCPP 2 wants to know which charging profiles to clear."))
    return "ClearChargingProfile", {"chargingProfileCriteria": criteria}


def _get_composite(command: GetCompositeSchedule) -> Encoded:
    payload: Payload = {"evseId": whole(command.evse), "duration": whole(command.duration_s)}
    return "GetCompositeSchedule", payload | told({"chargingRateUnit": command.rate_unit and command.rate_unit.value})


def _composite(request: Any, answer: Any) -> CommandOutcome:
    found = by_status(request, answer)
    schedule = object_at(object_at(answer).get("schedule"))
    rate_unit = choice(schedule.get("chargingRateUnit"), RATE_UNITS)
    if rate_unit is None:
        return found
    told_schedule = CompositeSchedule(
        evse=integer(schedule.get("evseId"), low=0),
        rate_unit=rate_unit,
        periods=periods(schedule),
        start_at=any_instant(schedule.get("scheduleStart")),
        duration_s=integer(schedule.get("duration"), low=0),
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
