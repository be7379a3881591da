"""What a station has said it does not support, as long as its firmware stays the same."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from django.db.models import Q
from django.utils.translation import gettext as _

from apps.core.clock import now
from apps.core.text import shortened
from apps.stations.models import ActionRefusal, ChargingStation, CommandState, StationCommand, Variable

# P4 §4.3: the action is not known, or known and not supported.
REFUSALS = frozenset({"NotImplemented", "NotSupported"})
# Answers that say of the action itself what a CALLERROR would; elsewhere the word is about one key or connector.
SAYS_SO = "SendLocalList", "NotSupported"

PROFILES = "SupportedFeatureProfiles"
# S16 §3.2: which profile brings which action. Core is every station's; for the whitepaper's there is no name.
ACTIONS_BY_PROFILE: Mapping[str, tuple[str, ...]] = {
    "FirmwareManagement": ("GetDiagnostics", "UpdateFirmware"),
    "LocalAuthListManagement": ("GetLocalListVersion", "SendLocalList"),
    "RemoteTrigger": ("TriggerMessage",),
    "Reservation": ("CancelReservation", "ReserveNow"),
    "SmartCharging": ("ClearChargingProfile", "GetCompositeSchedule", "SetChargingProfile"),
}
AVAILABLE = "Available"
# The controller components of 2.x whose variable Available tells it.
ACTIONS_BY_COMPONENT: Mapping[str, tuple[str, ...]] = {
    "AuthCacheCtrlr": ("ClearCache",),
    "DERCtrlr": ("ClearDERControl", "GetDERControl", "SetDERControl"),
    "DisplayMessageCtrlr": ("ClearDisplayMessage", "GetDisplayMessages", "SetDisplayMessage"),
    "LocalAuthListCtrlr": ("GetLocalListVersion", "SendLocalList"),
    "MonitoringCtrlr": (
        "ClearVariableMonitoring", "GetMonitoringReport", "SetMonitoringBase", "SetMonitoringLevel",
        "SetVariableMonitoring",
    ),
    "ReservationCtrlr": ("CancelReservation", "ReserveNow"),
    "SmartChargingCtrlr": (
        "ClearChargingProfile", "GetChargingProfiles", "GetCompositeSchedule", "SetChargingProfile",
    ),
}  # fmt: skip

Reasons = dict[str, str]


def note_support(command: StationCommand) -> None:
    """Remember that the station does not know an action; any other answer to it proves the contrary."""
    if not command.action or command.answer is None:
        return
    code = _refusal(command)
    if code:
        facts = {"code": code, "firmware_version": command.station.firmware_version, "at": now()}
        ActionRefusal.objects.update_or_create(
            station=command.station, action=shortened(command.action, 50), defaults=facts
        )
    else:
        ActionRefusal.objects.filter(station=command.station, action=command.action).delete()


def _refusal(command: StationCommand) -> str:
    if command.state == CommandState.FAILED:
        code = command.error.partition(":")[0].strip()
        return code if code in REFUSALS else ""
    return command.status if (command.action, command.status) == SAYS_SO else ""


def unsupported_by(stations: Collection[ChargingStation]) -> Mapping[int, Reasons]:
    """Of several stations at once: station -> action -> why it will hardly work. Nobody is kept from trying."""
    found: defaultdict[int, Reasons] = defaultdict(dict)
    by_id = {station.pk: station for station in stations}
    for row in _told(by_id):
        found[row.station_id].update(_denied(row))
    for refusal in ActionRefusal.objects.filter(station__in=by_id):
        if refusal.firmware_version == by_id[refusal.station_id].firmware_version:
            found[refusal.station_id][refusal.action] = _("With this firmware the station has answered %(code)s.") % {
                "code": refusal.code
            }
    return found


def unsupported(station: ChargingStation) -> Reasons:
    return unsupported_by([station]).get(station.pk, {})


def _told(stations: Mapping[int, ChargingStation]) -> Iterable[Variable]:
    """Their variables, as far as this firmware has told them."""
    wanted = Q(component="", name=PROFILES) | Q(component__in=ACTIONS_BY_COMPONENT, name=AVAILABLE, evse=None)
    rows = Variable.objects.filter(wanted, station__in=stations, attribute="Actual").exclude(value=None)
    for row in rows.select_related("station__configuration"):
        if _is_of_this_firmware(row, stations[row.station_id]):
            yield row


def _is_of_this_firmware(row: Variable, station: ChargingStation) -> bool:
    read = getattr(row.station, "configuration", None)
    if read is None or not read.read_firmware or read.read_firmware == station.firmware_version:
        return True
    return station.booted_at is None or row.reported_at >= station.booted_at


def _denied(row: Variable) -> Reasons:
    value = row.value or ""
    if row.component:
        is_denied = value.strip().casefold() == "false"
        actions = ACTIONS_BY_COMPONENT[row.component] if is_denied else ()
        return dict.fromkeys(actions, _("The station says so: %(name)s is false.") % {"name": str(row)})
    return _without_profiles(value)


def _without_profiles(value: str) -> Reasons:
    """What can't be read forbids nothing."""
    listed = {word.casefold() for word in re.split(r"[^A-Za-z]+", value) if word}
    if not listed:
        return {}
    reason = _("The station says so: %(profile)s is not among its SupportedFeatureProfiles.")
    return {
        action: reason % {"profile": profile}
        for profile, actions in ACTIONS_BY_PROFILE.items()
        if profile.casefold() not in listed
        for action in actions
    }
