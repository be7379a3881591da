"""What can be asked of a station, and where: every action of its version, hand-made forms and pages first."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.urls import reverse

from apps.dialects.adapters.registry import dialect_for
from apps.stations.messages import OcppVersion
from apps.stations.models import ChargingStation
from apps.stations.services.support import unsupported

# Forms on the station's page: which actions they send, in either version.
ORDER_ACTIONS: Mapping[str, tuple[str, ...]] = {
    "start": ("RemoteStartTransaction", "RequestStartTransaction"),
    "unlock": ("UnlockConnector",),
    "reset": ("Reset",),
    "availability": ("ChangeAvailability",),
    "trigger": ("TriggerMessage",),
    "read": ("GetConfiguration", "GetVariables"),
    "write": ("ChangeConfiguration", "SetVariables"),
    "report": ("GetBaseReport",),
    "clear-cache": ("ClearCache",),
    "data-transfer": ("DataTransfer",),
}
# Pages of their own.
PAGE_ACTIONS: Mapping[str, tuple[str, ...]] = {
    "local-list": ("GetLocalListVersion", "SendLocalList"),
    "profiles": ("ClearChargingProfile", "GetCompositeSchedule", "SetChargingProfile"),
    "station-certificates": ("DeleteCertificate", "GetInstalledCertificateIds", "InstallCertificate"),
    "reservations": ("CancelReservation", "ReserveNow"),
    "upkeep": ("GetDiagnostics", "GetLog", "SignedUpdateFirmware", "UpdateFirmware"),
}
_ORDER_OF = {action: name for name, actions in ORDER_ACTIONS.items() for action in actions}
_PAGE_OF = {action: name for name, actions in PAGE_ACTIONS.items() for action in actions}
OF_NO_STATION = ("reservations",)


@dataclass(frozen=True, kw_only=True)
class MenuEntry:
    """An action. `href` leads to a page; without it `order` names the form, the action's own where it is generated.

    `reason` is why it will hardly work.
    """

    action: str
    order: str
    href: str
    reason: str


def menu_of(station: ChargingStation, version: OcppVersion) -> list[MenuEntry]:
    """Every message there is for it, by name."""
    reasons = unsupported(station)
    return [
        MenuEntry(
            action=action,
            order=_ORDER_OF.get(action, action),
            href=_address(station, _PAGE_OF[action]) if action in _PAGE_OF else "",
            reason=reasons.get(action, ""),
        )
        for action in dialect_for(version).command_actions
    ]


def _address(station: ChargingStation, name: str) -> str:
    return reverse(name) if name in OF_NO_STATION else reverse(name, args=[station.identity])


def order_reasons(reasons: Mapping[str, str]) -> dict[str, str]:
    """The forms on the station's page that will hardly work, with the reason."""
    return {name: reasons[action] for action, name in _ORDER_OF.items() if action in reasons}


def reason_of(station: ChargingStation, order: str) -> str:
    """Why a form's message will hardly work; `order` is a hand-made form's name or an action."""
    reasons = unsupported(station)
    return order_reasons(reasons).get(order) or reasons.get(order, "")
