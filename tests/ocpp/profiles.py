"""What the tests of charging profiles share: what stations answer, and what we know afterwards."""

import json

from apps.core.clock import now
from apps.dialects.adapters.registry import dialect_for
from apps.smartcharging.models import ChargingProfile
from apps.smartcharging.services import set_profile
from apps.stations.messages import OcppVersion
from apps.stations.models import StationCommand
from apps.telemetry.models import Frame
from tests.smartcharging.conftest import MAX, wish

ACCEPTED, REJECTED = {"status": "Accepted"}, {"status": "Rejected"}


def newest_of(station, kind):
    return StationCommand.objects.filter(station=station, kind=f"stations.{kind}").latest("created_at")


def schedule_of(version, payload):
    """The profile and its schedule, wherever the version keeps them."""
    if version == "1.6":
        profile = payload["csChargingProfiles"]
        return profile, profile["chargingSchedule"]
    profile = payload["chargingProfile"]
    return profile, profile["chargingSchedule"][0]


def composite_answer(version, *told, unit="A", start=None, duration=86_400):
    """What a station says it keeps to: `(second, limit)` each."""
    periods = [{"startPeriod": second, "limit": limit} for second, limit in told]
    start = f"{start or now():%Y-%m-%dT%H:%M:%SZ}"
    schedule = {"chargingRateUnit": unit, "chargingSchedulePeriod": periods, "duration": duration}
    if version == "1.6":
        return {**ACCEPTED, "connectorId": 1, "scheduleStart": start, "chargingSchedule": schedule}
    return {**ACCEPTED, "schedule": {**schedule, "evseId": 1, "scheduleStart": start}}


def unlawful(version):
    """What we sent that the schemas of that version do not allow."""
    check = dialect_for(OcppVersion(version)).check_request
    sent = list(Frame.objects.filter(incoming=False, kind=2))
    assert sent
    return [frame.payload for frame in sent if check(frame.action, json.loads(frame.payload))]


def set_two(raw, station, settled):
    """A default at EVSE 1, and a limit of the station."""
    rows = [set_profile(station, asked, by="olga") for asked in (wish(), wish((0, 40), evse=0, purpose=MAX))]
    for _row in rows:
        raw.obey("SetChargingProfile", ACCEPTED)
    for row in rows:
        settled(row.command)
    questions = StationCommand.objects.filter(station=station, kind="stations.GetCompositeSchedule")
    for question in list(questions.order_by("created_at")):
        raw.obey("GetCompositeSchedule", REJECTED)
        settled(question)
    return rows


def states(*rows):
    return [ChargingProfile.objects.get(pk=row.pk).state for row in rows]
