"""What a program asks for in one request and the rooms below do in two; and the waiting for a station's answer."""

import time
from typing import Any

from django.db import close_old_connections, connection, transaction
from django.utils.translation import gettext as _

from apps.accounts.services.saving import save_checked
from apps.api.problems import FieldProblem
from apps.core.clock import now
from apps.core.errors import FieldError
from apps.dialects.adapters.registry import dialect_for, versions_by_preference
from apps.stations.messages import OcppVersion
from apps.stations.models import EVSE, ChargingStation, StationCommand
from apps.stations.services import commands, credentials, hardware
from apps.stations.services.wording import errors_in_words
from apps.telemetry.models import StationLive

LOOK_EVERY_S = 0.2


@transaction.atomic
def add_station(station: ChargingStation, *, evses: int, password: str | None, by: str) -> tuple[ChargingStation, str]:
    """A new station with its EVSEs and its password, which is made up when none is given."""
    saved = hardware.save_station(station, by=by, evses=evses)
    return saved, credentials.set_password(saved, password, by=by)


@transaction.atomic
def change_station(station: ChargingStation, *, password: str | None, by: str) -> tuple[ChargingStation, str | None]:
    """Save an edited station, with a new password when one is given."""
    saved = hardware.save_station(station, by=by)
    return saved, credentials.set_password(saved, password, by=by) if password else None


@transaction.atomic
def add_evse(evse: EVSE, *, by: str) -> EVSE:
    """A further EVSE with one connector."""
    added = hardware.add_evse(evse.station, number=evse.number, max_power_w=evse.max_power_w, by=by)
    added.evse_id = evse.evse_id
    return save_checked(added, by=by)


def send_command(
    station: ChargingStation, action: str, payload: dict[str, Any], *, expires_in_s: int, by: str
) -> StationCommand:
    """Queue a command in the words of the station's version, once its schema has nothing against it."""
    errors = check_command(station, action, payload)
    if errors:
        raise FieldProblem(errors)
    return commands.queue_raw(station, action, payload, by=by, expires_in_s=expires_in_s)


def check_command(station: ChargingStation, action: str, payload: dict[str, Any]) -> tuple[FieldError, ...]:
    """What is wrong with a request body. A station that never connected may turn out to speak any version."""
    versions = _versions_of(station)
    knowing = [version for version in versions if action in dialect_for(version).command_actions]
    if not knowing:
        known = ", ".join(version.value for version in versions)
        return (FieldError("$.action", _("OCPP %(versions)s has no such action for stations.") % {"versions": known}),)
    found = [dialect_for(version).check_request(action, payload) for version in knowing]
    fewest = min(found, key=len)
    return tuple(FieldError(_in_payload(error.path), error.message) for error in errors_in_words(fewest))


def _versions_of(station: ChargingStation) -> tuple[OcppVersion, ...]:
    live = StationLive.objects.filter(station_id=station.pk, connected_at__isnull=False).first()
    version = (live and live.version) or station.ocpp_version
    return (OcppVersion(version),) if version else versions_by_preference()


def _in_payload(path: str) -> str:
    return f"$.payload{path.removeprefix('$')}"


def wait_for(command: StationCommand, *, seconds: int) -> StationCommand:
    """The command when it is finished, or as it stands after so many seconds.

    Between two looks the database connection goes back to the pool: many may wait at once.
    """
    deadline = time.monotonic() + seconds
    while command.is_open and time.monotonic() < deadline:
        if not connection.in_atomic_block:
            close_old_connections()
        time.sleep(LOOK_EVERY_S)
        if command.expires_at <= now():
            commands.expire_commands()
        command.refresh_from_db()
    return command
