"""Passwords on their way to a station are kept until they are sent, and not a moment longer."""

from typing import Any

MASK = "•••"
SECRET_VARIABLES = frozenset({"authorizationkey", "basicauthpassword"})


def is_secret(variable: object) -> bool:
    return isinstance(variable, str) and variable.strip().casefold() in SECRET_VARIABLES


def message_without_secrets(kind: str, message: dict[str, Any] | None) -> dict[str, Any] | None:
    """A stored message with the values of secret variables masked."""
    if kind != "stations.SetVariables" or message is None:
        return message
    return {**message, "values": [_masked_value(entry) for entry in message["values"]]}


def _masked_value(entry: dict[str, Any]) -> dict[str, Any]:
    return {**entry, "value": MASK} if is_secret(entry["ref"]["variable"]) else entry


def payload_without_secrets(action: str, payload: Any) -> Any:
    """The same for the words on the wire, whichever version they are in."""
    if not isinstance(payload, dict):
        return payload
    if action == "ChangeConfiguration" and is_secret(payload.get("key")):
        return {**payload, "value": MASK}
    if action == "SetVariables" and isinstance(payload.get("setVariableData"), list):
        return {**payload, "setVariableData": [_masked_datum(entry) for entry in payload["setVariableData"]]}
    return payload


def _masked_datum(entry: Any) -> Any:
    variable = entry.get("variable") if isinstance(entry, dict) else None
    name = variable.get("name") if isinstance(variable, dict) else None
    return {**entry, "attributeValue": MASK} if is_secret(name) else entry
