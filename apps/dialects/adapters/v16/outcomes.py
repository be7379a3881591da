"""What 1.6 stations answer to our commands."""

from collections.abc import Mapping
from typing import Any

from apps.dialects.adapters.masking import shown
from apps.dialects.adapters.outcomes import Outcome, by_status, is_good, of_data_transfer
from apps.dialects.adapters.reading import flag, list_at, object_at, text
from apps.dialects.adapters.v16 import certificates, profiles, tokens, upkeep
from apps.stations.messages import CommandOutcome, VariableRef, VariableResult

# ConfigurationStatus of S16 §7.22 in the words of SetVariableStatusEnumType.
_SET_STATUSES = {"accepted": "Accepted", "rebootrequired": "RebootRequired", "notsupported": "UnknownVariable"}


def _get_configuration(_request: Any, answer: Any) -> CommandOutcome:
    """Readable whatever the list holds; keys the station does not know come as a list of their own."""
    answer = object_at(answer)
    variables = tuple(
        VariableResult(
            ref=VariableRef(component="", variable=text(entry.get("key"))),
            status="Accepted",
            value=shown(text(entry.get("key")), None if entry.get("value") is None else text(entry["value"])),
            mutability="ReadOnly" if flag(entry.get("readonly")) else "ReadWrite",
        )
        for entry in list_at(answer.get("configurationKey"))
        if isinstance(entry, dict) and text(entry.get("key"))
    )
    unknown = tuple(text(key) for key in list_at(answer.get("unknownKey")) if text(key))
    return CommandOutcome(accepted=bool(variables) or not unknown, status="", variables=variables, unknown_keys=unknown)


def _change_configuration(request: Any, answer: Any) -> CommandOutcome:
    found = by_status(request, answer)
    request = object_at(request)
    result = VariableResult(
        ref=VariableRef(component="", variable=text(request.get("key"))),
        status=_SET_STATUSES.get(found.status.strip().casefold(), "Rejected"),
        value=shown(text(request.get("key")), text(request.get("value"))) if is_good(found.status) else None,
    )
    return CommandOutcome(accepted=found.accepted, status=found.status, variables=(result,))


OUTCOMES: Mapping[str, Outcome] = {
    "ChangeAvailability": by_status,
    "ChangeConfiguration": _change_configuration,
    "DataTransfer": of_data_transfer,
    "ExtendedTriggerMessage": by_status,
    "GetConfiguration": _get_configuration,
    "RemoteStartTransaction": by_status,
    "RemoteStopTransaction": by_status,
    "Reset": by_status,
    "TriggerMessage": by_status,
    "UnlockConnector": by_status,
    **certificates.OUTCOMES,
    **profiles.OUTCOMES,
    **tokens.OUTCOMES,
    **upkeep.OUTCOMES,
}
