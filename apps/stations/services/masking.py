"""Passwords and file addresses on their way to a station are kept until they are sent, and not a moment longer."""

import re
from typing import Any

MASK = "•••"
SECRET_VARIABLES = frozenset({"authorizationkey", "basicauthpassword"})
# Where a file may be fetched or brought: in our addresses the secret, in those of others the password (and user).
ADDRESS_FIELDS = ("location", "remoteLocation")
_SECRET_IN_ADDRESS = re.compile(r"(?<=/files/)[^/\s]+|(?<=://)[^/\s@]+(?=@)")


def is_secret(variable: object) -> bool:
    return isinstance(variable, str) and variable.strip().casefold() in SECRET_VARIABLES


def message_without_secrets(kind: str, message: dict[str, Any] | None) -> dict[str, Any] | None:
    """A stored message with the values of secret variables masked, and secret parts of addresses."""
    if message is not None and isinstance(message.get("location"), str):
        return {**message, "location": _shown_address(message["location"])}
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
    return _with_shown_addresses(payload)


def _with_shown_addresses(payload: dict[str, Any]) -> dict[str, Any]:
    """`location` stands at the root in 1.6's own messages, in `firmware` or `log` in all others."""
    return {name: _shown_field(name, value) for name, value in payload.items()}


def _shown_field(name: str, value: Any) -> Any:
    if name in ADDRESS_FIELDS and isinstance(value, str):
        return _shown_address(value)
    return _with_shown_addresses(value) if name in ("firmware", "log") and isinstance(value, dict) else value


def _shown_address(address: str) -> str:
    return _SECRET_IN_ADDRESS.sub(MASK, address)


def _masked_datum(entry: Any) -> Any:
    variable = entry.get("variable") if isinstance(entry, dict) else None
    name = variable.get("name") if isinstance(variable, dict) else None
    return {**entry, "attributeValue": MASK} if is_secret(name) else entry
