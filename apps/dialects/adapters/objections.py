"""What speaks against asking stations something: their version can't say it, or they said that they can't do it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apps.core.errors import UnableTo
from apps.dialects.adapters.outgoing import Encoded
from apps.dialects.adapters.registry import dialect_for, versions_by_preference
from apps.dialects.messages import Command
from apps.stations.messages import OcppVersion


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request to stations of any version: a `message` in our words, or one version's `action` and `payload`."""

    message: Command | None = None
    action: str = ""
    payload: Mapping[str, Any] | None = None


def objections(
    request: Request, *, versions: Mapping[int, str], doubts: Mapping[int, Mapping[str, str]]
) -> dict[int, str]:
    """By station, with the reason; `doubts` are what stations are known not to support, by action.

    A station whose version is not known may turn out to speak any.
    """
    said = {version: _said(request, version) for version in OcppVersion}
    found: dict[int, str] = {}
    for station, version in versions.items():
        spoken = (OcppVersion(version),) if version in set(OcppVersion) else versions_by_preference()
        answers = [said[one] for one in spoken]
        lawful = [one for one in answers if not isinstance(one, str)]
        if not lawful:
            found[station] = str(answers[0])
        elif doubt := doubts.get(station, {}).get(lawful[0][0]):
            found[station] = doubt
    return found


def _said(request: Request, version: OcppVersion) -> Encoded | str:
    """The request in a version's words, or why it has none for it."""
    dialect = dialect_for(version)
    if request.message is not None:
        try:
            return dialect.encode(request.message)
        except UnableTo as problem:
            return str(problem)
    errors = dialect.check_request(request.action, request.payload or {})
    if errors:
        return errors[0].message if errors[0].path == "$.action" else f"{errors[0].path}: {errors[0].message}"
    return request.action, dict(request.payload or {})
