"""What the two dialects read alike: id tokens, statuses, reasons of a stop, vendor data."""

from typing import Any

from apps.charging.messages import EventType
from apps.core.identifiers import canonical_token
from apps.dialects.adapters.reading import folded, text
from apps.drivers.messages import IdTokenSeen, TokenType
from apps.stations.messages import ChargingState, ConnectorStatus

# 1.6 tells in one word what 2.x tells in two (S16 §4.9); "Occupied" is 1.5's word and 2.x's (Q44).
STATUSES = folded(
    {
        "Available": (ConnectorStatus.AVAILABLE, ChargingState.IDLE),
        "Preparing": (ConnectorStatus.OCCUPIED, ChargingState.EV_CONNECTED),
        "Charging": (ConnectorStatus.OCCUPIED, ChargingState.CHARGING),
        "SuspendedEV": (ConnectorStatus.OCCUPIED, ChargingState.SUSPENDED_EV),
        "SuspendedEVSE": (ConnectorStatus.OCCUPIED, ChargingState.SUSPENDED_EVSE),
        "Finishing": (ConnectorStatus.OCCUPIED, ChargingState.EV_CONNECTED),
        "Occupied": (ConnectorStatus.OCCUPIED, None),
        "Reserved": (ConnectorStatus.RESERVED, None),
        "Unavailable": (ConnectorStatus.UNAVAILABLE, None),
        "Faulted": (ConnectorStatus.FAULTED, None),
    }
)
EVENT_TYPES = folded({event.value: event for event in EventType})
CHARGING_STATES = folded({state.value: state for state in ChargingState})
TOKEN_TYPES = folded({kind.value: kind for kind in TokenType})

# ReasonEnumType of 2.1.
_REASONS_2 = (
    "DeAuthorized", "EmergencyStop", "EnergyLimitReached", "EVDisconnected", "GroundFault", "ImmediateReset", "Local",
    "LocalOutOfCredit", "MasterPass", "Other", "OvercurrentFault", "PowerLoss", "PowerQuality", "Reboot", "Remote",
    "ReqEnergyTransferRejected", "SOCLimitReached", "StoppedByEV", "TimeLimitReached", "Timeout",
)  # fmt: skip
# 1.6's own words (S16 §7.36): both resets stop a charge by command, an unlock is not a reason but a trigger in 2.x.
STOP_REASONS = folded(
    {word: word for word in _REASONS_2}
    | {"HardReset": "ImmediateReset", "SoftReset": "ImmediateReset", "UnlockCommand": "Other"}
)


def id_token(value: str, kind: TokenType = TokenType.ISO14443) -> IdTokenSeen:
    """Canonical for matching, raw as shown (Q73). Longer than the version allows is kept whole (Q62)."""
    return IdTokenSeen(value=canonical_token(value), type=kind, raw=value)


def stop_reason(value: Any) -> str:
    """Missing means Local (S16 §4.10, Q82), unknown means Other; its word stays in the frame log (Q21)."""
    word = text(value).strip()
    return "Local" if not word else STOP_REASONS.get(word) or STOP_REASONS.get(word.casefold(), "Other")
