"""Secrets hidden, for the frame log and for whoever looks over a shoulder."""

import re
from typing import Any

HIDDEN = "•••"

# A field or a variable of such a name holds a secret, in the standards' names (AuthorizationKey, BasicAuthPassword,
# apnPassword, simPin) as in the many that vendors make of them.
_SECRET_NAME = re.compile(r"passw|passphrase|authorizationkey|secret|private_?key|simpin|(^|[._-])(pin|psk|pwd)$", re.I)
# Every secret name holds one of these: a text without them needs no search.
_TRACES = ("passw", "passphrase", "key", "secret", "pin", "psk", "pwd", "://")
# Where an object names a variable, its value stands under one of these.
_VALUES = frozenset({"value", "attributevalue", "actualvalue"})
_PASSWORD_IN_URL = re.compile(r"(?<=://)([^/\s:@]*):[^/\s@]+@")
# Whoever knows one of our file addresses may use it in the station's stead.
_FILE_ADDRESS = re.compile(r"(?<=/files/)[^/\s]+")
# PEM; a certificate that came with its key must not be shown either.
_PRIVATE_KEY = "PRIVATE KEY-----"


def masked(payload: Any) -> Any:
    """A copy in which every secret is replaced, in requests and answers of all versions alike."""
    return _masked(payload, secret=False)


def surely_open(text: str) -> bool:
    """Whether a payload's JSON can't hold a secret, found without reading it; False is no proof that it does."""
    if not text.isascii():
        return False
    folded = text.lower()
    return not any(trace in folded for trace in _TRACES)


def shown(name: str, value: str | None) -> str | None:
    """The value of a variable as it may be stored and shown: a secret one tells only that there is one."""
    return HIDDEN if value and _SECRET_NAME.search(name) else value


def _masked(value: Any, *, secret: bool) -> Any:
    if isinstance(value, dict):
        return _masked_object(value, secret=secret)
    if isinstance(value, list | tuple):
        return [_masked(item, secret=secret) for item in value]
    if isinstance(value, str) and _PRIVATE_KEY in value:
        return HIDDEN
    if isinstance(value, str) and "://" in value:
        return _FILE_ADDRESS.sub(HIDDEN, _PASSWORD_IN_URL.sub(rf"\1:{HIDDEN}@", value))
    return value


def _masked_object(fields: dict[str, Any], *, secret: bool) -> dict[str, Any]:
    """`secret` says that the variable around this object is one; only its values are hidden, for names are none."""
    secret = secret or _names_a_secret(fields)
    return {name: _masked_field(str(name), value, secret=secret) for name, value in fields.items()}


def _masked_field(name: str, value: Any, *, secret: bool) -> Any:
    if isinstance(value, dict | list | tuple):
        # The shared key of a VPN is called just `key` (VPNType), as is the name of a 1.6 configuration key.
        hidden = {"key": HIDDEN} if name == "vpn" and isinstance(value, dict) and "key" in value else {}
        inner = _masked(value, secret=secret)
        return inner | hidden if hidden else inner
    if _SECRET_NAME.search(name) or (secret and name.casefold() in _VALUES):
        return value if value is None else HIDDEN
    return _masked(value, secret=secret)


def _names_a_secret(fields: dict[str, Any]) -> bool:
    """1.6 names a key as `key`, 2.x a variable as `variable.name`."""
    variable = fields.get("variable")
    names = (fields.get("key"), variable.get("name") if isinstance(variable, dict) else None)
    return any(isinstance(name, str) and _SECRET_NAME.search(name) for name in names)
